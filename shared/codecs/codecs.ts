// The port for compression and hashing, which web standards do not fully cover; the runtime's entry file provides it.

import { concatBytes } from '../bytes/concat.ts'
import { CrashError, isCrashError } from '../errors.ts'
import { isSkippableZstdFrame, zstdFrames } from './zstd-frames.ts'

/** An incremental hash. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Lower-case hex; ends the hasher. */
  hex(): string
}

/**
 * `deflate` is zlib data (RFC 1950), `deflate-raw` the bare stream (RFC 1951); zstd is fed one whole frame at a time.
 */
export type InflateFormat = 'deflate' | 'deflate-raw' | 'zstd'

/**
 * A push inflater. It never waits for an event: every `write` settles, even if the data is truncated, has trailing
 * bytes or is damaged. Only one `write` may be pending.
 */
export interface Inflater {
  /**
   * Inflates `bytes`; all output has been passed to `onOutput` when the promise settles. Resolves to the number of
   * bytes that belong to the compressed stream: fewer than given, even 0, once that is complete.
   * Rejects when the data is damaged, with errors thrown by `onOutput`, or when the inflater was closed.
   */
  write(bytes: Uint8Array): Promise<number>
  /** Prepares for another stream of the same format; not needed between zstd frames. */
  restart(): void
  /** Frees the inflater and rejects a pending `write`. */
  close(): void
}

export interface Codecs {
  createInflater(format: InflateFormat, onOutput: (bytes: Uint8Array) => void): Inflater
  /** The CRC-32 of gzip (RFC 1952 §8). `crc`: that of the preceding bytes, 0 at the start. */
  crc32(bytes: Uint8Array, crc: number): number
  /** zstd data, level 1, of one or more frames. */
  compressZstd(bytes: Uint8Array): Uint8Array
  /** Inflates exactly one zstd frame; throws when it is damaged or exceeds `maxBytes`. */
  inflateZstdFrame(frame: Uint8Array, maxBytes: number): Uint8Array
  /** Raw DEFLATE data (RFC 1951), level 1. */
  deflateRaw(bytes: Uint8Array): Uint8Array
  /** Inflates raw DEFLATE data of exactly `length` bytes; throws otherwise. */
  inflateRaw(bytes: Uint8Array, length: number): Uint8Array
  createSha256(): Hasher
  /** Clients and servers of symbols compare files by it. */
  createMd5(): Hasher
  /**
   * Raw DEFLATE data that ends at a byte boundary, without a final block and without references to data before it
   * (zlib's full flush).
   */
  deflateBlock(bytes: Uint8Array): Uint8Array
  /** 32 bytes; `key` as UTF-8. */
  hmacSha256(key: string, bytes: Uint8Array): Uint8Array
}

/** Memory of an inflater of zlib: its state with the window, and a chunk of output. */
export const zlibInflaterBytes = 112 * 1024

/** Receives compressed data in slices; passes the inflated data to the function given at creation. */
export interface StreamDecoder {
  /** Bytes after the compressed data that were ignored. */
  readonly ignoredBytes: number
  /** Gzip members, zstd frames: each has its own cost. */
  readonly streams: number
  /** Approximate memory use in bytes. */
  readonly heldBytes: number
  /**
   * Consumes some of the bytes and resolves to how many: possibly none, but not twice in a row.
   * Rejects when the data is damaged, and with errors thrown by the receiver of the output.
   */
  write(bytes: Uint8Array): Promise<number>
  /** Marks the end of the input. Rejects when the data is truncated. */
  end(): Promise<void>
  /** Frees memory; the last call. */
  close(): void
}

/**
 * Inflates zstd data of any number of frames.
 * @throws CrashError 'bad-report' when damaged or truncated, 'limit' when it exceeds `maxBytes`
 */
export function inflateZstd(bytes: Uint8Array, codecs: Codecs, maxBytes: number): Uint8Array {
  const frames: Uint8Array[] = []
  eachZstdFrame(bytes, codecs, maxBytes, (frame) => frames.push(frame))
  return concatBytes(frames)
}

/** Like `inflateZstd`, frame by frame. */
export function eachZstdFrame(
  bytes: Uint8Array,
  codecs: Codecs,
  maxBytes: number,
  onFrame: (inflated: Uint8Array) => void,
): void {
  let left = maxBytes
  for (const frame of zstdFrames(bytes)) {
    if (isSkippableZstdFrame(frame)) continue
    const inflated = inflateFrame(frame, codecs, left)
    left -= inflated.length
    onFrame(inflated)
  }
}

function inflateFrame(frame: Uint8Array, codecs: Codecs, maxBytes: number): Uint8Array {
  try {
    return codecs.inflateZstdFrame(frame, maxBytes)
  } catch (error) {
    if (isCrashError(error)) throw error
    const tooLarge =
      error instanceof RangeError || (error as { code?: string })?.code === 'ERR_BUFFER_TOO_LARGE'
    if (tooLarge) {
      throw new CrashError('limit', `zstd data inflates to more than ${maxBytes} bytes`, { cause: error })
    }
    throw new CrashError('bad-report', 'Damaged zstd data', { cause: error })
  }
}
