// One page of a symdex: tables and their strings as variable-length integers, decoded into typed arrays over one buffer.
import { CrashError } from '../errors.ts'
import { none, type SymbolTables, symbolSchema, type TableName, tableNames } from './columns.ts'
import { createPage, type SymbolPage } from './symbol-page.ts'

/**
 * How a column is written. `delta`: difference from the row before, zigzag. `reference`: row number + 1, 0 for none.
 * `text`: not at all, strings stand one after another. `start`: not at all, it is the end of the row before.
 * `end`: length of the range.
 */
type Codec = 'plain' | 'delta' | 'reference' | 'text' | 'start' | 'end'

const codecs: Readonly<Record<string, Codec>> = {
  address: 'delta',
  line: 'delta',
  callLine: 'delta',
  text: 'text',
  file: 'reference',
  callFile: 'reference',
  origin: 'reference',
  rule: 'reference',
  lineStart: 'start',
  lineEnd: 'end',
  inlineStart: 'start',
  inlineEnd: 'end',
  deltaStart: 'start',
  deltaEnd: 'end',
}
const codecOf = (column: string): Codec => codecs[column] ?? 'plain'

/** Which table the ranges of a row of another table lie in. */
const rangeTables: Readonly<Record<string, TableName>> = {
  lineEnd: 'lines',
  inlineEnd: 'inlines',
  deltaEnd: 'deltas',
}
const referencedTables: Readonly<Record<string, TableName>> = {
  file: 'files',
  callFile: 'files',
  origin: 'origins',
  rule: 'rules',
}

/** A growing buffer of bytes. */
export interface ByteWriter {
  bytes: Uint8Array
  length: number
}

export const createByteWriter = (): ByteWriter => ({ bytes: new Uint8Array(128 * 1024), length: 0 })

function makeRoom(w: ByteWriter, more: number): void {
  if (w.length + more <= w.bytes.length) return
  const larger = new Uint8Array(Math.max(w.bytes.length * 2, w.length + more))
  larger.set(w.bytes.subarray(0, w.length))
  w.bytes = larger
}

const maxVarint = 5

/** Rows of each table that make up a page, in order. References must already be rows of this page. */
export interface PageContent {
  rows: Readonly<Record<TableName, Uint32Array>>
  /** Column values by row of the whole file. */
  tables: SymbolTables
  /** Row of this page by row of the whole file, for `files`, `origins`, `rules`. */
  local: Readonly<Record<'files' | 'origins' | 'rules', Uint32Array>>
  text: Uint8Array
}

/** Appends an encoded page: the count of rows of every table, all columns, then all strings. */
export function encodePage(w: ByteWriter, page: PageContent): void {
  writeVarints(
    w,
    Uint32Array.from(tableNames, (name) => page.rows[name].length),
  )
  for (const name of tableNames) {
    for (const column of symbolSchema[name]) encodeColumn(w, page, name, column)
  }
  for (const name of tableNames) encodeStrings(w, page, name)
}

function encodeColumn(w: ByteWriter, page: PageContent, name: TableName, column: string): void {
  const rows = page.rows[name]
  const table = page.tables[name] as unknown as Record<string, Uint32Array>
  const values = table[column]!
  const codec = codecOf(column)
  if (codec === 'text' || codec === 'start') return
  const codes = new Uint32Array(rows.length)
  if (codec === 'delta') {
    let last = 0
    for (let i = 0; i < rows.length; i++) {
      const value = values[rows[i]!]!
      const difference = (value - last) | 0
      codes[i] = (difference << 1) ^ (difference >> 31)
      last = value
    }
  } else if (codec === 'end') {
    const starts = table[column.replace('End', 'Start')]!
    for (let i = 0; i < rows.length; i++) codes[i] = values[rows[i]!]! - starts[rows[i]!]!
  } else if (codec === 'reference') {
    const local = page.local[referencedTables[column] as 'files']
    for (let i = 0; i < rows.length; i++) {
      const row = values[rows[i]!]!
      codes[i] = row === none ? 0 : local[row]! + 1
    }
  } else for (let i = 0; i < rows.length; i++) codes[i] = values[rows[i]!]!
  writeVarints(w, codes)
}

function writeVarints(w: ByteWriter, codes: Uint32Array): void {
  makeRoom(w, codes.length * maxVarint)
  const { bytes } = w
  let at = w.length
  for (let i = 0; i < codes.length; i++) {
    let rest = codes[i]!
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
  }
  w.length = at
}

