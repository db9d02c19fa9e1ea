// Puts the records of a symbol file in order: sorted, without overlaps, references as row numbers.
import { type Columns, none, selectRows, type SymbolTables, tableNames, trimColumns } from './columns.ts'
import type { SymParse } from './sym-records.ts'

type Ranges = Columns<'address' | 'size'>

/** Turns what was read into what lookups need; see the rules in each step. */
export function arrangeTables(p: SymParse): void {
  const { tables } = p
  for (const name of tableNames) trimColumns(tables[name])
  resolve(tables.lines.file, tables.lines.length, rowsById(p.fileIds))
  resolve(tables.inlines.callFile, tables.inlines.length, rowsById(p.fileIds))
  resolve(tables.inlines.origin, tables.inlines.length, rowsById(p.originIds))
  tables.functions = keepFirst(tables.functions)
  arrangeLines(tables)
  arrangeInlines(tables)
  arrangePublics(tables, p.bytes)
  tables.cfi = keepFirst(tables.cfi)
  arrangeDeltas(tables)
  tables.frameData = keepFirst(tables.frameData)
  tables.fpo = keepFirst(tables.fpo)
}

/** Row of each id, the later of equal ids. */
function rowsById(ids: Columns<'id'>): (id: number) => number {
  let largest = 0
  for (let i = 0; i < ids.length; i++) largest = Math.max(largest, ids.id[i]!)
  if (largest > ids.length * 4 + 1024) {
    const rows = new Map<number, number>()
    for (let i = 0; i < ids.length; i++) rows.set(ids.id[i]!, i)
    return (id) => rows.get(id) ?? none
  }
  const rows = new Uint32Array(largest + 1).fill(none)
  for (let i = 0; i < ids.length; i++) rows[ids.id[i]!] = i
  return (id) => (id < rows.length ? rows[id]! : none)
}

function resolve(column: Uint32Array, length: number, rowOf: (id: number) => number): void {
  for (let i = 0; i < length; i++) column[i] = rowOf(column[i]!)
}

/** Rows by (address, end), stably; a row that begins before the end of the last one kept, or is empty, goes. */
function keepFirst<T extends Ranges>(table: T): T {
  const { address, size, length } = table
  const rows: number[] = []
  let sorted = true
  let end = 0
  for (let i = 0; i < length && sorted; i++) {
    if (i > 0 && compareRanges(table, i - 1, i) > 0) sorted = false
  }
  const order = sorted ? null : sortedRows(0, length, (a, b) => compareRanges(table, a, b))
  for (let i = 0; i < length; i++) {
    const row = order ? order[i]! : i
    if (size[row] === 0 || address[row]! < end) continue
    rows.push(row)
    end = address[row]! + size[row]!
  }
  return sorted && rows.length === length ? table : (selectRows(table as Columns<string>, rows) as T)
}

const compareRanges = (t: Ranges, a: number, b: number) =>
  t.address[a]! - t.address[b]! || t.size[a]! - t.size[b]!

/** Row numbers from `start` to `end` (exclusive), sorted stably. */
function sortedRows(start: number, end: number, compare: (a: number, b: number) => number): Uint32Array {
  const rows = Array.from({ length: end - start }, (_, i) => start + i)
  return Uint32Array.from(rows.sort((a, b) => compare(a, b) || a - b))
}

/** Writes the rows `rows` of a table to its rows from `start` on. */
function permute(table: Record<string, number | Uint32Array>, start: number, rows: Uint32Array): void {
  const moved = new Uint32Array(rows.length)
  for (const column of Object.values(table)) {
    if (typeof column === 'number') continue
    for (let i = 0; i < rows.length; i++) moved[i] = column[rows[i]!]!
    column.set(moved, start)
  }
}

/** Sorts the rows from `start` to `end` when they are not. */
function sortPart(
  table: Record<string, number | Uint32Array>,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  for (let i = start + 1; i < end; i++) {
    if (compare(i - 1, i) <= 0) continue
    permute(table, start, sortedRows(start, end, compare))
    return
  }
}

