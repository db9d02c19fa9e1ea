// Removing crashes: single ones everywhere, and by age. Reports go first, so that nothing is made from them again.
import { rm } from 'node:fs/promises'
import { isCrashId } from '../../shared/crash-id.ts'
import {
  dateOfCrashId,
  parseCrashKey,
  processedKey,
  processedPrefix,
  rawKey,
  rawPrefix,
  tablePrefix,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { quote, quoteList, rowsOf } from './duckdb.ts'
import { listKeyDates } from '../processing/day.ts'
import { deriveDays, derivedShard, keepDerived, rewriteDerived } from './derive.ts'
import type { Product, Retention } from '../products/products.ts'
import { isExpired, mayExpire, productOfMetadata } from './retention.ts'
import { mergeRows } from './merge.ts'
import {
  forgetCopies,
  listTableFiles,
  localCopy,
  localPaths,
  storageOf,
  type TableFile,
  type TableFiles,
} from './table-files.ts'
import {
  buildsTable,
  type CrashTable,
  crashesTable,
  crashTables,
  protectedTable,
  signaturesTable,
  type Table,
} from './tables.ts'

/** What was removed of one crash. */
export interface Erasure {
  crash_id: string
  /** Keys of objects that were there, and tables that had rows of it. */
  removed: string[]
  /** The same report under other days: not removed. */
  same_report: string[]
}

/**
 * Erases crashes: reports, processed crashes, and rows, for which exactly the files that hold them are written anew;
 * local copies of those files go too. Derived tables and aggregates follow when `mayday aggregate` runs.
 * Killed in between, the same call finishes.
 */
export async function expungeCrashes(files: TableFiles, crashIds: readonly string[]): Promise<Erasure[]> {
  const { crashes } = files.stores
  const erasures = new Map<string, Erasure>()
  for (const crash_id of crashIds) {
    const keys = [rawKey(crash_id), processedKey(crash_id)]
    const there = await Promise.all(keys.map((key) => crashes.head(key)))
    const same_report = await sameReports(crashes, crash_id)
    erasures.set(crash_id, { crash_id, removed: keys.filter((_key, i) => there[i]), same_report })
    await crashes.delete(keys)
  }
  for (const [date, ids] of Map.groupBy(erasures.keys(), dateOfCrashId)) {
    for (const table of crashTables) {
      for (const id of await removeRows(files, table, date, ids)) {
        erasures.get(id)!.removed.push(tablePrefix(table.name, date))
      }
    }
  }
  await rm(files.cacheDir, { recursive: true, force: true })
  return [...erasures.values()]
}

/** Ids of the same report on other days that have reports. */
async function sameReports(crashes: Storage, crashId: string): Promise<string[]> {
  const found: string[] = []
  for (const date of await listKeyDates(crashes, rawPrefix())) {
    const prefix = `${rawPrefix(date)}${crashId.slice(0, 29)}`
    for await (const { key } of crashes.list(prefix)) {
      const id = parseCrashKey(key)?.crashId
      if (id && id !== crashId && isCrashId(id, { anyDigit: true })) found.push(id)
    }
  }
  return found
}

/** Takes the rows of crashes out of a table's day; the ids of those that had any. */
async function removeRows(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<string[]> {
  const ids = await findHeld(files, table, date, crashIds)
  if (ids.length) await mergeRows(files, table, { date, shard: '0of1' }, { paths: [], crashIds: ids })
  return ids
}

/** Those of the crashes that have rows in a table's day. */
async function findHeld(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<string[]> {
  const paths = await localPaths(files, table, [date])
  if (paths.length === 0) return []
  const held = await rowsOf<{ crash_id: string }>(
    files.database.connection,
    `SELECT DISTINCT crash_id FROM read_parquet(${quoteList(paths)}, union_by_name = true)
     WHERE list_contains($ids::VARCHAR[], crash_id)`,
    { ids: `[${crashIds.join(',')}]` },
  )
  return held.map((row) => row.crash_id)
}

export interface ExpireOptions {
  products: ReadonlyMap<string, Product>
  now: Date
  /** Only count. */
  dryRun: boolean
}

/** How many of each were removed, or would be. */
export interface ExpireReport {
  reports: number
  documents: number
  protected_rows: number
  rows: number
  /** Rows of `signatures` and `builds`. */
  aggregate_rows: number
}

/**
 * Removes what is older than its product's policy allows: reports first, then what was made from them. What the tables
 * `signatures` and `builds` say of those days stays until its own time has come.
 */
export async function expireCrashes(files: TableFiles, options: ExpireOptions): Promise<ExpireReport> {
  const { crashes } = files.stores
  const reports = await expireObjects(crashes, 'reports', rawPrefix, options)
  const documents = await expireObjects(crashes, 'documents', processedPrefix, options)
  const rows = { protected: 0, rows: 0 }
  const dates = new Set((await listTableFiles(files.stores.lake, crashesTable.name)).map((file) => file.date))
  if (!options.dryRun) await deriveDays(files)
  for (const date of dates) {
    rows.protected += await expireRows(files, 'protected', [protectedTable], date, options)
    // What is protected is found by the rows of `crashes`: it goes with them at the latest.
    const gone = await expireRows(files, 'rows', crashTables, date, options)
    if (gone && !options.dryRun) await keepDerived(files, date)
    rows.rows += gone
  }
  const aggregate_rows = await expireDerived(files, options)
  return { reports, documents, protected_rows: rows.protected, rows: rows.rows, aggregate_rows }
}

async function expireObjects(
  crashes: Storage,
  kind: keyof Retention,
  prefixOf: (date?: IsoDate) => string,
  options: ExpireOptions,
): Promise<number> {
  let count = 0
  for (const date of await listKeyDates(crashes, prefixOf())) {
    if (!mayExpire(kind, date, options)) continue
    const keys: string[] = []
    for await (const info of crashes.list(prefixOf(date))) {
      // The listings of some stores tell no metadata.
      const told = 'product' in info.metadata ? info : await crashes.head(info.key)
      const product = productOfMetadata(told?.metadata ?? {})
      if (isExpired(kind, { product, date }, options)) keys.push(info.key)
    }
    if (!options.dryRun) await crashes.delete(keys)
    count += keys.length
  }
  return count
}

async function expireRows(
  files: TableFiles,
  kind: keyof Retention,
  tables: readonly CrashTable[],
  date: IsoDate,
  options: ExpireOptions,
): Promise<number> {
  const all = await productsOfDay(files, date)
  const expired = all.filter(({ product }) => isExpired(kind, { product: product ?? '', date }, options))
  if (expired.length === 0) return 0
  const crashIds = expired.flatMap((row) => row.ids)
  let count = 0
  for (const table of tables) {
    if (options.dryRun) count = (await findHeld(files, table, date, crashIds)).length
    else if (expired.length === all.length) count = await removeDay(files, table, date, crashIds.length)
    else count = (await removeRows(files, table, date, crashIds)).length
  }
  return count
}

async function productsOfDay(
  files: TableFiles,
  date: IsoDate,
): Promise<{ product: string | null; ids: string[] }[]> {
  const paths = await localPaths(files, crashesTable, [date])
  if (paths.length === 0) return []
  return rowsOf(
    files.database.connection,
    `SELECT product, list(crash_id) AS ids FROM read_parquet(${quoteList(paths)}, union_by_name = true) GROUP BY product`,
  )
}

/** A day of which nothing is kept goes as a whole. */
async function removeDay(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashes: number,
): Promise<number> {
  const storage = storageOf(files, table)
  const found = await listTableFiles(storage, table.name, date)
  const keys = found.map((file) => file.key)
  await storage.delete(keys)
  await forgetCopies(files, keys)
  return found.length ? crashes : 0
}

/** Takes the counts of expired products out of the derived tables; how many rows. Imported builds stay. */
async function expireDerived(files: TableFiles, options: ExpireOptions): Promise<number> {
  let count = 0
  for (const table of [signaturesTable, buildsTable]) {
    for (const file of await listTableFiles(storageOf(files, table), table.name)) {
      if (file.shard !== derivedShard || !mayExpire('aggregates', file.date, options)) continue
      count += await expireDerivedFile(files, table, file, options)
    }
  }
  return count
}

async function expireDerivedFile(
  files: TableFiles,
  table: Table,
  file: TableFile,
  options: ExpireOptions,
): Promise<number> {
  const storage = storageOf(files, table)
  const path = await localCopy(files, storage, file)
  if (path === null) return 0
  const { connection } = files.database
  const all = await rowsOf<{ product: string | null; rows: bigint }>(
    connection,
    `SELECT product, count(*) AS rows FROM read_parquet(${quote(path)}) GROUP BY product`,
  )
  const expired = all.filter(({ product }) =>
    isExpired('aggregates', { product: product ?? '', date: file.date }, options),
  )
  const count = expired.reduce((sum, { rows }) => sum + Number(rows), 0)
  if (count === 0 || options.dryRun) return count
  if (expired.length === all.length) {
    await storage.delete(file.key)
    await forgetCopies(files, [file.key])
  } else {
    const gone = expired.map(({ product }) => product ?? '')
    await rewriteDerived(files, table, file, `coalesce(product, '') NOT IN (${gone.map(quote).join(', ')})`)
  }
  return count
}
