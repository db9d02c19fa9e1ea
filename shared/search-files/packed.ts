// Numbers and texts as bytes: variable-length integers, and texts as lengths followed by UTF-8.
import { CrashError } from '../errors.ts'

/** The error of bytes that no encoder wrote. */
export const damagedBlock = (why: string): CrashError =>
  new CrashError('damaged', `A block of a search file is damaged: ${why}`)

const continued = 0x80
/** Bytes whose payload of 7 bits each is exact in a number. */
const exactBytes = 7
/** Of a 70-bit integer: sizes have up to 20 digits. */
const longestVarint = 10

/** Collects bytes. */
export class Packer {
  private bytes = new Uint8Array(1024)
  private length = 0

  /** LEB128: 7 bits a byte, lowest first. `value` is not negative. */
  varint(value: number | bigint): void {
    this.reserve(longestVarint)
    let rest = value
    while (typeof rest === 'bigint' && rest >= 128n) {
      this.bytes[this.length++] = Number(rest & 127n) | continued
      rest >>= 7n
    }
    let number = Number(rest)
    while (number >= continued) {
      this.bytes[this.length++] = (number % continued) | continued
      number = Math.floor(number / continued)
    }
    this.bytes[this.length++] = number
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** The lengths of all texts in UTF-16 code units, then the texts as UTF-8. */
  texts(texts: readonly string[]): void {
    for (const text of texts) this.varint(text.length)
    this.append(new TextEncoder().encode(texts.join('')))
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}

/** Reads what a `Packer` wrote. Every method throws CrashError('damaged') at the end of the bytes. */
export class Unpacker {
  private readonly bytes: Uint8Array
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** A number below 2^49, or a bigint. */
  longVarint(): number | bigint {
    let value = 0
    let scale = 1
    for (let i = 0; i < exactBytes; i++) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < continued) return value
      scale *= continued
    }
    let long = BigInt(value)
    for (let i = exactBytes; i < longestVarint; i++) {
      const byte = this.byte()
      long += BigInt(byte & 127) << BigInt(7 * i)
      if (byte < continued) return long
    }
    throw damagedBlock('a number is too long')
  }

  /** A whole number of at most `most`, which is below 2^49. */
  varint(most: number): number {
    const value = this.longVarint()
    if (typeof value === 'bigint' || value > most) throw damagedBlock('a number is too large')
    return value
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw damagedBlock('it ends too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** The texts that are all that is left. */
  texts(count: number): string[] {
    if (count > this.left) throw damagedBlock('it ends too early')
    const lengths = new Uint32Array(count)
    for (let i = 0; i < count; i++) lengths[i] = this.varint(this.bytes.length)
    const all = decodeText(this.take(this.left))
    let from = 0
    const texts = Array.from(lengths, (length) => {
      from += length
      return all.slice(from - length, from)
    })
    if (from !== all.length) throw damagedBlock('the lengths of its texts are wrong')
    return texts
  }

  /** @throws CrashError 'damaged' unless everything was read */
  end(): void {
    if (this.left > 0) throw damagedBlock('it has more bytes than values')
  }

  private byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw damagedBlock('it ends too early')
    return byte
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CrashError('damaged', 'A block of a search file is damaged: its text is not UTF-8', { cause })
  }
}
