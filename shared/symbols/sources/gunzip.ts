// The content of symbol files that may be gzip, using Web APIs only.
import { formatOf } from '../../bytes/format.ts'
import { inflateBytes } from '../../bytes/streams.ts'
import type { Bytes } from '../../units.ts'

/**
 * The content of a gzip file, or the bytes themselves when they are not gzip.
 * @throws CrashError 'limit' when the output exceeds `maxBytes`; 'bad-symbols' when the gzip data is damaged.
 */
export const gunzip = async (bytes: Uint8Array, maxBytes: Bytes): Promise<Uint8Array> =>
  formatOf(bytes) === 'gzip' ? inflateBytes(bytes, 'gzip', maxBytes, 'A symbol file') : bytes
