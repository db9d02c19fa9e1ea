// Selects crashes to reprocess: those of a query, and those whose missing symbols are now available.
import pMap, { pMapSkip } from 'p-map'
import { bucketFiles } from '../../shared/symbols/sources/bucket.ts'
import type { SymbolFiles } from '../../shared/symbols/sources/symbol-files.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { CrashError } from '../../shared/errors.ts'
import { rowsOf, type SqlValues } from '../lake/duckdb.ts'
import type { Lake } from '../lake/views.ts'
import { symbolFilesAt } from '../symbols/symbol-sources.ts'

/**
 * The crash IDs of the rows in `crashes` that match a condition, in order.
 * @throws CrashError 'bad-usage' if the condition is not valid SQL
 */
export async function crashesWhere(lake: Lake, condition: string): Promise<string[]> {
  try {
    return await crashIdsOf(lake, `SELECT DISTINCT crash_id FROM crashes WHERE (${condition}\n) ORDER BY 1`)
  } catch (cause) {
    throw new CrashError('bad-usage', `--where: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

const crashIdsOf = async (lake: Lake, sql: string, values?: SqlValues) =>
  (await rowsOf<{ crash_id: string }>(lake.database.connection, sql, values)).map((row) => row.crash_id)

interface MissingModule {
  filename: string
  debug_file: string
  debug_id: string
  code_id: string
}

/** Maximum number of concurrent lookups. */
const lookupsAtOnce = 16

/** Modules whose symbols are now available, and the crashes that lacked them, in order. */
export interface LateSymbols {
  asked: number
  found: MissingModule[]
  crashIds: string[]
}

/** Looks up the symbols of every module that a crash lacked. */
export async function findLateSymbols(
  lake: Lake,
  symbols: Storage,
  places: readonly string[],
): Promise<LateSymbols> {
  const { connection } = lake.database
  const sources: SymbolFiles[] = [bucketFiles(symbols), ...places.map(symbolFilesAt)]
  const missing = await rowsOf<MissingModule>(
    connection,
    `SELECT DISTINCT coalesce(filename, '') AS filename, coalesce(debug_file, '') AS debug_file,
       coalesce(debug_id, '') AS debug_id, coalesce(code_id, '') AS code_id
     FROM modules WHERE missing_symbols ORDER BY ALL`,
  )
  const lookUp = async (module: MissingModule) => ((await isThere(module, sources)) ? module : pMapSkip)
  const found = await pMap(missing, lookUp, { concurrency: lookupsAtOnce })
  return { asked: missing.length, found, crashIds: found.length ? await crashesMissing(lake, found) : [] }
}

async function isThere(module: MissingModule, sources: readonly SymbolFiles[]): Promise<boolean> {
  const key = {
    debugFile: module.debug_file,
    debugId: module.debug_id,
    codeFile: module.filename,
    codeId: module.code_id,
  }
  for (const source of sources) {
    const file = await source.find(key)
    if (file && ((await file.isThere?.()) ?? true)) return true
  }
  return false
}

async function crashesMissing(lake: Lake, found: readonly MissingModule[]): Promise<string[]> {
  return crashIdsOf(
    lake,
    `WITH found AS (
       SELECT unnest(from_json($found, '[{"filename":"VARCHAR","debug_file":"VARCHAR","debug_id":"VARCHAR","code_id":"VARCHAR"}]'), recursive := true)
     )
     SELECT DISTINCT m.crash_id FROM modules m JOIN found f
       ON coalesce(m.filename, '') = f.filename AND coalesce(m.debug_file, '') = f.debug_file
       AND coalesce(m.debug_id, '') = f.debug_id AND coalesce(m.code_id, '') = f.code_id
     WHERE m.missing_symbols ORDER BY 1`,
    { found: JSON.stringify(found) },
  )
}
