// Reads the members of a JSON object in pieces, each within a limit: the object may be larger than memory.
import { ByteBuffer } from '../../shared/bytes/byte-buffer.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const LOWER_U = 0x75
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const maxNameBytes = 1000
const decoder = new TextDecoder()

/** The value of a member, or the part within its limit. */
export interface Member {
  value: unknown
  isCut: boolean
}

/**
 * Reads one JSON object in UTF-8, which must be valid. A value longer than its limit is truncated where it can be
 * closed: within a text, or after an item or key.
 */
export class MemberReader {
  readonly members = new Map<string, Member>()
  private readonly limitOf: (name: string) => number
  /** The member whose value is being read; null while reading its name. */
  private name: string | null = null
  private limit = maxNameBytes
  /** The name or value so far, up to the limit. */
  private readonly kept = new ByteBuffer()
  /** Bytes of it in earlier chunks, kept or not. */
  private earlierBytes = 0
  /** Its start in this chunk. */
  private start = 0
  /** What closes its open brackets, and the same for every outer bracket. */
  private closing = ''
  private readonly outer: string[] = []
  private inText = false
  /** Remaining hexadecimal digits of an escape sequence; -1 after its backslash. */
  private escape = 0
  /** The last position where it can be closed, and what closes it there. */
  private safeLength = 0
  private safeClosing = ''
  private memberBytes = 0

  /** Bytes of all kept values. */
  get keptBytes(): number {
    return this.memberBytes + this.kept.length
  }

  /** `limitOf`: how many bytes of the value under a name to keep. */
  constructor(limitOf: (name: string) => number) {
    this.limitOf = limitOf
  }

  write(chunk: Uint8Array): void {
    this.start = 0
    for (let at = 0; at < chunk.length; at++) {
      if (!this.inText) this.readOutside(chunk, at)
      else if (this.escape === 0) at = this.readText(chunk, at)
      else if (this.escape < 0) this.escape = chunk[at] === LOWER_U ? 4 : 0
      else this.escape--
    }
    this.keep(chunk.subarray(this.start))
    this.earlierBytes += chunk.length - this.start
  }

  /**
   * Reads unescaped characters. Returns the position of the quote or backslash after them, or the end of the chunk.
   */
  private readText(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length && chunk[at] !== QUOTE && chunk[at] !== BACKSLASH) at++
    const lastKept = this.start + this.limit - this.earlierBytes
    if (this.outer.length === 1 && from <= lastKept) this.markSafe(Math.min(at, lastKept), '"')
    if (chunk[at] === QUOTE) this.inText = false
    else if (chunk[at] === BACKSLASH) this.escape = -1
    return at
  }

  private readOutside(chunk: Uint8Array, at: number): void {
    const isTop = this.outer.length === 1
    switch (chunk[at]) {
      case QUOTE:
        this.inText = true
        break
      case OPEN_OBJECT:
        this.open('}', at)
        break
      case OPEN_LIST:
        this.open(']', at)
        break
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (isTop) this.endValue(chunk, at)
        this.closing = this.outer.pop() ?? ''
        this.markSafe(at + 1, this.closing)
        break
      case COMMA:
        if (isTop) this.endValue(chunk, at)
        else this.markSafe(at, this.closing)
        break
      case COLON:
        if (isTop) this.endName(chunk, at)
        break
    }
  }

  private open(close: string, at: number): void {
    const isOutermost = this.outer.length === 0
    this.outer.push(this.closing)
    if (isOutermost) this.begin(at + 1, maxNameBytes)
    else {
      this.closing = close + this.closing
      this.markSafe(at + 1, this.closing)
    }
  }

  /** Starts a name or a value. */
  private begin(at: number, limit: number): void {
    this.kept.reset()
    this.earlierBytes = 0
    this.start = at
    this.limit = limit
    this.safeLength = 0
  }

  private endName(chunk: Uint8Array, at: number): void {
    this.keep(chunk.subarray(this.start, at))
    const isWhole = this.earlierBytes + at - this.start <= maxNameBytes
    this.name = isWhole ? String(JSON.parse(decoder.decode(this.kept.view()))) : ''
    this.begin(at + 1, isWhole ? this.limitOf(this.name) : 0)
  }

  private endValue(chunk: Uint8Array, at: number): void {
    this.keep(chunk.subarray(this.start, at))
    if (this.name !== null && this.limit > 0) {
      this.memberBytes += this.kept.length
      this.members.set(this.name, this.readMember(this.earlierBytes + at - this.start > this.limit))
    }
    this.name = null
    this.begin(at + 1, maxNameBytes)
  }

  private readMember(isCut: boolean): Member {
    if (!isCut) return { value: JSON.parse(decoder.decode(this.kept.view())), isCut }
    if (this.safeLength === 0) return { value: undefined, isCut }
    // As a stream: a truncated character is omitted.
    const text = new TextDecoder().decode(this.kept.view().subarray(0, this.safeLength), { stream: true })
    return { value: JSON.parse(text + this.safeClosing), isCut }
  }

  private keep(bytes: Uint8Array): void {
    const room = this.limit - this.kept.length
    if (room > 0) this.kept.append(bytes.subarray(0, room))
  }

  private markSafe(at: number, closing: string): void {
    const length = this.earlierBytes + at - this.start
    if (length > this.limit) return
    this.safeLength = length
    this.safeClosing = closing
  }
}
