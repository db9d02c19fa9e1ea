// One day as the store holds it: crash ids in raw, processed and tables; which days there are.
import { parseCrashKey, processedPrefix, rawPrefix } from '../shared/keys.ts'
import type { Storage } from '../shared/storage/storage.ts'
import type { IsoDate } from '../shared/units.ts'
import { quoteList, streamText } from './database.ts'
import type { DayLists } from './plan.ts'
import { listTableFiles, localCopy, storageOf, type TableFiles } from './table-files.ts'
import { crashesTable, protectedTable, type Table } from './tables.ts'

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
 * True when a day has as many processed crashes and rows as reports: then there is nothing to do, and no table needs to
 * be fetched to know. (A crash lost and another doubled at once would be taken for none; `mayday verify` finds those.)
 */
export async function isDayComplete(files: TableFiles, date: IsoDate): Promise<boolean> {
  const { crashes } = files.stores
  const rows = await Promise.all([crashesTable, protectedTable].map((table) => countRows(files, table, date)))
  if (rows[0] !== rows[1]) return false
  if ((await countUnder(crashes, rawPrefix(date))) !== rows[0]) return false
  return (await countUnder(crashes, processedPrefix(date))) === rows[0]
}

/** Crashes that a table's day has rows of, by the metadata of its files; NaN when one does not tell. */
async function countRows(files: TableFiles, table: Table, date: IsoDate): Promise<number> {
  const storage = storageOf(files, table)
  let sum = 0
  for (const { key, crashes } of await listTableFiles(storage, table.name, date)) {
    // The listings of some stores tell no metadata.
    sum += Number.isNaN(crashes) ? Number((await storage.head(key))?.metadata.crashes ?? Number.NaN) : crashes
  }
  return sum
}

async function countUnder(storage: Storage, prefix: string): Promise<number> {
  let count = 0
  for await (const _info of storage.list(prefix)) count++
  return count
}

/** The lists of a day that the plan joins. */
export async function openDay(files: TableFiles, date: IsoDate): Promise<DayLists> {
  const { crashes } = files.stores
  return {
    raw: crashIdsUnder(crashes, rawPrefix(date)),
    processed: crashIdsUnder(crashes, processedPrefix(date)),
    rows: await crashIdsIn(files, crashesTable, date),
    protectedRows: await crashIdsIn(files, protectedTable, date),
  }
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

/** Local copies of the current files of some days of a table. A file that changes while it is copied is listed again. */
export async function localPaths(
  files: TableFiles,
  table: Table,
  dates: readonly IsoDate[],
): Promise<string[]> {
  const storage = storageOf(files, table)
  const paths: string[] = []
  for (const date of dates) {
    for (;;) {
      const found = await listTableFiles(storage, table.name, date)
      const copies = await Promise.all(found.map((file) => localCopy(files, storage, file)))
      if (copies.every((path) => path !== null)) {
        paths.push(...(copies as string[]))
        break
      }
    }
  }
  return paths
}
