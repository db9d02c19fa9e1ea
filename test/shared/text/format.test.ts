// Numbers, shares, days and nouns as text.
import { expect, test } from 'vitest'
import { formatCount, formatDay, formatShare, formatTimes, plural } from '../../../shared/text/format.ts'

test.each([
  [formatCount(12_345.5), '12,346'],
  [formatCount(0), '0'],
  [formatShare(0.1234), '12.3 %'],
  [formatShare(1), '100.0 %'],
  [formatShare(0), '0.0 %'],
  [formatShare(0.0005), '0.1 %'],
  [formatShare(0.00049), '<0.1 %'],
  [formatTimes(1.84), '1.8'],
  [formatTimes(0.123), '0.12'],
  [formatDay('2026-11-02'), '2 Nov'],
  [formatDay('soon'), 'soon'],
  [plural(1, 'crash', 'crashes'), '1 crash'],
  [plural(0, 'crash', 'crashes'), '0 crashes'],
  [plural(1200, 'report'), '1,200 reports'],
])('%s is %s', (text, expected) => {
  expect(text).toBe(expected)
})
