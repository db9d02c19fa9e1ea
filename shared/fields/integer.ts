// Integers in annotations, of any size.

/** Maximum digits of an integer: Python's. */
const maxDigits = 4300

/**
 * Reads an integer as lenient clients write it: surrounding white space, a sign and single underscores between digits
 * are allowed. Null for other values.
 */
export function readInteger(value: unknown): bigint | null {
  if (Number.isInteger(value)) return BigInt(value as number)
  const [, sign, digits] = (typeof value === 'string' && decimal.exec(value.trim())) || []
  if (digits === undefined || digits.length > maxDigits) return null
  const size = BigInt(digits.replaceAll('_', ''))
  return sign === '-' ? -size : size
}

const decimal = /^([+-]?)(\d+(?:_\d+)*)$/

/** The integer as JSON represents it without rounding: a number, or decimal text beyond 2^53. */
export function exactInteger(integer: bigint): number | string {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer.toString()
}
