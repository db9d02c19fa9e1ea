// One page of a symdex: tables and their strings, decoded into typed arrays over one buffer.

import { codesOf, columnPlans, damaged, decodeCodes } from './codecs.ts'
import { type SymbolTables, symbolSchema, type TableName, tableNames } from './columns.ts'
import { createPage, type SymbolPage } from './symbol-page.ts'

/** A growing byte buffer, and scratch space. */
export interface PageWriter {
  bytes: Uint8Array
  length: number
  codes: Uint32Array
  lastLines: Uint32Array
}

export const createPageWriter = (): PageWriter => ({
  bytes: new Uint8Array(128 * 1024),
  length: 0,
  codes: new Uint32Array(4096),
  lastLines: new Uint32Array(256),
})

function makeRoom(w: PageWriter, more: number): void {
  if (w.length + more <= w.bytes.length) return
  const larger = new Uint8Array(Math.max(w.bytes.length * 2, w.length + more))
  larger.set(w.bytes.subarray(0, w.length))
  w.bytes = larger
}

const maxVarint = 5

/** The rows of each table in a page, in order. References must already be rows of this page. */
export interface PageContent {
  rows: Readonly<Record<TableName, Uint32Array>>
  /** Column values by row of the whole file. */
  tables: SymbolTables
  /** Row of this page by row of the whole file, for `files`, `origins`, `rules`. */
  local: Readonly<Record<'files' | 'origins' | 'rules', Uint32Array>>
  text: Uint8Array
}

/** Appends an encoded page: row counts of all tables, all columns, all strings. */
export function encodePage(w: PageWriter, page: PageContent): void {
  const counts = Uint32Array.from(tableNames, (name) => page.rows[name].length)
  writeVarints(w, counts, counts.length)
  const files = page.rows.files.length + 1
  if (w.lastLines.length < files) w.lastLines = new Uint32Array(files * 2)
  const last = w.lastLines.subarray(0, files)
  for (const name of tableNames) {
    const rows = page.rows[name]
    if (rows.length === 0) continue
    if (w.codes.length < rows.length) w.codes = new Uint32Array(rows.length * 2)
    const table = page.tables[name] as unknown as Record<string, Uint32Array>
    for (const plan of columnPlans[name]) {
      if (plan.codec === 'text' || plan.codec === 'start') continue
      codesOf(w.codes, rows, plan, { table, local: page.local[plan.target as 'files'], last })
      writeVarints(w, w.codes, rows.length)
    }
  }
  for (const name of tableNames) encodeStrings(w, page, name)
}

function writeVarints(w: PageWriter, codes: Uint32Array, count: number): void {
  makeRoom(w, count * maxVarint)
  const { bytes } = w
  let at = w.length
  for (let i = 0; i < count; i++) {
    let rest = codes[i]!
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
  }
  w.length = at
}

/** Longer strings are copied as a block; shorter ones are faster byte by byte. */
const longString = 96

function encodeStrings(w: PageWriter, page: PageContent, name: TableName): void {
  const table = page.tables[name]
  if (!('text' in table)) return
  const rows = page.rows[name]
  const { text } = page
  for (let i = 0; i < rows.length; i++) {
    const start = table.text[rows[i]!]!
    const end = start + table.textLength[rows[i]!]!
    makeRoom(w, end - start)
    const { bytes } = w
    let at = w.length
    if (end - start > longString) bytes.set(text.subarray(start, end), at)
    else for (let from = start; from < end; from++) bytes[at++] = text[from]!
    w.length += end - start
  }
}

interface Reader {
  bytes: Uint8Array
  at: number
}

/** Fills `codes` with the numbers that follow. */
function readVarints(r: Reader, codes: Uint32Array): void {
  const { bytes } = r
  let at = r.at
  if (at + codes.length > bytes.length) throw damaged('it ends early')
  for (let i = 0; i < codes.length; i++) {
    let byte = bytes[at++]
    if (byte === undefined) throw damaged('it ends early')
    let value = byte & 0x7f
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = bytes[at++]
      if (byte === undefined || shift > 28) throw damaged('a number has no end')
      value |= (byte & 0x7f) << shift
    }
    codes[i] = value
  }
  r.at = at
}

/**
 * Decodes the tables of a page.
 * @throws CrashError 'bad-symbols' for an invalid page: counts, references and lengths are all checked.
 */
export function decodePage(bytes: Uint8Array): SymbolPage {
  const r: Reader = { bytes, at: 0 }
  const tables = allocateTables(r)
  for (const name of tableNames) {
    const table = tables[name] as unknown as Record<string, Uint32Array>
    if (tables[name].length === 0) continue
    for (const plan of columnPlans[name]) {
      if (plan.codec === 'text' || plan.codec === 'start') continue
      readVarints(r, table[plan.column]!)
      if (plan.codec !== 'plain') decodeCodes(plan, table, tables)
    }
  }
  placeStrings(tables, bytes.length - r.at)
  return createPage(tables, bytes.subarray(r.at))
}

/** Empty tables over one buffer; every row takes at least a byte, which bounds the buffer. */
function allocateTables(r: Reader): SymbolTables {
  const counts = new Uint32Array(tableNames.length)
  readVarints(r, counts)
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
