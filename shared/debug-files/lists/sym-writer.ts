// Writes numbers and texts of a symbol file as UTF-8: without strings, which would take most of the time.

const firstBytes = 0x2_0000
const encoder = new TextEncoder()
const digits = encoder.encode('0123456789abcdef')
const [space, lineFeed] = [0x20, 0x0a]
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
    return this.number(value, 16)
  }

  /** The same in decimal. */
  decimal(value: number): this {
    return this.number(value, 10)
  }

  endLine(): void {
    this.reserve(1)
    this.bytes[this.length++] = lineFeed
  }

  private number(value: number, base: 10 | 16): this {
    this.reserve(maxNumberBytes)
    this.separate()
    let end = this.length + 1
    for (let rest = Math.floor(value / base); rest > 0; rest = Math.floor(rest / base)) end++
    this.length = end
    let rest = value
    do {
      this.bytes[--end] = digits[rest % base]!
      rest = Math.floor(rest / base)
    } while (rest > 0)
    return this
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
