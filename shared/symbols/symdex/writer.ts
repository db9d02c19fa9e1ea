// Builds the symdex of a symbol file: records in address order, split into self-contained pages.
import type { Bytes } from '../../units.ts'
import type { SymFile } from '../sym/parse.ts'
import { none, type SymbolTables, type TableName, tableNames } from './columns.ts'
import { encodeSymdex, type StoredPage } from './format.ts'
import { createPageWriter, encodePage } from './page.ts'
import { isCorrupt } from './symbol-table.ts'

/** Raw DEFLATE (RFC 1951), synchronous. */
export type Deflate = (bytes: Uint8Array) => Uint8Array

/** Approximate bytes of a page before compression; functions are never split. */
const pageBytes: Bytes = 64 * 1024

/** Tables split by address; a row belongs to the page in which it starts. */
type Addressed = 'functions' | 'publics' | 'cfi' | 'frameData' | 'fpo'
/** Tables of which a page contains the rows that other tables refer to. */
type Shared = 'files' | 'origins' | 'rules'

/** Builds the index of a symbol file. */
export function buildSymdex(file: SymFile, deflate: Deflate): Uint8Array {
  const { tables, text } = file
  const pages: StoredPage[] = []
  const writer = createPageWriter()
  const splitter = startSplitter(tables)
  while (splitPage(splitter, tables)) {
    writer.length = 0
    encodePage(writer, { rows: rowsOf(splitter, tables), tables, local: localRows(splitter), text })
    const stored = deflate(writer.bytes.subarray(0, writer.length))
    pages.push({ address: splitter.address, rawLength: writer.length, stored })
  }
  return encodeSymdex({ info: file.info, corrupt: isCorrupt(file), badLines: file.badLines }, pages)
}

/** Rows of a referenced table, and those used by the current page. */
interface SharedRows {
  /** Rows of the whole file in order of first use in the page; `count` of them are valid. */
  rows: Uint32Array
  count: number
  /** Row of the page by row of the whole file; entries of other pages are stale. */
  local: Uint32Array
  /** The last page that a row was used in. */
  seen: Uint32Array
  textLength: Uint32Array
}

/** Splits a file into pages, one after another. All pages share its arrays. */
interface PageSplitter {
  /** The first address that the page covers. */
  address: number
  /** First row of each table in the page. */
  start: Record<Addressed, number>
  /** Row after the last, where the next page starts. */
  end: Record<Addressed, number>
  shared: Record<Shared, SharedRows>
  page: number
  /** Estimated. */
  bytes: Bytes
  /** No range of the page reaches beyond this address. */
  limit: number
  scratch: Record<TableName, Uint32Array>
}

function startSplitter(tables: SymbolTables): PageSplitter {
  const shared = (name: Shared): SharedRows => ({
    rows: new Uint32Array(tables[name].length),
    count: 0,
    local: new Uint32Array(tables[name].length),
    seen: new Uint32Array(tables[name].length),
    textLength: tables[name].textLength,
  })
  const zero = { functions: 0, publics: 0, cfi: 0, frameData: 0, fpo: 0 }
  const scratch = {} as Record<TableName, Uint32Array>
  for (const name of tableNames) scratch[name] = new Uint32Array(64)
  return {
    address: 0,
    start: { ...zero },
    end: zero,
    shared: { files: shared('files'), origins: shared('origins'), rules: shared('rules') },
    page: 0,
    bytes: 0,
    limit: 0,
    scratch,
  }
}

const localRows = ({ shared: { files, origins, rules } }: PageSplitter) => ({
  files: files.local,
  origins: origins.local,
  rules: rules.local,
})

/** Moves to the next page; false after the last. */
function splitPage(splitter: PageSplitter, tables: SymbolTables): boolean {
  const { end } = splitter
  let table = lowest(tables, end)
  if (!table) return false
  splitter.page++
  splitter.address = tables[table].address[end[table]]!
  Object.assign(splitter.start, end)
  if (reachesInto(tables, end)) splitter.start.publics--
  for (const shared of Object.values(splitter.shared)) shared.count = 0
  splitter.bytes = 0
  splitter.limit = 0
  while (table) {
    const { address } = tables[table]
    if (splitter.bytes >= pageBytes && address[end[table]]! >= splitter.limit) break
    addRowToPage(splitter, tables, table, end[table]++)
    table = lowest(tables, end)
  }
  return true
}

/** The table whose next row has the lowest address. */
function lowest(tables: SymbolTables, next: Record<Addressed, number>): Addressed | null {
  let found: Addressed | null = null
  let best = Number.POSITIVE_INFINITY
  const { functions, publics, cfi, frameData, fpo } = tables
  if (next.functions < functions.length) {
    best = functions.address[next.functions]!
    found = 'functions'
  }
  if (next.publics < publics.length && publics.address[next.publics]! < best) {
    best = publics.address[next.publics]!
    found = 'publics'
  }
  if (next.cfi < cfi.length && cfi.address[next.cfi]! < best) {
    best = cfi.address[next.cfi]!
    found = 'cfi'
  }
  if (next.frameData < frameData.length && frameData.address[next.frameData]! < best) {
    best = frameData.address[next.frameData]!
    found = 'frameData'
  }
  if (next.fpo < fpo.length && fpo.address[next.fpo]! < best) found = 'fpo'
  return found
}

