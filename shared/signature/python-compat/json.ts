// A JSON parser with Python's semantics: NaN and Infinity, exact integers, `1.0` distinct from `1`, and its error
// messages.

import { own, setOwn } from '../../own.ts'
import { boxFloat, parseInteger, RuleError } from './python.ts'

/** Maximum nesting. */
const maxDepth = 993

/** True if JSON.parse would lose information from a number or constant. */
export const needsExactReader = (text: string): boolean =>
  /[:,[\s](?:-?\d+(?:\.\d|[eE][-+\d])|-?\d{16}|NaN|-?Infinity)/.test(text) || /^\s*-?\d/.test(text)

/** True if a text may be nested deeper than `readJson` allows, which JSON.parse does not check. */
export function mayBeDeep(text: string): boolean {
  let opened = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5b || code === 0x7b) opened++
  }
  return opened > maxDepth
}

/**
 * Parses one JSON text. Throws RuleError (`value`: not JSON, or an integer of more than 4,300 digits; `recursion`:
 * nested deeper than 993).
 */
export function readJson(text: string): unknown {
  if (text.startsWith('\ufeff')) fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', text, 0)
  const reader: Reader = { text, at: 0, depth: 0 }
  skipSpace(reader)
  const value = readValue(reader)
  skipSpace(reader)
  if (reader.at < text.length) fail('Extra data', text, reader.at)
  return value
}

interface Reader {
  text: string
  at: number
  depth: number
}

/** Positions count code points; lines and columns start at 1. */
function fail(message: string, text: string, at: number): never {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const size = (part: string) => [...part].length
  const column = size(before.slice(before.lastIndexOf('\n') + 1)) + 1
  throw new RuleError('value', `${message}: line ${line} column ${column} (char ${size(before)})`)
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
    reader.at++
  }
}

const constants: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

function readValue(reader: Reader): unknown {
  const { text, at } = reader
  const c = text[at]
  if (c === '"') return readString(reader)
  if (c === '{' || c === '[') return readNested(reader, c)
  const constant = constants.find(([word]) => text.startsWith(word, at))
  if (constant) {
    reader.at += constant[0].length
    return constant[1]
  }
  const number = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?/y
  number.lastIndex = at
  const match = number.exec(text)
  if (!match) return fail('Expecting value', text, at)
  reader.at = number.lastIndex
  if (match[2] || match[3]) {
    const value = Number(match[0])
    return Number.isInteger(value) ? boxFloat(value) : value
  }
  const value = Number(match[1])
  return Number.isSafeInteger(value) ? value : parseInteger(match[1]!, 10)
}

function readNested(reader: Reader, c: '{' | '['): unknown {
  if (++reader.depth > maxDepth) {
    const kind = c === '{' ? 'object' : 'array'
    const message = `maximum recursion depth exceeded while decoding a JSON ${kind} from a unicode string`
    throw new RuleError('recursion', message)
  }
  reader.at++
  skipSpace(reader)
  const value = c === '{' ? readObject(reader) : readArray(reader)
  reader.depth--
  return value
}

function readArray(reader: Reader): unknown[] {
  const items: unknown[] = []
  if (reader.text[reader.at] === ']') {
    reader.at++
    return items
  }
  for (;;) {
    items.push(readValue(reader))
    skipSpace(reader)
    const c = reader.text[reader.at]
    if (c === ']') {
      reader.at++
      return items
    }
    if (c !== ',') fail("Expecting ',' delimiter", reader.text, reader.at)
    reader.at++
    skipSpace(reader)
  }
}

const expectingName = 'Expecting property name enclosed in double quotes'

function readObject(reader: Reader): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  if (reader.text[reader.at] === '}') {
    reader.at++
    return fields
  }
  for (;;) {
    if (reader.text[reader.at] !== '"') fail(expectingName, reader.text, reader.at)
    const key = readString(reader)
    skipSpace(reader)
    if (reader.text[reader.at] !== ':') fail("Expecting ':' delimiter", reader.text, reader.at)
    reader.at++
    skipSpace(reader)
    const value = readValue(reader)
    setOwn(fields, key, value)
    skipSpace(reader)
    const c = reader.text[reader.at]
    if (c === '}') {
      reader.at++
      return fields
    }
    if (c !== ',') fail("Expecting ',' delimiter", reader.text, reader.at)
    reader.at++
    skipSpace(reader)
  }
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function readString(reader: Reader): string {
  const { text } = reader
  const start = reader.at++
  let result = ''
  for (;;) {
    const from = reader.at
    let code = text.charCodeAt(reader.at)
    while (code !== 0x22 && code !== 0x5c && code >= 0x20) code = text.charCodeAt(++reader.at)
    result += text.slice(from, reader.at)
    if (code === 0x22) {
      reader.at++
      return result
    }
    if (Number.isNaN(code)) fail('Unterminated string starting at', text, start)
    if (code < 0x20) fail('Invalid control character at', text, reader.at)
    result += readEscape(reader, start)
  }
}

function readEscape(reader: Reader, start: number): string {
  const { text } = reader
  const c = text[reader.at + 1]
  if (c === undefined) return fail('Unterminated string starting at', text, start)
  if (c === 'u') {
    const hex = text.slice(reader.at + 2, reader.at + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) return fail('Invalid \\uXXXX escape', text, reader.at + 1)
    reader.at += 6
    return String.fromCharCode(Number.parseInt(hex, 16))
  }
  const plain = own(escapes, c)
  if (plain === undefined) return fail('Invalid \\escape', text, reader.at)
  reader.at += 2
  return plain
}
