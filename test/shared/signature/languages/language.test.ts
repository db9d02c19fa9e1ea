import { describe, expect, test } from 'vitest'
import { generateSignature } from '../../../../shared/signature/signature.ts'
import { languageCases } from './language-cases.ts'

/** The text of a function; the lists do not change it. */
function textOf(given: string): string | undefined {
  const [name, file] = given.split(' @ ')
  const frame = { function: name, line: 1, ...(file !== undefined && { file }) }
  const { extra } = generateSignature({ threads: [{ frames: [frame] }] }, { compat: 'mayday' })
  return extra.normalized_frames?.[0]
}

describe('the text of a function', () => {
  test.each(languageCases)('of %s: %s is %s', (_, name, text) => {
    expect(textOf(name)).toBe(text)
  })
})
