// Symbols in a worker thread: those of the store through the main thread, directories and servers directly.
import { LRUCache } from 'lru-cache'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { bucketFiles, type SymbolBucket } from '../../shared/symbols/sources/bucket.ts'
import {
  firstSource,
  rememberingSource,
  type SymbolSource,
} from '../../shared/symbols/sources/symbol-source.ts'
import { indexedSource } from '../../shared/symbols/sources/symdex-cache.node.ts'
import type { Bytes } from '../../shared/units.ts'
import type { Product } from '../products/product-file.ts'
import type { ProcessorContext } from './jobs.ts'
import type { MissMemory } from '../symbols/symbol-misses.ts'
import { openSymbolSources } from '../symbols/symbol-sources.ts'

/** Memory for symbols per thread, across crashes: for the store, those of the command line, those of products. */
const memoryBytes: Bytes = 256 * 1024 * 1024
/** Size of the on-disk cache of symdexes. */
const cacheBytes: Bytes = 8 * 1024 * 1024 * 1024

/** A worker's question to the main thread: about one object of the bucket `symbols`, or what symbol servers lack. */
type SymbolQuestion =
  | { what: 'etag' | 'bytes'; key: string }
  | { what: 'is-missed'; server: string; path: string }
  | { what: 'note'; server: string; path: string; found: boolean }
type Ask = (question: unknown) => Promise<unknown>

export interface WorkerSymbols {
  /** The sources of a product in order: the store's own bucket, those of the command line, those of its file. */
  of(product: Product | undefined): SymbolSource
  /** Those after the store's own bucket, as configured: paths and URLs. */
  placesOf(product: Product | undefined): readonly string[]
}

export function openWorkerSymbols(context: ProcessorContext, ask: Ask): WorkerSymbols {
  const { symdexDir, fetchBytes } = context
  const misses = missesBehind(ask)
  const given = openSymbolSources(context.symbols, {
    cacheFolder: symdexDir,
    memoryBytes,
    fetchBytes,
    misses,
  })
  const own = indexedSource(bucketFiles(bucketBehind(ask)), { folder: symdexDir, maxBytes: cacheBytes })
  const usual = firstSource([rememberingSource(own, { maxBytes: memoryBytes }), given])
  const lists = new Set(context.products.filter(({ symbols }) => symbols.length > 0).map(listOf))
  const byList = new Map<string, SymbolSource>()
  return {
    placesOf: (product) => [...context.symbols, ...(product?.symbols ?? [])],
    of(product) {
      if (!product?.symbols.length) return usual
      const list = listOf(product)
      const known = byList.get(list)
      if (known) return known
      const options = {
        cacheFolder: symdexDir,
        memoryBytes: memoryBytes / lists.size,
        fetchBytes,
        misses,
      }
      const source = firstSource([usual, openSymbolSources(product.symbols, options)])
      byList.set(list, source)
      return source
    },
  }
}

const listOf = ({ symbols }: Product) => JSON.stringify(symbols)

/** What servers lack, as the main thread remembers it for all workers. */
function missesBehind(ask: Ask): MissMemory {
  const question = (about: SymbolQuestion) => ask(about)
  return {
    isMissed: async (server, path) => (await question({ what: 'is-missed', server, path })) === true,
    note: async (server, path, found) => void (await question({ what: 'note', server, path, found })),
  }
}

/** The bucket as seen by a worker: every question goes to the main thread. */
function bucketBehind(ask: Ask): SymbolBucket {
  const about = (what: 'etag' | 'bytes', key: string) =>
    ask({ what, key } satisfies SymbolQuestion).catch((cause: Error) => {
      // One reason for all modules: keys are replaced.
      const why = cause.message.replaceAll(key, '…')
      throw new CrashError('storage', `The store's own symbols are unreadable: ${why}`, { cause })
    })
  return {
    async head(key) {
      const etag = (await about('etag', key)) as string | null
      return etag === null ? null : { etag }
    },
    async get(key) {
      const bytes = (await about('bytes', key)) as Uint8Array | null
      return bytes && { bytes: async () => bytes }
    },
  }
}

/** How many answers about files are kept, and how long: symbols may arrive during a run. */
const keptAnswers = { max: 100_000, ttl: 600_000 }

/** Names beyond which a list would cost more than it saves: ten requests. */
const maxNames = 10_000

/**
 * The names of debug files in the bucket, as the first parts of keys; null: there are too many, or they cannot be listed:
 * questions about files then report what is wrong.
 */
async function listNames(symbols: Storage): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>()
  try {
    for await (const folder of symbols.folders('')) {
      if (names.size === maxNames) return null
      names.add(folder.slice(0, -1))
    }
    return names
  } catch (error) {
    if (isCrashError(error)) return null
    throw error
  }
}

/**
 * The main thread's side: answers questions from the bucket, and from what is remembered of servers. All threads together
 * ask the store once about a file, and never about files whose name it does not have: most modules of a crash are of
 * the system.
 */
export function answerFrom(symbols: Storage, misses: MissMemory): (question: unknown) => Promise<unknown> {
  const names = new LRUCache<'all', { names: ReadonlySet<string> | null }>({
    ...{ max: 1, ttl: keptAnswers.ttl },
    fetchMethod: async () => ({ names: await listNames(symbols) }),
  })
  const isNamed = async (key: string) =>
    (await names.fetch('all'))?.names?.has(key.slice(0, key.indexOf('/'))) ?? true
  const files = new LRUCache<string, { etag: string | null }>({
    ...keptAnswers,
    fetchMethod: async (key) => ({
      etag: (await isNamed(key)) ? ((await symbols.head(key))?.etag ?? null) : null,
    }),
  })
  return async (asked) => {
    const question = asked as SymbolQuestion
    switch (question.what) {
      case 'etag':
        return (await files.fetch(question.key))?.etag ?? null
      case 'bytes':
        return (await (await symbols.get(question.key))?.bytes()) ?? null
      case 'is-missed':
        return misses.isMissed(question.server, question.path)
      case 'note':
        return misses.note(question.server, question.path, question.found)
    }
  }
}