/** Longer strings are copied as a block; shorter ones are quicker byte by byte. */
const longString = 96

function encodeStrings(w: ByteWriter, page: PageContent, name: TableName): void {
  const table = page.tables[name]
  if (!('text' in table)) return
  const rows = page.rows[name]
  for (let i = 0; i < rows.length; i++) {
    const start = table.text[rows[i]!]!
    const length = table.textLength[rows[i]!]!
    makeRoom(w, length)
    if (length > longString) w.bytes.set(page.text.subarray(start, start + length), w.length)
    else for (let at = 0; at < length; at++) w.bytes[w.length + at] = page.text[start + at]!
    w.length += length
  }
}

interface Reader {
  bytes: Uint8Array
  at: number
}

const damaged = (what: string) =>
  new CrashError('bad-symbols', `A page of a symbol index is damaged: ${what}`)

function readVarint(r: Reader): number {
  const { bytes } = r
  let at = r.at
  let byte = bytes[at++]
  if (byte === undefined) throw damaged('it ends early')
  let value = byte & 0x7f
  for (let shift = 7; byte & 0x80; shift += 7) {
    byte = bytes[at++]
    if (byte === undefined || shift > 28) throw damaged('a number has no end')
    value |= (byte & 0x7f) << shift
  }
  r.at = at
  return value >>> 0
}

/**
 * The tables of a page.
 * @throws CrashError 'bad-symbols' when the bytes are no page: counts, references and lengths are all checked.
 */
export function decodePage(bytes: Uint8Array): SymbolPage {
  const r: Reader = { bytes, at: 0 }
  const tables = allocateTables(r)
  for (const name of tableNames) {
    for (const column of symbolSchema[name]) decodeColumn(r, tables, name, column)
  }
  placeStrings(tables, bytes.length - r.at)
  return createPage(tables, bytes.subarray(r.at))
}

/** Empty tables over one buffer; every row takes a byte at least, which bounds the buffer. */
function allocateTables(r: Reader): SymbolTables {
  const counts = tableNames.map(() => readVarint(r))
  const rows = counts.reduce((sum, count) => sum + count, 0)
  if (rows > r.bytes.length) throw damaged('it has more rows than bytes')
  const words = tableNames.reduce((sum, name, i) => sum + counts[i]! * symbolSchema[name].length, 0)
  const buffer = new ArrayBuffer(words * 4)
  let at = 0
  const tables: Record<string, Record<string, number | Uint32Array>> = {}
  for (const [i, name] of tableNames.entries()) {
    const table: Record<string, number | Uint32Array> = { length: counts[i]! }
    for (const column of symbolSchema[name]) {
      table[column] = new Uint32Array(buffer, at, counts[i]!)
      at += counts[i]! * 4
    }
    tables[name] = table
  }
  return tables as unknown as SymbolTables
}

function decodeColumn(r: Reader, tables: SymbolTables, name: TableName, column: string): void {
  const table = tables[name] as unknown as Record<string, Uint32Array>
  const values = table[column]!
  const codec = codecOf(column)
  if (codec === 'text' || codec === 'start') return
  if (codec === 'delta') {
    let last = 0
    for (let i = 0; i < values.length; i++) {
      const code = readVarint(r)
      last = (last + ((code >>> 1) ^ -(code & 1))) >>> 0
      values[i] = last
    }
  } else if (codec === 'end')
    decodeRanges(r, table[column.replace('End', 'Start')]!, values, tables[rangeTables[column]!].length)
  else if (codec === 'reference') {
    const limit = tables[referencedTables[column]!].length
    for (let i = 0; i < values.length; i++) {
      const code = readVarint(r)
      if (code > limit) throw damaged('a reference leads nowhere')
      values[i] = code === 0 ? none : code - 1
    }
  } else for (let i = 0; i < values.length; i++) values[i] = readVarint(r)
}

function decodeRanges(r: Reader, starts: Uint32Array, ends: Uint32Array, limit: number): void {
  let at = 0
  for (let i = 0; i < ends.length; i++) {
    starts[i] = at
    at += readVarint(r)
    if (at > limit) throw damaged('a range passes the end of its table')
    ends[i] = at
  }
}

function placeStrings(tables: SymbolTables, textLength: number): void {
  let at = 0
  for (const name of tableNames) {
    const table = tables[name]
    if (!('text' in table)) continue
    for (let i = 0; i < table.length; i++) {
      table.text[i] = at
      at += table.textLength[i]!
      if (at > textLength) throw damaged('a string passes the end')
    }
  }
}
