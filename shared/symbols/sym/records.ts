// The records of a symbol file: one function per kind, each parses one line into the tables.
import { addRow, type Columns, none } from '../symdex/columns.ts'
import { hashStep, ruleRow } from './rules.ts'
import { addCfi, isRange, readCfiRun, readInlineRun, readLineRun } from './runs.ts'
import { countFields, isHexDigit, scanDecimal, scanHex, scanLineEnd, scanRest, scanWord } from './scan.ts'
import type { SymParse } from './state.ts'

const word = (text: string) => new TextEncoder().encode(text)
const wFunc = word('FUNC ')
const wFile = word('FILE ')
const wInline = word('INLINE ')
const wOrigin = word('INLINE_ORIGIN ')
const wInfo = word('INFO ')
const wPublic = word('PUBLIC ')
const wModule = word('MODULE ')
const wCfiInit = word('STACK CFI INIT ')
const wCfi = word('STACK CFI ')
const wWin = word('STACK WIN ')
const wMultiple = word('m ')
const wMinusOne = word('-1 ')

const F = 0x46
const I = 0x49
const M = 0x4d
const P = 0x50
const S = 0x53

/**
 * Parses one line, or several of a kind, and moves to the next. False, with the cursor anywhere in the line, for an
 * invalid record.
 */
export function parseRecord(p: SymParse): boolean {
  const first = p.bytes[p.at]!
  if (isHexDigit(first)) {
    if (first === F) {
      if (scanWord(p, wFunc)) return parseFunc(p)
      if (scanWord(p, wFile)) return parseFile(p)
    }
    return readLineRun(p) || parseLine(p)
  }
  switch (first) {
    case I:
      if (readInlineRun(p)) return true
      if (scanWord(p, wInline)) return parseInline(p)
      if (scanWord(p, wOrigin)) return parseOrigin(p)
      return scanWord(p, wInfo) && parseInfo(p)
    case P:
      return scanWord(p, wPublic) && parsePublic(p)
    case S:
      if (readCfiRun(p)) return true
      if (scanWord(p, wCfiInit)) return parseCfiInit(p)
      if (scanWord(p, wCfi)) return parseDelta(p)
      return scanWord(p, wWin) && parseWin(p)
    case M:
      return p.at === 0 && scanWord(p, wModule) && parseModule(p)
    default:
      return scanLineEnd(p)
  }
}

/** `address size line file`. */
function parseLine(p: SymParse): boolean {
  if (!p.inFunction) return false
  const address = scanHex(p, 16)
  const size = address < 0 ? -1 : scanHex(p, 8)
  const line = size < 0 ? -1 : scanDecimal(p)
  const file = line < 0 ? -1 : scanDecimal(p)
  if (file < 0 || !scanLineEnd(p)) return false
  if (!isRange(address, size)) return true
  const { lines, functions } = p.tables
  const row = addRow(lines, 'address')
  lines.address[row] = address
  lines.size[row] = size
  lines.line[row] = line
  lines.file[row] = file
  functions.lineEnd[functions.length - 1] = row + 1
  return true
}

function parseFunc(p: SymParse): boolean {
  const { functions, lines, inlines } = p.tables
  scanWord(p, wMultiple)
  const address = scanHex(p, 16)
  if (address < 0) return false
  const size = scanHex(p, 8)
  if (size < 0) return false
  const parameterSize = scanHex(p, 8)
  if (parameterSize < 0) return false
  const usable = isRange(address, size)
  const row = addRow(functions, 'address')
  functions.address[row] = usable ? address : 0
  functions.size[row] = usable ? size : 0
  functions.parameterSize[row] = parameterSize
  takeText(p, functions, row)
  functions.lineStart[row] = lines.length
  functions.lineEnd[row] = lines.length
  functions.inlineStart[row] = inlines.length
  functions.inlineEnd[row] = inlines.length
  p.inFunction = true
  return true
}

/** The rest of the line is the row's string. */
function takeText(p: SymParse, table: Columns<'text' | 'textLength'>, row: number): void {
  const start = p.at
  table.text[row] = start
  table.textLength[row] = scanRest(p) - start
}

/**
 * `INLINE depth line file origin (address size)+`, or the older form without `file`; the number of fields
 * distinguishes them. One row for each range.
 */
function parseInline(p: SymParse): boolean {
  if (!p.inFunction) return false
  const fields = countFields(p)
  const depth = scanDecimal(p)
  const callLine = scanDecimal(p)
  if (depth < 0 || callLine < 0) return false
  let callFile: number = none
  if (fields % 2 === 0 && !scanWord(p, wMinusOne)) {
    callFile = scanDecimal(p)
    if (callFile < 0) return false
  }
  const origin = scanDecimal(p)
  if (origin < 0 || fields < 5) return false
  const { inlines, functions } = p.tables
  const ranges = (fields - (fields % 2 === 0 ? 4 : 3)) / 2
  for (let i = 0; i < ranges; i++) {
    const address = scanHex(p, 16)
    const size = address < 0 ? -1 : scanHex(p, 8)
    if (size < 0) return false
    if (!isRange(address, size)) continue
    const row = addRow(inlines, 'depth')
    inlines.depth[row] = depth
    inlines.address[row] = address
    inlines.size[row] = size
    inlines.callLine[row] = callLine
    inlines.callFile[row] = callFile
    inlines.origin[row] = origin
    functions.inlineEnd[functions.length - 1] = row + 1
  }
  return scanLineEnd(p)
}

