// Streaming multipart parser without I/O: bytes in, part events out (RFC 7578), as lenient as real crash clients
// require.
import { ByteBuffer } from '../../bytes/byte-buffer.ts'
import { ByteSearch } from '../../bytes/byte-search.ts'
import { decodeExtended, decodePercent, readParameters } from './header-parameters.ts'
import { Refusal } from '../refusals.ts'

/** The part headers that reports need. */
export interface PartHead {
  /** The `name` parameter, percent-decoded; empty when there is none. */
  name: string
  /** The `filename` parameter; null when there is none. */
  filename: string | null
  /** The Content-Type as sent; empty when there is none. */
  contentType: string
  /** The Content-Transfer-Encoding, lower case; empty when there is none. */
  transferEncoding: string
}

/** Receives the events of one body. `data` chunks are views of the input: use or copy them immediately. */
export interface PartHandler {
  part(head: PartHead): void
  data(bytes: Uint8Array): void
  /** `last`: the closing delimiter follows. */
  end(last: boolean): void
}

export interface MultipartLimits {
  maxPartHeaderBytes: number
  /** The headers of all parts together; unlimited by default. */
  maxAllHeaderBytes?: number
  maxParts: number
}

type Delimiter = { kind: 'open' | 'close'; next: number } | 'none' | 'more'

const CR = 0x0d
const LF = 0x0a
const SP = 0x20
const TAB = 0x09
const DASH = 0x2d
const maxPadding = 128
const headerStart = 'content-'
/** Boundaries are chosen not to occur in content; each occurrence costs more time than its bytes. */
const maxFalseDelimiters = 10_000

/**
 * Parses one body. Beyond the RFC it accepts: a first delimiter at byte 0, with or without a preamble; lines that end
 * in LF alone, when the first delimiter's does; a delimiter without a line break before it, when a part header
 * follows (Breakpad on macOS); padding after a delimiter; parts after the closing delimiter, which end with the body
 * when no other closing delimiter follows. Anything else after the closing delimiter is ignored.
 */
export class MultipartReader {
  private readonly handler: PartHandler
  private readonly limits: MultipartLimits
  private readonly search: ByteSearch
  private readonly delimiterLength: number
  private state: 'preamble' | 'headers' | 'body' | 'epilogue' = 'preamble'
  /** A closing delimiter was read. */
  private closed = false
  private bareLf = false
  private parts = 0
  private headerBytes = 0
  private falseDelimiters = 0
  /** The undecided tail of the input. */
  private carry = new ByteBuffer(0)
  /** Within the headers of a part: where the current line starts, and how far it was searched for its end. */
  private line = { start: 0, searched: 0 }

  /** `boundary`: 1 to 70 ASCII characters, without the leading dashes. */
  constructor(boundary: string, handler: PartHandler, limits: MultipartLimits) {
    const delimiter = new TextEncoder().encode(`--${boundary}`)
    this.search = new ByteSearch(delimiter)
    this.delimiterLength = delimiter.length
    this.handler = handler
    this.limits = limits
  }

  /** Memory use in bytes. */
  get heldBytes(): number {
    return this.carry.capacity
  }

