// Where the symbols of one request come from: the index of a module, its symbol file, the symbol servers in the settings.
import { isCrashError } from '../../../shared/errors.ts'
import { symbolFileKey, wantedIndexKey } from '../../../shared/keys.ts'
import { factsOf } from '../../../shared/symbol-store/stored-file.ts'
import type { ModuleError, ModuleSource } from '../../../shared/symbolicate/symbolicate.ts'
import { type ModuleKey, symbolPath } from '../../../shared/symbols/sources/symbol-path.ts'
import type { SymbolTable } from '../../../shared/symbols/symdex/symbol-table.ts'
import type { EdgeDeps } from '../../deps.ts'
import type { Indexer } from './indexing.ts'
import type { ReadBudget } from './read-budget.ts'
import { openSymdex, type RootCache } from './stored-symbols.ts'
import type { Upstream } from './upstream.ts'

/** What requests share. */
export interface SharedSymbols {
  deps: EdgeDeps
  roots: RootCache
  indexer: Indexer
  upstream: Upstream
}

/** Files of try builds come second. */
export function openModuleSource(shared: SharedSymbols, budget: ReadBudget): ModuleSource {
  const { deps, roots, upstream } = shared
  const reader = { bucket: deps.stores.symbols, roots, budget, inflate: deps.codecs.inflateRaw }
  const fetch = upstream.openQueue()
  const waitUntil = deps.clock() + deps.config.symbolServerWaitMs
  return {
    async load(module) {
      for (const isTry of [false, true]) {
        const find = () => openUsable(module, isTry, reader)
        const found = (await find()) ?? (await indexStored({ module, isTry, find }, shared, budget))
        if (found) return found
      }
      const waitMs = Math.max(0, Math.min(waitUntil - deps.clock(), budget.remaining()))
      return fetch(module, () => openUsable(module, false, reader), waitMs)
    },
  }
}

/** Null also for an index of another version, which is rebuilt. */
async function openUsable(
  module: ModuleKey,
  isTry: boolean,
  reader: Parameters<typeof openSymdex>[2],
): Promise<SymbolTable | null> {
  try {
    return await openSymdex(module, isTry, reader)
  } catch (error) {
    if (isCrashError(error) && error.code === 'bad-symbols') return null
    throw error
  }
}

const notIndexed: ModuleError = {
  name: 'Pending',
  message: 'The symbol file is not indexed yet: `mayday run` does that; try again later',
}

interface StoredModule {
  module: ModuleKey
  isTry: boolean
  find(): Promise<SymbolTable | null>
}

/** Indexes the stored symbol file of a module, or has batch do it; null when there is none. */
async function indexStored(
  { module, isTry, find }: StoredModule,
  { deps, indexer }: SharedSymbols,
  budget: ReadBudget,
): Promise<SymbolTable | ModuleError | null> {
  const [name, id, leaf] = symbolPath(module)?.split('/') ?? []
  if (name === undefined || id === undefined || leaf === undefined) return null
  const key = symbolFileKey({ name, id, leaf }, isTry)
  const { symbols } = deps.stores
  const info = await budget.run(() => symbols.head(key))
  if (!info) return null
  const wanted = () => {
    const mark = wantedIndexKey(name, id, isTry)
    deps.background(symbols.put(mark, new Uint8Array(0), { ifNoneMatch: '*' }))
    return notIndexed
  }
  if ((factsOf(info).size ?? info.size) > deps.maxIndexBytes) return wanted()
  const read = () => budget.run(async () => (await symbols.get(key))?.bytes() ?? null)
  try {
    return await indexer.index({ module, isTry, read, find, waitMs: budget.remaining() })
  } catch (error) {
    if (isCrashError(error) && error.code === 'limit') return wanted()
    throw error
  }
}
