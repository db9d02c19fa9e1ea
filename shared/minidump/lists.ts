// The two list layouts in dumps, with counts checked against the bytes present.

import type { Section } from './dump-view.ts'
import { dumpError, fileOffset, u32 } from './dump-view.ts'

/**
 * Plain list: u32 count, then entries of `entrySize` bytes; some writers pad the count to 8 bytes.
 * Any other stream size throws StreamSizeMismatch.
 * @returns offsets of the entries
 */
export function plainList(s: Section, entrySize: number): number[] {
  const count = u32(s, 0)
  const padding = s.size - 4 - count * entrySize
  if (padding !== 0 && padding !== 4) {
    throw dumpError('StreamSizeMismatch', `${count} entries of ${entrySize} bytes in a stream of ${s.size}`)
  }
  return offsets(4 + padding, entrySize, count)
}

/**
 * Extended list: u32 header size, u32 entry size, count, then entries after the header; trailing bytes are ignored.
 * Throws when the entry size is unexpected or the entries do not fit.
 * @param wideCount the count is a u64
 * @returns offsets of the entries
 */
export function extendedList(s: Section, entrySize: number, wideCount = false): number[] {
  const header = u32(s, 0)
  const entry = u32(s, 4)
  const count = wideCount ? fileOffset(s, 8) : u32(s, 8)
  if (header < 12 || entry !== entrySize || header + count * entrySize > s.size) {
    throw dumpError('StreamSizeMismatch', `${count} entries of ${entry} bytes in a stream of ${s.size}`)
  }
  return offsets(header, entrySize, count)
}

function offsets(first: number, entrySize: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i * entrySize)
}
