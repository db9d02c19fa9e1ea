// The processed crash as it is stored: JSON, one zstd frame.
import type { ProcessedCrash } from '../../shared/crash.ts'
import { CrashError } from '../../shared/errors.ts'
import { inflateZstd } from '../../shared/codecs/codecs.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'

/** A document that inflates to more was not written by us. */
const maxDocument = 512 * 1024 * 1024

export const encodeDocument = (crash: ProcessedCrash): Uint8Array =>
  nodeCodecs.compressZstd(new TextEncoder().encode(JSON.stringify(crash)))

/**
 * The JSON of a processed crash, from the bytes that are stored.
 * @throws CrashError 'bad-report', 'limit'
 */
export const inflateDocument = (bytes: Uint8Array): Uint8Array => inflateZstd(bytes, nodeCodecs, maxDocument)

/**
 * A processed crash as it was stored.
 * @throws CrashError 'bad-report', 'limit'
 */
export function decodeDocument(bytes: Uint8Array): ProcessedCrash {
  const json = inflateDocument(bytes)
  try {
    return JSON.parse(new TextDecoder().decode(json))
  } catch (cause) {
    throw new CrashError('bad-report', 'The processed crash is not JSON: process it again', { cause })
  }
}
