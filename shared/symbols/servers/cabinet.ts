// Cabinet files with one compressed file, as symbol servers store them (MS-CAB; MS-MCI for MSZIP).
import { inflateSync } from 'fflate'
import { ByteCursor } from '../../debug-files/byte-cursor.ts'
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'

const magic = 0x4643534d
const method = { none: 0, mszip: 1, quantum: 2, lzx: 3 } as const
/** Each block continues the window of the block before. */
const windowBytes = 32 * 1024

/**
 * The first file of a cabinet.
 * @throws CrashError 'bad-symbols' when the data is damaged or compressed in another way than MSZIP, 'limit' for a file
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
  const dataAt = cursor.u32()
  const blocks = cursor.u16()
  const compression = cursor.u16() & 15
  cursor.at = filesAt
  const size = cursor.u32()
  const start = cursor.u32()
  if (start + size > maxBytes)
    throw new CrashError('limit', `The file in the cabinet has more than ${maxBytes} bytes`)
  cursor.at = dataAt
  return readBlocks(cursor, { blocks, compression, reserved: reserve?.data ?? 0, start, size })
}

interface Folder {
  blocks: number
  compression: number
  reserved: number
  start: number
  size: number
}

function readBlocks(cursor: ByteCursor, { blocks, compression, reserved, start, size }: Folder): Uint8Array {
  if (compression === method.lzx || compression === method.quantum)
    throw new CrashError('bad-symbols', 'The cabinet is compressed with LZX or Quantum, which are not read')
  const end = start + size
  if (end > blocks * windowBytes) throw new RangeError('its file is larger than its blocks')
  const out = new Uint8Array(end)
  let filled = 0
  for (let block = 0; block < blocks && filled < end; block++) {
    cursor.skip(4)
    const stored = cursor.u16()
    const length = cursor.u16()
    cursor.skip(reserved)
    const data = cursor.take(stored)
    const window = out.subarray(Math.max(0, filled - windowBytes), filled)
    const part =
      compression === method.none
        ? data
        : inflateSync(data.subarray(2), { dictionary: window, out: new Uint8Array(length) })
    out.set(part.subarray(0, end - filled), filled)
    filled += part.length
  }
  if (filled < end) throw new RangeError('its blocks end before its file')
  return out.subarray(start, end)
}
