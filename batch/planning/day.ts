// The crash IDs of one day in the store: stored reports, processed crashes and tables.
import { erasuresPrefix, parseCrashKey, processedPrefix, rawPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { own } from '../../shared/own.ts'
import { present } from '../../shared/present.ts'
import { type SqlValues, streamText } from '../lake/duckdb.ts'
import { addSums, type IdSum, sumIds } from '../lake/id-sum.ts'
import type { DayLists, ListedReport } from './plan.ts'
import { allShards, rangeOf, type Shard } from './shard.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import { listFiles, storageOf, type TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, modulesTable, protectedTable, type Table } from '../lake/tables.ts'

/**
 * True when every report of a day and shard has a processed crash and its rows, and nothing else exists. Compares sums of crash
 * ids, which are in the metadata of all table files, so no table needs to be fetched. Never true for a thorough run.
 */
export async function isDayComplete(
  files: TableFiles,
  date: IsoDate,
  { shard = allShards }: { shard?: Shard } = {},
): Promise<boolean> {
  if (files.thorough) return false
  const { crashes } = files.stores
  const rows = await readSum(files, crashesTable, date, 'ids')
  if (rows === null || rows !== (await readSum(files, protectedTable, date, 'ids'))) return false
  if (!(await areModulesRight(files, date))) return false
  if (rows !== (await sumIds(crashIdsUnder(crashes, rawPrefix(date), { shard })))) return false
  return rows === (await sumIds(crashIdsUnder(crashes, processedPrefix(date), { shard })))
}

/** True when exactly the crashes with a positive `module_count` have rows in `modules`, each in one file. */
async function areModulesRight(files: TableFiles, date: IsoDate): Promise<boolean> {
  const expected = await readSum(files, crashesTable, date, 'ids-with-modules')
  return expected !== null && expected === (await readSum(files, modulesTable, date, 'ids'))
}

/** The sum of crash IDs in all files of a table's day, from their metadata; null when one lacks it. */
async function readSum(files: TableFiles, table: Table, date: IsoDate, name: string): Promise<IdSum | null> {
  const storage = storageOf(files, table)
  const sums: (string | undefined)[] = []
  for (const { key, metadata } of await listFiles(files, table, date)) {
    // Some stores list no metadata.
    sums.push(own(metadata, name) ?? own((await storage.head(key))?.metadata ?? {}, name))
  }
  return addSums(sums)
}

/** The lists of a day for the plan of a shard. Lists of rows may also have crashes of other shards. */
export async function openDay(
  files: TableFiles,
  date: IsoDate,
  { shard = allShards }: { shard?: Shard } = {},
): Promise<DayLists> {
  const { crashes } = files.stores
  const areRight = !files.thorough && (await areModulesRight(files, date))
  return {
    raw: reportsUnder(crashes, rawPrefix(date), shard),
    processed: crashIdsUnder(crashes, processedPrefix(date), { shard }),
    rows: await crashIdsIn(files, crashesTable, date),
    protectedRows: await crashIdsIn(files, protectedTable, date),
    wrongModules: areRight ? nothing() : streamQuery(files, await wrongModulesQuery(files, date)),
    erasing: crashIdsUnder(crashes, erasuresPrefix(date), { shard }),
  }
}

/** A statement and its values. */
export interface Query {
  sql: string
  values: SqlValues
}

const streamQuery = (files: TableFiles, { sql, values }: Query) => streamText(files.database, sql, values)

/**
 * The crashes of a day whose number of rows in `modules` differs from `module_count`: `crash_id`, `expected` (null:
 * no row in `crashes`), `actual`; in order of id.
 */
export async function wrongModulesQuery(files: TableFiles, date: IsoDate): Promise<Query> {
  const crashes = await localPaths(files, crashesTable, [date])
  const modules = await localPaths(files, modulesTable, [date])
  const none = 'SELECT NULL::VARCHAR AS crash_id, NULL::INTEGER AS module_count WHERE false'
  const rowsOf = (paths: readonly string[], name: string) =>
    paths.length
      ? `SELECT * FROM read_parquet($${name}, union_by_name = true) UNION ALL BY NAME ${none}`
      : none
  const sql = `SELECT crash_id, c.expected, coalesce(m.actual, 0) AS actual
    FROM (SELECT crash_id, true AS there, max(module_count) AS expected FROM (${rowsOf(crashes, 'crashes')})
          GROUP BY crash_id) c
    FULL JOIN (SELECT crash_id, count(*) AS actual FROM (${rowsOf(modules, 'modules')}) GROUP BY crash_id) m
      USING (crash_id)
    WHERE c.there IS NULL OR c.expected <> coalesce(m.actual, 0) ORDER BY crash_id`
  return { sql, values: { ...(crashes.length && { crashes }), ...(modules.length && { modules }) } }
}

/** The crash IDs of the objects under the prefix of a day, in order. */
export async function* crashIdsUnder(
  storage: Storage,
  prefix: string,
  { shard = allShards }: { shard?: Shard } = {},
): AsyncGenerator<string> {
  for await (const { crashId } of reportsUnder(storage, prefix, shard)) yield crashId
}

/** Lists only the range of the shard, so that all shards together list a day once. */
async function* reportsUnder(storage: Storage, prefix: string, shard: Shard): AsyncGenerator<ListedReport> {
  const { first, end } = rangeOf(shard)
  const startAfter = shard.index === 0 ? undefined : `${prefix}${first}`
  for await (const { key, uploaded } of storage.list(prefix, present({ startAfter }))) {
    const parsed = parseCrashKey(key)
    if (parsed && end !== null && parsed.crashId >= end) return
    if (parsed) yield { crashId: parsed.crashId, storedAt: uploaded }
  }
}

/** Crash IDs of all rows of a table's day, in order. */
async function crashIdsIn(files: TableFiles, table: Table, date: IsoDate): Promise<AsyncIterable<string>> {
  const paths = await localPaths(files, table, [date])
  if (paths.length === 0) return nothing()
  const sql = 'SELECT crash_id FROM read_parquet($paths, union_by_name = true) ORDER BY crash_id'
  return streamQuery(files, { sql, values: { paths } })
}

async function* nothing(): AsyncGenerator<string> {}
