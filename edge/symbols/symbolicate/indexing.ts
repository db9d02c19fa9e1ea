// Indexes symbol files without an index: those that other programs stored, and those of symbol servers.
import { baseName } from '../../../shared/text/base-name.ts'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { symdexKey } from '../../../shared/keys.ts'
import { gunzip } from '../../../shared/symbols/sources/gunzip.ts'
import type { ModuleKey } from '../../../shared/symbols/sources/symbol-path.ts'
import { problemOf } from '../../../shared/symbols/sources/symbol-problem.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import {
  corruptTable,
  type SymbolTable,
  tableOfSymFile,
} from '../../../shared/symbols/symdex/symbol-table.ts'
import { buildSymdex } from '../../../shared/symbols/symdex/writer.ts'
import type { Bytes, Millis } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { describeError } from '../../lib/log.ts'
import { createSlots } from './slots.ts'

export interface IndexJob {
  module: ModuleKey
  isTry: boolean
  /** The file, text or gzip; null when it does not exist after all. */
  read(): Promise<Uint8Array | null>
  /** The index, if another request has stored it in the meantime. */
  find(): Promise<SymbolTable | null>
  /** Largest content, inflated. Default: what this runtime indexes. */
  maxBytes?: Bytes
  /** How long to wait until other files are indexed. */
  waitMs: Millis
}

export interface Indexer {
  /**
   * The symbols of a file. Stores their index, unless the file cannot be used.
   * @throws CrashError 'limit' for a file with more text than this runtime indexes, 'timeout', errors of `read`
   */
  index(job: IndexJob): Promise<SymbolTable | null>
}

/** Longer than any file takes. */
const staleMs: Millis = 60_000

/** Reads and indexes one file at a time, because of its memory. */
export function createIndexer(deps: EdgeDeps): Indexer {
  const slots = createSlots({ slots: 1, staleMs, tools: deps })
  return {
    async index(job) {
      const slot = await slots.take(job.waitMs)
      if (!slot) throw new CrashError('timeout', 'Other symbol files are being indexed')
      try {
        const known = slot.waited ? await job.find() : null
        const bytes = known ? null : await job.read()
        return bytes ? await indexNow(bytes, job, deps) : known
      } finally {
        slot.release()
      }
    },
  }
}

async function indexNow(
  bytes: Uint8Array,
  { module, isTry, maxBytes }: IndexJob,
  deps: EdgeDeps,
): Promise<SymbolTable> {
  const text = await inflate(bytes, maxBytes ?? deps.maxIndexBytes)
  if (text === null) return corruptTable('its gzip data is damaged')
  const file = parseSymFile(text)
  const problem = problemOf(file, module)
  if (problem !== null) return corruptTable(problem)
  const key = symdexKey(baseName(module.debugFile), module.debugId, isTry)
  try {
    await deps.stores.symbols.put(key, buildSymdex(file, deps.codecs.deflateRaw))
    deps.metrics.record('symbols_indexed_total', 1, {})
  } catch (error) {
    if (!isCrashError(error)) throw error
    deps.log('warning', 'index_not_stored', { key, error: describeError(error) })
  }
  return tableOfSymFile(file)
}

/** Null for damaged data. @throws CrashError 'limit' */
async function inflate(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | null> {
  try {
    const text = await gunzip(bytes, maxBytes)
    if (text.length <= maxBytes) return text
  } catch (error) {
    if (!isCrashError(error)) throw error
    if (error.code !== 'limit') return null
  }
  throw new CrashError('limit', `The symbol file has more than ${maxBytes} bytes`)
}
