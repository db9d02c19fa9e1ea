// Fast path for the most frequent records, a run at a time, in their usual form only: lines, INLINE, STACK CFI.
// Anything unusual is left, untouched, to the parsers of single records. The loops over digits are written out where they
// are needed: a function for them halves the speed (`npm run bench -- stackwalk`, `index`).
import { growColumns, none } from '../symdex/columns.ts'
import { hashStep, ruleRow } from './rules.ts'
import { hexDigits, isSpace } from './scan.ts'
import type { SymParse } from './state.ts'

const newline = 10
const blank = 32
const minus = 0x2d
/** Numbers with more digits may not fit 32 bits. */
const hexLimit = 8
const decimalLimit = 9

/**
 * `address size line file`, as many as follow. Every function here returns false when it parsed no record; otherwise
 * the cursor is at the start of a line. Before the last newline no check for the end of the text is needed.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a hot loop; with its steps as functions it takes twice as long
export function readLineRun(p: SymParse): boolean {
  if (!p.inFunction) return false
  const { bytes, lastNewline } = p
  const { lines, functions } = p.tables
  let { address, size, line, file } = lines
  const first = p.at
  let row = lines.length
  let at = first
  while (at < lastNewline) {
    let next = at
    let digit = hexDigits[bytes[next]!]!
    let rowAddress = 0
    for (; digit >= 0; digit = hexDigits[bytes[++next]!]!) rowAddress = (rowAddress << 4) | digit
    if (next === at || next - at > hexLimit || bytes[next] !== blank) break
    let start = ++next
    let rowSize = 0
    for (digit = hexDigits[bytes[next]!]!; digit >= 0; digit = hexDigits[bytes[++next]!]!)
      rowSize = (rowSize << 4) | digit
    if (next === start || next - start > hexLimit || bytes[next] !== blank) break
    start = ++next
    let rowLine = 0
    for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
      rowLine = (Math.imul(rowLine, 10) + digit) | 0
    if (next === start || next - start > decimalLimit || bytes[next] !== blank) break
    start = ++next
    let rowFile = 0
    for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
      rowFile = (Math.imul(rowFile, 10) + digit) | 0
    if (next === start || next - start > decimalLimit || bytes[next] !== newline) break
    at = next + 1
    if (!isRange(rowAddress >>> 0, rowSize >>> 0)) continue
    if (row === address.length) {
      growColumns(lines)
      ;({ address, size, line, file } = lines)
    }
    address[row] = rowAddress
    size[row] = rowSize
    line[row] = rowLine
    file[row] = rowFile
    row++
  }
  if (row > lines.length) functions.lineEnd[functions.length - 1] = row
  lines.length = row
  p.at = at
  return at > first
}

/** Skips empty ranges and ranges that end beyond 2^32 - 1. */
export const isRange = (address: number, size: number) => size > 0 && address + size <= none

const inlineStart = 0x494c4e49 // INLI
const inlineRest = 0x20454e49 // INE and a blank
const inlineWordBytes = 7

