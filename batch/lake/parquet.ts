// Writes rows to Parquet files, through a DuckDB table.
import { readFile } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { IsoDate } from '../../shared/units.ts'
import { cellValue, columnType, sqlType } from './column-types.ts'
import type { Column } from './columns.ts'
import { fieldIdsSql } from './field-ids.ts'
import { execute, identifier, literal, rowsOf } from './duckdb.ts'
import type { TableFiles } from './files/table-files.ts'
import { temporaryFile } from './files/temporary.ts'
import type { ColumnarRows } from './rows.ts'
import type { Table } from './tables.ts'

/** Number of rows in a DuckDB data chunk. */
const chunkSize = 2048

/**
 * The statement that writes the rows of a query to the Parquet file `$out`, in the table's sort order, with field IDs.
 * Columns that the query lacks are null; those that only it has follow. A name means the same column in both.
 * @param options `rowGroupSize`: rows of a group; default: DuckDB's
 */
export function copyStatement(
  { columns, sort }: Pick<Table, 'columns' | 'sort'>,
  query: string,
  { rowGroupSize }: { rowGroupSize?: number } = {},
): string {
  const empty = columns.map((column) => `NULL::${sqlType(column)} AS ${identifier(column.name)}`).join(', ')
  const rows = `SELECT ${empty} WHERE false UNION ALL BY NAME (${query}\n)`
  const order = sort.map(identifier).join(', ')
  const size = rowGroupSize === undefined ? '' : `, ROW_GROUP_SIZE ${rowGroupSize}`
  return `COPY (SELECT * FROM (${rows}) ORDER BY ${order})
    TO $out (FORMAT parquet, COMPRESSION zstd${size}, FIELD_IDS ${fieldIdsSql(columns)})`
}

/**
 * Readers skip row groups by their statistics. Smaller groups are skipped more often; larger ones compress better.
 */
export const crashRowGroup = 20_480

/** Writes rows of a table to a file, unsorted and lightly compressed: for files that will be merged soon. */
export function writeRows(
  files: TableFiles,
  table: Table,
  rows: readonly ColumnarRows[],
  path: string,
): Promise<void> {
  return withRows(files, table, rows, (connection) =>
    execute(
      connection,
      `COPY rows TO $path (FORMAT parquet, COMPRESSION snappy, FIELD_IDS ${fieldIdsSql(table.columns)})`,
      { path },
    ),
  )
}

/** Encodes rows of a table as a Parquet file for the store, in the table's sort order. */
export async function encodeRows(files: TableFiles, table: Table, rows: ColumnarRows): Promise<Uint8Array> {
  let bytes = new Uint8Array()
  await withRows(files, table, [rows], async (connection) => {
    bytes = await encodeSelected(files, table, { connection, where: 'true' })
  })
  return bytes
}

/** The same with a file per day. A day without rows has none. */
export async function encodeDays(
  files: TableFiles,
  table: Table,
  rows: ColumnarRows,
): Promise<Map<IsoDate, Uint8Array>> {
  const encoded = new Map<IsoDate, Uint8Array>()
  await withRows(files, table, [rows], async (connection) => {
    const sql = 'SELECT DISTINCT date::VARCHAR AS day FROM rows ORDER BY day'
    for (const { day } of await rowsOf<{ day: IsoDate }>(connection, sql))
      encoded.set(
        day,
        await encodeSelected(files, table, { connection, where: `date = DATE ${literal(day)}` }),
      )
  })
  return encoded
}

async function encodeSelected(
  files: TableFiles,
  table: Table,
  { connection, where }: { connection: DuckDBConnection; where: string },
): Promise<Uint8Array<ArrayBuffer>> {
  await using out = await temporaryFile(files.dir)
  await execute(connection, copyStatement(table, `FROM rows WHERE ${where}`), { out: out.path })
  return await readFile(out.path)
}

/** Runs `work` on a connection with a table `rows` that holds the rows. */
async function withRows(
  files: TableFiles,
  { columns }: Table,
  rows: readonly ColumnarRows[],
  work: (connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const connection = await files.database.connect()
  using _ = { [Symbol.dispose]: () => connection.closeSync() }
  const definitions = columns.map((column) => `${identifier(column.name)} ${sqlType(column)}`)
  await execute(connection, `CREATE TEMP TABLE rows (${definitions.join(', ')})`)
  await append(connection, columns, rows)
  await work(connection)
}

async function append(
  connection: DuckDBConnection,
  columns: readonly Column[],
  rows: readonly ColumnarRows[],
): Promise<void> {
  const types = columns.map(columnType)
  const toValues = columns.map(cellValue)
  const appender = await connection.createAppender('rows', 'main', 'temp')
  for (const part of rows) {
    for (let at = 0; at < part.count; at += chunkSize) {
      const chunk = DuckDBDataChunk.create(types, Math.min(chunkSize, part.count - at))
      for (const [i, toValue] of toValues.entries())
        chunk.setColumnValues(i, part.columns[i]!.slice(at, at + chunkSize).map(toValue))
      appender.appendDataChunk(chunk)
    }
  }
  appender.closeSync()
}
