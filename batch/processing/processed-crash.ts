// The stored form of processed crashes: JSON, one zstd frame.
import type { PartialCrash, ProcessedCrash } from '../../shared/crash.ts'
import { readProcessedCrash } from '../../shared/fields/public-view.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../shared/codecs/codecs.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { storedMetadata } from '../../shared/report/stored.ts'
import type { Bytes } from '../../shared/units.ts'

/** Mayday does not write anything larger. */
const maxInflated: Bytes = 512 * 1024 * 1024

export const encodeProcessedCrash = (crash: ProcessedCrash): Uint8Array =>
  nodeCodecs.compressZstd(new TextEncoder().encode(JSON.stringify(crash)))

/**
 * Decompresses the JSON of a processed crash.
 * @throws CrashError 'bad-report', 'limit'
 */
export const inflateProcessedCrash = (bytes: Uint8Array): Uint8Array =>
  inflateZstd(bytes, nodeCodecs, maxInflated)

/**
 * Decodes a processed crash. Values that do not have the shape of their field are omitted.
 * @throws CrashError 'bad-report', 'limit'
 */
export function decodeProcessedCrash(bytes: Uint8Array): ProcessedCrash {
  const crash = readProcessedCrash(parseJson(inflateProcessedCrash(bytes)))
  if (isComplete(crash)) return crash
  throw new CrashError('bad-report', 'The processed crash has no ID or no signature: process it again')
}

/** The note of a crash whose stored report could not be read. */
export const unreadableNote = 'the stored report is unreadable'

/** Whether a processed crash can be read and has what its report contained. */
export function isSoundDocument(bytes: Uint8Array): boolean {
  try {
    return !decodeProcessedCrash(bytes).processor_notes?.includes(unreadableNote)
  } catch (error) {
    if (!isCrashError(error)) throw error
    return false
  }
}

const isComplete = (crash: PartialCrash): crash is ProcessedCrash =>
  typeof crash.crash_id === 'string' && typeof crash.signature === 'string'

function parseJson(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json))
  } catch (cause) {
    throw new CrashError('bad-report', 'The processed crash is not JSON: process it again', { cause })
  }
}

/** How a processed crash is stored: its metadata has the product, so that retention does not need to read it. */
export function processedCrashOptions(product: string) {
  const none = { version: '', channel: '', dumpBytes: 0, dumpCount: 0 }
  return {
    contentType: 'application/json',
    contentEncoding: 'zstd',
    metadata: { product: storedMetadata({ ...none, product }).product ?? '' },
  }
}
