// Compresses with LZX (MS-PATCH §2) for tests: blocks of every type, simple matches.

export type LzxBlock = 'verbatim' | 'aligned' | 'uncompressed'

export interface LzxOptions {
  windowBits: number
  /** Types of the blocks, in turn. */
  blocks: readonly LzxBlock[]
  /** Of each block. */
  blockBytes: number
  /** Where it is over 0, targets of x86 calls are made absolute below this size. */
  callSize?: number
}

const frameBytes = 32_768
const slotCounts = new Map(
  [15, 16, 17, 18, 19, 20, 21].map((bits, i) => [bits, [30, 32, 34, 36, 38, 42, 50][i]!]),
)
const typeNumbers = { verbatim: 1, aligned: 2, uncompressed: 3 }
const footerOf = (slot: number) => (slot < 4 ? 0 : Math.min(17, (slot >> 1) - 1))
const bases = [0]
for (let slot = 0; slot < 50; slot++) bases.push(bases[slot]! + 2 ** footerOf(slot))

class Writer {
  readonly bytes: number[] = []
  private word = 0
  private free = 16

  bits(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.word |= (Math.floor(value / 2 ** bit) % 2) << --this.free
      if (this.free === 0) this.flush()
    }
  }

  /** To the next word. */
  align(): void {
    if (this.free < 16) this.flush()
  }

  /** Before an uncompressed block: a whole word where one begins. */
  alignBlock(): void {
    this.flush()
  }

  private flush(): void {
    this.bytes.push(this.word & 255, this.word >> 8)
    this.word = 0
    this.free = 16
  }
}

/** Lengths of a complete prefix code, at most `limit`. */
function codeLengths(counts: readonly number[], limit: number): number[] {
  const used = counts.flatMap((count, symbol) => (count > 0 ? [symbol] : []))
  if (used.length === 0) return counts.map(() => 0)
  if (used.length === 1) used.push(used[0] === 0 ? 1 : 0)
  for (
    let scaled = used.map((symbol) => counts[symbol] || 1);
    ;
    scaled = scaled.map((n) => Math.ceil(n / 4))
  ) {
    let nodes = scaled.map((weight, i) => ({ weight, leaves: [i] }))
    const lengths = scaled.map(() => 0)
    while (nodes.length > 1) {
      nodes = nodes.sort((a, b) => a.weight - b.weight)
      const [a, b] = nodes.splice(0, 2)
      const leaves = [...a!.leaves, ...b!.leaves]
      for (const leaf of leaves) lengths[leaf]!++
      nodes.push({ weight: a!.weight + b!.weight, leaves })
    }
    if (Math.max(...lengths) > limit) continue
    const all = counts.map(() => 0)
    for (const [i, symbol] of used.entries()) all[symbol] = lengths[i]!
    return all
  }
}

function codesOf(lengths: readonly number[]): number[] {
  const codes = lengths.map(() => 0)
  let code = 0
  for (let length = 1; length <= 16; length++, code *= 2)
    for (const [symbol, own] of lengths.entries()) if (own === length) codes[symbol] = code++
  return codes
}

interface Code {
  lengths: number[]
  write(writer: Writer, symbol: number): void
}

function codeFor(symbols: readonly number[], size: number, limit = 16): Code {
  const counts = new Array<number>(size).fill(0)
  for (const symbol of symbols) counts[symbol]!++
  const lengths = codeLengths(counts, limit)
  const codes = codesOf(lengths)
  return { lengths, write: (writer, symbol) => writer.bits(codes[symbol]!, lengths[symbol]!) }
}

