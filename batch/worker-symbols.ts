// Symbols in a worker thread: the store's own through the main thread, folders and servers directly.
import type { Storage } from '../shared/storage/storage.ts'
import type { SymbolFiles } from '../shared/symbols/symbol-files.ts'
import { symbolPath } from '../shared/symbols/symbol-path.ts'
import { firstSource, rememberingSource, type SymbolSource } from '../shared/symbols/symbol-source.ts'
import { indexedSource } from '../shared/symbols/symdex-cache.node.ts'
import type { Bytes } from '../shared/units.ts'
import type { ProcessorContext } from './processor.ts'
import { openSymbolSources } from './symbol-sources.ts'

/** Symbols that one thread keeps in memory across crashes: of the store, and of all else. */
const memoryBytes: Bytes = 256 * 1024 * 1024
/** Indexes of symbol files that are kept on disk. */
const cacheBytes: Bytes = 8 * 1024 * 1024 * 1024

/** What a worker asks the main thread about one object of the bucket `symbols`. */
export interface SymbolQuestion {
  what: 'etag' | 'bytes'
  key: string
}
type Ask = (question: unknown) => Promise<unknown>

/** The sources in order: the store's own bucket, then those of the command line. */
export function openWorkerSymbols(context: ProcessorContext, ask: Ask): SymbolSource {
  const { symdexDir } = context
  const given = openSymbolSources(context.symbols, { cacheFolder: symdexDir, memoryBytes })
  const own = indexedSource(filesOfStore(ask), { folder: symdexDir, maxBytes: cacheBytes })
  return firstSource([rememberingSource(own, { maxBytes: memoryBytes }), given])
}

function filesOfStore(ask: Ask): SymbolFiles {
  const about = (what: SymbolQuestion['what'], key: string) => ask({ what, key } satisfies SymbolQuestion)
  return {
    async find(module) {
      const key = symbolPath(module)
      const etag = key === null ? null : ((await about('etag', key)) as string | null)
      if (key === null || etag === null) return null
      return {
        stamp: etag.replace(/[^0-9A-Za-z]/g, ''),
        url: null,
        read: async () => (await about('bytes', key)) as Uint8Array | null,
      }
    },
  }
}

/** The main thread's side: answers from the bucket. */
export function answerFrom(symbols: Storage): (question: unknown) => Promise<string | Uint8Array | null> {
  return async (question) => {
    const { what, key } = question as SymbolQuestion
    if (what === 'etag') return (await symbols.head(key))?.etag ?? null
    return (await (await symbols.get(key))?.bytes()) ?? null
  }
}
