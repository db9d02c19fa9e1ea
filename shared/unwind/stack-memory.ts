// The memory region that a walk may read, by address.
import { distance, type Word, wordOfHalves } from './word.ts'

export interface StackMemory {
  /** Address of the first byte. */
  readonly base: Word
  readonly view: DataView
  readonly littleEndian: boolean
}

/** Null for an empty region or one that passes the end of the address space: it cannot be read. */
export function createStackMemory(base: Word, bytes: Uint8Array, littleEndian: boolean): StackMemory | null {
  if (bytes.byteLength === 0 || BigInt(base) + BigInt(bytes.byteLength) > 0xffff_ffff_ffff_ffffn) return null
  return { base, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), littleEndian }
}

/** Offset of `address` from the first byte when `size` bytes are readable there, else -1. */
export function stackOffset(stack: StackMemory, address: Word, size: number): number {
  const offset = distance(address, stack.base)
  return offset !== null && offset + size <= stack.view.byteLength ? offset : -1
}

/** The word of 4 or 8 bytes at an address, or null when it is not entirely inside. */
export function readStack(stack: StackMemory, address: Word, size: 4 | 8): Word | null {
  const offset = stackOffset(stack, address, size)
  return offset < 0 ? null : wordAtOffset(stack, offset, size)
}

/** The word at an offset already checked. */
function wordAtOffset({ view, littleEndian }: StackMemory, offset: number, size: 4 | 8): Word {
  if (size === 4) return view.getUint32(offset, littleEndian)
  const first = view.getUint32(offset, littleEndian)
  const second = view.getUint32(offset + 4, littleEndian)
  return littleEndian ? wordOfHalves(second, first) : wordOfHalves(first, second)
}
