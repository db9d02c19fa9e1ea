// Writes a module's symbols as a Breakpad symbol file.

import type { NumberList } from './lists/number-list.ts'
import type { ModuleSymbols, PublicRecord } from './module-symbols.ts'

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
  const encoder = new TextEncoder()
  let lines: string[] = []
  let length = 0
  for (const line of symLines(module, options)) {
    lines.push(line)
    length += line.length + 1
    if (length < chunkBytes) continue
    yield encoder.encode(`${lines.join('\n')}\n`)
    lines = []
    length = 0
  }
  if (lines.length > 0) yield encoder.encode(`${lines.join('\n')}\n`)
}

function* symLines(module: ModuleSymbols, { statesLacking }: SymTextOptions): Generator<string> {
  const { os, arch, debugId, debugFile, codeId, codeFile } = module.identity
  yield `MODULE ${os} ${arch} ${debugId ?? '0'.repeat(33)} ${debugFile}`
  if (codeId !== null) yield `INFO CODE_ID ${codeId}${codeFile === null ? '' : ` ${codeFile}`}`
  if (statesLacking && module.lacks) yield `INFO LACKS ${module.lacks}`
  yield* numbered('FILE', module.files.list)
  yield* numbered('INLINE_ORIGIN', module.origins.list)
  const order = orderOfFunctions(module)
  for (const row of order) yield* functionLines(module, row)
  yield* publicLines(module, order)
  for (const record of module.win) yield `STACK WIN ${record}`
  for (const row of orderOf(module.cfi)) yield module.cfiTexts.get(row)
}

function* numbered(kind: string, names: readonly string[]): Generator<string> {
  for (const [number, name] of names.entries()) yield `${kind} ${number} ${name}`
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

const hex = (value: number) => value.toString(16)

function* functionLines({ functions, names, inlines, ranges, lines }: ModuleSymbols, row: number) {
  const [start, size, parameters] = [0, 1, 2].map((column) => hex(functions.get(row, column)))
  yield `FUNC ${start} ${size} ${parameters} ${names.get(row)}`
  const lastInline = functions.getOr(row + 1, 4, inlines.rows)
  for (let i = functions.get(row, 4); i < lastInline; i++) {
    let text = `INLINE ${inlines.get(i, 0)} ${inlines.get(i, 1)} ${inlines.get(i, 2)} ${inlines.get(i, 3)}`
    const lastRange = inlines.getOr(i + 1, 4, ranges.rows)
    for (let r = inlines.get(i, 4); r < lastRange; r++)
      text += ` ${hex(ranges.get(r, 0))} ${hex(ranges.get(r, 1))}`
    yield text
  }
  const linesEnd = functions.getOr(row + 1, 3, lines.position)
  for (const { start, size, line, file } of lines.read(functions.get(row, 3), linesEnd))
    yield `${hex(start)} ${hex(size)} ${line} ${file}`
}

/** Public symbols outside all functions, by address. */
function* publicLines({ functions, publics }: ModuleSymbols, order: Uint32Array): Generator<string> {
  const sorted = [...publics].sort((a, b) => a.address - b.address)
  let next = 0
  let covered = 0
  for (const [i, symbol] of sorted.entries()) {
    if (i > 0 && sorted[i - 1]!.address === symbol.address) continue
    for (; next < order.length && functions.get(order[next]!, 0) <= symbol.address; next++)
      covered = Math.max(covered, functions.get(order[next]!, 0) + functions.get(order[next]!, 1))
    if (symbol.address >= covered) yield publicLine(symbol)
  }
}

const publicLine = ({ address, parameterSize = 0, name }: PublicRecord) =>
  `PUBLIC ${hex(address)} ${hex(parameterSize)} ${name}`
