// A bounds-checked cursor over bytes, for reading binary formats of either byte order.
import { CrashError } from './errors.ts'

/** Reads fixed-size values one after another. Every read that would pass the end throws CrashError('bad-dump'). */
export interface Cursor {
  readonly view: DataView
  /** Offset of the next read, from the start of `view`. */
  offset: number
  readonly littleEndian: boolean
}

export function createCursor(bytes: Uint8Array, littleEndian = true, offset = 0): Cursor {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset, littleEndian }
}

function take(c: Cursor, length: number): number {
  const at = c.offset
  if (length < 0 || at + length > c.view.byteLength) {
    throw new CrashError(
      'bad-dump',
      `Read of ${length} bytes at offset ${at} passes the end at ${c.view.byteLength}`,
    )
  }
  c.offset = at + length
  return at
}

export const readU8 = (c: Cursor) => c.view.getUint8(take(c, 1))
export const readU16 = (c: Cursor) => c.view.getUint16(take(c, 2), c.littleEndian)
export const readU32 = (c: Cursor) => c.view.getUint32(take(c, 4), c.littleEndian)
export const readI32 = (c: Cursor) => c.view.getInt32(take(c, 4), c.littleEndian)
export const readU64 = (c: Cursor) => c.view.getBigUint64(take(c, 8), c.littleEndian)

/** The next `length` bytes, not copied. */
export function readBytes(c: Cursor, length: number): Uint8Array {
  const at = take(c, length)
  return new Uint8Array(c.view.buffer, c.view.byteOffset + at, length)
}
