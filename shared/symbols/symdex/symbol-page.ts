// Lookups by address in the tables of a symbol file, or of one page of a symdex.
import { lastAtMost, none, type SymbolTables } from './columns.ts'

/** Tables with the text that contains their strings. Decoded strings are cached. */
export interface SymbolPage {
  tables: SymbolTables
  text: Uint8Array
  strings: Map<number, string>
}

export const createPage = (tables: SymbolTables, text: Uint8Array): SymbolPage => ({
  tables,
  text,
  strings: new Map(),
})

/** An inlined function: its name, and the source position inside it. */
export interface InlineFrame {
  function: string
  file: string | null
  line: number | null
}

/** Symbols of an address. `base` and `lineBase` are relative to the module. */
export interface SymbolInfo {
  function: string
  base: number
  parameterSize: number
  file: string | null
  line: number | null
  lineBase: number | null
  /** Innermost first; empty when no function is inlined here. */
  inlines: InlineFrame[]
}

const decoder = new TextDecoder()
type Strings = { text: Uint32Array; textLength: Uint32Array }

/** The string of a row; null for `none`. */
export function stringOf(page: SymbolPage, table: Strings, row: number): string | null {
  if (row === none) return null
  const length = table.textLength[row]!
  // In a symdex an empty string starts where the next one does.
  if (length === 0) return ''
  const start = table.text[row]!
  const known = page.strings.get(start)
  if (known !== undefined) return known
  const value = decoder.decode(page.text.subarray(start, start + length))
  page.strings.set(start, value)
  return value
}

/** The row whose range covers `address`, or -1. */
export function rowCovering(
  table: { address: Uint32Array; size: Uint32Array; length: number },
  address: number,
  start = 0,
  end = table.length,
): number {
  const row = lastAtMost(table.address, start, end, address)
  return row >= start && address - table.address[row]! < table.size[row]! ? row : -1
}

/**
 * Function, source line and inlined functions at an address relative to the module, by the rules of rust-minidump: a
 * FUNC that covers it, else the nearest PUBLIC below unless a FUNC starts between. Null when there is neither.
 */
export function findSymbol(page: SymbolPage, address: number): SymbolInfo | null {
  const { functions } = page.tables
  const row = rowCovering(functions, address)
  if (row < 0) return findPublic(page, address)
  const info: SymbolInfo = {
    function: stringOf(page, functions, row)!,
    base: functions.address[row]!,
    parameterSize: parameterSizeAt(page.tables, address) ?? functions.parameterSize[row]!,
    file: null,
    line: null,
    lineBase: null,
    inlines: [],
  }
  fillSource(page, row, address, info)
  return info
}

/** Symbols of an address, with the bytes of its function; null for a PUBLIC, whose end is unknown. */
export interface NearSymbolInfo extends SymbolInfo {
  size: number | null
}

/**
 * Like `findSymbol`, by the rules of symbolic (https://github.com/getsentry/symbolic): an address between the line
 * records of its function has the source position of the last one before it.
 */
export function findNearSymbol(page: SymbolPage, address: number): NearSymbolInfo | null {
  const { functions, lines } = page.tables
  const row = rowCovering(functions, address)
  const info = findSymbol(page, address)
  if (row < 0) return info && { ...info, size: null }
  const start = functions.lineStart[row]!
  const line = lastAtMost(lines.address, start, functions.lineEnd[row]!, address)
  const near: NearSymbolInfo = { ...info!, size: functions.size[row]! }
  if (line < start) return near
  const lineEnd = lines.address[line]! + lines.size[line]!
  if (address < lineEnd) return near
  near.inlines = []
  fillSource(page, row, lineEnd - 1, near)
  return near
}

/** The name of the function at an address (its FUNC or PUBLIC); null when there is none. */
export function findFunctionName(page: SymbolPage, address: number): string | null {
  const { functions, publics } = page.tables
  const row = rowCovering(functions, address)
  if (row >= 0) return stringOf(page, functions, row)
  return stringOf(page, publics, publicAt(page.tables, address))
}

function publicAt({ functions, publics }: SymbolTables, address: number): number {
  const row = lastAtMost(publics.address, 0, publics.length, address)
  if (row < 0) return none
  const before = lastAtMost(functions.address, 0, functions.length, address)
  return before >= 0 && functions.address[before]! >= publics.address[row]! ? none : row
}

function findPublic(page: SymbolPage, address: number): SymbolInfo | null {
  const { publics } = page.tables
  const row = publicAt(page.tables, address)
  if (row === none) return null
  return {
    function: stringOf(page, publics, row)!,
    base: publics.address[row]!,
    parameterSize: publics.parameterSize[row]!,
    file: null,
    line: null,
    lineBase: null,
    inlines: [],
  }
}

/** Bytes of parameters according to the Windows frame record at an address; null without one. */
function parameterSizeAt({ frameData, fpo }: SymbolTables, address: number): number | null {
  const byProgram = frameData.length ? rowCovering(frameData, address) : -1
  if (byProgram >= 0) return frameData.parameters[byProgram]!
  const byFpo = fpo.length ? rowCovering(fpo, address) : -1
  return byFpo >= 0 ? fpo.parameters[byFpo]! : null
}

/**
 * The function's own source line is where its outermost inlined function is called; lines are given for the
 * innermost.
 */
function fillSource(page: SymbolPage, row: number, address: number, info: SymbolInfo): void {
  const { functions, lines, files, inlines, origins } = page.tables
  const line = rowCovering(lines, address, functions.lineStart[row], functions.lineEnd[row])
  let inline = inlineAt(page.tables, row, 0, address)
  if (inline < 0) {
    if (line < 0 || lines.file[line] === none) return
    info.file = stringOf(page, files, lines.file[line]!)
    info.line = lines.line[line]!
    info.lineBase = lines.address[line]!
    return
  }
  info.file = stringOf(page, files, inlines.callFile[inline]!)
  info.line = inlines.callLine[inline]!
  info.lineBase = inlines.address[inline]!
  for (let depth = 1; ; depth++) {
    const deeper = inlineAt(page.tables, row, depth, address)
    const name = stringOf(page, origins, inlines.origin[inline]!)
    const file = deeper >= 0 ? inlines.callFile[deeper]! : line >= 0 ? lines.file[line]! : none
    const at = deeper >= 0 ? inlines.callLine[deeper]! : line >= 0 ? lines.line[line]! || null : null
    if (name !== null) info.inlines.push({ function: name, file: stringOf(page, files, file), line: at })
    if (deeper < 0) break
    inline = deeper
  }
  info.inlines.reverse()
}

/** The INLINE row of function `row` at `depth` that covers `address`, or -1. */
function inlineAt({ functions, inlines }: SymbolTables, row: number, depth: number, address: number): number {
  let low = functions.inlineStart[row]!
  let high = functions.inlineEnd[row]!
  const start = low
  while (low < high) {
    const middle = (low + high) >>> 1
    const d = inlines.depth[middle]!
    if (d < depth || (d === depth && inlines.address[middle]! <= address)) low = middle + 1
    else high = middle
  }
  const found = low - 1
  return found >= start &&
    inlines.depth[found] === depth &&
    address - inlines.address[found]! < inlines.size[found]!
    ? found
    : -1
}
