// Annotations sent as one JSON object: decoded strictly, and limited before parsing.
import { Refusal } from './refusals.ts'

const maxDepth = 64
/** For all JSON parts of one report. Parsing a value takes far more time and memory than its two bytes. */
const maxValues = 20_000
/** Approximate memory of a parsed value in bytes. */
const valueBytes = 128

/** Reads the JSON parts of one report. */
export class JsonReader {
  private values = 0

  /** Approximate memory of the values read so far in bytes, besides their text. */
  get heldBytes(): number {
    return this.values * valueBytes
  }

  /**
   * Reads a JSON object in UTF-8 or UTF-16, with or without a byte order mark. Values stay unchanged.
   * @throws Refusal 'invalid_json' (also when nested deeper than 64, or for more than 20,000 values in all parts),
   * 'invalid_json_value' when it is not an object
   */
  parse(bytes: Uint8Array): Record<string, unknown> {
    const value = parseJson(this.bounded(decode(bytes)))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Refusal('invalid_json_value')
    }
    return value as Record<string, unknown>
  }

  private bounded(text: string): string {
    const { values, depth } = measureJson(text)
    if (depth > maxDepth || this.values + values > maxValues) throw new Refusal('invalid_json')
    this.values += values
    return text
  }
}

/**
 * Counts the values and the depth of JSON text without parsing it, in linear time: at least as many values as it has.
 * For other text the counts are meaningless.
 */
export function measureJson(text: string): { values: number; depth: number } {
  let values = 1
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // quote
        at = endOfString(text, at)
        break
      case 0x5b: // [
      case 0x7b: // {
        values++
        deepest = Math.max(deepest, ++depth)
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        values++
        break
    }
  }
  return { values, depth: deepest }
}

/** The offset of the quote that ends the string at `start`, or of the end of the text. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = quote
    while (text.charCodeAt(backslashes - 1) === 0x5c) backslashes--
    if ((quote - backslashes) % 2 === 0) return quote
  }
  return text.length
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal('invalid_json', { cause: error })
    throw error
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new Refusal('invalid_json', { cause: error })
    }
    throw error
  }
}

/** A JSON text starts with two ASCII characters, or a byte order mark: the zero bytes show which (RFC 4627 §3). */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0 || (first === 0xfe && second === 0xff)) return 'utf-16be'
  return second === 0 || (first === 0xff && second === 0xfe) ? 'utf-16le' : 'utf-8'
}
