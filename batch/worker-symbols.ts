// Symbols in a worker thread: the store's own through the main thread, folders and servers directly.
import type { Storage, StoredObject } from '../shared/storage/storage.ts'
import { bucketSource } from '../shared/symbols/bucket-source.ts'
import { firstSource, rememberingSource, type SymbolSource } from '../shared/symbols/symbol-source.ts'
import type { Bytes } from '../shared/units.ts'
import type { ProcessorContext } from './processor.ts'
import { openSymbolSources } from './symbol-sources.ts'

/** Symbols that one thread keeps in memory across crashes, of the store and of all else. */
const memoryForSymbols: Bytes = 256 * 1024 * 1024

/** The sources in order: the store's own bucket, then those of the command line. */
export function openWorkerSymbols(
  context: ProcessorContext,
  ask: (question: unknown) => Promise<unknown>,
): SymbolSource {
  const given = openSymbolSources(context.symbols, memoryForSymbols)
  if (!context.ownSymbols) return given
  const own = rememberingSource(bucketSource(askingStorage(ask)), { maxBytes: memoryForSymbols })
  return firstSource([own, given])
}

/** What a worker asks the main thread for: one object of the bucket `symbols`. */
export interface SymbolQuestion {
  key: string
}

/** The bucket `symbols` as far as a source needs it. */
function askingStorage(ask: (question: unknown) => Promise<unknown>): Storage {
  const unsupported = () => Promise.reject(new Error('Only get works here'))
  return {
    async get(key) {
      const question: SymbolQuestion = { key }
      const bytes = (await ask(question)) as Uint8Array<ArrayBuffer> | null
      return bytes && objectOf(key, bytes)
    },
    head: unsupported,
    put: unsupported,
    delete: unsupported,
    list: () => {
      throw new Error('Only get works here')
    },
  }
}

function objectOf(key: string, bytes: Uint8Array<ArrayBuffer>): StoredObject {
  return {
    key,
    size: bytes.length,
    etag: '',
    uploaded: new Date(0),
    metadata: {},
    get body() {
      return new Blob([bytes]).stream()
    },
    bytes: async () => bytes,
  }
}

/** The main thread's side: answers from the bucket. */
export function answerFrom(symbols: Storage): (question: unknown) => Promise<Uint8Array | null> {
  return async (question) => {
    const object = await symbols.get((question as SymbolQuestion).key)
    return object ? object.bytes() : null
  }
}