/** Within each function as `keepFirst` does; rows that go leave a gap behind `lineEnd`. */
function arrangeLines({ functions, lines }: SymbolTables): void {
  const { address, size } = lines
  for (let f = 0; f < functions.length; f++) {
    const start = functions.lineStart[f]!
    const stop = functions.lineEnd[f]!
    let clean = true
    for (let i = start + 1; i < stop && clean; i++) clean = address[i]! >= address[i - 1]! + size[i - 1]!
    if (clean) continue
    sortPart(lines, start, stop, (a, b) => compareRanges(lines, a, b))
    const kept: number[] = []
    let end = 0
    for (let i = start; i < stop; i++) {
      if (address[i]! < end) continue
      kept.push(i)
      end = address[i]! + size[i]!
    }
    permute(lines, start, Uint32Array.from(kept))
    functions.lineEnd[f] = start + kept.length
  }
}

function arrangeInlines({ functions, inlines }: SymbolTables): void {
  const { depth, address, size, callFile, callLine, origin } = inlines
  const compare = (a: number, b: number) =>
    depth[a]! - depth[b]! ||
    address[a]! - address[b]! ||
    size[a]! - size[b]! ||
    callFile[a]! - callFile[b]! ||
    callLine[a]! - callLine[b]! ||
    origin[a]! - origin[b]!
  for (let f = 0; f < functions.length; f++) {
    const start = functions.inlineStart[f]!
    const end = functions.inlineEnd[f]!
    const rows = end - start < 2 ? null : sortedByKey(depth, address, start, end)
    if (rows) permute(inlines, start, rows)
    else sortPart(inlines, start, end, compare)
  }
}

const keyDepths = 2 ** 8
const keySpan = 2 ** 25
const keyRows = 2 ** 20

/**
 * Rows from `start` to `end` sorted by (depth, address), by sorting plain numbers that hold depth, address and row:
 * functions are full of inlined ones, and a comparison by function is slow. Null where that cannot tell the order.
 */
function sortedByKey(
  depth: Uint32Array,
  address: Uint32Array,
  start: number,
  end: number,
): Uint32Array | null {
  const count = end - start
  if (count > keyRows) return null
  let lowest = address[start]!
  let sorted = true
  for (let i = start + 1; i < end; i++) {
    lowest = Math.min(lowest, address[i]!)
    sorted &&= depth[i]! > depth[i - 1]! || (depth[i] === depth[i - 1] && address[i]! > address[i - 1]!)
  }
  if (sorted) return null
  const keys = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const offset = address[start + i]! - lowest
    if (depth[start + i]! >= keyDepths || offset >= keySpan) return null
    keys[i] = (depth[start + i]! * keySpan + offset) * keyRows + i
  }
  keys.sort()
  const rows = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    if (i > 0 && Math.floor(keys[i]! / keyRows) === Math.floor(keys[i - 1]! / keyRows)) return null
    rows[i] = start + (keys[i]! % keyRows)
  }
  return rows
}

/** By address, then the bytes of the name, then parameter size. */
function arrangePublics({ publics }: SymbolTables, bytes: Uint8Array): void {
  const { address, text, textLength, parameterSize } = publics
  const compareNames = (a: number, b: number) => {
    const length = Math.min(textLength[a]!, textLength[b]!)
    for (let i = 0; i < length; i++) {
      const difference = bytes[text[a]! + i]! - bytes[text[b]! + i]!
      if (difference) return difference
    }
    return textLength[a]! - textLength[b]!
  }
  sortPart(
    publics,
    0,
    publics.length,
    (a, b) => address[a]! - address[b]! || compareNames(a, b) || parameterSize[a]! - parameterSize[b]!,
  )
}

function arrangeDeltas({ cfi, deltas }: SymbolTables): void {
  for (let i = 0; i < cfi.length; i++) {
    sortPart(deltas, cfi.deltaStart[i]!, cfi.deltaEnd[i]!, (a, b) => deltas.address[a]! - deltas.address[b]!)
  }
}