/** Adds a referenced row to the page unless it is there; returns the bytes added. */
function use(shared: SharedRows, row: number, page: number): Bytes {
  if (row === none || shared.seen[row] === page) return 0
  shared.seen[row] = page
  shared.local[row] = shared.count
  shared.rows[shared.count++] = row
  return shared.textLength[row]! + 2
}

/** True when the last PUBLIC before the page is still the nearest symbol: no FUNC starts after it. */
function reachesInto({ functions, publics }: SymbolTables, next: Record<Addressed, number>): boolean {
  if (next.publics === 0) return false
  const before = next.functions - 1
  return before < 0 || functions.address[before]! < publics.address[next.publics - 1]!
}

const rowBytes = 8
const lineBytes = 5
const inlineBytes = 12

function addRowToPage(splitter: PageSplitter, tables: SymbolTables, table: Addressed, row: number): void {
  const { rules } = splitter.shared
  let bytes = rowBytes
  if (table === 'publics') bytes += tables.publics.textLength[row]!
  else {
    const { address, size } = tables[table]
    splitter.limit = Math.max(splitter.limit, address[row]! + size[row]!)
  }
  if (table === 'functions') bytes += tables.functions.textLength[row]! + addBody(splitter, tables, row)
  else if (table === 'frameData') bytes += use(rules, tables.frameData.rule[row]!, splitter.page)
  else if (table === 'cfi') {
    const { cfi, deltas } = tables
    bytes += use(rules, cfi.rule[row]!, splitter.page)
    for (let i = cfi.deltaStart[row]!; i < cfi.deltaEnd[row]!; i++)
      bytes += use(rules, deltas.rule[i]!, splitter.page) + 2
  }
  splitter.bytes += bytes
}

/** Files and origins of a function's lines and inlined functions. */
function addBody({ shared, page }: PageSplitter, tables: SymbolTables, row: number): Bytes {
  const { functions, lines, inlines } = tables
  const { files, origins } = shared
  const lineStart = functions.lineStart[row]!
  const lineEnd = functions.lineEnd[row]!
  const inlineStart = functions.inlineStart[row]!
  const inlineEnd = functions.inlineEnd[row]!
  let bytes = (lineEnd - lineStart) * lineBytes + (inlineEnd - inlineStart) * inlineBytes
  let last = none
  for (let i = lineStart; i < lineEnd; i++) {
    const file = lines.file[i]!
    if (file !== last) bytes += use(files, file, page)
    last = file
  }
  for (let i = inlineStart; i < inlineEnd; i++) {
    bytes += use(files, inlines.callFile[i]!, page)
    bytes += use(origins, inlines.origin[i]!, page)
  }
  return bytes
}

/** The rows of each table in the page; valid until the next page. */
function rowsOf(splitter: PageSplitter, { functions, cfi }: SymbolTables): Record<TableName, Uint32Array> {
  const { start, end, shared, scratch } = splitter
  const range = (name: Addressed) => {
    const rows = roomFor(scratch, name, end[name] - start[name])
    for (let i = 0; i < rows.length; i++) rows[i] = start[name] + i
    return rows
  }
  const used = ({ rows, count }: SharedRows) => rows.subarray(0, count)
  const ofFunctions = range('functions')
  const ofCfi = range('cfi')
  return {
    functions: ofFunctions,
    lines: rangesOf(ofFunctions, [functions.lineStart, functions.lineEnd], scratch, 'lines'),
    inlines: rangesOf(ofFunctions, [functions.inlineStart, functions.inlineEnd], scratch, 'inlines'),
    publics: range('publics'),
    files: used(shared.files),
    origins: used(shared.origins),
    rules: used(shared.rules),
    cfi: ofCfi,
    deltas: rangesOf(ofCfi, [cfi.deltaStart, cfi.deltaEnd], scratch, 'deltas'),
    frameData: range('frameData'),
    fpo: range('fpo'),
  }
}

function roomFor(scratch: Record<TableName, Uint32Array>, name: TableName, count: number): Uint32Array {
  if (scratch[name].length < count) scratch[name] = new Uint32Array(count * 2)
  return scratch[name].subarray(0, count)
}

/** The rows of the ranges `starts` to `ends` of the given rows, concatenated. */
function rangesOf(
  rows: Uint32Array,
  [starts, ends]: readonly [Uint32Array, Uint32Array],
  scratch: Record<TableName, Uint32Array>,
  name: TableName,
): Uint32Array {
  let count = 0
  for (let i = 0; i < rows.length; i++) count += ends[rows[i]!]! - starts[rows[i]!]!
  const all = roomFor(scratch, name, count)
  let at = 0
  for (let i = 0; i < rows.length; i++) {
    const end = ends[rows[i]!]!
    for (let row = starts[rows[i]!]!; row < end; row++) all[at++] = row
  }
  return all
}
