// `Content-Encoding: deflate`: zlib data (RFC 9110 §8.4.1.2), which some clients send without the header.
import { CrashError } from '../errors.ts'
import { type Codecs, type Inflater, type StreamDecoder, zlibInflaterBytes } from './codecs.ts'

const aByte = new Uint8Array(1)

/** Reads one stream, with or without a zlib header; the first two bytes show which (RFC 1950 §2.2). */
export class DeflateDecoder implements StreamDecoder {
  ignoredBytes = 0
  streams = 0
  readonly heldBytes = zlibInflaterBytes
  private readonly codecs: Codecs
  private readonly onOutput
  private inflater: Inflater | undefined
  private first: number | undefined
  private ended = false

  constructor(codecs: Codecs, onOutput: (bytes: Uint8Array) => void) {
    this.codecs = codecs
    this.onOutput = onOutput
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.ended) {
      this.ignoredBytes += bytes.length
      return bytes.length
    }
    if (this.inflater) return this.inflate(this.inflater, bytes)
    if (this.first === undefined) {
      this.first = bytes[0]!
      return 1
    }
    await this.open(this.first, bytes[0]!)
    return 0
  }

  async end(): Promise<void> {
    if (!this.inflater && this.first !== undefined) await this.open(this.first, 0)
    // A complete stream consumes nothing more; a truncated one consumes the byte.
    if (!this.ended && this.inflater) await this.inflate(this.inflater, aByte)
    if (!this.ended) throw new CrashError('bad-report', 'The deflate data is truncated')
  }

  close(): void {
    this.inflater?.close()
  }

  private async open(first: number, second: number): Promise<void> {
    const isZlib = (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
    this.inflater = this.codecs.createInflater(isZlib ? 'deflate' : 'deflate-raw', this.onOutput)
    this.streams = 1
    await this.inflate(this.inflater, Uint8Array.of(first))
  }

  private async inflate(inflater: Inflater, bytes: Uint8Array): Promise<number> {
    const used = await inflater.write(bytes)
    this.ended = used < bytes.length
    return used
  }
}
