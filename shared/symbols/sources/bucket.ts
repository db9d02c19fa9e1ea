// Symbols from the `symbols` bucket, through the storage port: text files, or symdexes read by range.
import { baseName } from '../../text/base-name.ts'
import { symdexKey } from '../../keys.ts'
import type { Storage } from '../../storage/storage.ts'
import { tableOfSymdexRanges } from '../symdex/table.ts'
import type { SymbolFiles } from './symbol-files.ts'
import { pathsWithoutCase, symbolPath } from './symbol-path.ts'
import type { SymbolSource } from './symbol-source.ts'

/** The part of a store that symbol files need. */
export interface SymbolBucket {
  head(key: string): Promise<{ etag: string } | null>
  get(key: string): Promise<{ bytes(): Promise<Uint8Array> } | null>
}

/** The text files of a bucket, gzip or not. */
export function bucketFiles(bucket: SymbolBucket): SymbolFiles {
  return {
    async find(module) {
      for (const path of pathsWithoutCase(module)) {
        const info = await bucket.head(path)
        if (!info) continue
        const stamp = info.etag.replace(/[^0-9A-Za-z]/g, '')
        return { stamp, url: null, read: async () => (await bucket.get(path))?.bytes() ?? null }
      }
      return null
    },
  }
}

/**
 * A source over the symdexes of a bucket: a lookup reads the root once and one page, regardless of the file's size.
 */
export function bucketRangeSource(bucket: Storage): SymbolSource {
  return {
    async load(module) {
      if (symbolPath(module) === null) return null
      const key = symdexKey(baseName(module.debugFile || module.codeFile), module.debugId)
      if (!(await bucket.head(key))) return null
      return tableOfSymdexRanges(async (offset, length) => {
        const object = await bucket.get(key, { range: { offset, length } })
        return object ? object.bytes() : new Uint8Array(0)
      })
    },
  }
}
