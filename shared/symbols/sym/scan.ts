// A cursor over the text of a symbol file: numbers, blanks and line ends, without allocating strings.

export interface Scan {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
}

const newline = 10
const carriageReturn = 13
const blank = 32
const tab = 9

/** The value of a hexadecimal digit by byte, -1 for all other bytes. */
export const hexDigits = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  hexDigits[i.toString(16).charCodeAt(0)] = i
  hexDigits[i.toString(16).toUpperCase().charCodeAt(0)] = i
}

/** True when the byte is a hexadecimal digit of either case. */
export const isHexDigit = (byte: number) => hexDigits[byte]! >= 0

/**
 * A hexadecimal number without prefix, at most `maxDigits` long, and the blanks after it. Stops before the line end.
 * @returns -1, with the cursor anywhere in the line, when there is none or another character follows. Numbers of
 *   more than 13 digits are inexact, but never below 2^32.
 */
export function scanHex(s: Scan, maxDigits: number): number {
  const { bytes, end } = s
  const start = s.at
  let at = start
  let value = 0
  while (at < end) {
    const digit = hexDigits[bytes[at]!]!
    if (digit < 0) break
    value = value * 16 + digit
    at++
  }
  if (at === start || at - start > maxDigits) return -1
  return endField(s, at) ? value : -1
}

/** A decimal number below 2^32 and the blanks after it; -1 like `scanHex`. */
export function scanDecimal(s: Scan): number {
  const { bytes, end } = s
  const start = s.at
  let at = start
  let value = 0
  while (at < end) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
    at++
  }
  if (at === start || at - start > 10 || value > 0xffffffff) return -1
  return endField(s, at) ? value : -1
}

/** Skips the blanks at `at`; false when something other than a blank or line end is there. */
function endField(s: Scan, at: number): boolean {
  const { bytes, end } = s
  if (at < end && bytes[at] === blank) {
    do at++
    while (at < end && bytes[at] === blank)
  } else if (at < end && bytes[at] !== newline && !isSpace(bytes[at]!)) {
    return false
  }
  s.at = at
  return true
}

/** True at the end of a line (ignoring blanks, tabs and carriage returns before it); moves to the next line. */
export function scanLineEnd(s: Scan): boolean {
  const { bytes, end } = s
  let at = s.at
  while (at < end && isSpace(bytes[at]!)) at++
  if (at < end && bytes[at] !== newline) return false
  s.at = at + 1
  return true
}

/** The number of blank-separated fields from the cursor to the end of the line; the cursor stays. */
export function countFields(s: Scan): number {
  let count = 0
  let inField = false
  for (let at = s.at; at < s.end && s.bytes[at] !== newline && s.bytes[at] !== carriageReturn; at++) {
    if (s.bytes[at] === blank) inField = false
    else if (!inField) {
      inField = true
      count++
    }
  }
  return count
}

/** Moves to the next line; returns the end (exclusive) of this one without carriage returns and blanks at its end. */
export function scanRest(s: Scan): number {
  const { bytes, end, at } = s
  let stop = at
  const near = Math.min(end, at + shortRest)
  while (stop < near && bytes[stop] !== newline) stop++
  if (stop === near) {
    stop = bytes.indexOf(newline, near)
    if (stop < 0) stop = end
  }
  s.at = stop + 1
  while (stop > at && isSpace(bytes[stop - 1]!)) stop--
  return stop
}

/** True for a carriage return, blank or tab. */
export const isSpace = (byte: number) => byte === carriageReturn || byte === blank || byte === tab

/** Up to this length a line end is searched byte by byte; beyond it, a call costs less. */
const shortRest = 64

/** When the text at the cursor starts with `word` (ASCII, with its blank), skips it and further blanks. */
export function scanWord(s: Scan, word: Uint8Array): boolean {
  const { bytes, at } = s
  if (at + word.length > s.end) return false
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false
  let next = at + word.length
  while (next < s.end && bytes[next] === blank) next++
  s.at = next
  return true
}
