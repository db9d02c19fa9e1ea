// Makes the symdex of a symbol file: records in order of address, cut into pages that each stand alone.
import type { Bytes } from '../units.ts'
import { none, type SymbolTables, type TableName } from './columns.ts'
import type { SymFile } from './sym-file.ts'
import { isCorrupt } from './symbol-table.ts'
import { createByteWriter, encodePage } from './symdex-page.ts'
import { encodeSymdex, type StoredPage } from './symdex-format.ts'

/** Raw DEFLATE (RFC 1951), synchronous. */
export type Deflate = (bytes: Uint8Array) => Uint8Array

/** Bytes of a page before compression, about; one function is never cut. */
const pageBytes: Bytes = 64 * 1024

/** Tables that are cut by address; a row belongs to the page in which it begins. */
const addressed = ['functions', 'publics', 'cfi', 'frameData', 'fpo'] as const
type Addressed = (typeof addressed)[number]
/** Tables of which a page has those rows that others refer to. */
type Shared = 'files' | 'origins' | 'rules'

/** The index of a symbol file, as one file. */
export function buildSymdex(file: SymFile, deflate: Deflate): Uint8Array {
  const pages: StoredPage[] = []
  const writer = createByteWriter()
  for (const draft of cutPages(file.tables)) {
    writer.length = 0
    encodePage(writer, {
      rows: rowsOf(draft, file.tables),
      tables: file.tables,
      local: draft.local,
      text: file.text,
    })
    const stored = deflate(writer.bytes.subarray(0, writer.length))
    pages.push({ address: draft.address, rawLength: writer.length, stored })
  }
  return encodeSymdex({ info: file.info, corrupt: isCorrupt(file), badLines: file.badLines }, pages)
}

interface Draft {
  /** The first address the page answers for. */
  address: number
  /** First row of each table. */
  start: Record<Addressed, number>
  /** Row after the last. */
  end: Record<Addressed, number>
  /** Rows of the whole file that the page has, in the order they were met. */
  shared: Record<Shared, number[]>
  /** Their rows in this page; what other pages left there is garbage. */
  local: Record<Shared, Uint32Array>
  /** The last page that each row was used in, and the number of this one. */
  seen: Record<Shared, Uint32Array>
  page: number
  /** Estimated. */
  bytes: Bytes
  /** No range of the page reaches beyond. */
  limit: number
}

/** Drafts of the pages, one at a time: each is used up before the next is made. */
function* cutPages(tables: SymbolTables): Generator<Draft> {
  const next = { functions: 0, publics: 0, cfi: 0, frameData: 0, fpo: 0 }
  const local = {
    files: new Uint32Array(tables.files.length),
    origins: new Uint32Array(tables.origins.length),
    rules: new Uint32Array(tables.rules.length),
  }
  const seen = { files: local.files.slice(), origins: local.origins.slice(), rules: local.rules.slice() }
  let draft: Draft | null = null
  for (let page = 1; ; ) {
    const table = lowest(tables, next)
    const address = table ? tables[table].address[next[table]]! : none
    if (draft && (!table || (draft.bytes >= pageBytes && address >= draft.limit))) {
      yield draft
      draft = null
      page++
    }
    if (!table) return
    draft ??= startDraft(tables, next, { address, local, seen, page })
    addRowToDraft(draft, tables, table, next[table])
    next[table]++
    draft.end[table] = next[table]
  }
}

/** The table whose next row has the lowest address. */
function lowest(tables: SymbolTables, next: Record<Addressed, number>): Addressed | null {
  let found: Addressed | null = null
  let best = Number.POSITIVE_INFINITY
  for (const name of addressed) {
    const row = next[name]
    if (row < tables[name].length && tables[name].address[row]! < best) {
      best = tables[name].address[row]!
      found = name
    }
  }
  return found
}

function startDraft(
  tables: SymbolTables,
  next: Record<Addressed, number>,
  given: Pick<Draft, 'address' | 'local' | 'seen' | 'page'>,
): Draft {
  const start = { ...next }
  if (reachesInto(tables, next)) start.publics--
  const shared = { files: [], origins: [], rules: [] }
  return { ...given, start, end: { ...next }, shared, bytes: 0, limit: 0 }
}

