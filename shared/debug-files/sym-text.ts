// Writes a module's symbols as a Breakpad symbol file.

import type { NumberList } from './lists/number-list.ts'
import type { ModuleSymbols, PublicRecord } from './module-symbols.ts'
import { SymWriter } from './lists/sym-writer.ts'

const chunkBytes = 256 * 1024

export interface SymTextOptions {
  /** Adds a record `INFO LACKS` where a file of the module was not available: for symbol stores, which replace it later. */
  statesLacking?: boolean
}

/**
 * The symbol file as chunks of UTF-8. Functions are in the order of their addresses; of several that start at one
 * address the first added stays. A public symbol inside a function is skipped.
 */
export function* symText(module: ModuleSymbols, options: SymTextOptions = {}): Generator<Uint8Array> {
  const writer = new SymWriter()
  for (const _ of writeRecords(module, { writer, options }))
    if (writer.length >= chunkBytes) yield writer.take()
  if (writer.length > 0) yield writer.take()
}

interface Writing {
  writer: SymWriter
  options: SymTextOptions
}

/** Pauses after every record, or function with its lines. */
function* writeRecords(module: ModuleSymbols, { writer, options }: Writing): Generator<void> {
  for (const line of headerLines(module, options)) yield writer.text(line).endLine()
  yield* numbered('FILE', { names: module.files.list, writer })
  yield* numbered('INLINE_ORIGIN', { names: module.origins.list, writer })
  const order = orderOfFunctions(module)
  for (const row of order) yield writeFunction(module, { row, writer })
  for (const { address, parameterSize = 0, name } of publicsOf(module, order))
    yield writer.text('PUBLIC').hex(address).hex(parameterSize).text(` ${name}`).endLine()
  for (const record of module.win) yield writer.text(`STACK WIN ${record}`).endLine()
  for (const row of orderOf(module.cfi)) yield writer.utf8(module.cfiTexts.utf8(row)).endLine()
}

function* headerLines(
  { identity, lacks }: ModuleSymbols,
  { statesLacking }: SymTextOptions,
): Generator<string> {
  const { os, arch, debugId, debugFile, codeId, codeFile } = identity
  yield `MODULE ${os} ${arch} ${debugId ?? '0'.repeat(33)} ${debugFile}`
  if (codeId !== null) yield `INFO CODE_ID ${codeId}${codeFile === null ? '' : ` ${codeFile}`}`
  if (statesLacking && lacks) yield `INFO LACKS ${lacks}`
}

interface Names {
  names: readonly string[]
  writer: SymWriter
}

function* numbered(kind: string, { names, writer }: Names): Generator<void> {
  for (const [number, name] of names.entries())
    yield writer.text(kind).decimal(number).text(` ${name}`).endLine()
}

/** Rows of `functions` by address, one per address. */
export const orderOfFunctions = ({ functions }: ModuleSymbols): Uint32Array => orderOf(functions)

/** Rows by their first column; of several with one value the first. */
function orderOf(list: NumberList): Uint32Array {
  // Sorting numbers needs no comparisons in JavaScript: the value in the upper half, the row in the lower.
  const keys = new BigUint64Array(list.rows)
  for (let row = 0; row < list.rows; row++) keys[row] = (BigInt(list.get(row, 0)) << 32n) | BigInt(row)
  keys.sort()
  const order = new Uint32Array(list.rows)
  let count = 0
  for (const key of keys) {
    const row = Number(key & 0xffff_ffffn)
    if (count === 0 || list.get(row, 0) !== list.get(order[count - 1]!, 0)) order[count++] = row
  }
  return order.subarray(0, count)
}

function writeFunction(module: ModuleSymbols, { row, writer }: { row: number; writer: SymWriter }): void {
  const { functions, names, inlines, lines } = module
  writer.text('FUNC')
  for (const column of [0, 1, 2]) writer.hex(functions.get(row, column))
  writer.text(' ').utf8(names.utf8(row)).endLine()
  const lastInline = functions.getOr(row + 1, 4, inlines.rows)
  for (let inline = functions.get(row, 4); inline < lastInline; inline++)
    writeInline(module, { inline, writer })
  const to = functions.getOr(row + 1, 3, lines.position)
  lines.forEach({ from: functions.get(row, 3), to }, ({ start, size, line, file }) =>
    writer.hex(start).hex(size).decimal(line).decimal(file).endLine(),
  )
}

function writeInline(
  { inlines, ranges }: ModuleSymbols,
  { inline, writer }: { inline: number; writer: SymWriter },
): void {
  writer.text('INLINE')
  for (const column of [0, 1, 2, 3]) writer.decimal(inlines.get(inline, column))
  const lastRange = inlines.getOr(inline + 1, 4, ranges.rows)
  for (let range = inlines.get(inline, 4); range < lastRange; range++)
    writer.hex(ranges.get(range, 0)).hex(ranges.get(range, 1))
  writer.endLine()
}

/** Public symbols outside all functions, by address. */
function* publicsOf({ functions, publics }: ModuleSymbols, order: Uint32Array): Generator<PublicRecord> {
  const sorted = [...publics].sort((a, b) => a.address - b.address)
  let next = 0
  let covered = 0
  for (const [i, symbol] of sorted.entries()) {
    if (i > 0 && sorted[i - 1]!.address === symbol.address) continue
    for (; next < order.length && functions.get(order[next]!, 0) <= symbol.address; next++)
      covered = Math.max(covered, functions.get(order[next]!, 0) + functions.get(order[next]!, 1))
    if (symbol.address >= covered) yield symbol
  }
}
