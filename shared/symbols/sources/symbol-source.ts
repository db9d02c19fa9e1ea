// Where symbols come from: the port, sources in order, and a memory of what was loaded.
import type { Bytes } from '../../units.ts'
import { type ModuleKey, moduleKeyText } from './symbol-path.ts'
import type { SymbolTable } from '../symdex/symbol-table.ts'

/** Finds the symbols of modules. */
export interface SymbolSource {
  /**
   * The symbols of a module; null when this source does not have them.
   * @throws CrashError 'storage' when the source does not answer: whether it has them is not known.
   */
  load(module: ModuleKey): Promise<SymbolTable | null>
}

/** A source without symbols. */
export const noSymbols: SymbolSource = { load: async () => null }

/**
 * The first answer of several sources, a corrupt file only when no other has a better one. A source that fails is
 * passed over; its error is thrown when no other answers.
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
  /** Tables used least recently are forgotten when all together hold more than this. */
  maxBytes: Bytes
  /** How long a module without symbols is not asked for again. */
  missingForMs?: number
  now?: () => number
}

/** Tables grow while they are used, so the sum is looked at now and then also when nothing new comes. */
const loadsPerCheck = 64

interface Entry {
  table: Promise<SymbolTable | null>
  /** When to forget that there was none. */
  until: number
}

/**
 * Remembers what a source answered, also that there was nothing; asks once when several ask at a time.
 * Failures are not remembered.
 */
export function rememberingSource(source: SymbolSource, options: MemoryOptions): SymbolSource {
  const { maxBytes, missingForMs = 600_000, now = Date.now } = options
  const entries = new Map<string, Entry>()
  const sizes = new Map<string, SymbolTable>()
  /** Entries without symbols, those that expire first at the front. */
  const missing = new Map<string, Entry>()
  let loads = 0

  /** Dumps name ever new modules. */
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
