// Sources of symbols: the port, sources in order, and a cache of loaded tables.
import type { Bytes } from '../../units.ts'
import { type ModuleKey, moduleKeyText } from './symbol-path.ts'
import type { SymbolTable } from '../symdex/symbol-table.ts'

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
 * The first result of several sources; a corrupt file only when no other source has a better one. A failing source is
 * skipped; its error is thrown when no other source has the symbols.
 */
export function firstSource(sources: readonly SymbolSource[]): SymbolSource {
  return {
    async load(module) {
      let failure: unknown = null
      let corrupt: SymbolTable | null = null
      for (const source of sources) {
        try {
          const table = await source.load(module)
          if (table && !table.corrupt) return table
          corrupt ??= table
        } catch (error) {
          failure ??= error
        }
      }
      if (failure && !corrupt) throw failure
      return corrupt
    },
  }
}

export interface MemoryOptions {
  /** The least recently used tables are dropped when all together exceed this. */
  maxBytes: Bytes
  /** How long a module without symbols is not requested again. */
  missingForMs?: number
  now?: () => number
}

/** Tables grow while in use, so the sum is checked periodically even without new tables. */
const loadsPerCheck = 64

interface Entry {
  table: Promise<SymbolTable | null>
  /** When to drop an entry without symbols. */
  until: number
}

/**
 * Caches the results of a source, including missing symbols; concurrent requests share one load. Failures are not
 * cached.
 */
export function rememberingSource(source: SymbolSource, options: MemoryOptions): SymbolSource {
  const { maxBytes, missingForMs = 600_000, now = Date.now } = options
  const entries = new Map<string, Entry>()
  const sizes = new Map<string, SymbolTable>()
  /** Entries without symbols, the first to expire in front. */
  const missing = new Map<string, Entry>()
  let loads = 0

  /** Dumps keep naming new modules. */
  function forgetExpired(): void {
    for (const [key, entry] of missing) {
      if (entry.until > now()) break
      missing.delete(key)
      if (entries.get(key) === entry) entries.delete(key)
    }
  }

  function forgetOldest(newest: string): void {
    let total = 0
    for (const table of sizes.values()) total += table.bytes()
    for (const [key, table] of sizes) {
      if (total <= maxBytes || key === newest) break
      total -= table.bytes()
      sizes.delete(key)
      entries.delete(key)
    }
  }

  async function fill(key: string, entry: Entry): Promise<void> {
    try {
      const table = await entry.table
      if (!table) {
        forgetExpired()
        entry.until = now() + missingForMs
        missing.set(key, entry)
        return
      }
      sizes.set(key, table)
      forgetOldest(key)
    } catch {
      if (entries.get(key) === entry) entries.delete(key)
    }
  }

  return {
    load(module) {
      const key = moduleKeyText(module)
      const known = entries.get(key)
      if (known && known.until > now()) {
        const table = sizes.get(key)
        if (table) {
          sizes.delete(key)
          sizes.set(key, table)
          if (++loads % loadsPerCheck === 0) forgetOldest(key)
        }
        return known.table
      }
      const entry: Entry = { table: source.load(module), until: Number.POSITIVE_INFINITY }
      entries.set(key, entry)
      void fill(key, entry)
      return entry.table
    },
  }
}
