// `iceberg/lake.duckdb`: one table macro per published table, for DuckDB without its iceberg extension.
import { createHash, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { icebergPrefix, lakeDatabaseKey, lakeSqlKey, parsePublishedFileKey } from '../../shared/keys.ts'
import { dayMs } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { execute, identifier, literal } from '../lake/duckdb.ts'
import { temporaryFile } from '../lake/files/temporary.ts'
import type { Table } from '../lake/tables.ts'
import type { PublishRun } from './publish-table.ts'
import { schemaFileOf } from './schema-file.ts'

/** A published table with the keys of its current files. */
export interface LakeTable {
  table: Table
  version: number
  keys: readonly string[]
}

/** Days that a macro reads when its caller does not choose. */
const usualDays = 7

/** Metadata key: what the database was made from. */
const madeFrom = 'made-from'

/** Writes the database and its statements, unless they are those of these versions. True: they were written. */
export async function writeLakeDatabase(
  { files, lake, location }: Pick<PublishRun, 'files' | 'lake' | 'location'>,
  tables: readonly LakeTable[],
): Promise<boolean> {
  const statements = tables.map((one) => macroOf(one, `${location}/`))
  const digest = createHash('sha256').update(statements.join('\n')).digest('hex').slice(0, 32)
  const stored = await lake.head(lakeDatabaseKey)
  if (stored?.metadata[madeFrom] === digest) return false
  await using file = await temporaryFile(files.dir, '.duckdb')
  const connection = await files.database.connect()
  using _ = { [Symbol.dispose]: () => connection.closeSync() }
  // Names of attached databases are shared by all connections.
  const name = identifier(`lake ${randomUUID()}`)
  await execute(connection, `ATTACH ${literal(file.path)} AS ${name}`)
  try {
    for (const statement of statements) await execute(connection, statement.replace(target, `${name}.`))
  } finally {
    await execute(connection, `DETACH ${name}`)
  }
  const sql = `${statements.map((statement) => `${statement.replace(target, '')};`).join('\n')}\n`
  await lake.put(lakeSqlKey, new TextEncoder().encode(sql), { contentType: 'application/sql' })
  const metadata = { [madeFrom]: digest }
  const contentType = 'application/vnd.duckdb'
  await lake.put(lakeDatabaseKey, await readFile(file.path), { contentType, metadata })
  return true
}

/** Where the name of the database goes. */
const target = '/*in*/'

/**
 * Days are compared as text, within the keys. DuckDB needs a base address that is not constant: then it opens no file before
 * the macro is used. The file with the schema makes an empty choice of days valid, and columns of newer files known.
 */
function macroOf({ table, keys }: LakeTable, base: string): string {
  const newest = keys.map(dateOf).reduce((last, date) => (date > last ? date : last), firstDay)
  const since = isDaily(table) ? daysBefore(newest, usualDays - 1) : firstDay
  const start = `${icebergPrefix(table.name)}data/date=`.length + 1
  const day = `key[${start}:${start + firstDay.length - 1}]`
  const chosen = `list_filter([${keys.toSorted().map(literal).join(', ')}]::VARCHAR[],
    lambda key: ${day} >= since::VARCHAR AND ${day} <= until::VARCHAR)`
  return `CREATE MACRO ${target}${identifier(table.name)}(since := ${literal(since)}, until := '9999-12-31', base := ${literal(base)}) AS TABLE
FROM read_parquet(list_transform(list_prepend(${literal(schemaFileOf(table).key)}, ${chosen}),
  lambda key: base || key), union_by_name = true, hive_partitioning = false)`
}

const firstDay: IsoDate = '1970-01-01'
const dateOf = (key: string): IsoDate => parsePublishedFileKey(key)!.date

/** Tables whose files are of years or of single days, and small, are read whole. */
const isDaily = ({ name }: Table): boolean => ['crashes', 'modules'].includes(name)

const daysBefore = (date: IsoDate, days: number): IsoDate =>
  new Date(Date.parse(date) - days * dayMs).toISOString().slice(0, 10)
