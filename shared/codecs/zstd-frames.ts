// Where zstd frames begin and end (RFC 8878 §3.1), found without inflating: decoders stop after the first of several.
import { CrashError } from '../errors.ts'

const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50

/**
 * The length in bytes of the frame that begins at `start`, or null when `bytes` ends before the frame does.
 * @throws CrashError 'bad-report' when no frame begins there
 */
export function zstdFrameLength(bytes: Uint8Array, start = 0): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start)
  if (view.byteLength < 8) return null
  const magic = view.getUint32(0, true)
  if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
    const length = 8 + view.getUint32(4, true)
    return length <= view.byteLength ? length : null
  }
  if (magic !== frameMagic) throw new CrashError('bad-report', `No zstd frame at offset ${start}`)
  return endOfBlocks(view, 4 + frameHeaderLength(view.getUint8(4)))
}

/** Length of the frame header with its descriptor, without the magic number (RFC 8878 §3.1.1.1). */
function frameHeaderLength(descriptor: number): number {
  const singleSegment = (descriptor >> 5) & 1
  const dictionaryId = [0, 1, 2, 4][descriptor & 3]!
  const sizeFlag = descriptor >> 6
  const contentSize = sizeFlag === 0 ? singleSegment : 1 << sizeFlag
  return 1 + (1 - singleSegment) + dictionaryId + contentSize
}

/** Follows the blocks (RFC 8878 §3.1.1.2) to the end of the frame, with its checksum when it has one. */
function endOfBlocks(view: DataView, firstBlock: number): number | null {
  const checksum = (view.getUint8(4) >> 2) & 1 ? 4 : 0
  let at = firstBlock
  for (;;) {
    if (at + 3 > view.byteLength) return null
    const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16)
    const isRunLength = ((header >> 1) & 3) === 1
    at += 3 + (isRunLength ? 1 : header >> 3)
    if (header & 1) return at + checksum <= view.byteLength ? at + checksum : null
  }
}

/**
 * The frames of `bytes`, one after another, as views.
 * @throws CrashError 'bad-report' when the bytes are no zstd or end within a frame
 */
export function* zstdFrames(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0
  while (at < bytes.length) {
    const length = zstdFrameLength(bytes, at)
    if (length === null) throw new CrashError('bad-report', `The zstd frame at offset ${at} is cut off`)
    yield bytes.subarray(at, at + length)
    at += length
  }
}
