// The Python semantics that the signature rules depend on: text of values, truth, white space, integers.
import { own } from '../../own.ts'

/**
 * The kind of failure inside a rule, named like the Python exceptions: rules handle some kinds, others fail the rule.
 */
export type RuleErrorKind = 'attribute' | 'index' | 'key' | 'overflow' | 'recursion' | 'type' | 'value'

/** A failure inside one rule; the engine turns it into a note and continues. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly kind: RuleErrorKind

  constructor(kind: RuleErrorKind, message: string) {
    super(message)
    this.kind = kind
  }
}

const floatTag = Symbol('float')

/** A JSON number written as a float although its value is integral (`1.0`, `1e300`). */
export interface FloatBox {
  readonly [floatTag]: number
}

/** Preserves the difference between `1` and `1.0`, which JSON.parse loses. */
export const boxFloat = (value: number): FloatBox => ({ [floatTag]: value })

const isFloatBox = (value: object): value is FloatBox => floatTag in value

/** The value as a float, or null for anything else, including integers. */
function floatOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? null : value
  return typeof value === 'object' && value !== null && isFloatBox(value) ? value[floatTag] : null
}

/** True unless null, false, zero, or empty text, list or object. NaN is true. */
export function truthy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value) || Number.isNaN(value)
  if (Array.isArray(value)) return value.length > 0
  if (isFloatBox(value)) return value[floatTag] !== 0
  for (const _ in value) return true
  return false
}

/** Name of a JSON value's type as in Python's messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (floatOf(value) !== null) return 'float'
  if (typeof value === 'number' || typeof value === 'bigint') return 'int'
  return Array.isArray(value) ? 'list' : 'dict'
}

/** The error for reading `name` on a value of the wrong type. */
export const noAttribute = (value: unknown, name: string) =>
  new RuleError('attribute', `'${typeName(value)}' object has no attribute '${name}'`)

/** A JSON object's fields. Throws RuleError for anything that is not an object. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isFloatBox(value)) {
    return value as Record<string, unknown>
  }
  throw noAttribute(value, 'get')
}

/** True for a JSON object. */
export const isFields = (value: unknown): value is Record<string, unknown> => typeName(value) === 'dict'

/**
 * The items that a loop over a value visits: items of a list, characters of a text, keys of an object. Throws
 * RuleError.
 */
export function itemsOf(value: unknown): Iterable<unknown> {
  if (Array.isArray(value)) return value
  if (typeof value === 'string') return value
  if (typeName(value) === 'dict') return Object.keys(value as object)
  throw new RuleError('type', `'${typeName(value)}' object is not iterable`)
}

/** `needle in haystack`: substring, item or key. Throws RuleError for other types. */
export function contains(haystack: unknown, needle: string): boolean {
  if (typeof haystack === 'string') return haystack.includes(needle)
  if (Array.isArray(haystack)) return haystack.includes(needle)
  if (typeName(haystack) === 'dict') return Object.hasOwn(haystack as object, needle)
  throw new RuleError('type', `argument of type '${typeName(haystack)}' is not iterable`)
}

/** Text of a value: text unchanged, `None`, `True`, `1.0`, `[1, 'a']`. */
export const strOf = (value: unknown): string => (typeof value === 'string' ? value : reprOf(value))

