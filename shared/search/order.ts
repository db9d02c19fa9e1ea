// The order of values, the same in every engine: text by code points, numbers ascending, false before true.
import { ascending } from '../text/ascending.ts'
import type { Scalar } from './query.ts'

/**
 * Compares two texts by code points, as UTF-8 bytes compare; JavaScript's `<` compares UTF-16 units. Returns a negative
 * number, 0 or a positive number.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rankOf(x) - rankOf(y)
  }
  return a.length - b.length
}

/** Surrogates belong to code points above all others. */
const rankOf = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)

/** Compares two values of one field. Numbers and bigints compare by value. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return ascending(a, b)
}

/** The number of an integer where exact, else the bigint. */
export const exactInteger = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
