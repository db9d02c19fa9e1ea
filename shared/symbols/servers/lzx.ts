// LZX as cabinets have it (MS-PATCH §2, without its chunk sizes; MS-CAB).
import { type CodeBits, PrefixCode } from './prefix-codes.ts'

/** The output is made in frames; after each, the input continues at a whole word. */
const frameBytes = 32 * 1024
const minMatch = 2
const literals = 256
const lengthSymbols = 249
/** Position slots by the exponent of the window. */
const slotCounts: ReadonlyMap<number, number> = new Map([
  [15, 30],
  [16, 32],
  [17, 34],
  [18, 36],
  [19, 38],
  [20, 42],
  [21, 50],
])
const blockType = { verbatim: 1, aligned: 2, uncompressed: 3 } as const

/** Bits that follow a slot in the data. */
const footerBits = (slot: number) => (slot < 4 ? 0 : Math.min(17, (slot >> 1) - 1))
const slotBases = new Uint32Array(51)
for (let slot = 0; slot < 50; slot++) slotBases[slot + 1] = slotBases[slot]! + (1 << footerBits(slot))

/** Words of 16 bits, little-endian, whose highest bits come first. */
class Bits implements CodeBits {
  private readonly bytes: Uint8Array
  private at = 0
  private word = 0
  private left = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  peek(count: number): number {
    while (this.left < count) {
      const next = (this.bytes[this.at] ?? 0) | ((this.bytes[this.at + 1] ?? 0) << 8)
      this.word = ((this.word << 16) | next) >>> 0
      this.left += 16
      this.at += 2
    }
    return (this.word >>> (this.left - count)) & (2 ** count - 1)
  }

  /** @throws RangeError behind the end of the data */
  skip(count: number): void {
    this.left -= count
    if (this.at - (this.left >> 3) > this.bytes.length + 1) throw new RangeError('the data ends early')
  }

  read(count: number): number {
    const value = this.peek(count)
    this.skip(count)
    return value
  }

  /** Skips what is left of the current word. */
  align(): void {
    this.left -= this.left % 16
  }

  /** Skips to the next word; a whole word where one begins. */
  alignBlock(): void {
    this.peek(1)
    this.left = 0
  }

  /** At a whole word: `count` bytes. */
  take(count: number): Uint8Array {
    const bytes = this.bytes.subarray(this.at, this.at + count)
    if (bytes.length < count) throw new RangeError('the data ends early')
    this.at += count
    return bytes
  }

  u32(): number {
    const [a, b, c, d] = this.take(4)
    return (a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0
  }

  /** Skips the byte that fills an odd uncompressed block. */
  pad(): void {
    this.at++
  }
}

/**
 * Inflates the concatenated blocks of a folder.
 * @param options `windowBits`: 15 to 21; `size`: wanted bytes, a multiple of a frame unless it is all
 * @throws RangeError when the data is damaged
 */
export function inflateLzx(
  bytes: Uint8Array,
  { windowBits, size }: { windowBits: number; size: number },
): Uint8Array {
  const slots = slotCounts.get(windowBits)
  if (slots === undefined) throw new RangeError('an unknown window')
  const decoder = new Decoder(new Bits(bytes), { slots, window: 2 ** windowBits, size })
  return decoder.inflate()
}

class Decoder {
  private readonly bits: Bits
  private readonly out: Uint8Array
  private readonly window: number
  private filled = 0
  private readonly mainLengths: Uint8Array
  private readonly lengthLengths = new Uint8Array(lengthSymbols)
  private main: PrefixCode | null = null
  private length: PrefixCode | null = null
  private aligned: PrefixCode | null = null
  private type = 0
  private blockLeft = 0
  private isOdd = false
  /** The last three offsets, latest first. */
  private readonly recent: [number, number, number] = [1, 1, 1]

  constructor(bits: Bits, { slots, window, size }: { slots: number; window: number; size: number }) {
    this.bits = bits
    this.window = window
    this.out = new Uint8Array(size)
    this.mainLengths = new Uint8Array(literals + 8 * slots)
  }

  inflate(): Uint8Array {
    const { bits, out } = this
    const callSize = bits.read(1) === 1 ? bits.read(16) * 0x1_0000 + bits.read(16) : 0
    for (let frameEnd = frameBytes; this.filled < out.length; frameEnd += frameBytes) {
      this.fillFrame(Math.min(frameEnd, out.length))
      bits.align()
    }
    if (callSize > 0) restoreCalls(out, callSize | 0)
    return out
  }

