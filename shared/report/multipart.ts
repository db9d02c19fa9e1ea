// Streaming multipart reader without I/O: bytes in, part events out (RFC 7578), as lenient as real crash clients need.
import { ByteSearch } from '../bytes/byte-search.ts'
import { Refusal } from './refusals.ts'

/** The headers of a part, as far as reports need them. */
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

/** Receives the events of one body. `data` chunks are views into what was written: use or copy them at once. */
export interface PartHandler {
  part(head: PartHead): void
  data(bytes: Uint8Array): void
  /** `last`: the closing delimiter follows. */
  end(last: boolean): void
}

export interface MultipartLimits {
  maxPartHeaderBytes: number
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
const nothing = new Uint8Array(0)

/**
 * Reads one body. Beyond the RFC it takes: a first delimiter at byte 0, after a preamble or not; lines that end in LF
 * alone, when the first delimiter's does; a delimiter without a line break before it, when a part header follows
 * (Breakpad on macOS); padding after a delimiter. What follows the closing delimiter is ignored.
 */
export class MultipartReader {
  private readonly handler: PartHandler
  private readonly limits: MultipartLimits
  private readonly search: ByteSearch
  private readonly delimiterLength: number
  private state: 'preamble' | 'headers' | 'body' | 'epilogue' = 'preamble'
  private bareLf = false
  private parts = 0
  /** Bytes that cannot be told yet: the tail of what was written. */
  private carry = nothing

  /** `boundary`: 1 to 70 ASCII characters, without the leading dashes. */
  constructor(boundary: string, handler: PartHandler, limits: MultipartLimits) {
    const delimiter = new TextEncoder().encode(`--${boundary}`)
    this.search = new ByteSearch(delimiter)
    this.delimiterLength = delimiter.length
    this.handler = handler
    this.limits = limits
  }

  /** @throws Refusal 'part_header_too_large', 'too_many_parts'; and what the handler throws. */
  write(chunk: Uint8Array): void {
    if (this.state === 'epilogue' || chunk.length === 0) return
    const bytes = this.withCarry(chunk)
    const rest = this.consume(bytes)
    this.carry = rest < bytes.length ? bytes.slice(rest) : nothing
  }

  /** Says that the body is complete. @throws Refusal 'invalid_payload_structure' when the closing delimiter never came. */
  finish(): void {
    if (this.state !== 'epilogue') throw new Refusal('invalid_payload_structure')
  }

  private withCarry(chunk: Uint8Array): Uint8Array {
    if (this.carry.length === 0) return chunk
    const bytes = new Uint8Array(this.carry.length + chunk.length)
    bytes.set(this.carry)
    bytes.set(chunk, this.carry.length)
    return bytes
  }

  /** Handles as much as can be told; returns the offset of the rest. */
  private consume(bytes: Uint8Array): number {
    let at = 0
    for (;;) {
      if (this.state === 'epilogue') return bytes.length
      const next = this.state === 'headers' ? this.readHeaders(bytes, at) : this.readBody(bytes, at)
      if (next < 0) return ~next
      at = next
    }
  }

  /** In preamble or body: on to the next delimiter. Returns the offset after it, or `~rest` when more is needed. */
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
      from = at + 1
    }
  }

  /** Hands on what is surely content; returns where the undecided tail, with a line break before it, begins. */
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
  }

  /** Length of the line break that belongs to the delimiter at `at`: 0 when there is none. */
  private lineBreakBefore(bytes: Uint8Array, start: number, at: number): 0 | 1 | 2 {
    if (at - 1 < start || bytes[at - 1] !== LF) return 0
    if (this.bareLf) return 1
    return at - 2 >= start && bytes[at - 2] === CR ? 2 : 0
  }

  /** What follows the delimiter text that ends before `end` makes it an opening or closing delimiter, or content. */
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
    if (!onOwnLine) {
      const header = matchesHeaderStart(bytes, next)
      if (header !== 'yes') return header === 'no' ? 'none' : 'more'
    }
    if (this.state === 'preamble') this.bareLf = length === 1
    return { kind: 'open', next }
  }

  private readHeaders(bytes: Uint8Array, start: number): number {
    let lineStart = start
    for (;;) {
      const lineEnd = bytes.indexOf(LF, lineStart)
      if ((lineEnd < 0 ? bytes.length : lineEnd) - start > this.limits.maxPartHeaderBytes) {
        throw new Refusal('part_header_too_large')
      }
      if (lineEnd < 0) return ~start
      const length = lineEnd - lineStart - (bytes[lineEnd - 1] === CR && lineEnd > lineStart ? 1 : 0)
      if (length === 0) {
        this.openPart(parsePartHead(decoder.decode(bytes.subarray(start, lineStart))))
        return lineEnd + 1
      }
      lineStart = lineEnd + 1
    }
  }

  private openPart(head: PartHead): void {
    this.parts++
    if (this.parts > this.limits.maxParts) throw new Refusal('too_many_parts')
    this.state = 'body'
    this.handler.part(head)
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

/** What nearly every client sends for a field. */
const plainField = /^content-disposition: form-data; name="([\w.-]+)"\r?\n$/i

/** Reads the header block of a part, every line with its end; lines that are no headers are ignored. */
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
  head.name = decodePercent(parameter(value, 'name') ?? '')
  head.filename = decodeExtended(parameter(value, 'filename*')) ?? parameter(value, 'filename') ?? null
}

/** A value with its charset (RFC 8187); anything else as it is. */
function decodeExtended(text: string | undefined): string | undefined {
  const encoded = text && /^utf-8'[^']*'(.*)$/is.exec(text)?.[1]
  return encoded === undefined ? text : decodePercent(encoded)
}

/** A parameter of a header value, quoted or not, its name in any case; the first of that name. */
export function parameter(value: string, name: string): string | undefined {
  for (const [, key, quoted, bare] of value.matchAll(
    /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g,
  )) {
    if (key!.toLowerCase() !== name) continue
    return quoted === undefined ? bare!.trim() : quoted.replaceAll(/\\(["\\])/g, '$1')
  }
  return undefined
}

/** Decodes `%xx` where it makes UTF-8 (Breakpad on macOS, Crashpad); leaves everything else as it is. */
function decodePercent(name: string): string {
  if (!name.includes('%')) return name
  return name.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}
