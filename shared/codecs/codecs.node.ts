// Compression and hashing by node:zlib and node:crypto, which Node, Deno and workerd (nodejs_compat) all have.
import { createHash, createHmac } from 'node:crypto'
import {
  constants,
  createGunzip,
  createInflate,
  createInflateRaw,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { freeBytes } from '../bytes/byte-buffer.ts'
import { concatBytes } from '../bytes/concat.ts'
import type { Codecs, InflateFormat, Inflater } from './codecs.ts'

/** A minidump's frame comes out in one chunk, mostly. */
const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 32 * 1024 }
const outputChunk = { chunkSize: 64 * 1024 }

const inflaters = {
  gzip: () => createGunzip(outputChunk),
  deflate: () => createInflate(outputChunk),
  'deflate-raw': () => createInflateRaw(outputChunk),
} as const satisfies Record<InflateFormat, () => unknown>

/** Above this workerd knows no limit for what it inflates; below, it wants more room than the result takes. */
const maxOutput = 128 * 1024 * 1024
const outputSlack = 256 * 1024
/** Input up to this size cannot fail as described below. */
const smallInput = 32 * 1024

/**
 * The codecs of all three runtimes. zstd is used in whole frames only: at the time of writing the streaming classes of
 * workerd fail on it, Deno's accept cut-off frames, and all of them stop after the first frame.
 */
export const nodeCodecs: Codecs = {
  createInflater,
  compressZstd,
  inflateZstdFrame(frame, maxBytes) {
    const inflated = zstdDecompressSync(frame, {
      maxOutputLength: Math.min(maxBytes + outputSlack, maxOutput),
    })
    if (inflated.length > maxBytes) throw new RangeError(`Inflates to more than ${maxBytes} bytes`)
    return plain(inflated)
  },
  createSha256() {
    const hash = createHash('sha256')
    return {
      update: (bytes) => void hash.update(bytes),
      hex: () => hash.digest('hex'),
    }
  },
  hmacSha256: (key, bytes) => plain(createHmac('sha256', key).update(bytes).digest()),
}

/** workerd fails when the result is over 40 kB (https://github.com/cloudflare/workerd/issues/6769): then, in small pieces. */
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

/** A Buffer's bytes without its other semantics: its `slice` does not copy. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

/** The bytes without the larger buffer they stand in. */
function trimmed(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? bytes.slice() : bytes
}

function createInflater(format: InflateFormat, onOutput: (bytes: Uint8Array) => void): Inflater {
  const stream = inflaters[format]()
  let failure: unknown
  let fail: (reason: unknown) => void = () => {}
  const broken = new Promise<never>((_resolve, reject) => {
    fail = (reason) => {
      failure ??= reason
      reject(failure)
    }
  })
  broken.catch(() => {})
  stream.on('error', (error) => fail(error))
  stream.on('data', (bytes: Uint8Array) => {
    if (failure !== undefined) return
    try {
      onOutput(bytes)
    } catch (error) {
      fail(error)
      stream.destroy()
    }
  })
  const settled = (start: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      broken,
      new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve()))),
    ])
  return {
    write: (bytes) => settled((done) => stream.write(bytes, done)),
    end: () =>
      settled((done) => {
        stream.once('end', () => done())
        stream.end()
      }),
    abort: () => void stream.destroy(),
  }
}
