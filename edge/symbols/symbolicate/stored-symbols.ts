// Symbols of the bucket for one request: indexes read by range, text files indexed on the way.
import type { LRUCache } from 'lru-cache'
import { baseName } from '../../../shared/text/base-name.ts'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { symdexKey } from '../../../shared/keys.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { symbolPath, type ModuleKey } from '../../../shared/symbols/sources/symbol-path.ts'
import type { SymdexRoot } from '../../../shared/symbols/symdex/format.ts'
import type { Inflate } from '../../../shared/symbols/symdex/stored-page.ts'
import type { SymbolTable } from '../../../shared/symbols/symdex/symbol-table.ts'
import { readRoot, tableOfRoot } from '../../../shared/symbols/symdex/table.ts'
import type { ReadRange } from '../../../shared/symbols/symdex/visit-pages.ts'
import type { ReadBudget } from './read-budget.ts'

/** The root of an index, and the version of the object that it belongs to. */
export interface KnownRoot {
  root: SymdexRoot
  etag: string
}
export type RootCache = LRUCache<string, KnownRoot>

export interface SymdexReader {
  bucket: Pick<Storage, 'get'>
  roots: RootCache
  budget: ReadBudget
  inflate: Inflate
}

/** The index was replaced or deleted since its root was read. */
class StaleRoot extends Error {}

/**
 * A table over the index of a module; null when there is none.
 * @throws CrashError 'bad-symbols' for an index that cannot be used, and those of reading
 */
export async function openSymdex(
  module: ModuleKey,
  isTry: boolean,
  reader: SymdexReader,
): Promise<SymbolTable | null> {
  if (symbolPath(module) === null) return null
  const key = symdexKey(baseName(module.debugFile), module.debugId, isTry)
  const table = await openAt(key, reader)
  return (
    table && {
      ...table,
      async visit(addresses, use) {
        try {
          await table.visit(addresses, use)
        } catch (error) {
          if (!(error instanceof StaleRoot)) throw error
          reader.roots.delete(key)
          const fresh = await openAt(key, reader)
          if (!fresh) throw new CrashError('storage', 'The symbol index was just deleted')
          await fresh.visit(addresses, use)
        }
      },
    }
  )
}

async function openAt(key: string, reader: SymdexReader): Promise<SymbolTable | null> {
  const known = reader.roots.get(key)
  if (known) reader.budget.cachedRoots++
  if (known) return tableOfRoot(known.root, rangesOf(key, reader, { etag: known.etag }), reader.inflate)
  const version = { etag: '' }
  const read = rangesOf(key, reader, version)
  try {
    const root = await readRoot(read)
    reader.roots.set(key, { root, etag: version.etag })
    return tableOfRoot(root, read, reader.inflate)
  } catch (error) {
    // An object that does not exist has no bytes.
    if (version.etag === '' && isCrashError(error) && error.code === 'bad-symbols') return null
    throw error
  }
}

/** Reads one version of an object: the first one read, unless `version` names it. */
function rangesOf(key: string, { bucket, budget }: SymdexReader, version: { etag: string }): ReadRange {
  return (offset, length) =>
    budget.run(async () => {
      const object = await bucket.get(key, { range: { offset, length } })
      if (!object && version.etag !== '') throw new StaleRoot()
      if (!object) return new Uint8Array(0)
      if (version.etag !== '' && object.etag !== version.etag) {
        await object.body.cancel()
        throw new StaleRoot()
      }
      version.etag = object.etag
      const bytes = await object.bytes()
      budget.took(bytes.length)
      return bytes
    })
}
