// Pages of a symdex as stored: checked, inflated and decoded.
import { inflateBytes } from '../../bytes/streams.ts'
import { CrashError, isCrashError } from '../../errors.ts'
import { checksumOf, type SymdexRoot } from './format.ts'
import { decodePage } from './page.ts'
import type { SymbolPage } from './symbol-page.ts'

/** Raw INFLATE of data that must yield exactly `length` bytes; throws otherwise. */
export type Inflate = (stored: Uint8Array, length: number) => Uint8Array

/** Null for a damaged page: its addresses have no symbols. */
export function openPageNow(
  root: SymdexRoot,
  index: number,
  stored: Uint8Array,
  inflate: Inflate,
): SymbolPage | null {
  if (checksumOf(stored) !== root.checksum[index]) return null
  try {
    return decodePage(inflate(stored, root.rawLength[index]!))
  } catch {
    return null
  }
}

/** Like `openPageNow`, with Web APIs only. */
export async function openPage(
  root: SymdexRoot,
  index: number,
  stored: Uint8Array,
): Promise<SymbolPage | null> {
  if (checksumOf(stored) !== root.checksum[index]) return null
  try {
    return decodePage(await inflateByStream(stored, root.rawLength[index]!))
  } catch (error) {
    if (isCrashError(error)) return null
    throw error
  }
}

async function inflateByStream(stored: Uint8Array, length: number): Promise<Uint8Array> {
  const bytes = await inflateBytes(stored, 'deflate-raw', length, 'A page of a symbol index')
  if (bytes.length === length) return bytes
  throw new CrashError('bad-symbols', 'A page of a symbol index does not have the length that it states')
}