  /**
   * @throws Refusal 'part_header_too_large', 'too_many_parts', 'invalid_payload_structure' for content full of false
   * delimiters; and errors of the handler.
   */
  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    if (this.carry.length > 0) this.carry.append(chunk)
    const bytes = this.carry.length > 0 ? this.carry.view() : chunk
    const rest = this.consume(bytes)
    if (rest === 0 && bytes !== chunk) return
    // A new buffer, because the handler may have kept views of the old one.
    if (this.carry.length > 0) this.carry = new ByteBuffer(0)
    if (rest < bytes.length) this.carry.append(bytes.subarray(rest))
  }

  /** Ends the body. @throws Refusal 'invalid_payload_structure' without a closing delimiter. */
  finish(): void {
    if (!this.closed) throw new Refusal('invalid_payload_structure')
    if (this.state === 'body') this.leaveBody(this.carry.view(), true)
  }

  /** Handles as much as can be decided; returns the offset of the rest. */
  private consume(bytes: Uint8Array): number {
    let at = 0
    for (;;) {
      const next = this.state === 'headers' ? this.readHeaders(bytes, at) : this.readBody(bytes, at)
      if (next < 0) return ~next
      at = next
    }
  }

  /**
   * In preamble, body or epilogue: moves to the next delimiter. Returns the offset after it, or `~rest` when more is
   * needed.
   */
  private readBody(bytes: Uint8Array, start: number): number {
    let from = start
    for (;;) {
      this.search.matched = 0
      const end = this.search.feed(bytes, from)
      if (end < 0) return ~this.pass(bytes, start, bytes.length - this.search.matched)
      const at = end - this.delimiterLength
      const broken = this.lineBreakBefore(bytes, start, at)
      const delimiter = this.delimiterAt(bytes, end, broken > 0 || this.state === 'preamble')
      if (delimiter === 'more') return ~this.pass(bytes, start, at)
      if (delimiter !== 'none') {
        this.leaveBody(bytes.subarray(start, at - broken), delimiter.kind === 'close')
        return delimiter.next
      }
      if (++this.falseDelimiters > maxFalseDelimiters) {
        if (this.state === 'epilogue') return ~bytes.length
        throw new Refusal('invalid_payload_structure')
      }
      from = at + 1
    }
  }

  /** Passes on definite content; returns the start of the undecided tail, including a line break before it. */
  private pass(bytes: Uint8Array, start: number, undecided: number): number {
    let end = undecided
    if (end > start && bytes[end - 1] === LF) end--
    if (end > start && bytes[end - 1] === CR) end--
    if (this.state === 'body' && end > start) this.handler.data(bytes.subarray(start, end))
    return end
  }

  private leaveBody(rest: Uint8Array, close: boolean): void {
    if (this.state === 'body') {
      if (rest.length > 0) this.handler.data(rest)
      this.handler.end(close)
    }
    this.state = close ? 'epilogue' : 'headers'
    this.closed ||= close
  }

  /** Length of the line break that belongs to the delimiter at `at`: 0 when there is none. */
  private lineBreakBefore(bytes: Uint8Array, start: number, at: number): 0 | 1 | 2 {
    if (at - 1 < start || bytes[at - 1] !== LF) return 0
    if (this.bareLf) return 1
    return at - 2 >= start && bytes[at - 2] === CR ? 2 : 0
  }

  /**
   * The bytes after the delimiter text that ends before `end` decide whether it is an opening or closing delimiter,
   * or content.
   */
  private delimiterAt(bytes: Uint8Array, end: number, onOwnLine: boolean): Delimiter {
    let at = end
    while (at < bytes.length && at - end < maxPadding && (bytes[at] === SP || bytes[at] === TAB)) at++
    if (at >= bytes.length) return 'more'
    if (bytes[at] === DASH && at === end) {
      if (at + 1 >= bytes.length) return 'more'
      return bytes[at + 1] === DASH ? { kind: 'close', next: at + 2 } : 'none'
    }
    if (bytes[at] === CR && at + 1 >= bytes.length) return 'more'
    const length = bytes[at] === CR && bytes[at + 1] === LF ? 2 : bytes[at] === LF ? 1 : 0
    if (length === 0 || (length === 1 && this.state === 'body' && !this.bareLf)) return 'none'
    const next = at + length
    if (!onOwnLine || this.state === 'epilogue') {
      const header = matchesHeaderStart(bytes, next)
      if (header !== 'yes') return header === 'no' ? 'none' : 'more'
    }
    if (this.state === 'preamble') this.bareLf = length === 1
    return { kind: 'open', next }
  }

  private readHeaders(bytes: Uint8Array, start: number): number {
    let lineStart = start + this.line.start
    let from = start + this.line.searched
    for (;;) {
      const lineEnd = bytes.indexOf(LF, from)
      const length = (lineEnd < 0 ? bytes.length : lineEnd) - start
      if (length > this.limits.maxPartHeaderBytes) throw new Refusal('part_header_too_large')
      if (lineEnd < 0) {
        this.line = { start: lineStart - start, searched: length }
        return ~start
      }
      const isEmpty = lineEnd === lineStart || (lineEnd === lineStart + 1 && bytes[lineStart] === CR)
      if (isEmpty) {
        this.openPart(bytes.subarray(start, lineStart))
        return lineEnd + 1
      }
      lineStart = lineEnd + 1
      from = lineStart
    }
  }

  private openPart(headers: Uint8Array): void {
    this.parts++
    if (this.parts > this.limits.maxParts) throw new Refusal('too_many_parts')
    this.headerBytes += headers.length
    if (this.headerBytes > (this.limits.maxAllHeaderBytes ?? Number.POSITIVE_INFINITY)) {
      throw new Refusal('part_header_too_large')
    }
    this.line = { start: 0, searched: 0 }
    this.state = 'body'
    this.handler.part(parsePartHead(decoder.decode(headers)))
  }
}

function matchesHeaderStart(bytes: Uint8Array, at: number): 'yes' | 'no' | 'more' {
  for (let i = 0; i < headerStart.length; i++) {
    if (at + i >= bytes.length) return 'more'
    if ((bytes[at + i]! | 0x20) !== headerStart.charCodeAt(i)) return 'no'
  }
  return 'yes'
}

const decoder = new TextDecoder()

/** The form in which nearly every client sends a field. */
const plainField = /^content-disposition: form-data; name="([\w.-]+)"\r?\n$/i

/** Parses the header block of a part, every line with its end; other lines are ignored. */
export function parsePartHead(text: string): PartHead {
  const head: PartHead = { name: '', filename: null, contentType: '', transferEncoding: '' }
  const plain = plainField.exec(text)
  if (plain) {
    head.name = plain[1]!
    return head
  }
  const unfolded = /\n[ \t]/.test(text) ? text.replaceAll(/\r?\n[ \t]+/g, ' ') : text
  for (const line of unfolded.split('\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const value = line.slice(colon + 1).trim()
    switch (line.slice(0, colon).trim().toLowerCase()) {
      case 'content-disposition':
        readDisposition(value, head)
        break
      case 'content-type':
        head.contentType = value
        break
      case 'content-transfer-encoding':
        head.transferEncoding = value.toLowerCase()
        break
    }
  }
  return head
}

function readDisposition(value: string, head: PartHead): void {
  const parameters = readParameters(value)
  const extended = (name: string) => decodeExtended(parameters.get(`${name}*`) ?? '')
  head.name = extended('name') ?? decodePercent(parameters.get('name') ?? parameters.get('name*') ?? '')
  head.filename = extended('filename') ?? parameters.get('filename') ?? parameters.get('filename*') ?? null
}
