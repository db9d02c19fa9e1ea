// Inflates a body while it arrives, within limits proportional to the bytes on the wire.
import { Refusal, type RefusalReason, type SubmissionLimits } from '../report/refusals.ts'
import type { Codecs, StreamDecoder } from './codecs.ts'
import type { Encoding } from './content-encoding.ts'
import { DeflateDecoder } from './deflate.ts'
import { GzipDecoder } from './gzip.ts'
import { ZstdDecoder } from './zstd.ts'

type BodyLimits = Pick<SubmissionLimits, 'maxBodyBytes' | 'maxInflatedBytes' | 'maxRatio' | 'ratioFreeBytes'>

/** Receives the bytes of a body from the wire, counts them, and passes on the inflated data. */
export interface BodyDecoder {
  /** Bytes received from the wire. */
  readonly wireBytes: number
  /** Bytes after the compressed data that were ignored: padding or garbage. */
  readonly ignoredBytes: number
  /** Approximate memory use of the inflater in bytes. */
  readonly heldBytes: number
  /** Calls must not overlap; returns a promise only for compressed bodies. */
  write(chunk: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
  /** Frees memory, even during a `write`, which then rejects. Always the last call. */
  close(): void
}

/**
 * Called after every slice of a compressed body with the number of inflated bytes; its promise is awaited. An error
 * that it throws ends the decoding.
 */
export type Pace = (inflatedBytes: number) => Promise<void> | void

export interface DecoderOptions {
  codecs: Codecs
  limits: BodyLimits
  onOutput: (bytes: Uint8Array) => void
  pace?: Pace | undefined
}

/** Compressed data is inflated in slices of this size. */
const sliceBytes = 16 * 1024
/** Number of streams allowed in every body, and the bytes on the wire, or inflated, that allow one more. */
const freeStreams = 64
const wireBytesPerStream = 256
const inflatedBytesPerStream = 16 * 1024

/**
 * A decoder for a body in `encoding`. Its methods throw, or reject with, Refusal 'body_too_large',
 * 'inflated_body_too_large', 'compression_ratio', 'too_many_streams', 'zstd_window_too_large', 'bad_gzip',
 * 'bad_deflate' or 'bad_zstd', and errors thrown by `onOutput` and `pace`.
 */
export function createBodyDecoder(encoding: Encoding | null, options: DecoderOptions): BodyDecoder {
  return encoding ? new CompressedBody(encoding, options) : new PlainBody(options)
}

class PlainBody implements BodyDecoder {
  wireBytes = 0
  readonly ignoredBytes = 0
  readonly heldBytes = 0
  private readonly options: DecoderOptions

  constructor(options: DecoderOptions) {
    this.options = options
  }

  write(chunk: Uint8Array): void {
    const { limits, onOutput } = this.options
    this.wireBytes += chunk.length
    if (this.wireBytes > limits.maxBodyBytes) throw new Refusal('body_too_large')
    if (this.wireBytes > limits.maxInflatedBytes) throw new Refusal('inflated_body_too_large')
    onOutput(chunk)
  }

  end(): void {}

  close(): void {}
}

class CompressedBody implements BodyDecoder {
  wireBytes = 0
  private readonly options: DecoderOptions
  private readonly decoder: StreamDecoder
  private readonly damaged: RefusalReason
  /** Bytes from the wire that went to the inflater. */
  private fedBytes = 0
  private inflatedBytes = 0
  /** The error thrown by `onOutput`. */
  private thrown: unknown

  constructor(encoding: Encoding, options: DecoderOptions) {
    this.options = options
    this.damaged = `bad_${encoding}`
    this.decoder = this.open(encoding)
  }

  get ignoredBytes(): number {
    return this.decoder.ignoredBytes
  }

  get heldBytes(): number {
    return this.decoder.heldBytes
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.wireBytes += chunk.length
    if (this.wireBytes > this.options.limits.maxBodyBytes) throw new Refusal('body_too_large')
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      const before = this.inflatedBytes
      await this.inflate(chunk.subarray(at, at + sliceBytes))
      await this.options.pace?.(this.inflatedBytes - before)
    }
  }

  async end(): Promise<void> {
    try {
      await this.decoder.end()
    } catch (error) {
      throw this.asRefusal(error)
    }
  }

  close(): void {
    this.decoder.close()
  }

  private open(encoding: Encoding): StreamDecoder {
    const { codecs } = this.options
    const onOutput = (bytes: Uint8Array) => this.take(bytes)
    switch (encoding) {
      case 'gzip':
        return new GzipDecoder(codecs, onOutput)
      case 'deflate':
        return new DeflateDecoder(codecs, onOutput)
      case 'zstd':
        return new ZstdDecoder(codecs, onOutput, (bytes) => this.expect(bytes))
    }
  }

  private async inflate(slice: Uint8Array): Promise<void> {
    this.fedBytes += slice.length
    try {
      for (let at = 0; at < slice.length; ) {
        at += await this.decoder.write(slice.subarray(at))
        this.checkStreams()
      }
    } catch (error) {
      throw this.asRefusal(error)
    }
  }

  private expect(bytes: number): void {
    const { limits } = this.options
    if (this.inflatedBytes + bytes > limits.maxInflatedBytes) throw new Refusal('inflated_body_too_large')
  }

  private take(bytes: Uint8Array): void {
    const { limits, onOutput } = this.options
    this.expect(bytes.length)
    this.inflatedBytes += bytes.length
    const { inflatedBytes } = this
    if (inflatedBytes > limits.ratioFreeBytes && inflatedBytes > this.fedBytes * limits.maxRatio) {
      throw new Refusal('compression_ratio')
    }
    try {
      onOutput(bytes)
    } catch (error) {
      this.thrown = error
      throw error
    }
  }

  private checkStreams(): void {
    const earned = this.fedBytes / wireBytesPerStream + this.inflatedBytes / inflatedBytesPerStream
    if (this.decoder.streams > freeStreams + earned) throw new Refusal('too_many_streams')
  }

  /** An inflation failure becomes a refusal; errors of the receiver are passed through. */
  private asRefusal(error: unknown): unknown {
    return error instanceof Refusal || error === this.thrown
      ? error
      : new Refusal(this.damaged, { cause: error })
  }
}