/** `INLINE depth line file origin (address size)+`, as many as follow. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a hot loop; with its steps as functions it takes twice as long
export function readInlineRun(p: SymParse): boolean {
  if (!p.inFunction) return false
  const { bytes, view, lastNewline } = p
  const { inlines, functions } = p.tables
  let { depth, address, size, callLine, callFile, origin } = inlines
  const first = p.at
  let row = inlines.length
  let at = first
  while (at + inlineWordBytes < lastNewline) {
    if (view.getUint32(at, true) !== inlineStart || view.getUint32(at + 3, true) !== inlineRest) break
    let next = at + inlineWordBytes
    let start = next
    let digit: number
    let rowDepth = 0
    for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
      rowDepth = (Math.imul(rowDepth, 10) + digit) | 0
    if (next === start || next - start > decimalLimit || bytes[next] !== blank) break
    start = ++next
    let rowLine = 0
    for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
      rowLine = (Math.imul(rowLine, 10) + digit) | 0
    if (next === start || next - start > decimalLimit || bytes[next] !== blank) break
    start = ++next
    let rowFile: number = none
    if (bytes[next] === minus && bytes[next + 1] === 49) next += 2
    else {
      rowFile = 0
      for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
        rowFile = (Math.imul(rowFile, 10) + digit) | 0
    }
    if (next === start || next - start > decimalLimit || bytes[next] !== blank) break
    start = ++next
    let rowOrigin = 0
    for (digit = bytes[next]! - 48; digit >= 0 && digit <= 9; digit = bytes[++next]! - 48)
      rowOrigin = (Math.imul(rowOrigin, 10) + digit) | 0
    if (next === start || next - start > decimalLimit || bytes[next] !== blank) break
    let end = row
    while (bytes[next] === blank) {
      start = ++next
      let rowAddress = 0
      for (digit = hexDigits[bytes[next]!]!; digit >= 0; digit = hexDigits[bytes[++next]!]!)
        rowAddress = (rowAddress << 4) | digit
      if (next === start || next - start > hexLimit || bytes[next] !== blank) break
      start = ++next
      let rowSize = 0
      for (digit = hexDigits[bytes[next]!]!; digit >= 0; digit = hexDigits[bytes[++next]!]!)
        rowSize = (rowSize << 4) | digit
      if (next === start || next - start > hexLimit) break
      start = -1
      if (!isRange(rowAddress >>> 0, rowSize >>> 0)) continue
      if (end === depth.length) {
        growColumns(inlines)
        ;({ depth, address, size, callLine, callFile, origin } = inlines)
      }
      depth[end] = rowDepth
      address[end] = rowAddress
      size[end] = rowSize
      callLine[end] = rowLine
      callFile[end] = rowFile
      origin[end] = rowOrigin
      end++
    }
    if (start >= 0 || bytes[next] !== newline) break
    at = next + 1
    row = end
  }
  if (row > inlines.length) functions.inlineEnd[functions.length - 1] = row
  inlines.length = row
  p.at = at
  return at > first
}

const stackCfi1 = 0x43415453 // STAC
const stackCfi2 = 0x4643204b // K CF
const initWord = 0x54494e49 // INIT
const cfiWordBytes = 10
const initWordBytes = 15

/** `STACK CFI INIT address size rules` and `STACK CFI address rules`, as many as follow. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a hot loop; with its steps as functions it takes twice as long
export function readCfiRun(p: SymParse): boolean {
  const { bytes, view, lastNewline } = p
  const { cfi, deltas } = p.tables
  const first = p.at
  let at = first
  while (at + initWordBytes < lastNewline) {
    if (view.getUint32(at, true) !== stackCfi1 || view.getUint32(at + 4, true) !== stackCfi2) break
    if (bytes[at + 8] !== 0x49 || bytes[at + 9] !== blank) break
    const isInit = view.getUint32(at + cfiWordBytes, true) === initWord
    if (isInit ? bytes[at + initWordBytes - 1] !== blank : cfi.length === 0) break
    let next = at + (isInit ? initWordBytes : cfiWordBytes)
    let start = next
    let digit: number
    let address = 0
    for (digit = hexDigits[bytes[next]!]!; digit >= 0; digit = hexDigits[bytes[++next]!]!)
      address = (address << 4) | digit
    if (next === start || next - start > hexLimit || bytes[next] !== blank) break
    let size = 0
    if (isInit) {
      start = ++next
      for (digit = hexDigits[bytes[next]!]!; digit >= 0; digit = hexDigits[bytes[++next]!]!)
        size = (size << 4) | digit
      if (next === start || next - start > hexLimit || bytes[next] !== blank) break
    }
    do next++
    while (bytes[next] === blank)
    start = next
    let hash = 0
    for (let byte = bytes[next]!; byte !== newline; byte = bytes[++next]!) hash = hashStep(hash, byte)
    if (isSpace(bytes[next - 1]!)) break
    const rule = ruleRow(p, start, next, hash)
    at = next + 1
    if (isInit) addCfi(p, address >>> 0, size >>> 0, rule)
    else if (address >>> 0 !== none) {
      if (deltas.length === deltas.address.length) growColumns(deltas)
      const row = deltas.length++
      deltas.address[row] = address
      deltas.rule[row] = rule
      cfi.deltaEnd[cfi.length - 1] = row + 1
    }
  }
  if (at === first) return false
  p.inFunction = false
  p.at = at
  return true
}

/** A row for a STACK CFI INIT record; an invalid range still ends the previous row, so deltas do not attach to it. */
export function addCfi(
  { tables: { cfi, deltas } }: SymParse,
  address: number,
  size: number,
  rule: number,
): void {
  if (cfi.length === cfi.address.length) growColumns(cfi)
  const row = cfi.length++
  const usable = isRange(address, size)
  cfi.address[row] = usable ? address : 0
  cfi.size[row] = usable ? size : 0
  cfi.rule[row] = rule
  cfi.deltaStart[row] = deltas.length
  cfi.deltaEnd[row] = deltas.length
}
