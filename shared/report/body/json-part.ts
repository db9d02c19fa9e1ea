// Annotations sent as one JSON object: decoded strictly, and limited before parsing.
import { setOwn } from '../../own.ts'
import { Refusal } from '../refusals.ts'

const maxDepth = 64
/** For all JSON parts of one report. Parsing a value takes far more time and memory than its two bytes. */
const maxValues = 20_000
/** Approximate memory of a parsed value in bytes. */
const valueBytes = 128

/** Reads the JSON parts of one report: each is scanned while it arrives, then parsed. */
export class JsonReader {
  private scanner = new JsonScanner()
  private settledValues = 0
  private isTooLarge = false
  /** The first two bytes of the part. */
  private start: number[] = []

  /** About how many bytes of memory the values take, beside their text. */
  get heldBytes(): number {
    return (this.settledValues + this.scanner.values) * valueBytes
  }

  /** Starts another part. */
  begin(): void {
    this.settledValues += this.scanner.values
    this.scanner = new JsonScanner()
    this.isTooLarge = false
    this.start = []
  }

  /** Scans the next bytes of the part. Returns false once it is too deep, or once all parts have too many values. */
  scan(bytes: Uint8Array): boolean {
    if (this.start.length < 2) this.start.push(...bytes.subarray(0, 2 - this.start.length))
    // UTF-16 is scanned when it is complete, as UTF-8.
    return encodingOf(this.start) === 'utf-8' ? this.scanUtf8(bytes) : true
  }

  /**
   * Parses the part that was scanned, a JSON object in UTF-8 or UTF-16, with or without a byte order mark. Values stay unchanged.
   * @throws Refusal 'invalid_json' (also when nested deeper than 64, or for more than 20,000 values in all parts),
   * 'invalid_json_value' when it is not an object
   */
  parse(bytes: Uint8Array): Record<string, unknown> {
    const encoding = encodingOf(bytes)
    const text = decode(bytes, encoding)
    if (encoding !== 'utf-8') this.scanUtf8(encoder.encode(text))
    if (this.isTooLarge) throw new Refusal('invalid_json')
    const value = parseJson(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Refusal('invalid_json_value')
    }
    return value as Record<string, unknown>
  }

  private scanUtf8(bytes: Uint8Array): boolean {
    if (this.isTooLarge) return false
    this.scanner.feed(bytes)
    const { values, deepest } = this.scanner
    if (deepest > maxDepth || this.settledValues + values > maxValues) {
      this.isTooLarge = true
      this.scanner = new JsonScanner()
    }
    return !this.isTooLarge
  }
}

/** Counts what JSON in UTF-8 contains without parsing it: at least as many values as it has, and its depth. */
export function measureJson(bytes: Uint8Array): { values: number; deepest: number } {
  const scanner = new JsonScanner()
  scanner.feed(bytes)
  return scanner
}

const encoder = new TextEncoder()
const quote = 0x22
const backslash = 0x5c

/**
 * Counts what JSON in UTF-8 holds without parsing it, in linear time: at least as many values as it has, and its depth.
 * For other bytes the counts mean nothing.
 */
class JsonScanner {
  values = 0
  deepest = 0
  private depth = 0
  private inString = false
  /** Within a string: an odd number of backslashes precedes the next byte. */
  private escaped = false

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; )
      at = this.inString ? this.skipString(bytes, at) : this.scan(bytes, at)
  }

  /** Up to the start of the next string. Returns where it stopped. */
  private scan(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      switch (bytes[at]) {
        case quote:
          this.inString = true
          return at + 1
        case 0x5b: // [
        case 0x7b: // {
          this.values++
          this.deepest = Math.max(this.deepest, ++this.depth)
          break
        case 0x5d: // ]
        case 0x7d: // }
          this.depth--
          break
        case 0x2c: // ,
          this.values++
          break
      }
    }
    return bytes.length
  }

  /** Up to the next quote. Returns where it stopped. */
  private skipString(bytes: Uint8Array, start: number): number {
    const found = bytes.indexOf(quote, start)
    const end = found < 0 ? bytes.length : found
    let run = end
    while (run > start && bytes[run - 1] === backslash) run--
    const isOdd = (end - run) % 2 === 1
    const escaped = run === start ? this.escaped !== isOdd : isOdd
    if (found < 0) {
      this.escaped = escaped
      return end
    }
    this.escaped = false
    this.inString = escaped
    return end + 1
  }
}

/** A number may round an integer of so many digits. */
const longInteger = /\d{16}/

function parseJson(text: string): unknown {
  try {
    return longInteger.test(text) ? parseExactly(text) : JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal('invalid_json', { cause: error })
    throw error
  }
}

/** Annotations that are integers beyond 2^53 become decimal text, as other clients send them. */
function parseExactly(text: string): unknown {
  const rounded: { holder: unknown; name: string; source: string }[] = []
  const parsed: unknown = JSON.parse(text, function (this: unknown, name, value, { source = '' } = {}) {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      rounded.push({ holder: this, name, source })
    return value
  } satisfies Reviver as (this: unknown, name: string, value: unknown) => unknown)
  for (const { holder, name, source } of rounded) {
    if (holder !== parsed || !/^-?\d{1,4300}$/.test(source)) continue
    setOwn(parsed as Record<string, unknown>, name, BigInt(source).toString())
  }
  return parsed
}

type Reviver = (this: unknown, name: string, value: unknown, context?: { source?: string }) => unknown

function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new Refusal('invalid_json', { cause: error })
    }
    throw error
  }
}

/** A JSON text starts with two ASCII characters, or a byte order mark: the zero bytes show which (RFC 4627 §3). */
function encodingOf([first, second]: ArrayLike<number> & Iterable<number>): string {
  if (first === 0 || (first === 0xfe && second === 0xff)) return 'utf-16be'
  return second === 0 || (first === 0xff && second === 0xfe) ? 'utf-16le' : 'utf-8'
}
