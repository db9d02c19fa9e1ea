// Checked reads of numbers from bytes, in either byte order.

/**
 * The address at which the first byte of an image is linked, in two halves: addresses of kernels have more than 53
 * bits, differences from this one do not.
 */
export interface ImageBase {
  readonly high: number
  readonly low: number
}

export const zeroBase: ImageBase = { high: 0, low: 0 }

const two32 = 0x1_0000_0000

/** All reads throw RangeError at the end of the bytes. `at` may be set to any position. */
export class ByteCursor {
  at: number
  readonly bytes: Uint8Array
  private readonly view: DataView
  readonly littleEndian: boolean

  constructor(bytes: Uint8Array, littleEndian = true) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.littleEndian = littleEndian
    this.at = 0
  }

  get end(): number {
    return this.bytes.length
  }

  u8(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new RangeError('Offset is outside the bounds of the data')
    return value
  }

  u16(): number {
    const value = this.view.getUint16(this.at, this.littleEndian)
    this.at += 2
    return value
  }

  u24(): number {
    const [a, b, c] = [this.u8(), this.u8(), this.u8()]
    return this.littleEndian ? a + (b << 8) + (c << 16) : (a << 16) + (b << 8) + c
  }

  u32(): number {
    const value = this.view.getUint32(this.at, this.littleEndian)
    this.at += 4
    return value
  }

  i32(): number {
    return this.u32() | 0
  }

  /** Exact below 2^53. */
  u64(): number {
    const first = this.u32()
    const second = this.u32()
    return this.littleEndian ? second * two32 + first : first * two32 + second
  }

  /** Exact between -2^53 and 2^53. */
  i64(): number {
    const first = this.u32()
    const second = this.u32()
    return this.littleEndian ? (second | 0) * two32 + first : (first | 0) * two32 + second
  }

  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): number {
    if (size === 1) return this.u8()
    if (size === 2) return this.u16()
    return size === 4 ? this.u32() : this.u64()
  }

  /** An address of 4 or 8 bytes (or 1 or 2) relative to `base`; negative below it. */
  address(size: number, base: ImageBase): number {
    if (size !== 8) return this.unsigned(size) - base.low
    const first = this.u32()
    const second = this.u32()
    const high = this.littleEndian ? second : first
    const low = this.littleEndian ? first : second
    return (high - base.high) * two32 + (low - base.low)
  }

  /** Unsigned LEB128. Bits from 64 are dropped; exact below 2^53. */
  uleb(): number {
    let byte = this.u8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let unit = 0x80
    for (let count = 1; byte >= 0x80; count++) {
      byte = this.u8()
      if (count < 10) value += (byte & 0x7f) * unit
      unit *= 0x80
    }
    return value
  }

  /** Signed LEB128, exact between -2^53 and 2^53. */
  sleb(): number {
    let byte: number
    let low = 0
    let bits = 0
    let wide = 0n
    do {
      byte = this.u8()
      if (bits < 28) low |= (byte & 0x7f) << bits
      else if (bits < 70) wide |= BigInt(byte & 0x7f) << BigInt(bits)
      bits += 7
    } while (byte >= 0x80)
    if (bits <= 28) return byte & 0x40 ? low | (-1 << bits) : low
    return Number(BigInt.asIntN(Math.min(bits, 64), wide | BigInt(low)))
  }

  skip(count: number): void {
    if (!(count >= 0 && this.at + count <= this.end))
      throw new RangeError('Offset is outside the bounds of the data')
    this.at += count
  }

  /** `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const from = this.at
    this.skip(count)
    return this.bytes.subarray(from, this.at)
  }

  /** Moves behind the next NUL and returns the bytes before it. */
  nulTerminated(): Uint8Array {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw new RangeError('A text has no end')
    const text = this.bytes.subarray(this.at, end)
    this.at = end + 1
    return text
  }
}
