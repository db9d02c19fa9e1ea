// The port for compression and hashing, which no web standard covers in full; the entry file fills it.
import { CrashError, isCrashError } from '../errors.ts'
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import { concatBytes } from '../bytes/concat.ts'
import { Refusal, type SubmissionLimits } from '../report/refusals.ts'
import { own } from '../own.ts'
import { zstdFrameLength, zstdFrames } from './zstd-frames.ts'

/** SHA-256, fed piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Lower-case hex; ends the hasher. */
  hex(): string
}

/** An inflater that is pushed. What comes out goes to `onOutput`, in order; all of it before `end` is fulfilled. */
export interface Inflater {
  write(bytes: Uint8Array): Promise<void>
  /** Rejects when the compressed data ended early. */
  end(): Promise<void>
  /** Frees it without regard to what is still inside. */
  abort(): void
}

export type InflateFormat = 'gzip' | 'deflate' | 'deflate-raw'

export interface Codecs {
  /** Reads all members of a gzip body. An error that `onOutput` throws rejects `write` or `end`. */
  createInflater(format: InflateFormat, onOutput: (bytes: Uint8Array) => void): Inflater
  /** zstd data, level 1, of one frame or several. */
  compressZstd(bytes: Uint8Array): Uint8Array
  /** Inflates exactly one zstd frame; throws when it is damaged or gives more than `maxBytes`. */
  inflateZstdFrame(frame: Uint8Array, maxBytes: number): Uint8Array
  createSha256(): Hasher
  /** 32 bytes; `key` as UTF-8. */
  hmacSha256(key: string, bytes: Uint8Array): Uint8Array
}

/**
 * Inflates zstd data of any number of frames.
 * @throws CrashError 'bad-report' when damaged or cut off, 'limit' when it gives more than `maxBytes`
 */
export function inflateZstd(bytes: Uint8Array, codecs: Codecs, maxBytes: number): Uint8Array {
  const frames: Uint8Array[] = []
  eachZstdFrame(bytes, codecs, maxBytes, (frame) => frames.push(frame))
  return concatBytes(frames)
}

