// Deletes data by age. Reports first, so that nothing is derived from them again.
import { parseCrashKey, processedKey, processedPrefix, rawPrefix } from '../../shared/keys.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listKeyDates } from '../lake/dates.ts'
import { deriveDays, derivedShard, keepDerived, removeProducts } from '../derived/derive.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { forgetCopies, localCopy, localPaths } from '../lake/local-copies.ts'
import { listTableFiles, storageOf, type TableFile, type TableFiles } from '../lake/table-files.ts'
import { emptyQuarantine } from '../lake/quarantine.ts'
import {
  buildsTable,
  type CrashTable,
  crashesTable,
  crashTables,
  protectedTable,
  signaturesTable,
  type Table,
} from '../lake/tables.ts'
import type { Product, Retention } from '../products/product-file.ts'
import { findHeld, removeRows } from '../lake/crash-rows.ts'
import { isExpired, mayExpire, productOfMetadata } from './retention.ts'

export interface ExpireOptions {
  products: ReadonlyMap<string, Product>
  now: Date
  /** Only count. */
  dryRun: boolean
}

/** How much was deleted, or would be. */
export interface ExpireReport {
  reports: number
  documents: number
  protected_rows: number
  rows: number
  /** Rows of `signatures` and `builds`. */
  aggregate_rows: number
}

/**
 * Deletes data older than its product's retention: reports first, then derived data. The tables `signatures` and
 * `builds` keep the counts of those days until their own retention ends. Damaged files of a day are deleted as soon as
 * any of its rows may expire.
 */
export async function expireCrashes(files: TableFiles, options: ExpireOptions): Promise<ExpireReport> {
  const { crashes } = files.stores
  const reports = await expireObjects(crashes, { kind: 'reports', prefixOf: rawPrefix }, options)
  const documents = await expireObjects(crashes, { kind: 'documents', prefixOf: processedPrefix }, options)
  const rows = { protected: 0, rows: 0 }
  const dates = new Set((await listTableFiles(files.stores.lake, crashesTable.name)).map((file) => file.date))
  if (!options.dryRun) await deriveDays(files)
  for (const date of dates) {
    rows.protected += await expireRows(files, { kind: 'protected', tables: [protectedTable], date }, options)
    // Protected rows are found through the rows of `crashes`, so they expire at the latest with them.
    const gone = await expireRows(files, { kind: 'rows', tables: crashTables, date }, options)
    if (gone && !options.dryRun) await keepDerived(files, date)
    if (!options.dryRun && mayExpire('protected', date, options)) {
      for (const table of crashTables) await emptyQuarantine(files, table, date)
    }
    rows.rows += gone
  }
  const aggregate_rows = await expireDerived(files, options)
  return { reports, documents, protected_rows: rows.protected, rows: rows.rows, aggregate_rows }
}

async function expireObjects(
  crashes: Storage,
  { kind, prefixOf }: { kind: keyof Retention; prefixOf: (date?: IsoDate) => string },
  options: ExpireOptions,
): Promise<number> {
  let count = 0
  for (const date of await listKeyDates(crashes, prefixOf())) {
    if (!mayExpire(kind, date, options)) continue
    const keys: string[] = []
    for await (const info of crashes.list(prefixOf(date))) {
      const product = await productOf(crashes, info)
      if (isExpired(kind, { product, date }, options)) keys.push(info.key)
    }
    if (!options.dryRun) await crashes.delete(keys)
    count += keys.length
  }
  return count
}

/** The product of an object. A report without one gets the product that processing read from its minidump. */
async function productOf(crashes: Storage, info: ObjectInfo): Promise<string> {
  // Some stores list no metadata.
  const described = 'product' in info.metadata ? info : await crashes.head(info.key)
  const product = productOfMetadata(described?.metadata ?? {})
  const id = product === '' ? parseCrashKey(info.key)?.crashId : undefined
  if (id === undefined) return product
  const processed = await crashes.head(processedKey(id))
  return productOfMetadata(processed?.metadata ?? {})
}

async function expireRows(
  files: TableFiles,
  { kind, tables, date }: { kind: keyof Retention; tables: readonly CrashTable[]; date: IsoDate },
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
    'SELECT product, list(crash_id) AS ids FROM read_parquet($paths, union_by_name = true) GROUP BY product',
    { paths },
  )
}

/** Deletes a day of which nothing is kept as a whole. */
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

/** Removes the counts of expired products from the derived tables; returns how many rows. Imported builds stay. */
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
  const copy = await localCopy(files, table, file)
  if (typeof copy !== 'object') return 0
  const { connection } = files.database
  const all = await rowsOf<{ product: string | null; rows: bigint }>(
    connection,
    'SELECT product, count(*) AS rows FROM read_parquet($path) GROUP BY product',
    { path: copy.path },
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
    const products = expired.map(({ product }) => product ?? '')
    await removeProducts(files, table, file, products)
  }
  return count
}