  private fillFrame(end: number): void {
    while (this.filled < end) {
      if (this.blockLeft === 0) this.startBlock()
      const from = this.filled
      const until = Math.min(end, from + this.blockLeft)
      if (this.type === blockType.uncompressed) this.copyBytes(until)
      else while (this.filled < until) this.step()
      this.blockLeft -= this.filled - from
      if (this.blockLeft < 0) throw new RangeError('a match is longer than its block')
    }
  }

  private startBlock(): void {
    const { bits } = this
    if (this.type === blockType.uncompressed && this.isOdd) bits.pad()
    this.type = bits.read(3)
    this.blockLeft = bits.read(16) * 256 + bits.read(8)
    if (this.blockLeft === 0) throw new RangeError('an empty block')
    if (this.type === blockType.uncompressed) {
      this.isOdd = this.blockLeft % 2 === 1
      bits.alignBlock()
      for (let i = 0; i < 3; i++) this.recent[i] = bits.u32()
      return
    }
    if (this.type === blockType.aligned)
      this.aligned = new PrefixCode(Uint8Array.from({ length: 8 }, () => bits.read(3)))
    else if (this.type !== blockType.verbatim) throw new RangeError('a block of unknown type')
    this.readLengths(this.mainLengths.subarray(0, literals))
    this.readLengths(this.mainLengths.subarray(literals))
    this.main = new PrefixCode(this.mainLengths)
    this.readLengths(this.lengthLengths)
    this.length = new PrefixCode(this.lengthLengths)
  }

  /** Lengths of a code, as differences from those of the last block. */
  private readLengths(lengths: Uint8Array): void {
    const { bits } = this
    const code = new PrefixCode(Uint8Array.from({ length: 20 }, () => bits.read(4)))
    const difference = (at: number, symbol: number) => (lengths[at]! - symbol + 17) % 17
    for (let at = 0; at < lengths.length; ) {
      const symbol = code.read(bits)
      let run = 1
      let value = 0
      if (symbol === 17) run = 4 + bits.read(4)
      else if (symbol === 18) run = 20 + bits.read(5)
      else if (symbol === 19) {
        run = 4 + bits.read(1)
        value = difference(at, code.read(bits))
      } else value = difference(at, symbol)
      if (value < 0) throw new RangeError('a run of runs')
      lengths.fill(value, at, at + run)
      at += run
    }
  }

  private copyBytes(until: number): void {
    this.out.set(this.bits.take(until - this.filled), this.filled)
    this.filled = until
  }

  /** A literal, or a match. */
  private step(): void {
    const { bits, out } = this
    const symbol = this.main!.read(bits)
    if (symbol < literals) {
      out[this.filled++] = symbol
      return
    }
    const header = (symbol - literals) & 7
    const length = minMatch + (header < 7 ? header : 7 + this.length!.read(bits))
    const offset = this.offsetOf((symbol - literals) >> 3)
    if (offset > this.filled || offset > this.window) throw new RangeError('a match before the data')
    const end = Math.min(out.length, this.filled + length)
    for (let at = this.filled; at < end; at++) out[at] = out[at - offset]!
    this.filled = end
  }

  private offsetOf(slot: number): number {
    const { recent } = this
    if (slot < 3) {
      const offset = recent[slot]!
      recent[slot] = recent[0]
      recent[0] = offset
      return offset
    }
    const footer = footerBits(slot)
    const offset = slotBases[slot]! - 2 + this.readFooter(footer)
    recent[2] = recent[1]
    recent[1] = recent[0]
    recent[0] = offset
    return offset
  }

  private readFooter(count: number): number {
    const { bits, aligned, type } = this
    if (type !== blockType.aligned || count < 3) return count === 0 ? 0 : bits.read(count)
    const high = count === 3 ? 0 : bits.read(count - 3)
    return 8 * high + aligned!.read(bits)
  }
}

/** The encoder makes the targets of x86 calls absolute, within the first GB: the same call is the same bytes. */
function restoreCalls(out: Uint8Array, callSize: number): void {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength)
  const end = Math.min(out.length, 2 ** 30)
  for (let frame = 0; frame < end; frame += frameBytes) {
    const last = Math.min(frame + frameBytes, out.length) - 10
    for (let at = frame; at < last; at++) {
      if (out[at] !== 0xe8) continue
      const target = view.getInt32(at + 1, true)
      if (target >= -at && target < callSize)
        view.setInt32(at + 1, target >= 0 ? target - at : target + callSize, true)
      at += 4
    }
  }
}
