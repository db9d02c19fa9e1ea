// Cabinet files with one compressed file, as symbol servers store them (MS-CAB; MS-MCI for MSZIP; MS-PATCH for LZX).
import { inflateSync } from 'fflate'
import { concatBytes } from '../../bytes/concat.ts'
import { ByteCursor } from '../../debug-files/byte-cursor.ts'
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { inflateLzx } from './lzx.ts'

const magic = 0x4643534d
const method = { none: 0, mszip: 1, lzx: 3 } as const
/** A block inflates to so much. */
const blockBytes = 32 * 1024

/**
 * The first file of a cabinet.
 * @throws CrashError 'bad-symbols' when the data is damaged or compressed with Quantum, 'limit' for a file
 * of more than `maxBytes`
 */
export function expandCabinet(bytes: Uint8Array, maxBytes: Bytes): Uint8Array {
  try {
    return expand(new ByteCursor(bytes), maxBytes)
  } catch (cause) {
    if (cause instanceof CrashError) throw cause
    throw new CrashError('bad-symbols', 'The cabinet (a file name that ends with _) is damaged', { cause })
  }
}

function expand(cursor: ByteCursor, maxBytes: Bytes): Uint8Array {
  if (cursor.u32() !== magic)
    throw new CrashError('bad-symbols', 'The file with a name that ends with _ is not a cabinet')
  cursor.at = 16
  const filesAt = cursor.u32()
  cursor.at = 30
  const flags = cursor.u16()
  cursor.skip(4)
  const reserve = flags & 4 ? { header: cursor.u16(), folder: cursor.u8(), data: cursor.u8() } : null
  cursor.skip(reserve?.header ?? 0)
  for (let texts = (flags & 1 ? 2 : 0) + (flags & 2 ? 2 : 0); texts > 0; texts--) cursor.nulTerminated()
  const foldersAt = cursor.at
  cursor.at = filesAt
  const size = cursor.u32()
  const start = cursor.u32()
  if (start + size > maxBytes)
    throw new CrashError('limit', `The file in the cabinet has more than ${maxBytes} bytes`)
  cursor.at = foldersAt + cursor.u16() * (8 + (reserve?.folder ?? 0))
  const dataAt = cursor.u32()
  const blocks = cursor.u16()
  const compression = cursor.u16()
  cursor.at = dataAt
  const folder = { blocks, compression, reserved: reserve?.data ?? 0, start, size }
  return readFolder(cursor, folder).subarray(start, start + size)
}

interface Folder {
  blocks: number
  /** The method in the lower 4 bits; of LZX the exponent of the window in the upper 8. */
  compression: number
  reserved: number
  /** Of the file, inflated. */
  start: number
  size: number
}

/** The folder as far as the file is in it. */
function readFolder(cursor: ByteCursor, folder: Folder): Uint8Array {
  const { blocks, compression, start, size } = folder
  const end = start + size
  if (end > blocks * blockBytes) throw new RangeError('its file is larger than its blocks')
  switch (compression & 15) {
    case method.none:
    case method.mszip:
      return readBlocks(cursor, folder)
    case method.lzx:
      return readLzx(cursor, folder)
    default:
      throw new CrashError('bad-symbols', 'The cabinet is compressed with Quantum, which is not read')
  }
}

interface Block {
  data: Uint8Array
  /** Inflated bytes. */
  length: number
}

function* blocksOf(cursor: ByteCursor, { blocks, reserved }: Folder): Generator<Block> {
  for (let block = 0; block < blocks; block++) {
    cursor.skip(4)
    const stored = cursor.u16()
    const length = cursor.u16()
    cursor.skip(reserved)
    yield { data: cursor.take(stored), length }
  }
}

function readBlocks(cursor: ByteCursor, folder: Folder): Uint8Array {
  const end = folder.start + folder.size
  const out = new Uint8Array(end)
  let filled = 0
  for (const { data, length } of blocksOf(cursor, folder)) {
    if (filled >= end) break
    // Each block continues the window of the block before.
    const dictionary = out.subarray(Math.max(0, filled - blockBytes), filled)
    const part =
      folder.compression === method.none
        ? data
        : inflateSync(data.subarray(2), { dictionary, out: new Uint8Array(length) })
    out.set(part.subarray(0, end - filled), filled)
    filled += part.length
  }
  if (filled < end) throw new RangeError('its blocks end before its file')
  return out
}

/** Of LZX all blocks are one stream. */
function readLzx(cursor: ByteCursor, folder: Folder): Uint8Array {
  const end = folder.start + folder.size
  const parts: Uint8Array[] = []
  let size = 0
  for (const { data, length } of blocksOf(cursor, folder)) {
    if (size >= end) break
    if (length > blockBytes) throw new RangeError('a block is too large')
    parts.push(data)
    size += length
  }
  if (size < end) throw new RangeError('its blocks end before its file')
  return inflateLzx(concatBytes(parts), { windowBits: folder.compression >> 8, size })
}
