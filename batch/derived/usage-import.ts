// Imports how much programs were used into the table `usage`: the denominators of crash rates.
import { readFile } from 'node:fs/promises'
import { CrashError } from '../../shared/errors.ts'
import { tableKey } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { sqlType } from '../lake/column-types.ts'
import { damaged } from '../lake/files/damage.ts'
import { execute, identifier, rowsOf, type SqlValues } from '../lake/duckdb.ts'
import { localCopy } from '../lake/files/local-copies.ts'
import { listTableFiles, putTableFile, retryOnConflict, type TableFiles } from '../lake/files/table-files.ts'
import { copyStatement } from '../lake/parquet.ts'
import { usageTable } from '../lake/tables.ts'
import { temporaryFile } from '../lake/files/temporary.ts'

/** The shard in the name of files with imported use. */
export const usageShard = 'imported'
const keyColumns = ['date', 'product', 'version', 'release_channel', 'platform']
const measures = ['users', 'sessions', 'hours']
/** Names that a file may use for columns. */
const otherNames = new Map([
  ['release_channel', 'channel'],
  ['platform', 'os_name'],
])

/**
 * Imports a CSV or Parquet file. A row replaces the stored one of the same day, product, version, channel and platform.
 * @returns number of rows in the file
 * @throws CrashError 'bad-usage' for a file that cannot be read or has invalid rows
 */
export async function importUsage(files: TableFiles, path: string): Promise<number> {
  const { connection } = files.database
  try {
    const source = /\.parquet$/i.test(path) ? 'read_parquet($path)' : 'read_csv($path, all_varchar = true)'
    const names = await rowsOf<{ column_name: string }>(connection, `DESCRIBE FROM ${source}`, { path })
    const columns = usageColumns(new Set(names.map((row) => row.column_name)))
    await execute(connection, `CREATE OR REPLACE TEMP TABLE imported AS SELECT ${columns} FROM ${source}`, {
      path,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new CrashError('bad-usage', `${path} cannot be imported: ${reason}`, { cause })
  }
  await checkRows(files, path)
  const days = await rowsOf<{ day: IsoDate; rows: bigint }>(
    connection,
    'SELECT date::VARCHAR AS day, count(*) AS rows FROM imported GROUP BY date ORDER BY date',
  )
  for (const { day } of days) await importDay(files, day)
  return days.reduce((sum, { rows }) => sum + Number(rows), 0)
}

/** The columns of the table from those of a file; a column that the file lacks is null. */
function usageColumns(names: ReadonlySet<string>): string {
  const columns = usageTable.columns.map((column) => {
    const name = [column.name, otherNames.get(column.name)].find((one) => one !== undefined && names.has(one))
    const value = name === undefined ? 'NULL' : identifier(name)
    return `${value}::${sqlType(column)} AS ${identifier(column.name)}`
  })
  return columns.join(', ')
}

const checks = [
  { fault: 'date or product is missing', where: `date IS NULL OR coalesce(product, '') = ''` },
  { fault: 'users, sessions and hours are all missing', where: 'coalesce(users, sessions, hours) IS NULL' },
  {
    fault: 'a number is negative or not finite',
    where: measures.map((name) => `NOT (isfinite(${name}) AND ${name} >= 0)`).join(' OR '),
  },
] as const

async function checkRows({ database }: TableFiles, path: string): Promise<void> {
  const first = async (sql: string) => (await rowsOf<{ row: string }>(database.connection, sql))[0]?.row
  for (const { fault, where } of checks) {
    const row = await first(`SELECT imported::VARCHAR AS row FROM imported WHERE ${where} LIMIT 1`)
    if (row !== undefined) throw new CrashError('bad-usage', `${path}: ${fault} in ${row}`)
  }
  const keys = keyColumns.join(', ')
  const twice = await first(
    `SELECT any_value(imported)::VARCHAR AS row FROM imported GROUP BY ${keys} HAVING count(*) > 1 LIMIT 1`,
  )
  if (twice !== undefined)
    throw new CrashError('bad-usage', `${path}: two rows have the same key as ${twice}`)
}

function importDay(files: TableFiles, date: IsoDate): Promise<true> {
  const key = tableKey(usageTable.name, date, usageShard, 0)
  return retryOnConflict(files, key, () => tryImport(files, key, date))
}

/** Null: another run changed the file. */
async function tryImport(files: TableFiles, key: string, date: IsoDate): Promise<true | null> {
  const { lake } = files.stores
  const before = (await listTableFiles(lake, usageTable.name, date)).find((file) => file.key === key)
  const copy = before && (await localCopy(files, usageTable, before))
  if (copy === 'changed') return null
  if (copy === 'damaged') throw damaged(files.damaged.get(key)!)
  await using out = await temporaryFile(files.dir)
  const same = keyColumns.map((name) => `n.${name} IS NOT DISTINCT FROM o.${name}`).join(' AND ')
  const kept = copy
    ? `UNION ALL BY NAME FROM read_parquet($path) o WHERE NOT EXISTS (FROM imported n WHERE ${same})`
    : ''
  const values: SqlValues = { date, out: out.path, ...(copy && { path: copy.path }) }
  await execute(
    files.database.connection,
    copyStatement(usageTable, `FROM imported WHERE date = $date ${kept}`),
    values,
  )
  const condition = before ? { ifMatch: before.etag } : { ifNoneMatch: '*' as const }
  return (await putTableFile(lake, key, await readFile(out.path), condition)) && true
}
