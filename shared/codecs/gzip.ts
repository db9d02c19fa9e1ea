// Gzip members (RFC 1952): headers, checksums and the bytes between and after members. The deflate data inside goes
// through one raw inflater.
import { CrashError } from '../errors.ts'
import { type Codecs, type StreamDecoder, zlibInflaterBytes } from './codecs.ts'

/** ID1, ID2, CM: the start of every member. */
const magic = [0x1f, 0x8b, 8]
const fixedHeaderBytes = 10
const trailerBytes = 8
const flag = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

type State =
  | 'header'
  | 'extra'
  | 'name'
  | 'comment'
  | 'headerCrc'
  | 'data'
  | 'trailer'
  | 'padding'
  | 'garbage'

/**
 * Reads every member. Zeros between and after members are padding; other bytes after a member end the data and are
 * ignored.
 */
export class GzipDecoder implements StreamDecoder {
  ignoredBytes = 0
  streams = 0
  readonly heldBytes = zlibInflaterBytes
  private readonly inflater
  private state: State = 'header'
  /** The collected part of a header, a length or a trailer. */
  private readonly field = new Uint8Array(fixedHeaderBytes)
  private gathered = 0
  private flags = 0
  private left = 0
  private crc = 0
  private size = 0

  constructor(codecs: Codecs, onOutput: (bytes: Uint8Array) => void) {
    this.inflater = codecs.createInflater('deflate-raw', (bytes) => {
      this.crc = codecs.crc32(bytes, this.crc)
      this.size = (this.size + bytes.length) >>> 0
      onOutput(bytes)
    })
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.state === 'data') return this.inflate(bytes)
    let at = 0
    while (at < bytes.length && (this.state as State) !== 'data') at = this.step(bytes, at)
    return at
  }

  async end(): Promise<void> {
    if (this.state === 'padding' || this.state === 'garbage') return
    // Fewer bytes than the start of a member are garbage, too.
    const isGarbage = this.state === 'header' && this.streams > 0 && this.gathered < magic.length
    if (!isGarbage) throw new CrashError('bad-report', 'The gzip data is truncated')
    this.ignoredBytes += this.gathered
  }

  close(): void {
    this.inflater.close()
  }

  private async inflate(bytes: Uint8Array): Promise<number> {
    const used = await this.inflater.write(bytes)
    if (used < bytes.length) this.enter('trailer')
    return used
  }

  private enter(state: State): void {
    this.state = state
    this.gathered = 0
  }

  /** Handles as much as possible of `bytes` from `at`; returns where it stopped. */
  private step(bytes: Uint8Array, at: number): number {
    switch (this.state) {
      case 'header':
        return this.readHeader(bytes, at)
      case 'extra':
        return this.readExtra(bytes, at)
      case 'name':
      case 'comment':
        return this.skipText(bytes, at)
      case 'headerCrc':
        if (++this.gathered === 2) this.enterData()
        return at + 1
      case 'trailer':
        return this.readTrailer(bytes, at)
      case 'padding':
        return this.skipPadding(bytes, at)
      default:
        this.ignoredBytes += bytes.length - at
        return bytes.length
    }
  }

  private readHeader(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!
    if (this.gathered < magic.length && byte !== magic[this.gathered]) {
      if (this.streams === 0) throw new CrashError('bad-report', 'Not gzip data')
      this.ignoredBytes += this.gathered
      this.state = 'garbage'
      return at
    }
    this.field[this.gathered++] = byte
    if (this.gathered === fixedHeaderBytes) {
      this.flags = this.field[3]!
      if (this.flags & flag.reserved) throw new CrashError('bad-report', 'Unknown gzip flags')
      this.ignoredBytes = 0
      this.streams++
      this.enterNext('header')
    }
    return at + 1
  }

  /** Moves to the next header field that the flags announce, or to the data. */
  private enterNext(after: 'header' | 'extra' | 'name' | 'comment'): void {
    const order = ['header', 'extra', 'name', 'comment', 'headerCrc'] as const
    const next = order.slice(order.indexOf(after) + 1).find((state) => this.flags & flag[state as 'extra'])
    if (next) this.enter(next)
    else this.enterData()
  }

  private enterData(): void {
    if (this.streams > 1) this.inflater.restart()
    this.crc = 0
    this.size = 0
    this.enter('data')
  }

  /** Two bytes of length, then the field. */
  private readExtra(bytes: Uint8Array, at: number): number {
    if (this.gathered < 2) {
      this.field[this.gathered++] = bytes[at]!
      if (this.gathered === 2) this.left = this.field[0]! | (this.field[1]! << 8)
      if (this.gathered === 2 && this.left === 0) this.enterNext('extra')
      return at + 1
    }
    const length = Math.min(this.left, bytes.length - at)
    this.left -= length
    if (this.left === 0) this.enterNext('extra')
    return at + length
  }

  private skipText(bytes: Uint8Array, at: number): number {
    const end = bytes.indexOf(0, at)
    if (end < 0) return bytes.length
    this.enterNext(this.state as 'name' | 'comment')
    return end + 1
  }

  private readTrailer(bytes: Uint8Array, at: number): number {
    this.field[this.gathered++] = bytes[at]!
    if (this.gathered === trailerBytes) {
      const view = new DataView(this.field.buffer)
      if (view.getUint32(0, true) !== this.crc || view.getUint32(4, true) !== this.size) {
        throw new CrashError('bad-report', 'Damaged gzip data: wrong checksum')
      }
      this.enter('padding')
    }
    return at + 1
  }

  private skipPadding(bytes: Uint8Array, start: number): number {
    let at = start
    while (at < bytes.length && bytes[at] === 0) at++
    this.ignoredBytes += at - start
    if (at < bytes.length) this.enter('header')
    return at
  }
}
