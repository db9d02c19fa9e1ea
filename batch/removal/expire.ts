// Deletes data by age. Reports first, so that nothing is derived from them again.
import { createHash } from 'node:crypto'
import { expiredDayKey, parseCrashKey, processedKey, processedPrefix, rawPrefix } from '../../shared/keys.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listKeyDates } from '../lake/dates.ts'
import { deriveDays, keepDerived, removeCrashCopies } from '../derived/derive.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { forgetCopies, localPaths } from '../lake/files/local-copies.ts'
import { emptyQuarantine } from '../lake/files/quarantine.ts'
import { listTableFiles, storageOf, type TableFiles } from '../lake/files/table-files.ts'
import { type CrashTable, crashesTable, crashTables, protectedTable } from '../lake/tables.ts'
import { type Days, readDays, versionOf } from '../planning/day-marks.ts'
import { unsettle } from '../planning/settle.ts'
import type { Retention } from '../products/product-file.ts'
import { findHeld, removeRows } from '../lake/crash-rows.ts'
import { countTables, expireCounts } from './derived-rows.ts'
import { type ExpireOptions, expiredKinds, isExpired, mayExpire, productOfMetadata } from './retention.ts'

/** How much was deleted, or would be. */
export interface ExpireReport {
  reports: number
  documents: number
  protected_rows: number
  rows: number
  /** Rows of `signatures`, `builds` and `usage`. */
  aggregate_rows: number
}

/**
 * Deletes data older than its product's retention: reports first, then derived data. The tables `signatures`,
 * `builds` and `usage` keep those days until their own retention ends. Which crashes belong to which product is read
 * from the table `crashes`. Damaged files of a day are deleted as soon as any of its rows may expire. A day whose expired data was deleted is marked, and not looked at again until something
 * else in it expires or changes.
 */
export async function expireCrashes(files: TableFiles, options: ExpireOptions): Promise<ExpireReport> {
  const report: ExpireReport = { reports: 0, documents: 0, protected_rows: 0, rows: 0, aggregate_rows: 0 }
  const due = await dueDays(files, options)
  if (due.dates.length && !options.dryRun) await deriveDays(files)
  for (const date of due.dates) {
    const before = Object.values(report).reduce((sum, count) => sum + count)
    await expireDay(files, date, options, report)
    if (options.dryRun) continue
    if (Object.values(report).reduce((sum, count) => sum + count) > before)
      await unsettle(files, due.days, date)
    await markDone(files, due.days, date, options)
  }
  return report
}

interface Due {
  days: Days
  dates: IsoDate[]
}

/** The days with expired data that were not done before. */
async function dueDays(files: TableFiles, options: ExpireOptions): Promise<Due> {
  const { crashes, lake } = files.stores
  const days = await readDays(files)
  const tables = await Promise.all(countTables.map(({ table }) => listTableFiles(lake, table.name)))
  const derived = tables.flat().map(({ date }) => date)
  const documented = await listKeyDates(crashes, processedPrefix())
  const all = [...new Set([...days.all, ...documented, ...derived])].sort()
  const dates = all.filter((date) => {
    const kinds = expiredKinds(date, options)
    return kinds !== null && !days.marks.expired.some(({ key }) => key === doneKey(days, date, kinds))
  })
  return { days, dates }
}

/** The mark of a day that is done: it depends on what has expired, on the day's rows, and on late reports. */
function doneKey({ files, marks }: Days, date: IsoDate, kinds: string): string {
  const opened = marks.opened.get(date)?.toISOString() ?? ''
  const text = [kinds, opened, versionOf(files.get(date) ?? [])].join('\n')
  return expiredDayKey(date, createHash('sha256').update(text).digest('hex').slice(0, 32))
}

async function markDone(files: TableFiles, days: Days, date: IsoDate, options: ExpireOptions): Promise<void> {
  const { crashes } = files.stores
  const left = await Promise.all(
    crashTables.map((table) => listTableFiles(storageOf(files, table), table.name, date)),
  )
  const key = doneKey({ ...days, files: new Map([[date, left.flat()]]) }, date, expiredKinds(date, options)!)
  await crashes.put(key, new Uint8Array())
  const old = days.marks.expired.filter((mark) => mark.date === date && mark.key !== key)
  await crashes.delete(old.map((mark) => mark.key))
}

/** Deletes the expired data of a day, and adds what was deleted to the report. */
async function expireDay(
  files: TableFiles,
  date: IsoDate,
  options: ExpireOptions,
  report: ExpireReport,
): Promise<void> {
  const products = await productsOfDay(files, date)
  const productOfId = new Map(products.flatMap(({ product, ids }) => ids.map((id) => [id, product ?? ''])))
  const day: Day = { date, products, productOfId }
  report.reports += await expireObjects(files, day, 'reports', options)
  report.documents += await expireObjects(files, day, 'documents', options)
  report.protected_rows += await expireRows(
    files,
    day,
    { kind: 'protected', tables: [protectedTable] },
    options,
  )
  // Protected rows are found through the rows of `crashes`, so they expire at the latest with them.
  const gone = await expireRows(files, day, { kind: 'rows', tables: crashTables }, options)
  if (gone && !options.dryRun) {
    await keepDerived(files, date)
    await removeCrashCopies(files, date)
  }
  if (!options.dryRun && mayExpire('protected', date, options)) {
    for (const table of crashTables) await emptyQuarantine(files, table, date)
  }
  report.rows += gone
  report.aggregate_rows += await expireCounts(files, date, options)
}

interface Day {
  date: IsoDate
  /** The crashes with rows, by product. */
  products: readonly { product: string | null; ids: string[] }[]
  productOfId: ReadonlyMap<string, string>
}

const prefixes = { reports: rawPrefix, documents: processedPrefix } as const

async function expireObjects(
  { stores: { crashes } }: TableFiles,
  { date, productOfId }: Day,
  kind: keyof typeof prefixes,
  options: ExpireOptions,
): Promise<number> {
  if (!mayExpire(kind, date, options)) return 0
  const keys: string[] = []
  for await (const info of crashes.list(prefixes[kind](date))) {
    const id = parseCrashKey(info.key)?.crashId ?? ''
    const product = productOfId.get(id) ?? (await describedProduct(crashes, info))
    if (isExpired(kind, { product, date }, options)) keys.push(info.key)
  }
  if (!options.dryRun) await crashes.delete(keys)
  return keys.length
}

/** The product of an object without a row. A report without one gets the product that processing read from its minidump. */
async function describedProduct(crashes: Storage, info: ObjectInfo): Promise<string> {
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
  { date, products }: Day,
  { kind, tables }: { kind: keyof Retention; tables: readonly CrashTable[] },
  options: ExpireOptions,
): Promise<number> {
  const expired = products.filter(({ product }) => isExpired(kind, { product: product ?? '', date }, options))
  if (expired.length === 0) return 0
  const crashIds = expired.flatMap((row) => row.ids)
  let count = 0
  for (const table of tables) {
    if (options.dryRun) count = (await findHeld(files, table, date, crashIds)).length
    else if (expired.length === products.length) count = await removeDay(files, table, date, crashIds.length)
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
