import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonSlices } from '../../../shared/json/json-slices.ts'

const marker = '--marker-'

test('slices are the JSON text of the object', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (object) => {
      fc.pre(isPlain(object))
      expect([...jsonSlices(object, marker)].join('')).toBe(JSON.stringify(object))
    }),
    { seed: 8, numRuns: 500 },
  )
})

/** JSON.stringify takes neither symbols as keys nor bigints; own `toJSON` is not for slices. */
function isPlain(object: unknown): boolean {
  try {
    return JSON.stringify(object) !== undefined && !JSON.stringify(object).includes('toJSON')
  } catch {
    return false
  }
}

const long = 64 * 1024
const units = ['a', '-', '--', marker, '"', '\\', '\u0001', 'é', '😀', '\ud800', '\ud83d😀']

test.each(units)(
  'slices of a long text of %j are short, and divide neither characters nor markers',
  (unit) => {
    for (const offset of Array.from({ length: 30 }, (_, i) => i)) {
      const text = 'x'.repeat(long - 15 + offset) + unit.repeat(long / 2)
      const object = { a: 1, text, b: undefined, c: [marker] }
      const slices = [...jsonSlices(object, marker)]
      expect(slices.join('') === JSON.stringify(object)).toBe(true)
      expect(slices.every((slice) => slice.length <= 7 * long)).toBe(true)
      const countOf = (piece: string) => piece.split(marker).length - 1
      const divided = slices.reduce((sum, slice) => sum + countOf(slice), 0)
      expect(divided).toBe(countOf(slices.join('')))
    }
  },
)