function parseOrigin(p: SymParse): boolean {
  const id = scanDecimal(p)
  if (id < 0) return false
  skipOldFileId(p)
  const row = addRow(p.originIds, 'id')
  p.originIds.id[row] = id
  takeText(p, p.tables.origins, addRow(p.tables.origins, 'text'))
  return true
}

/** The older form of INLINE_ORIGIN has a file id (an integer, possibly negative) before the name. */
function skipOldFileId(p: SymParse): void {
  const start = p.at
  if (p.bytes[start] === 0x2d) p.at++
  if (scanDecimal(p) < 0 || p.at >= p.end || p.bytes[p.at]! < 32) p.at = start
}

function parseFile(p: SymParse): boolean {
  const id = scanDecimal(p)
  if (id < 0) return false
  const row = addRow(p.fileIds, 'id')
  p.fileIds.id[row] = id
  takeText(p, p.tables.files, addRow(p.tables.files, 'text'))
  p.inFunction = false
  return true
}

function parsePublic(p: SymParse): boolean {
  scanWord(p, wMultiple)
  const address = scanHex(p, 16)
  const parameterSize = address < 0 ? -1 : scanHex(p, 8)
  if (parameterSize < 0) return false
  p.inFunction = false
  const { publics } = p.tables
  if (address >= none) {
    scanRest(p)
    return true
  }
  const row = addRow(publics, 'address')
  publics.address[row] = address
  publics.parameterSize[row] = parameterSize
  takeText(p, publics, row)
  return true
}

function parseCfiInit(p: SymParse): boolean {
  const address = scanHex(p, 16)
  const size = address < 0 ? -1 : scanHex(p, 8)
  if (size < 0) return false
  p.inFunction = false
  addCfi(p, address, size, takeRule(p))
  return true
}

function parseDelta(p: SymParse): boolean {
  const { cfi, deltas } = p.tables
  const address = scanHex(p, 16)
  if (address < 0 || cfi.length === 0) return false
  p.inFunction = false
  const rule = takeRule(p)
  if (address >= none) return true
  const row = addRow(deltas, 'address')
  deltas.address[row] = address
  deltas.rule[row] = rule
  cfi.deltaEnd[cfi.length - 1] = row + 1
  return true
}

/** The rest of the line as a row of `rules`. */
function takeRule(p: SymParse): number {
  const start = p.at
  const end = scanRest(p)
  let hash = 0
  for (let at = start; at < end; at++) hash = hashStep(hash, p.bytes[at]!)
  return ruleRow(p, start, end, hash)
}

const winFields = 10

/** Kind 4 is a program, kind 0 a flag; other kinds, and records whose flag does not match the kind, are skipped. */
function parseWin(p: SymParse): boolean {
  const kind = scanHex(p, 1)
  if (kind < 0) return false
  const f = new Array<number>(winFields - 1)
  for (let i = 0; i < f.length; i++) {
    f[i] = scanHex(p, i === 0 ? 16 : 8)
    if (f[i]! < 0) return false
  }
  p.inFunction = false
  const [address, size, , , parameters, savedRegisters, locals, , hasProgram] = f as [number, ...number[]]
  const start = p.at
  if ((kind !== 4 && kind !== 0) || (kind === 4) !== (hasProgram !== 0) || !isRange(address, size!)) {
    scanRest(p)
    return true
  }
  const table = kind === 4 ? p.tables.frameData : p.tables.fpo
  const row = addWinRow(table, address, size!)
  if (row < 0) {
    scanRest(p)
    return true
  }
  table.parameters[row] = parameters!
  table.savedRegisters[row] = savedRegisters!
  table.locals[row] = locals!
  if (kind === 4) p.tables.frameData.rule[row] = takeRule(p)
  else p.tables.fpo.allocatesBase[row] = scanRest(p) - start === 1 && p.bytes[start] === 0x31 ? 1 : 0
  return true
}

/**
 * A row for the range, or -1 when it gets none: a range that overlaps the last row's must start after it (which then
 * is shortened) or equal it.
 */
function addWinRow(table: Columns<'address' | 'size'>, address: number, size: number): number {
  const last = table.length - 1
  if (last >= 0) {
    const lastAddress = table.address[last]!
    const lastSize = table.size[last]!
    if (address < lastAddress + lastSize && lastAddress < address + size) {
      if (address > lastAddress) table.size[last] = address - lastAddress
      else if (address !== lastAddress || size !== lastSize) return -1
    }
  }
  const row = addRow(table, 'address')
  table.address[row] = address
  table.size[row] = size
  return row
}

const text = (p: SymParse, start: number, end: number) =>
  new TextDecoder().decode(p.bytes.subarray(start, end))

function parseModule(p: SymParse): boolean {
  const start = p.at
  const match = /^(\S+) +(\S+) +([0-9A-Fa-f]+) +(.*)$/.exec(text(p, start, scanRest(p)))
  if (!match) return false
  const [, os, arch, debugId, debugFile] = match as unknown as string[]
  Object.assign(p.info, { os, arch, debugId, debugFile })
  return true
}

function parseInfo(p: SymParse): boolean {
  const start = p.at
  const [, key, value] = /^(\S+) *(.*)$/.exec(text(p, start, scanRest(p))) ?? []
  if (key === 'URL') p.info.url = value!
  if (key === 'CODE_ID') {
    const [, codeId, codeFile] = /^(\S*) *(.*)$/.exec(value!)!
    Object.assign(p.info, { codeId, codeFile })
  }
  if (key === 'GENERATOR') p.info.generator = value!
  if (key === 'LACKS') p.info.lacks = value!
  return true
}
