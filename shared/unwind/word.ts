// 64-bit values without the cost of bigint: a plain number while it is exact, a bigint above.

/** An unsigned value of at most 64 bits: a number below 2^53, else a bigint. `===` and `<` compare any two. */
export type Word = number | bigint

const limit = Number.MAX_SAFE_INTEGER
const mask64 = 0xffff_ffff_ffff_ffffn

/** The word for the low 64 bits of a value. */
export function wordOf(value: bigint): Word {
  const low = value & mask64
  return low <= limit ? Number(low) : low
}

/** The word composed of two u32 halves. */
export const wordOfHalves = (high: number, low: number): Word =>
  high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low)

export const highHalf = (word: Word): number =>
  typeof word === 'number' ? Math.floor(word / 0x1_0000_0000) : Number(word >> 32n)
export const lowHalf = (word: Word): number =>
  typeof word === 'number' ? word % 0x1_0000_0000 : Number(word & 0xffff_ffffn)

/** `word + delta` without wrapping: null below 0 and from 2^64. `delta` is a safe integer of either sign. */
export function offsetWord(word: Word, delta: number): Word | null {
  if (typeof word === 'number') {
    const sum = word + delta
    if (sum < 0) return null
    if (sum <= limit) return sum
  }
  const sum = BigInt(word) + BigInt(delta)
  if (sum < 0n || sum > mask64) return null
  return sum <= limit ? Number(sum) : sum
}

/** `a - b` when it is from 0 to 2^53 - 1, else null. */
export function distance(a: Word, b: Word): number | null {
  if (typeof a === 'number' && typeof b === 'number') return a >= b ? a - b : null
  const difference = BigInt(a) - BigInt(b)
  return difference >= 0n && difference <= limit ? Number(difference) : null
}

const digitCodes = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
/** The characters of a word: `0x` and its digits. */
const hexCodes = { 4: codesOf(8), 8: codesOf(16) }

function codesOf(digits: number): number[] {
  return Array.from(`0x${'0'.repeat(digits)}`, (character) => character.charCodeAt(0))
}

/** Lower-case hexadecimal with `0x`, padded to the width of a register. `toString(16)` would take five times as long. */
export function hexWord(word: Word, bytes: 4 | 8): string {
  const high = highHalf(word)
  if (bytes === 4 && high > 0) return `0x${word.toString(16)}`
  const codes = hexCodes[bytes]
  putDigits(codes, bytes * 2 + 2, lowHalf(word))
  if (bytes === 8) putDigits(codes, 10, high)
  return String.fromCharCode.apply(null, codes)
}

/** Writes the eight digits of a u32 before an index. */
function putDigits(codes: number[], end: number, half: number): void {
  for (let i = end - 1, shift = 0; shift < 32; i--, shift += 4) codes[i] = digitCodes[(half >>> shift) & 15]!
}
