// Writes rows to Parquet files: DuckDB reads their text, which takes half of the time that appending values does.
import { readFile, writeFile } from 'node:fs/promises'
import { zstdCompressSync } from 'node:zlib'
import type { Bytes } from '../../shared/units.ts'
import { cellType, cellValue, sqlType } from './column-types.ts'
import type { Column } from './columns.ts'
import { fieldIdsSql } from './field-ids.ts'
import { execute, identifier, literal } from './duckdb.ts'
import type { TableFiles } from './files/table-files.ts'
import { temporaryFile } from './files/temporary.ts'
import type { EncodedRows } from './rows.ts'
import type { Table } from './tables.ts'

/** A local file of encoded rows, with the bytes of its longest line. */
export type RowFile = { path: string } & Pick<EncodedRows, 'longest'>

/** A reader takes some times as much memory as the longest line that it expects. */
const usualLine: Bytes = 1024 * 1024

/** The query for the rows of a file. */
export function rowsQuery(columns: readonly Column[], { path, longest }: RowFile): string {
  const types = columns.map((column) => `${literal(column.name)}: ${literal(cellType(column))}`)
  const values = columns.map((column) => `${cellValue(column)} AS ${identifier(column.name)}`)
  return `SELECT ${values.join(', ')} FROM read_json(${literal(path)}, format = 'newline_delimited', compression = 'zstd',
    maximum_object_size = ${Math.max(longest, usualLine)}, columns = {${types.join(', ')}})`
}

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
  const order = sort.length > 0 ? `ORDER BY ${sort.map(identifier).join(', ')}` : ''
  const size = rowGroupSize === undefined ? '' : `, ROW_GROUP_SIZE ${rowGroupSize}`
  return `COPY (SELECT * FROM (${rows}) ${order})
    TO $out (FORMAT parquet, COMPRESSION zstd${size}, FIELD_IDS ${fieldIdsSql(columns)})`
}

/**
 * Readers skip row groups by their statistics. Smaller groups are skipped more often; larger ones compress better.
 */
export const crashRowGroup = 20_480

/** Writes rows of a table to a Parquet file, in the table's sort order. */
export async function writeRows(
  files: TableFiles,
  table: Table,
  rows: readonly EncodedRows[],
  path: string,
): Promise<void> {
  await using file = await writeRowFile(files, rows)
  const query = rowsQuery(table.columns, file)
  await execute(files.database.connection, copyStatement(table, query), { out: path })
}

/** Encodes rows of a table as a Parquet file for the store, in the table's sort order. */
export async function encodeRows(files: TableFiles, table: Table, rows: EncodedRows): Promise<Uint8Array> {
  await using out = await temporaryFile(files.dir)
  await writeRows(files, table, [rows], out.path)
  return await readFile(out.path)
}

/** Writes encoded rows to a temporary file. */
async function writeRowFile(
  files: TableFiles,
  rows: readonly EncodedRows[],
): Promise<RowFile & AsyncDisposable> {
  const file = await temporaryFile(files.dir, '.json.zst')
  // DuckDB does not accept a file without a frame.
  const frames = [zstdCompressSync(''), ...rows.map(({ bytes }) => bytes)]
  await writeFile(file.path, frames)
  return { ...file, longest: Math.max(...rows.map(({ longest }) => longest), 0) }
}