/** Text of a value inside a list: strings quoted. */
export function reprOf(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  const float = floatOf(value)
  if (float !== null) return floatText(float)
  if (typeof value === 'number') return BigInt(value).toString()
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(reprOf).join(', ')}]`
  return `{${Object.entries(value)
    .map(([key, item]) => `${quote(key)}: ${reprOf(item)}`)
    .join(', ')}}`
}

/** Shortest digits as in JavaScript, but with an exponent from 1e16 and below 1e-4, of at least two digits. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power >= 16 || power < -4) {
    const size = String(Math.abs(power)).padStart(2, '0')
    return `${digits}e${power < 0 ? '-' : '+'}${size}`
  }
  const plain = String(value)
  return plain.includes('.') ? plain : `${plain}.0`
}

const markFor = (text: string) => (text.includes("'") && !text.includes('"') ? '"' : "'")

/** Quoted text: in single quotes unless it contains only those; unprintable characters as escapes. */
export function quote(text: string, mark = markFor(text)): string {
  const inner = text.replace(/[\\'"]|[\p{C}\p{Z}]/gu, (c) => {
    if (c === ' ') return c
    if (c === '\\') return '\\\\'
    if (c === "'" || c === '"') return c === mark ? `\\${c}` : c
    const short = own({ '\n': '\\n', '\r': '\\r', '\t': '\\t' }, c)
    if (short) return short
    const code = c.codePointAt(0)!
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
    return code < 0x10000
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : `\\U${code.toString(16).padStart(8, '0')}`
  })
  return mark + inner + mark
}

/** White space as in Python's `str.isspace`: includes U+001C to U+001F and U+0085, not U+FEFF. */
function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f)
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}

/** Text without white space at its ends. */
export function strip(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** The first `count` lines of a text, split at any of Python's line boundaries; without a last empty line. */
export function firstLines(text: string, count: number): string[] {
  const lines: string[] = []
  const boundary = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g
  let start = 0
  while (start < text.length && lines.length < count) {
    const match = boundary.exec(text)
    lines.push(text.slice(start, match ? match.index : text.length))
    start = match ? boundary.lastIndex : text.length
  }
  return lines
}

/** The first `count` code points of a text. */
export function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text
  let end = 0
  for (let i = 0; i < count && end < text.length; i++) end += text.codePointAt(end)! > 0xffff ? 2 : 1
  return text.slice(0, end)
}

/** True if a text has more than `count` code points. */
export const longerThan = (text: string, count: number): boolean =>
  text.length > count && firstCodePoints(text, count).length < text.length

/** Compares by code point (UTF-16 order differs beyond the BMP). */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xAstral = a.codePointAt(i)! > 0xffff
    const yAstral = b.codePointAt(i)! > 0xffff
    if (xAstral !== yAstral && !isInsidePair(a, i)) return xAstral ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

/** True if index `i` is the second half of a surrogate pair. */
const isInsidePair = (text: string, i: number) =>
  i > 0 && (text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800

/** Maximum number of digits of a decimal text to read as an integer. */
const maxDecimalDigits = 4300

/** The integer of a number or decimal text; truncates fractions. Throws RuleError (`type`, `value`, `overflow`). */
export function integerOf(value: unknown): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'bigint') return value
  const float = floatOf(value)
  if (float !== null) {
    if (Number.isNaN(float)) throw new RuleError('value', 'cannot convert float NaN to integer')
    if (!Number.isFinite(float)) {
      throw new RuleError('overflow', 'cannot convert float infinity to integer')
    }
    return BigInt(Math.trunc(float))
  }
  if (typeof value === 'number') return BigInt(value)
  if (typeof value === 'string') return parseInteger(value, 10)
  throw new RuleError(
    'type',
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  )
}

/**
 * Parses an integer in base 10 or 16: surrounding white space, a sign, `0x` in base 16, `_` between digits, and
 * decimal digits of any script are allowed. Throws RuleError (`value`).
 */
export function parseInteger(text: string, base: 10 | 16): bigint {
  const value = readInteger(text, base)
  if (value !== null) return value
  const shown = firstCodePoints(quote(firstCodePoints(text, 200), markFor(text)), 200)
  throw new RuleError('value', `invalid literal for int() with base ${base}: ${shown}`)
}

/** Like `parseInteger`, but null for text that is not an integer. */
export function readInteger(text: string, base: 10 | 16): bigint | null {
  const bare = strip(text)
  const ascii = /[^\x00-\x7f]/.test(bare) ? bare.replace(/\p{Nd}/gu, asciiDigit) : bare
  const match = (base === 16 ? /^([+-]?)(?:0[xX]_?)?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/ : decimal).exec(ascii)
  if (!match) return null
  const digits = match[2]!.replaceAll('_', '')
  if (base === 10 && digits.length > maxDecimalDigits) {
    const found = `value has ${digits.length} digits; use sys.set_int_max_str_digits() to increase the limit`
    throw new RuleError(
      'value',
      `Exceeds the limit (${maxDecimalDigits} digits) for integer string conversion: ${found}`,
    )
  }
  const size = BigInt(base === 16 ? `0x${digits}` : digits)
  return match[1] === '-' ? -size : size
}

const decimal = /^([+-]?)([0-9]+(?:_[0-9]+)*)$/

/** The ASCII digit for a decimal digit of any script: digits form runs of ten that start with their zero. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!
  let start = code
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--
  return String((code - start) % 10)
}
