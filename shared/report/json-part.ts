// Annotations sent as one JSON object: decoded strictly, bounded in depth.
import { depthExceeds } from '../json-depth.ts'
import { Refusal } from './refusals.ts'

const maxDepth = 64

/**
 * Reads a JSON object in UTF-8 or UTF-16, with or without a byte order mark. Values stay as they are.
 * @throws Refusal 'invalid_json' (also when nested deeper than 64), 'invalid_json_value' when it is no object
 */
export function parseAnnotationJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder(encodingOf(bytes), { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      throw new Refusal('invalid_json', { cause: error })
    }
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('invalid_json_value')
  }
  if (depthExceeds(value, maxDepth)) throw new Refusal('invalid_json')
  return value as Record<string, unknown>
}

/** A JSON text begins with two ASCII characters, or a byte order mark: the zero bytes tell (RFC 4627 §3). */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0 || (first === 0xfe && second === 0xff)) return 'utf-16be'
  return second === 0 || (first === 0xff && second === 0xfe) ? 'utf-16le' : 'utf-8'
}