/** Makes a row that others refer to one of the page's, once. */
function useRow(draft: Draft, tables: SymbolTables, table: Shared, row: number): void {
  const seen = draft.seen[table]
  if (row === none || seen[row] === draft.page) return
  seen[row] = draft.page
  const rows = draft.shared[table]
  draft.local[table][row] = rows.length
  rows.push(row)
  draft.bytes += tables[table].textLength[row]! + 2
}

/** True when the last PUBLIC before the page is still the nearest symbol: no FUNC begins after it. */
function reachesInto({ functions, publics }: SymbolTables, next: Record<Addressed, number>): boolean {
  if (next.publics === 0) return false
  const before = next.functions - 1
  return before < 0 || functions.address[before]! < publics.address[next.publics - 1]!
}

const rowBytes = 8
const lineBytes = 5
const inlineBytes = 12

function addRowToDraft(draft: Draft, tables: SymbolTables, table: Addressed, row: number): void {
  draft.bytes += rowBytes
  const range = tables[table]
  if ('size' in range) draft.limit = Math.max(draft.limit, range.address[row]! + range.size[row]!)
  if ('textLength' in range) draft.bytes += range.textLength[row]!
  if ('rule' in range) useRow(draft, tables, 'rules', range.rule[row]!)
  if (table === 'cfi') addDeltas(draft, tables, row)
  if (table === 'functions') addBody(draft, tables, row)
}

function addDeltas(draft: Draft, tables: SymbolTables, row: number): void {
  const { cfi, deltas } = tables
  for (let i = cfi.deltaStart[row]!; i < cfi.deltaEnd[row]!; i++) {
    useRow(draft, tables, 'rules', deltas.rule[i]!)
    draft.bytes += 2
  }
}

function addBody(draft: Draft, tables: SymbolTables, row: number): void {
  const { functions, lines, inlines } = tables
  let last = none
  for (let i = functions.lineStart[row]!; i < functions.lineEnd[row]!; i++) {
    const file = lines.file[i]!
    if (file !== last) useRow(draft, tables, 'files', file)
    last = file
  }
  for (let i = functions.inlineStart[row]!; i < functions.inlineEnd[row]!; i++) {
    useRow(draft, tables, 'files', inlines.callFile[i]!)
    useRow(draft, tables, 'origins', inlines.origin[i]!)
  }
  draft.bytes += (functions.lineEnd[row]! - functions.lineStart[row]!) * lineBytes
  draft.bytes += (functions.inlineEnd[row]! - functions.inlineStart[row]!) * inlineBytes
}

const sequence = (start: number, end: number) =>
  Uint32Array.from({ length: end - start }, (_, i) => start + i)

/** The rows of the ranges `start` to `end` of the given rows, one range after another. */
function rangesOf(rows: Uint32Array, starts: Uint32Array, ends: Uint32Array): Uint32Array {
  let count = 0
  for (const row of rows) count += ends[row]! - starts[row]!
  const all = new Uint32Array(count)
  let at = 0
  for (const row of rows) for (let i = starts[row]!; i < ends[row]!; i++) all[at++] = i
  return all
}

function rowsOf(
  { start, end, shared }: Draft,
  { functions, cfi }: SymbolTables,
): Record<TableName, Uint32Array> {
  const ofFunctions = sequence(start.functions, end.functions)
  const ofCfi = sequence(start.cfi, end.cfi)
  return {
    functions: ofFunctions,
    lines: rangesOf(ofFunctions, functions.lineStart, functions.lineEnd),
    inlines: rangesOf(ofFunctions, functions.inlineStart, functions.inlineEnd),
    publics: sequence(start.publics, end.publics),
    files: Uint32Array.from(shared.files),
    origins: Uint32Array.from(shared.origins),
    rules: Uint32Array.from(shared.rules),
    cfi: ofCfi,
    deltas: rangesOf(ofCfi, cfi.deltaStart, cfi.deltaEnd),
    frameData: sequence(start.frameData, end.frameData),
    fpo: sequence(start.fpo, end.fpo),
  }
}
