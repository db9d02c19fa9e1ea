// Encodes a column as the bytes of a block, before compression (FORMATS.md, "Search files").
import type { CodedColumn, Codes, NumberColumn } from '../search/segment.ts'
import { type BlockKind, partSeparator } from './columns.ts'
import { Packer } from './packed.ts'

/** A block before compression, and what the directory states about it (`BlockShape`). */
export interface EncodedBlock {
  bytes: Uint8Array
  width: number
  values: number
}

/** Bytes of a code that can be `values`, or 0. */
export const widthFor = (values: number): 1 | 2 | 4 => (values <= 0xff ? 1 : values <= 0xffff ? 2 : 4)

/** Codes of this width, all 0. */
export function createCodes(length: number, width: 1 | 2 | 4): Codes {
  if (width === 1) return new Uint8Array(length)
  return width === 2 ? new Uint16Array(length) : new Uint32Array(length)
}

/**
 * Encodes a column with a dictionary that is not empty: its codes, then the dictionary. Text must be well-formed, the codes as wide as the
 * dictionary needs, and integers in ascending order.
 */
export function encodeCoded(kind: BlockKind, { codes, dictionary }: CodedColumn): EncodedBlock {
  const packer = new Packer()
  packer.append(bytesOf(codes))
  packers[kind](packer, Array.from<never>(dictionary as ArrayLike<unknown> as ArrayLike<never>))
  return { bytes: packer.finish(), width: codes.BYTES_PER_ELEMENT, values: dictionary.length }
}

/** Little-endian, as on every platform that runs JavaScript. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Codes) => new Uint8Array(buffer, byteOffset, byteLength)

/** How the dictionary of each kind is packed; its values are of that kind. */
const packers: Readonly<Record<BlockKind, (packer: Packer, values: readonly never[]) => void>> = {
  integer: packIntegers,
  double: (packer, values) => packer.append(new Uint8Array(Float64Array.from(values).buffer)),
  bool: (packer, values) => packer.append(Uint8Array.from(values, (value: boolean) => (value ? 1 : 0))),
  text: (packer, values) => packer.texts(values),
  stack: (packer, values) =>
    packLists(
      packer,
      values.map((stack: string) => stack.split(partSeparator)),
    ),
  list: packLists,
}

/** The first in zigzag form, then the differences. */
function packIntegers(packer: Packer, values: readonly (number | bigint)[]): void {
  let before: bigint | null = null
  for (const value of values) {
    const long = BigInt(value)
    if (before === null) packer.varint(long < 0n ? -2n * long - 1n : 2n * long)
    else packer.varint(long - before)
    before = long
  }
}

/** The length of each list; the number of distinct items; the items as codes, from 0; the distinct items. */
function packLists(packer: Packer, lists: readonly (readonly string[])[]): void {
  const items = [...new Set(lists.flat())].sort()
  const codeOf = new Map(items.map((item, code) => [item, code]))
  for (const list of lists) packer.varint(list.length)
  packer.varint(items.length)
  const codes = createCodes(
    lists.reduce((sum, list) => sum + list.length, 0),
    widthFor(items.length),
  )
  let at = 0
  for (const list of lists) for (const item of list) codes[at++] = codeOf.get(item)!
  packer.append(bytesOf(codes))
  packer.texts(items)
}

/** Longest number of a row: 2^53 takes 7 bytes. */
export const maxNumberBytes = 7

/**
 * Encodes numbers that mostly differ, row by row, as distances from the smallest: the lowest bytes of all rows, then their
 * next bytes, and so on. Null if a number is not a safe integer, or the distances are too large.
 */
export function encodeNumbers({ values }: NumberColumn): EncodedBlock | null {
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (!Number.isSafeInteger(value)) return null
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  if (least > most || !Number.isSafeInteger(most - least + 1)) return null
  const width = Math.max(1, Math.ceil(Math.log2(most - least + 2) / 8))
  const packer = new Packer()
  packer.varint(BigInt(least) < 0n ? -2n * BigInt(least) - 1n : 2n * BigInt(least))
  packer.append(planesOf(values, least, width))
  return { bytes: packer.finish(), width, values: 0 }
}

/** 0: no number. */
function planesOf(values: Float64Array, least: number, width: number): Uint8Array {
  const planes = new Uint8Array(values.length * width)
  for (let row = 0; row < values.length; row++) {
    let rest = Number.isNaN(values[row]!) ? 0 : values[row]! - least + 1
    for (let plane = 0; plane < width; plane++) {
      planes[plane * values.length + row] = rest % 256
      rest = Math.floor(rest / 256)
    }
  }
  return planes
}
