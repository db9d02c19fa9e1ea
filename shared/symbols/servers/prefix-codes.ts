// Canonical prefix codes of at most 16 bits, decoded by table.

const maxLength = 16
/** Codes up to this length are found by one access. */
const tableBits = 10

/** Bits in the order of their codes: the first is the highest. */
export interface CodeBits {
  /** The next `count` bits, which may end in zeros behind the data; they remain. */
  peek(count: number): number
  skip(count: number): void
}

/** The code that assigns each symbol a length; 0: the symbol does not occur. */
export class PrefixCode {
  /** Per `tableBits` bits: symbol and length in the lower 5 bits; 0: a longer code or none. */
  private readonly table = new Uint32Array(1 << tableBits)
  /** Symbols by length, then number. */
  private readonly symbols: Uint16Array
  private readonly counts = new Uint16Array(maxLength + 1)

  /** @throws RangeError when the lengths are not those of a code */
  constructor(lengths: Uint8Array) {
    for (const length of lengths) this.counts[length]!++
    this.counts[0] = 0
    const starts = new Uint16Array(maxLength + 2)
    let free = 1
    for (let length = 1; length <= maxLength; length++) {
      free = 2 * free - this.counts[length]!
      if (free < 0) throw new RangeError('the lengths of a code are too short')
      starts[length + 1] = starts[length]! + this.counts[length]!
    }
    this.symbols = new Uint16Array(starts[maxLength + 1]!)
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol]! > 0) this.symbols[starts[lengths[symbol]!]!++] = symbol
    this.fillTable()
  }

  private fillTable(): void {
    let at = 0
    let next = 0
    for (let length = 1; length <= tableBits; length++) {
      const span = 1 << (tableBits - length)
      for (let i = 0; i < this.counts[length]!; i++, next += span)
        this.table.fill((this.symbols[at++]! << 5) | length, next, next + span)
    }
  }

  /** @throws RangeError when no symbol has the next bits */
  read(bits: CodeBits): number {
    const code = bits.peek(maxLength)
    const entry = this.table[code >>> (maxLength - tableBits)]!
    if (entry !== 0) {
      bits.skip(entry & 31)
      return entry >>> 5
    }
    let first = 0
    let index = 0
    for (let length = 1; length <= maxLength; length++) {
      const count = this.counts[length]!
      const position = (code >>> (maxLength - length)) - first
      if (position < count) {
        bits.skip(length)
        return this.symbols[index + position]!
      }
      index += count
      first = (first + count) << 1
    }
    throw new RangeError('bits without a symbol')
  }
}
