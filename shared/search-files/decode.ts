// Decodes the bytes of a block, which may be damaged or hostile: time and memory are bounded by their length.
import { exactInteger } from '../search/order.ts'
import type { CodedColumn, Codes, Dictionary, NumberColumn } from '../search/segment.ts'
import { type BlockKind, partSeparator } from './columns.ts'
import { maxNumberBytes, widthFor } from './encode.ts'
import { damagedBlock, Unpacker } from './packed.ts'

/** What the directory states about a block. */
export interface BlockShape {
  /** Of the file. */
  rows: number
  /** Bytes of a code, or of a number. */
  width: number
  /** Number of distinct values; 0: a number in each row. */
  values: number
}

/** Text of all stacks of a dictionary, in UTF-16 code units: their parts may be used any number of times. */
const maxStackText = 2 ** 27

/**
 * The column of a block, inverse to `encodeCoded` and `encodeNumbers`.
 * @throws CrashError 'damaged'
 */
export function decodeBlock(
  kind: BlockKind,
  block: Uint8Array,
  { rows, width, values }: BlockShape,
): CodedColumn | NumberColumn {
  const unpacker = new Unpacker(block)
  if (values === 0 && kind === 'integer') return unpackNumbers(unpacker, rows, width)
  if (width !== widthFor(values)) throw damagedBlock('the width of its codes is wrong')
  const codes = unpackCodes(unpacker, rows, values)
  const dictionary = unpackDictionary(unpacker, kind, values)
  unpacker.end()
  return { kind: 'coded', codes, dictionary }
}

/** Codes of at most `most`. */
function unpackCodes(unpacker: Unpacker, length: number, most: number): Codes {
  const width = widthFor(most)
  // A copy is aligned, and does not keep the whole block in memory.
  const { buffer } = unpacker.take(length * width).slice()
  const codes =
    width === 1 ? new Uint8Array(buffer) : width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer)
  for (let i = 0; i < length; i++) if (codes[i]! > most) throw damagedBlock('a code has no value')
  return codes
}

function unpackDictionary(unpacker: Unpacker, kind: BlockKind, count: number): Dictionary {
  switch (kind) {
    case 'integer':
      return unpackIntegers(unpacker, count)
    case 'double':
      return new Float64Array(unpacker.take(count * 8).slice().buffer)
    case 'bool':
      return Array.from(unpacker.take(count), (byte) => byte === 1)
    case 'text':
      return unpacker.texts(count)
    case 'stack':
      return unpackStacks(unpacker, count)
    case 'list':
      return unpackLists(unpacker, count)
  }
}

/** A whole number in zigzag form. */
function unpackFirst(unpacker: Unpacker): number | bigint {
  const zigzag = BigInt(unpacker.longVarint())
  return exactInteger(zigzag & 1n ? -(zigzag + 1n) / 2n : zigzag / 2n)
}

function unpackIntegers(unpacker: Unpacker, count: number): (number | bigint)[] {
  if (count > unpacker.left) throw damagedBlock('it ends too early')
  const values: (number | bigint)[] = []
  if (count === 0) return values
  let last = unpackFirst(unpacker)
  values.push(last)
  for (let i = 1; i < count; i++) {
    const step = unpacker.longVarint()
    // A sum of two numbers is exact, or not safe.
    const sum = typeof last === 'number' && typeof step === 'number' ? last + step : null
    last = sum !== null && Number.isSafeInteger(sum) ? sum : exactInteger(BigInt(last) + BigInt(step))
    values.push(last)
  }
  return values
}

function unpackLists(unpacker: Unpacker, count: number): string[][] {
  const most = unpacker.left
  if (count > most) throw damagedBlock('it ends too early')
  const lengths = new Uint32Array(count)
  let total = 0
  for (let i = 0; i < count; i++) {
    lengths[i] = unpacker.varint(most)
    total += lengths[i]!
    if (total > most) throw damagedBlock('it has more items than bytes')
  }
  const distinct = unpacker.varint(most)
  const codes = unpackCodes(unpacker, total, distinct)
  const items = unpacker.texts(distinct)
  let at = 0
  return Array.from(lengths, (length) => {
    const list: string[] = []
    for (const end = at + length; at < end; at++) {
      const item = items[codes[at]!]
      if (item === undefined) throw damagedBlock('an item is missing')
      list.push(item)
    }
    return list
  })
}

function unpackStacks(unpacker: Unpacker, count: number): string[] {
  const stacks = unpackLists(unpacker, count)
  let total = 0
  for (const parts of stacks) for (const part of parts) total += part.length + partSeparator.length
  if (total > maxStackText) throw damagedBlock('its stacks are too long')
  return stacks.map((parts) => parts.join(partSeparator))
}

function unpackNumbers(unpacker: Unpacker, rows: number, width: number): NumberColumn {
  if (width < 1 || width > maxNumberBytes) throw damagedBlock('the width of its numbers is wrong')
  const least = Number(unpackFirst(unpacker))
  const planes = unpacker.take(rows * width)
  unpacker.end()
  const values = new Float64Array(rows).fill(least - 1)
  for (let plane = 0, scale = 1; plane < width; plane++, scale *= 256) {
    const start = plane * rows
    for (let row = 0; row < rows; row++) values[row]! += planes[start + row]! * scale
  }
  for (let row = 0; row < rows; row++) if (values[row] === least - 1) values[row] = Number.NaN
  return { kind: 'numbers', values }
}