/** Symbols of lengths as differences from those before, with runs. */
function lengthSteps(
  lengths: readonly number[],
  before: readonly number[],
): { symbols: number[]; extra: [number, number] | null }[] {
  const steps: { symbols: number[]; extra: [number, number] | null }[] = []
  const difference = (at: number) => (before[at]! - lengths[at]! + 17) % 17
  for (let at = 0; at < lengths.length; ) {
    let run = 1
    while (at + run < lengths.length && lengths[at + run] === lengths[at]) run++
    if (lengths[at] === 0 && run >= 4) {
      const isLong = run >= 20
      run = Math.min(run, isLong ? 51 : 19)
      steps.push({ symbols: [isLong ? 18 : 17], extra: isLong ? [run - 20, 5] : [run - 4, 4] })
    } else if (run >= 4) {
      run = Math.min(run, 5)
      steps.push({ symbols: [19, difference(at)], extra: [run - 4, 1] })
    } else {
      run = 1
      steps.push({ symbols: [difference(at)], extra: null })
    }
    at += run
  }
  return steps
}

function writeLengths(writer: Writer, lengths: readonly number[], before: readonly number[]): void {
  const steps = lengthSteps(lengths, before)
  const code = codeFor(
    steps.flatMap(({ symbols }) => symbols),
    20,
    15,
  )
  for (const length of code.lengths) writer.bits(length, 4)
  for (const { symbols, extra } of steps) {
    code.write(writer, symbols[0]!)
    if (extra) writer.bits(...extra)
    if (symbols.length > 1) code.write(writer, symbols[1]!)
  }
}

interface Token {
  main: number
  length: number | null
  footer: { value: number; bits: number }
  /** The output behind it. */
  end: number
}

/** Compressed frames, each with the bytes that it inflates to. */
export function lzxFrames(content: Uint8Array, options: LzxOptions): { data: Uint8Array; length: number }[] {
  return new Encoder(content, options).frames()
}

class Encoder {
  private readonly bytes: Uint8Array
  private readonly options: LzxOptions
  private readonly writer = new Writer()
  private readonly ends: number[] = []
  private recent = [1, 1, 1]
  private main: number[]
  private length = new Array<number>(249).fill(0)
  private readonly places = new Map<number, number>()

  constructor(content: Uint8Array, options: LzxOptions) {
    this.options = options
    this.bytes = options.callSize ? withCalls(content, options.callSize) : content
    this.main = new Array<number>(256 + 8 * slotCounts.get(options.windowBits)!).fill(0)
  }

  frames(): { data: Uint8Array; length: number }[] {
    const { writer, bytes, options } = this
    const { callSize = 0, blocks, blockBytes } = options
    writer.bits(callSize > 0 ? 1 : 0, 1)
    if (callSize > 0) writer.bits(callSize, 32)
    for (let at = 0, block = 0; at < bytes.length; at += blockBytes, block++) {
      const type = blocks[block % blocks.length]!
      const end = Math.min(bytes.length, at + blockBytes)
      writer.bits(typeNumbers[type], 3)
      writer.bits(end - at, 24)
      if (type === 'uncompressed') this.copy(at, end)
      else this.compress(at, end, type)
    }
    writer.align()
    this.ends.push(writer.bytes.length)
    const all = Uint8Array.from(writer.bytes)
    return Array.from({ length: Math.ceil(bytes.length / frameBytes) }, (_, i) => ({
      data: all.slice(i === 0 ? 0 : this.ends[i - 1], this.ends[i]),
      length: Math.min(frameBytes, bytes.length - i * frameBytes),
    }))
  }

  private endFrame(at: number): void {
    if (at % frameBytes !== 0 || at === this.bytes.length) return
    this.writer.align()
    this.ends.push(this.writer.bytes.length)
  }

  private copy(from: number, end: number): void {
    const { writer } = this
    writer.alignBlock()
    for (const offset of this.recent) for (let i = 0; i < 4; i++) writer.bytes.push((offset >> (8 * i)) & 255)
    for (let at = from; at < end; at++) {
      writer.bytes.push(this.bytes[at]!)
      if (at + 1 === end && (end - from) % 2 === 1) writer.bytes.push(0)
      this.endFrame(at + 1)
    }
  }

