// JSON as Python reads it: whole numbers of any size, which differ from numbers with a fraction or an exponent.
import { CrashError } from '../errors.ts'

/** CPython's limit of the digits of an integer. */
const maxDigits = 4300

const strings = /"[^"\\]*(?:\\.[^"\\]*)*"/g
/** A fraction, an exponent, or more digits than a number can hold exactly. */
const unusualNumber = /\d[.eE]|\d{16}/

/**
 * Parses JSON in UTF-8. Integers beyond 2^53 become bigints; numbers that are not written as integers become NaN.
 * @throws CrashError 'bad-json' when it is not JSON
 */
export function parsePayload(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
    const payload: unknown = JSON.parse(text)
    // Valid JSON has only complete strings, so their removal takes linear time.
    return unusualNumber.test(text.replace(strings, '""')) ? JSON.parse(text, reviveNumber) : payload
  } catch (cause) {
    throw new CrashError('bad-json', 'Payload is not valid JSON', { cause })
  }
}

function reviveNumber(_key: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  if (typeof value !== 'number') return value
  if (!/^-?\d+$/.test(source)) return Number.NaN
  if (source.length > maxDigits) throw new RangeError('A number has too many digits')
  return Number.isSafeInteger(value) ? value : BigInt(source)
}
