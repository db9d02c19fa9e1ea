// Writes numbers and texts of a symbol file as UTF-8: without strings, which would take most of the time.

const firstBytes = 0x2_0000
const encoder = new TextEncoder()
const digits = encoder.encode('0123456789abcdef')
const [space, lineFeed, zero] = [0x20, 0x0a, 0x30]
/** Of a number below 2^53 and a space. */
const maxNumberBytes = 17

export class SymWriter {
  /** Bytes written since the last `take`. */
  length = 0
  private bytes = new Uint8Array(firstBytes)

  /** The bytes written since the last call. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length)
    this.length = 0
    return taken
  }

  text(text: string): this {
    this.reserve(3 * text.length)
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written
    return this
  }

  /** Text that is UTF-8 already. */
  utf8(text: Uint8Array): this {
    this.reserve(text.length)
    this.bytes.set(text, this.length)
    this.length += text.length
    return this
  }

  /** A number from 0 to 2^53 - 1 in hexadecimal, after a space unless it begins a line. */
  hex(value: number): this {
    this.reserve(maxNumberBytes)
    this.separate()
    let end = this.length + 1
    for (let rest = Math.floor(value / 16); rest > 0; rest = Math.floor(rest / 16)) end++
    this.length = end
    let rest = value
    do {
      this.bytes[--end] = digits[rest % 16]!
      rest = Math.floor(rest / 16)
    } while (rest > 0)
    return this
  }

  /** A number from 0 to 2^53 - 1 in decimal, after a space unless it begins a line. */
  decimal(value: number): this {
    this.reserve(maxNumberBytes)
    this.separate()
    let end = this.length + 1
    for (let rest = Math.floor(value / 10); rest > 0; rest = Math.floor(rest / 10)) end++
    this.length = end
    let rest = value
    do {
      this.bytes[--end] = zero + (rest % 10)
      rest = Math.floor(rest / 10)
    } while (rest > 0)
    return this
  }

  endLine(): void {
    this.reserve(1)
    this.bytes[this.length++] = lineFeed
  }

  private separate(): void {
    if (this.length > 0 && this.bytes[this.length - 1] !== lineFeed) this.bytes[this.length++] = space
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + bytes))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }
}
