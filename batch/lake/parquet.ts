// Writes rows to Parquet files, through a DuckDB table.
import { readFile } from 'node:fs/promises'
import { type DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import type { Column } from './columns.ts'
import { columnType, sqlType, cellValue } from './column-types.ts'
import { execute, identifier } from './duckdb.ts'
import type { ColumnarRows } from './rows.ts'
import type { TableFiles } from './files/table-files.ts'
import type { Table } from './tables.ts'
import { temporaryFile } from './files/temporary.ts'

/** Number of rows in a DuckDB data chunk. */
const chunkSize = 2048

/** Writes rows of a table to a file, unsorted and lightly compressed: for files that will be merged soon. */
export function writeRows(
  files: TableFiles,
  table: Table,
  rows: readonly ColumnarRows[],
  path: string,
): Promise<void> {
  return withRows(files, table, rows, (connection) =>
    execute(connection, 'COPY rows TO $path (FORMAT parquet, COMPRESSION snappy)', { path }),
  )
}

/** Encodes rows of a table as a Parquet file for the store, in the table's sort order. */
export async function encodeRows(files: TableFiles, table: Table, rows: ColumnarRows): Promise<Uint8Array> {
  await using out = await temporaryFile(files.dir)
  const sort = table.sort.map(identifier).join(', ')
  const sql = `COPY (SELECT * FROM rows ORDER BY ${sort}) TO $path (FORMAT parquet, COMPRESSION zstd)`
  await withRows(files, table, [rows], (connection) => execute(connection, sql, { path: out.path }))
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