  private compress(from: number, end: number, type: 'verbatim' | 'aligned'): void {
    const { writer } = this
    const tokens = this.tokens(from, end)
    const main = codeFor(
      tokens.map((token) => token.main),
      this.main.length,
    )
    const length = codeFor(
      tokens.flatMap((token) => token.length ?? []),
      249,
    )
    const low = ({ footer }: Token) => (type === 'aligned' && footer.bits >= 3 ? footer.value % 8 : null)
    const aligned = codeFor(
      tokens.flatMap((token) => low(token) ?? []),
      8,
      7,
    )
    if (type === 'aligned') for (const bits of aligned.lengths) writer.bits(bits, 3)
    writeLengths(writer, main.lengths.slice(0, 256), this.main.slice(0, 256))
    writeLengths(writer, main.lengths.slice(256), this.main.slice(256))
    writeLengths(writer, length.lengths, this.length)
    this.main = main.lengths
    this.length = length.lengths
    for (const token of tokens) {
      main.write(writer, token.main)
      if (token.length !== null) length.write(writer, token.length)
      const { value, bits } = token.footer
      const part = low(token)
      writer.bits(part === null ? value : value >> 3, part === null ? bits : bits - 3)
      if (part !== null) aligned.write(writer, part)
      this.endFrame(token.end)
    }
  }

  /** Matches end with their frame and block. */
  private tokens(from: number, end: number): Token[] {
    const tokens: Token[] = []
    for (let at = from; at < end; ) {
      const limit = Math.min(end, (Math.floor(at / frameBytes) + 1) * frameBytes)
      const match = this.matchAt(at, limit)
      const size = match?.size ?? 1
      tokens.push(
        match
          ? this.tokenOf(match, at)
          : { main: this.bytes[at]!, length: null, footer: { value: 0, bits: 0 }, end: at + 1 },
      )
      for (let i = at; i < at + size; i++) this.places.set(this.keyAt(i), i)
      at += size
    }
    return tokens
  }

  private keyAt = (at: number) =>
    this.bytes[at]! * 65_536 + (this.bytes[at + 1] ?? 0) * 256 + (this.bytes[at + 2] ?? 0)

  private matchAt(at: number, limit: number): { size: number; offset: number } | null {
    const offsets = [...this.recent, at - (this.places.get(this.keyAt(at)) ?? at)]
    const maxOffset = 2 ** this.options.windowBits - 3
    let best: { size: number; offset: number } | null = null
    for (const offset of offsets) {
      if (offset <= 0 || offset > Math.min(at, maxOffset)) continue
      let size = 0
      while (size < 257 && at + size < limit && this.bytes[at + size] === this.bytes[at + size - offset])
        size++
      if (size >= 2 && size > (best?.size ?? 0)) best = { size, offset }
    }
    return best
  }

  private tokenOf({ size, offset }: { size: number; offset: number }, at: number): Token {
    const known = this.recent.indexOf(offset)
    let slot = known
    if (known >= 0) {
      this.recent[known] = this.recent[0]!
      this.recent[0] = offset
    } else {
      slot = bases.findLastIndex((base) => base <= offset + 2)
      this.recent = [offset, this.recent[0]!, this.recent[1]!]
    }
    const header = Math.min(7, size - 2)
    return {
      main: 256 + 8 * slot + header,
      length: header === 7 ? size - 9 : null,
      footer: known >= 0 ? { value: 0, bits: 0 } : { value: offset + 2 - bases[slot]!, bits: footerOf(slot) },
      end: at + size,
    }
  }
}

/** What a decoder undoes: the targets of calls become absolute. */
function withCalls(content: Uint8Array, callSize: number): Uint8Array {
  const bytes = content.slice()
  const view = new DataView(bytes.buffer)
  for (let frame = 0; frame < bytes.length; frame += frameBytes) {
    const last = Math.min(frame + frameBytes, bytes.length) - 10
    for (let at = frame; at < last; at++) {
      if (bytes[at] !== 0xe8) continue
      const target = view.getInt32(at + 1, true)
      if (target >= -at && target < callSize)
        view.setInt32(at + 1, target + at < callSize ? target + at : target - callSize, true)
      at += 4
    }
  }
  return bytes
}