/** As `inflateZstd`, frame by frame. */
export function eachZstdFrame(
  bytes: Uint8Array,
  codecs: Codecs,
  maxBytes: number,
  onFrame: (inflated: Uint8Array) => void,
): void {
  let left = maxBytes
  for (const frame of zstdFrames(bytes)) {
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

type Encoding = 'gzip' | 'deflate' | 'zstd'
const encodings: Readonly<Record<string, Encoding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  zstd: 'zstd',
}

/**
 * The encoding a Content-Encoding header names, in any case; null when the body is as it is.
 * @throws Refusal 'unknown_encoding'
 */
export function contentEncoding(header: string | null): Encoding | null {
  const name = header?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return null
  const encoding = own(encodings, name)
  if (!encoding) throw new Refusal('unknown_encoding')
  return encoding
}

type BodyLimits = Pick<SubmissionLimits, 'maxBodyBytes' | 'maxInflatedBytes' | 'maxRatio' | 'ratioFreeBytes'>

/** Takes the bytes of a body as they come from the wire, counts them, and hands on what they inflate to. */
export interface BodyDecoder {
  /** Bytes taken from the wire. */
  readonly wireBytes: number
  write(chunk: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
  abort(): void
}

/**
 * A decoder for a body in `encoding`. Its methods throw Refusal 'body_too_large', 'inflated_body_too_large',
 * 'compression_ratio', 'bad_gzip', 'bad_deflate' or 'bad_zstd', and what `onOutput` throws.
 */
export function createBodyDecoder(
  encoding: Encoding | null,
  codecs: Codecs,
  limits: BodyLimits,
  onOutput: (bytes: Uint8Array) => void,
): BodyDecoder {
  let wireBytes = 0
  let inflatedBytes = 0
  const guarded = (bytes: Uint8Array) => {
    inflatedBytes += bytes.length
    if (inflatedBytes > limits.maxInflatedBytes) throw new Refusal('inflated_body_too_large')
    if (inflatedBytes > limits.ratioFreeBytes && inflatedBytes > wireBytes * limits.maxRatio) {
      throw new Refusal('compression_ratio')
    }
    onOutput(bytes)
  }
  const left = () => limits.maxInflatedBytes - inflatedBytes
  const inner = innerDecoder(encoding, codecs, guarded, left)
  return {
    get wireBytes() {
      return wireBytes
    },
    write(chunk) {
      wireBytes += chunk.length
      if (wireBytes > limits.maxBodyBytes) throw new Refusal('body_too_large')
      return inner.write(chunk)
    },
    end: () => inner.end(),
    abort: () => inner.abort(),
  }
}

type Inner = Pick<BodyDecoder, 'write' | 'end' | 'abort'>

function innerDecoder(
  encoding: Encoding | null,
  codecs: Codecs,
  onOutput: (bytes: Uint8Array) => void,
  left: () => number,
): Inner {
  switch (encoding) {
    case null:
      return { write: onOutput, end: () => {}, abort: () => {} }
    case 'gzip':
      return refusingAs('bad_gzip', codecs.createInflater('gzip', onOutput))
    case 'deflate':
      return refusingAs('bad_deflate', createDeflateDecoder(codecs, onOutput))
    case 'zstd':
      return refusingAs('bad_zstd', createZstdDecoder(codecs, onOutput, left))
  }
}

/** Any failure to inflate becomes the refusal; refusals pass as they are. */
function refusingAs(reason: 'bad_gzip' | 'bad_deflate' | 'bad_zstd', inner: Inner): Inner {
  const guard = async (work: () => Promise<void> | void) => {
    try {
      await work()
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(reason, { cause: error })
    }
  }
  return {
    write: (chunk) => guard(() => inner.write(chunk)),
    end: () => guard(() => inner.end()),
    abort: () => inner.abort(),
  }
}

/** `deflate` means zlib data (RFC 9110 §8.4.1.2), but some send it bare: the first two bytes tell (RFC 1950 §2.2). */
function createDeflateDecoder(codecs: Codecs, onOutput: (bytes: Uint8Array) => void): Inner {
  const head = new ByteBuffer(2)
  let inflater: Inflater | undefined
  const open = () => {
    const [first = 0, second = 0] = head.view()
    const isZlib = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
    inflater = codecs.createInflater(isZlib ? 'deflate' : 'deflate-raw', onOutput)
    return inflater.write(head.view().slice())
  }
  return {
    write(chunk) {
      if (inflater) return inflater.write(chunk)
      head.append(chunk)
      return head.length < 2 ? undefined : open()
    },
    async end() {
      if (!inflater) await open()
      await inflater?.end()
    },
    abort: () => inflater?.abort(),
  }
}

/** Inflates each zstd frame as soon as it is complete. */
function createZstdDecoder(codecs: Codecs, onOutput: (bytes: Uint8Array) => void, left: () => number): Inner {
  const pending = new ByteBuffer(64 * 1024)
  let nextTry = 0
  const drain = () => {
    let at = 0
    while (at < pending.length) {
      const length = zstdFrameLength(pending.view(), at)
      if (length === null) break
      const inflated = inflateCapped(pending.view().subarray(at, at + length), codecs, left())
      at += length
      onOutput(inflated)
    }
    const rest = pending.view(at).slice()
    pending.reset()
    pending.append(rest)
    // A frame's end is looked for again when the pending bytes have grown by half: in all, time linear in the body.
    nextTry = rest.length + (rest.length >> 1)
  }
  return {
    write(chunk) {
      pending.append(chunk)
      if (pending.length >= nextTry) drain()
    },
    end() {
      drain()
      if (pending.length > 0) throw new CrashError('bad-report', 'The zstd body ends within a frame')
    },
    abort: () => pending.reset(),
  }
}

function inflateCapped(frame: Uint8Array, codecs: Codecs, maxBytes: number): Uint8Array {
  try {
    return inflateFrame(frame, codecs, maxBytes)
  } catch (error) {
    if (isCrashError(error) && error.code === 'limit') throw new Refusal('inflated_body_too_large')
    throw error
  }
}
