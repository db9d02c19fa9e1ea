// Compression and hashing with node:zlib and node:crypto, which Node, Deno and workerd (nodejs_compat) provide.
import { createHash, createHmac } from 'node:crypto'
import {
  constants,
  crc32,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { freeBytes } from '../bytes/byte-buffer.ts'
import { concatBytes } from '../bytes/concat.ts'
import type { Codecs, InflateFormat, Inflater } from './codecs.ts'

const fullFlush = { finishFlush: constants.Z_FULL_FLUSH }
/** Mostly one chunk for the frame of a minidump. */
const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 32 * 1024 }
/** Sizes of the pieces of an inflated frame: few pieces for the minidump of a stored report. */
const smallOutput = 16 * 1024
const largeOutput = 128 * 1024
const outputChunk = { chunkSize: 64 * 1024 }

const inflaters = {
  deflate: createInflate,
  'deflate-raw': createInflateRaw,
  zstd: createZstdDecompress,
} as const satisfies Record<InflateFormat, unknown>

/** Larger values are not limited by workerd; below it needs more memory than the result takes. */
const maxOutput = 128 * 1024 * 1024
const outputSlack = 256 * 1024
/** Input up to this size cannot fail as described below. */
const smallInput = 32 * 1024

/** The codecs of all three runtimes. */
export const nodeCodecs: Codecs = {
  createInflater,
  crc32: (bytes, crc) => crc32(bytes, crc),
  compressZstd,
  inflateZstdFrame(frame, maxBytes) {
    const inflated = zstdDecompressSync(frame, {
      chunkSize: Math.min(Math.max(16 * frame.length, smallOutput), largeOutput),
      maxOutputLength: Math.min(maxBytes + outputSlack, maxOutput),
    })
    if (inflated.length > maxBytes) throw new RangeError(`Inflates to more than ${maxBytes} bytes`)
    return plain(inflated)
  },
  deflateRaw: (bytes) => trimmed(plain(deflateRawSync(bytes, { level: 1 }))),
  inflateRaw(bytes, length) {
    const inflated = inflateRawSync(bytes, { maxOutputLength: length + outputSlack })
    if (inflated.length !== length)
      throw new RangeError(`Inflates to ${inflated.length} bytes, not ${length}`)
    return plain(inflated)
  },
  createSha256: () => hasher('sha256'),
  createMd5: () => hasher('md5'),
  deflateBlock: (bytes) => trimmed(plain(deflateRawSync(bytes, fullFlush))),
  hmacSha256: (key, bytes) => plain(createHmac('sha256', key).update(bytes).digest()),
}

/**
 * workerd fails when the result exceeds 40 kB (https://github.com/cloudflare/workerd/issues/6769): then compress in
 * small pieces.
 */
function compressZstd(bytes: Uint8Array): Uint8Array {
  try {
    return trimmed(plain(zstdCompressSync(bytes, level1)))
  } catch (error) {
    if (bytes.length <= smallInput) throw error
    const frames: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += smallInput) {
      frames.push(plain(zstdCompressSync(bytes.subarray(at, at + smallInput), level1)))
    }
    const joined = concatBytes(frames)
    freeBytes(frames)
    return joined
  }
}

function hasher(algorithm: 'sha256' | 'md5') {
  const hash = createHash(algorithm)
  return { update: (bytes: Uint8Array) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** A Buffer's bytes without its other semantics: its `slice` does not copy. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

/** The bytes without the larger buffer that contains them. */
function trimmed(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? bytes.slice() : bytes
}

/**
 * Receives the output of a zlib stream where the stream pushes it, rather than by events: all inflated data is
 * available when the callback of `write` is called, and the number of consumed bytes shows the end of the compressed
 * data. This holds in Node, Deno and workerd, whereas the events at the end of a stream differ.
 */
function createInflater(format: InflateFormat, onOutput: (bytes: Uint8Array) => void): Inflater {
  const stream = inflaters[format](outputChunk)
  let failure: unknown
  let failWrite: (reason: unknown) => void = () => {}
  const fail = (reason: unknown) => {
    failure ??= reason
    failWrite(failure)
  }
  stream.push = (chunk: Uint8Array | null) => {
    if (chunk === null || failure !== undefined) return true
    try {
      onOutput(plain(chunk))
    } catch (error) {
      fail(error)
      stream.destroy()
    }
    return true
  }
  stream.on('error', fail)
  stream.on('close', () => fail(new Error('The inflater was closed')))
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        const before = stream.bytesWritten
        failWrite = reject
        stream.write(bytes, (error) => {
          // Deno calls back for damaged data, too, before it emits the error.
          const problem = error ?? stream.errored
          if (problem) fail(problem)
          else resolve(stream.bytesWritten - before)
        })
      }),
    restart: () => 'reset' in stream && stream.reset(),
    close: () => void stream.destroy(),
  }
}
