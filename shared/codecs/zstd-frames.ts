// The layout of zstd frames (RFC 8878 §3.1), read without inflating: boundaries of frames and blocks, and declared
// sizes.
import { CrashError } from '../errors.ts'

const frameMagic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const magicBytes = 4
/** No block inflates to more (RFC 8878 §3.1.1.2.4). */
const maxBlockBytes = 128 * 1024

/** A parsed frame header. */
export interface ZstdFrameHeader {
  /** Bytes of the header with its magic number. */
  length: number
  /** Length of the content of a skippable frame, which has no output; null for a frame of compressed data. */
  skippableBytes: number | null
  /** Memory needed to inflate it. */
  windowBytes: number
  /** Inflated size, when declared. */
  contentBytes: number | null
  needsDictionary: boolean
  /** Bytes of the checksum after the last block. */
  checksumBytes: 0 | 4
}

/** A block header, read from its three bytes as a little-endian number. */
export interface ZstdBlockHeader {
  last: boolean
  /** Bytes of the block after its header. */
  bytes: number
  /** Maximum inflated size; exact for raw and run-length blocks. */
  maxContentBytes: number
}

/** True when `bytes`, however few, can be the start of a frame at `start`. */
export function mayBeZstdFrame(bytes: Uint8Array, start = 0): boolean {
  const length = Math.min(magicBytes, bytes.length - start)
  const matches = (magic: number, lenientBits: number) => {
    for (let i = 0; i < length; i++) {
      const mask = i === 0 ? 0xff & ~lenientBits : 0xff
      if ((bytes[start + i]! & mask) !== ((magic >>> (8 * i)) & mask)) return false
    }
    return true
  }
  return matches(frameMagic, 0) || matches(skippableMagic, 0x0f)
}

/**
 * Reads the header of the frame at `start`; null when `bytes` ends within it.
 * @throws CrashError 'bad-report' when no frame starts there
 */
export function readZstdFrameHeader(bytes: Uint8Array, start = 0): ZstdFrameHeader | null {
  if (!mayBeZstdFrame(bytes, start)) throw new CrashError('bad-report', `No zstd frame at offset ${start}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start)
  if (view.byteLength <= magicBytes) return null
  if (view.getUint32(0, true) !== frameMagic) {
    return view.byteLength < 8 ? null : skippable(view.getUint32(4, true))
  }
  const descriptor = view.getUint8(4)
  const singleSegment = (descriptor >> 5) & 1
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? singleSegment : 1 << sizeFlag
  const sizeAt = 5 + (1 - singleSegment) + dictionaryBytes
  if (view.byteLength < sizeAt + sizeBytes) return null
  const contentBytes = contentSize(view, sizeAt, sizeBytes)
  return {
    length: sizeAt + sizeBytes,
    skippableBytes: null,
    windowBytes: singleSegment ? contentBytes! : windowSize(view.getUint8(5)),
    contentBytes,
    needsDictionary: dictionaryBytes > 0 && !isZero(view, sizeAt - dictionaryBytes, dictionaryBytes),
    checksumBytes: (descriptor >> 2) & 1 ? 4 : 0,
  }
}

const skippable = (bytes: number): ZstdFrameHeader => ({
  length: 8,
  skippableBytes: bytes,
  windowBytes: 0,
  contentBytes: 0,
  needsDictionary: false,
  checksumBytes: 0,
})

/** RFC 8878 §3.1.1.1.4; a size over 2^53 is rounded. */
function contentSize(view: DataView, at: number, bytes: number): number | null {
  switch (bytes) {
    case 1:
      return view.getUint8(at)
    case 2:
      return view.getUint16(at, true) + 256
    case 4:
      return view.getUint32(at, true)
    case 8:
      return Number(view.getBigUint64(at, true))
    default:
      return null
  }
}

/** RFC 8878 §3.1.1.1.2 */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function isZero(view: DataView, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (view.getUint8(at + i) !== 0) return false
  return true
}

/**
 * Reads a block header (RFC 8878 §3.1.1.2) from its three bytes as a little-endian number.
 * @throws CrashError 'bad-report' for a reserved type, or a block over 128 KiB
 */
export function readZstdBlockHeader(header: number): ZstdBlockHeader {
  const type = (header >> 1) & 3
  const size = header >> 3
  if (type === 3 || size > maxBlockBytes) throw new CrashError('bad-report', 'Damaged zstd block')
  return {
    last: (header & 1) === 1,
    bytes: type === 1 ? 1 : size,
    maxContentBytes: type === 2 ? maxBlockBytes : size,
  }
}

/**
 * The length in bytes of the frame at `start`, or null when `bytes` ends before the frame does.
 * @throws CrashError 'bad-report' when no frame starts there, or one of its blocks is damaged
 */
function zstdFrameLength(bytes: Uint8Array, start = 0): number | null {
  const frame = readZstdFrameHeader(bytes, start)
  if (!frame) return null
  const available = bytes.length - start
  let at = frame.length + (frame.skippableBytes ?? 0)
  for (let last = frame.skippableBytes !== null; !last; ) {
    if (at + 3 > available) return null
    const header = bytes[start + at]! | (bytes[start + at + 1]! << 8) | (bytes[start + at + 2]! << 16)
    const block = readZstdBlockHeader(header)
    at += 3 + block.bytes
    last = block.last
  }
  at += frame.checksumBytes
  return at <= available ? at : null
}

/** True for a whole frame without output (RFC 8878 §3.1.2). */
export const isSkippableZstdFrame = (frame: Uint8Array): boolean => frame[0] !== (frameMagic & 0xff)

/**
 * The frames of `bytes`, including skippable ones, as views.
 * @throws CrashError 'bad-report' when the bytes are not zstd or end within a frame
 */
export function* zstdFrames(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0
  while (at < bytes.length) {
    const length = zstdFrameLength(bytes, at)
    if (length === null) throw new CrashError('bad-report', `The zstd frame at offset ${at} is truncated`)
    yield bytes.subarray(at, at + length)
    at += length
  }
}
