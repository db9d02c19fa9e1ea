// Arranges the records of a symbol file: sorted, without overlaps, references as row numbers.
import { type Columns, none, type SymbolTables, tableNames, trimColumns } from '../symdex/columns.ts'
import { orderByAddress, permute, sequence, sortByAddress } from './sort.ts'
import type { SymParse } from './state.ts'

type Ranges = Columns<'address' | 'size'>

/** Turns parsed records into tables for lookups; each step documents its rules. */
export function arrangeTables(p: SymParse): void {
  const { tables } = p
  for (const name of tableNames) trimColumns(tables[name])
  resolve(tables.lines.file, tables.lines.length, p.fileIds)
  resolve(tables.inlines.callFile, tables.inlines.length, p.fileIds)
  resolve(tables.inlines.origin, tables.inlines.length, p.originIds)
  keepFirst(tables.functions)
  arrangeLines(tables)
  arrangeInlines(tables)
  arrangePublics(tables, p.bytes)
  keepFirst(tables.cfi)
  arrangeDeltas(tables, p.bytes)
  keepFirst(tables.frameData)
  keepFirst(tables.fpo)
}

/** Replaces ids with the rows that have them; the last of equal ids wins. */
function resolve(column: Uint32Array, length: number, ids: Columns<'id'>): void {
  let largest = 0
  for (let i = 0; i < ids.length; i++) largest = Math.max(largest, ids.id[i]!)
  if (largest > ids.length * 4 + 1024) {
    const rows = new Map<number, number>()
    for (let i = 0; i < ids.length; i++) rows.set(ids.id[i]!, i)
    for (let i = 0; i < length; i++) column[i] = rows.get(column[i]!) ?? none
    return
  }
  const rows = new Uint32Array(largest + 1).fill(none)
  for (let i = 0; i < ids.length; i++) rows[ids.id[i]!] = i
  for (let i = 0; i < length; i++) column[i] = column[i]! <= largest ? rows[column[i]!]! : none
}

/** Sorts rows by (address, end), stably; drops empty rows and rows that start before the end of the last kept one. */
function keepFirst(table: Ranges): void {
  const { address, size } = table
  sortByAddress(table, 0, table.length, (a, b) => size[a]! - size[b]!)
  const rows = sequence(0, table.length)
  let kept = 0
  let end = 0
  for (let row = 0; row < table.length; row++) {
    if (size[row] === 0 || address[row]! < end) continue
    rows[kept++] = row
    end = address[row]! + size[row]!
  }
  if (kept === table.length) return
  permute(table, 0, rows.subarray(0, kept))
  table.length = kept
  trimColumns(table)
}

/** Within each function like `keepFirst`; dropped rows leave a gap behind `lineEnd`. */
function arrangeLines({ functions, lines }: SymbolTables): void {
  const { address, size } = lines
  for (let f = 0; f < functions.length; f++) {
    const start = functions.lineStart[f]!
    const stop = functions.lineEnd[f]!
    let clean = true
    for (let i = start + 1; i < stop && clean; i++) clean = address[i]! >= address[i - 1]! + size[i - 1]!
    if (clean) continue
    sortByAddress(lines, start, stop, (a, b) => size[a]! - size[b]!)
    const kept = new Uint32Array(stop - start)
    let count = 0
    let end = 0
    for (let i = start; i < stop; i++) {
      if (address[i]! < end) continue
      kept[count++] = i
      end = address[i]! + size[i]!
    }
    permute(lines, start, kept.subarray(0, count))
    functions.lineEnd[f] = start + count
  }
}

/**
 * Within each function by depth, then address, then the rest. Arrays are costly to allocate: all functions share
 * three.
 */
function arrangeInlines({ functions, inlines }: SymbolTables): void {
  const { depth, address, size, callFile, callLine, origin } = inlines
  const compare = (a: number, b: number) =>
    size[a]! - size[b]! ||
    callFile[a]! - callFile[b]! ||
    callLine[a]! - callLine[b]! ||
    origin[a]! - origin[b]!
  let most = 0
  for (let f = 0; f < functions.length; f++)
    most = Math.max(most, functions.inlineEnd[f]! - functions.inlineStart[f]!)
  const rows = new Uint32Array(most)
  const moved = new Uint32Array(most)
  const next = new Uint32Array(usualDepth + 1)
  for (let f = 0; f < functions.length; f++) {
    const start = functions.inlineStart[f]!
    const end = functions.inlineEnd[f]!
    let sorted = true
    for (let i = start + 1; i < end && sorted; i++) {
      sorted = depth[i]! > depth[i - 1]! || (depth[i] === depth[i - 1] && address[i]! > address[i - 1]!)
    }
    if (sorted) continue
    const ordered = rows.subarray(0, end - start)
    orderByDepth(ordered, start, depth, next)
    for (let i = 1, first = 0; i <= ordered.length; i++) {
      if (i < ordered.length && depth[ordered[i]!] === depth[ordered[first]!]) continue
      if (i - first > 1) orderByAddress(ordered.subarray(first, i), address, compare)
      first = i
    }
    permute(inlines, start, ordered, moved)
  }
}

/** Deeper inlining is rare, and sorted by comparison. */
const usualDepth = 64

/** Fills `rows` with the row numbers from `start` on, by depth, stably. `next` is scratch space. */
function orderByDepth(rows: Uint32Array, start: number, depth: Uint32Array, next: Uint32Array): void {
  const end = start + rows.length
  next.fill(0)
  for (let i = start; i < end; i++) {
    if (depth[i]! >= usualDepth) {
      rows.set(sequence(start, end).sort((a, b) => depth[a]! - depth[b]! || a - b))
      return
    }
    next[depth[i]! + 1]!++
  }
  for (let d = 1; d < usualDepth; d++) next[d]! += next[d - 1]!
  for (let i = start; i < end; i++) rows[next[depth[i]!]!++] = i
}

type Texts = Columns<'text' | 'textLength'>

/** Compares the strings of two rows by their bytes. */
function compareTexts({ text, textLength }: Texts, bytes: Uint8Array, a: number, b: number): number {
  const length = Math.min(textLength[a]!, textLength[b]!)
  for (let i = 0; i < length; i++) {
    const difference = bytes[text[a]! + i]! - bytes[text[b]! + i]!
    if (difference) return difference
  }
  return textLength[a]! - textLength[b]!
}

/** By address, then name, then parameter size. */
function arrangePublics({ publics }: SymbolTables, bytes: Uint8Array): void {
  const { parameterSize } = publics
  const compare = (a: number, b: number) =>
    compareTexts(publics, bytes, a, b) || parameterSize[a]! - parameterSize[b]!
  sortByAddress(publics, 0, publics.length, compare)
}

/** By address, then the text of the rules: of several at one address the last applies. */
function arrangeDeltas({ cfi, deltas, rules }: SymbolTables, bytes: Uint8Array): void {
  const compare = (a: number, b: number) => compareTexts(rules, bytes, deltas.rule[a]!, deltas.rule[b]!)
  for (let i = 0; i < cfi.length; i++) sortByAddress(deltas, cfi.deltaStart[i]!, cfi.deltaEnd[i]!, compare)
}
