// Text from reports where control characters would act.
import { expect, test } from 'vitest'
import { visible } from '../../../shared/text/visible.ts'

test.each([
  ['a\tb\nc é', 'a\tb\nc é'],
  ['\x00\x08\x0b\r\x1b[2J\x1f', '\\u0000\\u0008\\u000b\\u000d\\u001b[2J\\u001f'],
  ['\x7e\x7f\x9f\xa0', '\x7e\\u007f\\u009f\xa0'],
  ['\u202e\u2069\u200f\u061c', '\\u202e\\u2069\\u200f\\u061c'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})
