// One day as the store holds it: crash ids in raw, processed and tables; which days there are.
import { parseCrashKey, processedPrefix, rawPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { own } from '../../shared/own.ts'
import { quoteList, streamText } from '../lake/duckdb.ts'
import { addSums, type IdSum, sumIds } from './id-sum.ts'
import type { DayLists } from './plan.ts'
import { listTableFiles, localPaths, storageOf, type TableFiles } from '../lake/table-files.ts'
import { crashesTable, modulesTable, protectedTable, type Table } from '../lake/tables.ts'

/** The days that have stored reports, oldest first: one listing request a day, not one a report. */
export const listDates = (crashes: Storage): Promise<IsoDate[]> => listKeyDates(crashes, rawPrefix())

/** The days of the reports or processed crashes under a prefix, oldest first. */
export const listKeyDates = (crashes: Storage, prefix: string): Promise<IsoDate[]> =>
  datesUnder(crashes, prefix, (key) => parseCrashKey(key)?.date ?? null)

/**
 * The dates of the keys under a prefix, ascending. Keys of a date must stand together, and none of them may go beyond
 * `<key up to its last slash>~`.
 */
async function datesUnder(
  storage: Storage,
  prefix: string,
  dateOf: (key: string) => IsoDate | null,
): Promise<IsoDate[]> {
  const dates: IsoDate[] = []
  let startAfter: string | undefined
  for (;;) {
    const key = await firstKey(storage, prefix, startAfter)
    if (key === null) return dates
    const date = dateOf(key)
    if (date) dates.push(date)
    startAfter = date ? `${key.slice(0, key.lastIndexOf('/') + 1)}~` : key
  }
}

async function firstKey(storage: Storage, prefix: string, startAfter?: string): Promise<string | null> {
  for await (const info of storage.list(prefix, startAfter === undefined ? {} : { startAfter }))
    return info.key
  return null
}

/**
 * True when a day's reports have each a processed crash, their rows, and nothing else. Sums of crash ids are compared,
 * which every table file has in its metadata, so that no table needs to be fetched to know.
 */
export async function isDayComplete(files: TableFiles, date: IsoDate): Promise<boolean> {
  const { crashes } = files.stores
  const rows = await readSum(files, crashesTable, date, 'ids')
  if (rows === null || rows !== (await readSum(files, protectedTable, date, 'ids'))) return false
  if (!(await areModulesRight(files, date))) return false
  if (rows !== (await sumIds(crashIdsUnder(crashes, rawPrefix(date))))) return false
  return rows === (await sumIds(crashIdsUnder(crashes, processedPrefix(date))))
}

/** True when the crashes whose row says that they have modules are those with rows in `modules`, each in one file. */
async function areModulesRight(files: TableFiles, date: IsoDate): Promise<boolean> {
  const expected = await readSum(files, crashesTable, date, 'ids-with-modules')
  return expected !== null && expected === (await readSum(files, modulesTable, date, 'ids'))
}

/** The sum of crash ids in all files of a table's day, by their metadata; null when one does not tell. */
async function readSum(files: TableFiles, table: Table, date: IsoDate, name: string): Promise<IdSum | null> {
  const storage = storageOf(files, table)
  const sums: (string | undefined)[] = []
  for (const { key, metadata } of await listTableFiles(storage, table.name, date)) {
    // The listings of some stores tell no metadata.
    sums.push(own(metadata, name) ?? own((await storage.head(key))?.metadata ?? {}, name))
  }
  return addSums(sums)
}

/** The lists of a day that the plan joins. */
export async function openDay(files: TableFiles, date: IsoDate): Promise<DayLists> {
  const { crashes } = files.stores
  const areRight = await areModulesRight(files, date)
  return {
    raw: crashIdsUnder(crashes, rawPrefix(date)),
    processed: crashIdsUnder(crashes, processedPrefix(date)),
    rows: await crashIdsIn(files, crashesTable, date),
    protectedRows: await crashIdsIn(files, protectedTable, date),
    wrongModules: areRight ? nothing() : streamText(files.database, await wrongModulesSql(files, date)),
  }
}

/**
 * SQL of the crashes that have another number of rows in `modules` than their row in `crashes` says: `crash_id`,
 * `expected` (null: there is no such row), `actual`; in order of id.
 */
export async function wrongModulesSql(files: TableFiles, date: IsoDate): Promise<string> {
  const from = async (table: Table, columns: string) => {
    const paths = await localPaths(files, table, [date])
    const none = `SELECT NULL::VARCHAR AS crash_id, NULL::INTEGER AS module_count WHERE false`
    const all = `SELECT * FROM read_parquet(${quoteList(paths)}, union_by_name = true) UNION ALL BY NAME ${none}`
    return `(SELECT crash_id, ${columns} FROM (${paths.length ? all : none}) GROUP BY crash_id)`
  }
  return `SELECT crash_id, c.expected, coalesce(m.actual, 0) AS actual
    FROM ${await from(crashesTable, 'true AS there, max(module_count) AS expected')} c
    FULL JOIN ${await from(modulesTable, 'count(*) AS actual')} m USING (crash_id)
    WHERE c.there IS NULL OR c.expected <> coalesce(m.actual, 0) ORDER BY crash_id`
}

async function* crashIdsUnder(storage: Storage, prefix: string): AsyncGenerator<string> {
  for await (const info of storage.list(prefix)) {
    const parsed = parseCrashKey(info.key)
    if (parsed) yield parsed.crashId
  }
}

/** Crash ids of all rows of a table's day, in order. */
async function crashIdsIn(files: TableFiles, table: Table, date: IsoDate): Promise<AsyncIterable<string>> {
  const paths = await localPaths(files, table, [date])
  if (paths.length === 0) return nothing()
  return streamText(
    files.database,
    `SELECT crash_id FROM read_parquet(${quoteList(paths)}, union_by_name = true) ORDER BY crash_id`,
  )
}

async function* nothing(): AsyncGenerator<string> {}
