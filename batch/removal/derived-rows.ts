// Removes the counts and the use of expired products. Imported builds stay.
import type { IsoDate } from '../../shared/units.ts'
import { derivedShard, removeProducts } from '../derived/derive.ts'
import { usageShard } from '../derived/usage-import.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { forgetCopies, localCopy } from '../lake/files/local-copies.ts'
import { listTableFiles, storageOf, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import { buildsTable, signaturesTable, type Table, usageTable } from '../lake/tables.ts'
import { type ExpireOptions, isExpired, mayExpire } from './retention.ts'

/** Tables with a retention of their own, and the shard of the files whose rows expire. */
export const countTables: readonly { table: Table; shard: string }[] = [
  { table: signaturesTable, shard: derivedShard },
  { table: buildsTable, shard: derivedShard },
  { table: usageTable, shard: usageShard },
]

/** Returns the number of rows removed from a day of the tables; with `dryRun`, those to remove. */
export async function expireCounts(
  files: TableFiles,
  date: IsoDate,
  options: ExpireOptions,
): Promise<number> {
  let count = 0
  for (const { table, shard } of countTables)
    count += await expireTable(files, { table, shard }, date, options)
  return count
}

async function expireTable(
  files: TableFiles,
  { table, shard: expiring }: (typeof countTables)[number],
  date: IsoDate,
  options: ExpireOptions,
): Promise<number> {
  if (!mayExpire('aggregates', date, options)) return 0
  const found = await listTableFiles(storageOf(files, table), table.name, date)
  const file = found.find(({ shard }) => shard === expiring)
  return file ? expireFile(files, table, file, options) : 0
}

async function expireFile(
  files: TableFiles,
  table: Table,
  file: TableFile,
  options: ExpireOptions,
): Promise<number> {
  const copy = await localCopy(files, table, file)
  if (typeof copy !== 'object') return 0
  const all = await rowsOf<{ product: string | null; rows: bigint }>(
    files.database.connection,
    'SELECT product, count(*) AS rows FROM read_parquet($path) GROUP BY product',
    { path: copy.path },
  )
  const expired = all.filter(({ product }) =>
    isExpired('aggregates', { product: product ?? '', date: file.date }, options),
  )
  const count = expired.reduce((sum, { rows }) => sum + Number(rows), 0)
  if (count === 0 || options.dryRun) return count
  if (expired.length === all.length) {
    await storageOf(files, table).delete(file.key)
    await forgetCopies(files, [file.key])
  } else {
    const products = expired.map(({ product }) => product ?? '')
    await removeProducts(files, table, file, products)
  }
  return count
}
