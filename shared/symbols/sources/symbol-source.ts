// Sources of symbols: the port, sources in order, and a cache of loaded tables.
import { LRUCache } from 'lru-cache'
import type { Bytes, Millis } from '../../units.ts'
import type { SymbolTable } from '../symdex/symbol-table.ts'
import { type ModuleKey, moduleKeyText } from './symbol-path.ts'

/** Finds the symbols of modules. */
export interface SymbolSource {
  /**
   * The symbols of a module; null when this source does not have them.
   * @throws CrashError 'storage' when the source fails, so it is unknown whether it has them.
   */
  load(module: ModuleKey): Promise<SymbolTable | null>
}

/** A source without symbols. */
export const noSymbols: SymbolSource = { load: async () => null }

/**
 * The first result of several sources; a corrupt or incomplete file only when no other source has a better one. A failing source is
 * skipped; its error is thrown when no other source has the symbols.
 */
export function firstSource(sources: readonly SymbolSource[]): SymbolSource {
  return {
    async load(module) {
      let failure: unknown = null
      let worse: SymbolTable | null = null
      for (const source of sources) {
        try {
          const table = await source.load(module)
          if (table && !table.corrupt && !table.info.lacks) return table
          if (table && (!worse || (worse.corrupt && !table.corrupt))) worse = table
        } catch (error) {
          failure ??= error
        }
      }
      if (failure && !worse) throw failure
      return worse
    },
  }
}

export interface MemoryOptions {
  /** The least recently used tables are dropped when all together exceed this. */
  maxBytes: Bytes
  /** How long a module without symbols is not requested again. */
  missingForMs?: Millis
  now?: () => Millis
}

/** Tables grow while in use, so all are measured again periodically. */
const loadsPerMeasuring = 64
/** Modules without symbols that are remembered: dumps can name any number of them. */
const mostMissing = 20_000

/** The newest table stays, however large it is. A table is wrapped, because only another value is measured. */
const createTables = (maxBytes: Bytes) =>
  new LRUCache<string, { table: SymbolTable }>({
    maxSize: maxBytes,
    sizeCalculation: ({ table }) => Math.min(maxBytes, Math.max(1, table.bytes())),
  })

/**
 * Caches the results of a source, including missing symbols; concurrent requests share one load. Failures are not
 * cached.
 */
export function rememberingSource(source: SymbolSource, options: MemoryOptions): SymbolSource {
  const { maxBytes, missingForMs = 600_000, now = () => performance.now() } = options
  const tables = createTables(maxBytes)
  const missing = new LRUCache<string, true>({
    ...{ max: mostMissing, ttl: missingForMs, ttlResolution: 0 },
    perf: { now },
  })
  const loading = new Map<string, Promise<SymbolTable | null>>()
  let loads = 0
  /** From the least to the most recently used, so that their order stays. */
  const measureAgain = () => {
    for (const key of [...tables.rkeys()]) tables.set(key, { ...tables.peek(key)! })
  }
  const fill = async (key: string, module: ModuleKey) => {
    try {
      const table = await source.load(module)
      if (table) tables.set(key, { table })
      else missing.set(key, true)
      return table
    } finally {
      loading.delete(key)
    }
  }
  return {
    async load(module) {
      const key = moduleKeyText(module)
      const known = tables.get(key)
      if (++loads % loadsPerMeasuring === 0) measureAgain()
      if (known) return known.table
      if (missing.has(key)) return null
      const current = loading.get(key) ?? fill(key, module)
      loading.set(key, current)
      return current
    },
  }
}
