// Arithmetic of the postfix programs in symbol files, modulo 2^32 or 2^64.
import type { Word } from './word.ts'

const safe = Number.isSafeInteger
const two32 = 0x1_0000_0000

/**
 * A value on the stack of a program: any integer congruent to the word modulo 2^32 or 2^64, so that ordinary sums and
 * differences need no wrapping.
 */
export type Value = number | bigint

/** The word that a value represents. */
export function wordOfValue(value: Value, size: 4 | 8): Word {
  if (size === 4) {
    if (typeof value === 'bigint') return Number(BigInt.asUintN(32, value))
    return value >= 0 && value < two32 ? value : ((value % two32) + two32) % two32
  }
  if (typeof value === 'number' && value >= 0) return value
  const low = BigInt.asUintN(64, BigInt(value))
  return low <= Number.MAX_SAFE_INTEGER ? Number(low) : low
}

/**
 * `a op b` for `+ - * / % @`; null for a division by zero, an alignment that is not a power of two, or another
 * operator.
 */
export function operate(operator: string, a: Value, b: Value, size: 4 | 8): Value | null {
  switch (operator) {
    case '+':
      return small(a, b, Number(a) + Number(b)) ?? BigInt.asUintN(64, BigInt(a) + BigInt(b))
    case '-':
      return small(a, b, Number(a) - Number(b)) ?? BigInt.asUintN(64, BigInt(a) - BigInt(b))
    case '*':
      return small(a, b, Number(a) * Number(b)) ?? BigInt.asUintN(64, BigInt(a) * BigInt(b))
    default:
      return divide(operator, wordOfValue(a, size), wordOfValue(b, size))
  }
}

/** `result` if plain numbers computed it exactly. */
const small = (a: Value, b: Value, result: number): number | null =>
  typeof a === 'number' && typeof b === 'number' && safe(result) ? result : null

function divide(operator: string, a: Word, b: Word): Value | null {
  if (b === 0) return null
  const left = BigInt(a)
  const right = BigInt(b)
  if (operator === '/') return small(a, b, Math.floor(Number(a) / Number(b))) ?? left / right
  if (operator === '%') return small(a, b, Number(a) % Number(b)) ?? left % right
  if (operator === '@') return (right & (right - 1n)) === 0n ? left - (left % right) : null
  return null
}

/** The signed 64-bit decimal integer of a token, or null. */
export function literal(token: string): Value | null {
  if (!/^[+-]?\d{1,20}$/.test(token)) return null
  const value = BigInt(token.startsWith('+') ? token.slice(1) : token)
  if (value !== BigInt.asIntN(64, value)) return null
  const number = Number(value)
  return safe(number) ? number : value
}
