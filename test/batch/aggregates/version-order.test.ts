import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareVersions } from '../../../batch/aggregates/releases/version-order.ts'

const orders: Record<string, string[]> = {
  'release, beta, esr, nightly': [
    '62.0.2a1',
    '62.0.2b1',
    '62.0.2b5rc1',
    '62.0.2b5',
    '62.0.2b10',
    '62.0.2b',
    '62.0.2rc1',
    '62.0.2',
    '62.0.2esrrc1',
    '62.0.2esr',
    '62.0.10',
    '63.0',
    '100.0',
  ],
  semantic: [
    '4.2.1',
    '4.3.0-alpha.1',
    '4.3.0-alpha.2',
    '4.3.0-beta.2',
    '4.3.0-beta.11',
    '4.3.0-rc.1',
    '4.3.0',
    '4.10.0',
  ],
  'several words': [
    '75.0.0-alpha.9',
    '75.0.0-beta.1',
    '75.0.0-beta.2b0',
    '75.0.0-beta.3-windows',
    '75.0.0-rc.1',
  ],
  'unlike Socorro': ['68.0.0-nightly', '68.0a1', '68.0a2', '68.0b0', '68.0', '68.0esr', '68.0.0.3'],
  'with words': ['4.4.0-insider', '4.4.0', '4.4.1-dev', '4.4.1'],
  'four parts': ['1.2.3', '1.2.3.4', '1.2.3.10', '1.2.4.0', '1.10.0.0'],
  'missing versions first': ['', '42p', 'N/A', '0.1'],
}

describe('compareVersions', () => {
  test.each(Object.entries(orders))('%s', (_name, sorted) => {
    for (const [i, a] of sorted.entries()) {
      for (const [k, b] of sorted.entries())
        expect(Math.sign(compareVersions(a, b)), `${a} : ${b}`).toBe(Math.sign(i - k))
    }
  })

  test('missing numbers count as zero; a leading v and build metadata are ignored', () => {
    expect(Math.sign(compareVersions('1.0', '1.0.1'))).toBe(-1)
    expect(Math.sign(compareVersions('v2.0', '1.9'))).toBe(1)
    expect(Math.sign(compareVersions('2.0.0+abc', '2.0.1'))).toBe(-1)
  })

  test('is a total order for any text', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,3}(a|b|rc|esr|-beta\.|-x)?\d?$/),
    )
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })
})
