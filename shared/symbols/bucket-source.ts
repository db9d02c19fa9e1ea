// Symbols out of our own `symbols` bucket: text files, gzip or not, through the storage port.
import type { Storage } from '../storage/storage.ts'
import type { Bytes } from '../units.ts'
import { gunzip } from './gunzip.ts'
import { symbolPath } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'
import { corruptTable, tableOfText } from './symbol-table.ts'
import { isCrashError } from '../errors.ts'

/** A source over a bucket. Files that inflate to more than `maxBytes` (2 GiB) count as corrupt. */
export function bucketSource(bucket: Storage, maxBytes: Bytes = 2 ** 31): SymbolSource {
  return {
    async load(module) {
      const path = symbolPath(module)
      const object = path === null ? null : await bucket.get(path)
      if (!object) return null
      try {
        return tableOfText(await gunzip(await object.bytes(), maxBytes))
      } catch (error) {
        if (isCrashError(error) && error.code !== 'storage') return corruptTable()
        throw error
      }
    },
  }
}
