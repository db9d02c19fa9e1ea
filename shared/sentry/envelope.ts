// Streaming parser of Sentry envelopes, without I/O: bytes in, item events out.
// Format: https://develop.sentry.dev/sdk/foundations/transport/envelopes/
import { ByteBuffer } from '../bytes/byte-buffer.ts'
import { Refusal } from '../report/refusals.ts'
import { type JsonObject, objectOf, textAt } from './json.ts'

/** The item headers that reports need; empty or null when absent. */
export interface ItemHead {
  type: string
  /** Bytes of the payload; null for a payload that ends at the next line feed. */
  length: number | null
  filename: string | null
  contentType: string
  attachmentType: string
}

/** Receives the events of one envelope. `data` chunks are views of the input: use or copy them immediately. */
export interface EnvelopeHandler {
  header(header: JsonObject): void
  item(head: ItemHead): void
  data(bytes: Uint8Array): void
  end(): void
}

export interface EnvelopeLimits {
  /** Applies to the envelope header and to each item header. */
  maxPartHeaderBytes: number
  /** Maximum number of items. */
  maxParts: number
}

const LF = 0x0a
const CR = 0x0d
/**
 * Limit of all header lines together, in lines of maximum length: parsing them takes much more time than payloads do.
 */
const maxFullLines = 64
const decoder = new TextDecoder()

/**
 * Parses one envelope: a line of JSON headers, then items, each a line of JSON headers and a payload of `length`
 * bytes, or up to the next line feed. Also accepts lines that end in CR LF, and empty lines between items.
 */
export class EnvelopeReader {
  private readonly handler: EnvelopeHandler
  private readonly limits: EnvelopeLimits
  private state: 'header' | 'item' | 'sized' | 'line' | 'after' = 'header'
  private items = 0
  private headerBytes = 0
  /** Remaining bytes of a sized payload. */
  private missing = 0
  /** The start of an incomplete header line. */
  private readonly line = new ByteBuffer(256)

  constructor(handler: EnvelopeHandler, limits: EnvelopeLimits) {
    this.handler = handler
    this.limits = limits
  }

  /** @throws Refusal 'invalid_envelope', 'part_header_too_large', 'too_many_parts'; and errors of the handler. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at = this.step(bytes, at)
  }

  /** Ends the envelope. @throws Refusal 'invalid_envelope' when it is truncated */
  finish(): void {
    if (this.state === 'header' || (this.state === 'item' && this.line.length > 0)) this.endLine()
    if (this.state === 'header' || this.state === 'sized') throw new Refusal('invalid_envelope')
    if (this.state === 'line') this.handler.end()
  }

  /** Handles the input at `at`; returns where the next step starts. */
  private step(bytes: Uint8Array, at: number): number {
    switch (this.state) {
      case 'sized':
        return this.readSized(bytes, at)
      case 'after':
        return this.readAfter(bytes[at]!, at)
      case 'line':
        return this.readToLineEnd(bytes, at)
      default:
        return this.readHeaderLine(bytes, at)
    }
  }

  private readHeaderLine(bytes: Uint8Array, at: number): number {
    const found = bytes.indexOf(LF, at)
    const end = found < 0 ? bytes.length : found
    if (this.line.length + end - at > this.limits.maxPartHeaderBytes) {
      throw new Refusal('part_header_too_large')
    }
    if (end > at) this.line.append(bytes.subarray(at, end))
    if (found < 0) return end
    if (this.line.length > 0 || this.state === 'header') this.endLine()
    return end + 1
  }

  private endLine(): void {
    this.headerBytes += this.line.length
    if (this.headerBytes > maxFullLines * this.limits.maxPartHeaderBytes) {
      throw new Refusal('part_header_too_large')
    }
    const text = decoder.decode(this.line.view()).trim()
    this.line.reset()
    if (this.state === 'header') {
      this.handler.header(parseHeader(text))
      this.state = 'item'
    } else if (text !== '') {
      this.openItem(itemHead(parseHeader(text)))
    }
  }

  private openItem(head: ItemHead): void {
    if (++this.items > this.limits.maxParts) throw new Refusal('too_many_parts')
    this.handler.item(head)
    this.missing = head.length ?? 0
    this.state = head.length === null ? 'line' : 'sized'
    if (head.length === 0) this.endSized()
  }

  private readSized(bytes: Uint8Array, at: number): number {
    const piece = bytes.subarray(at, at + this.missing)
    this.handler.data(piece)
    this.missing -= piece.length
    if (this.missing === 0) this.endSized()
    return at + piece.length
  }

  private endSized(): void {
    this.handler.end()
    this.state = 'after'
  }

  /** Only a line end may follow a payload of known length: anything else contradicts its length. */
  private readAfter(byte: number, at: number): number {
    if (byte === LF) this.state = 'item'
    else if (byte !== CR) throw new Refusal('invalid_envelope')
    return at + 1
  }

  private readToLineEnd(bytes: Uint8Array, at: number): number {
    const found = bytes.indexOf(LF, at)
    const end = found < 0 ? bytes.length : found
    if (end > at) this.handler.data(bytes.subarray(at, end))
    if (found < 0) return end
    this.handler.end()
    this.state = 'item'
    return end + 1
  }
}

function parseHeader(text: string): JsonObject {
  let header: JsonObject | null = null
  try {
    header = objectOf(JSON.parse(text))
  } catch (error) {
    throw new Refusal('invalid_envelope', { cause: error })
  }
  if (!header) throw new Refusal('invalid_envelope')
  return header
}

function itemHead(header: JsonObject): ItemHead {
  const length = header.length ?? null
  if (length !== null && !(Number.isSafeInteger(length) && (length as number) >= 0)) {
    throw new Refusal('invalid_envelope')
  }
  return {
    type: textAt(header, 'type') ?? '',
    length: length as number | null,
    filename: textAt(header, 'filename'),
    contentType: textAt(header, 'content_type') ?? '',
    attachmentType: textAt(header, 'attachment_type') ?? '',
  }
}
