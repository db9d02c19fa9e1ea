// The columns of a search file, from table files: DuckDB makes dictionaries and codes.
import type { DuckDBBlobValue, DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import { exactInteger } from '../../shared/search/order.ts'
import type { Dictionary, SegmentColumn } from '../../shared/search/segment.ts'
import { type BlockKind, type SearchColumn, searchColumns } from '../../shared/search-files/columns.ts'
import {
  createCodes,
  type EncodedBlock,
  encodeCoded,
  encodeNumbers,
  widthFor,
} from '../../shared/search-files/encode.ts'
import { idBytes, type TimeSpan } from '../../shared/search-files/manifest.ts'
import { sqlType } from '../lake/column-types.ts'
import { execute, identifier, readVectors, rowsOf, type SqlValues } from '../lake/duckdb.ts'

/** The rows of some table files of `crashes`: those of the first in their order, then those of the next. */
export interface FileRows {
  connection: DuckDBConnection
  rows: number
  parts: readonly FilePart[]
  /** Columns without a value in any row: most of them. */
  empty: ReadonlySet<string>
}

interface FilePart {
  /** Of the file; null: the rows are in the table `read_rows`. */
  path: string | null
  /** Row of the search file at which it starts. */
  first: number
  rows: number
  columns: ReadonlySet<string>
}

/** A table expression with its values, and the number of a row in the search file. */
interface Source {
  from: string
  values: SqlValues
  number: string
}

/** The rows of the parts that have a column; null: there are none. */
function rowsWith(parts: readonly FilePart[], column: string): Source | null {
  const having = parts.filter(({ columns, rows }) => rows > 0 && columns.has(column))
  if (having.length === 0) return null
  const paths = having.flatMap(({ path }) => path ?? [])
  if (paths.length === 0) return { from: 'read_rows', values: {}, number: 'read_rows.rowid::INTEGER' }
  const firsts = having.map(({ first }) => first).join(', ')
  return {
    from: 'read_parquet($paths, file_row_number = true, union_by_name = true, hive_partitioning = false)',
    values: { paths },
    number: `([${firsts}][file_index::BIGINT + 1] + file_row_number)::INTEGER`,
  }
}

/** The same rows, read into a table: every column of many small files would open all of them. */
export async function readOnce(opened: FileRows, paths: readonly string[]): Promise<FileRows> {
  const { connection, rows, parts, empty } = opened
  const present = new Set(parts.flatMap((part) => [...part.columns]))
  const wanted = ['crash_id', ...searchColumns.map(({ name }) => name)]
  const columns = new Set(wanted.filter((name) => present.has(name) && !empty.has(name)))
  // In the order of the files and their rows: sorting them would take as much memory again.
  await execute(connection, 'SET preserve_insertion_order = true')
  try {
    await execute(
      connection,
      `CREATE OR REPLACE TABLE read_rows AS
       SELECT ${[...columns].map(identifier).join(', ')}
       FROM read_parquet($paths, union_by_name = true, hive_partitioning = false)`,
      { paths },
    )
  } finally {
    await execute(connection, 'SET preserve_insertion_order = false')
  }
  return { ...opened, parts: [{ path: null, first: 0, rows, columns }] }
}

/** Frees what `readOnce` read. */
export const dropRead = ({ connection }: FileRows): Promise<void> =>
  execute(connection, 'DROP TABLE read_rows')

/** Opens local table files, with a connection of its own. */
export async function openRows(connection: DuckDBConnection, paths: readonly string[]): Promise<FileRows> {
  const counted = await rowsOf<{ path: string; rows: number }>(
    connection,
    'SELECT file_name AS path, num_rows::DOUBLE AS rows FROM parquet_file_metadata($paths)',
    { paths },
  )
  const schema = await rowsOf<{ path: string; columns: string[] }>(
    connection,
    'SELECT file_name AS path, list(name) AS columns FROM parquet_schema($paths) GROUP BY ALL',
    { paths },
  )
  const rowsAt = new Map(counted.map(({ path, rows }) => [path, rows]))
  const columnsAt = new Map(schema.map(({ path, columns }) => [path, new Set(columns)]))
  let first = 0
  const parts = paths.map((path) => {
    const part = {
      path,
      first,
      rows: rowsAt.get(path) ?? 0,
      columns: columnsAt.get(path) ?? new Set<string>(),
    }
    first += part.rows
    return part
  })
  return { connection, rows: first, parts, empty: await findEmpty(connection, paths) }
}

/** By the statistics of the files alone. A column of lists has others, so it is never among them. */
async function findEmpty(connection: DuckDBConnection, paths: readonly string[]): Promise<Set<string>> {
  const found = await rowsOf<{ name: string }>(
    connection,
    `SELECT path_in_schema AS name FROM parquet_metadata($paths)
     GROUP BY ALL HAVING bool_and(coalesce(stats_null_count = num_values, false))`,
    { paths },
  )
  return new Set(found.map(({ name }) => name))
}

/** The times of a column. */
export async function spanOf(
  { connection, parts, rows }: FileRows,
  column: 'submitted_at' | 'processed_at',
): Promise<TimeSpan> {
  const source = rowsWith(parts, column)
  if (!source) return null
  const time = `epoch_us(${identifier(column)})`
  const [span] = await rowsOf<{ low: number | null; high: number | null; known: number }>(
    connection,
    `SELECT min(${time})::DOUBLE AS low, max(${time})::DOUBLE AS high, count(${time})::DOUBLE AS known FROM ${source.from}`,
    source.values,
  )
  return span?.low == null || span.high === null ? null : [span.low, span.high, rows - span.known]
}

/** A column with this many distinct values per row is stored as numbers: a dictionary would take more. */
const distinctShare = 0.25

/** The block of a column; null when no row has a value. */
export async function encodeColumn(file: FileRows, column: SearchColumn): Promise<EncodedBlock | null> {
  const { connection, parts, empty } = file
  const source = rowsWith(parts, column.name)
  if (!source || empty.has(column.name)) return null
  await execute(
    connection,
    `CREATE OR REPLACE TEMP TABLE dictionary AS
     SELECT value, (row_number() OVER (ORDER BY value))::INTEGER AS code
     FROM (SELECT DISTINCT ${expressionOf(column)} AS value FROM ${source.from}) WHERE value IS NOT NULL`,
    source.values,
  )
  const values = await readDictionary(connection, column)
  if (values.length === 0) return null
  const isVaried = column.kind === 'integer' && values.length > file.rows * distinctShare
  return (
    (isVaried && (await encodeVaried(file, column, values))) ||
    encodeCoded(column.kind, await readCodes(file, column, values))
  )
}

/** A value of the column as SQL, in a form that sorts like the dictionary. */
function expressionOf({ name, type }: SearchColumn): string {
  const value = identifier(name)
  // Searches treat other numbers as missing.
  if (type === 'double') return `CASE WHEN isfinite(${value}) THEN ${value} END`
  if (type === 'timestamp') return `epoch_us(${value})`
  if (type === 'list<string>') return `list_filter(${value}, lambda item: item IS NOT NULL)`
  return `${value}::${sqlType({ name, type, description: '' })}`
}

type OtherKind = Exclude<BlockKind, 'text' | 'stack'>

/** Text as bytes, because DuckDB's package drops a byte order mark at the start. */
const shownAs: Readonly<Record<Exclude<OtherKind, 'integer'>, string>> = {
  double: 'value',
  bool: 'value',
  list: 'list_transform(value, lambda item: encode(item))',
}

/** Sizes are decimals, which the package reads as 64-bit floats; as text they are exact. */
const integerOf = ({ type }: SearchColumn) => (type === 'size' ? 'value::VARCHAR' : 'value::BIGINT')

async function readDictionary(connection: DuckDBConnection, column: SearchColumn): Promise<unknown[]> {
  const { kind } = column
  if (kind === 'text' || kind === 'stack') return readTexts(connection)
  const shown = kind === 'integer' ? integerOf(column) : shownAs[kind]
  const values: unknown[] = []
  for (const [found] of await readVectors(connection, `SELECT ${shown} FROM dictionary ORDER BY code`))
    for (let i = 0; i < found!.itemCount; i++) values.push(plain(found!.getItem(i), kind))
  return values
}

/** Texts that are read together: one by one, each would take as long as decoding a hundred. */
const textsAtOnce = 4096

async function readTexts(connection: DuckDBConnection): Promise<string[]> {
  const texts: string[] = []
  const sql = `SELECT encode(string_agg(value, '' ORDER BY code)), list(strlen(value)::INTEGER ORDER BY code)
    FROM dictionary GROUP BY code // ${textsAtOnce} ORDER BY min(code)`
  for (const [joined, lengths] of await readVectors(connection, sql))
    for (let i = 0; i < joined!.itemCount; i++) {
      const { bytes } = joined!.getItem(i) as DuckDBBlobValue
      const { items } = lengths!.getItem(i) as DuckDBListValue
      for (const text of textsIn(bytes, items as number[])) texts.push(text)
    }
  return texts
}

/** Splits joined texts by their lengths in bytes. */
function* textsIn(bytes: Uint8Array, lengths: readonly number[]): Generator<string> {
  const all = decoder.decode(bytes)
  const isAscii = all.length === bytes.length
  let at = 0
  for (const length of lengths) {
    const end = at + length
    yield isAscii ? all.slice(at, end) : decoder.decode(bytes.subarray(at, end))
    at = end
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function plain(value: unknown, kind: OtherKind): unknown {
  switch (kind) {
    case 'list':
      return (value as DuckDBListValue).items.map((item) => decoder.decode((item as DuckDBBlobValue).bytes))
    case 'integer':
      return exactInteger(BigInt(value as string | bigint))
    default:
      return value
  }
}

async function readCodes(file: FileRows, column: SearchColumn, values: readonly unknown[]) {
  const codes = createCodes(file.rows, widthFor(values.length))
  await eachCode(file, column, (row, code) => {
    codes[row] = code
  })
  return { kind: 'coded', codes, dictionary: values as Dictionary } as const satisfies SegmentColumn
}

async function encodeVaried(file: FileRows, column: SearchColumn, values: readonly unknown[]) {
  const numbers = new Float64Array(file.rows).fill(Number.NaN)
  await eachCode(file, column, (row, code) => {
    numbers[row] = Number(values[code - 1])
  })
  return encodeNumbers({ kind: 'numbers', values: numbers })
}

/** Calls `take` with every row that has a value, and its code. */
async function eachCode(
  { connection, parts }: FileRows,
  column: SearchColumn,
  take: (row: number, code: number) => void,
): Promise<void> {
  const { from, values, number } = rowsWith(parts, column.name)!
  const sql = `SELECT ${number}, code FROM ${from} JOIN dictionary ON ${expressionOf(column)} = value`
  for (const [rows, codes] of await readVectors(connection, sql, values))
    for (let i = 0; i < rows!.itemCount; i++) take(rows!.getItem(i) as number, codes!.getItem(i) as number)
}

/** The crash IDs: 16 bytes per row. */
export async function readIds({ connection, parts, rows }: FileRows): Promise<Uint8Array> {
  const ids = new Uint8Array(rows * idBytes)
  const { from, values, number } = rowsWith(parts, 'crash_id')!
  const sql = `SELECT ${number}, unhex(replace(crash_id, '-', '')) FROM ${from}`
  for (const [numbers, found] of await readVectors(connection, sql, values)) {
    for (let i = 0; i < numbers!.itemCount; i++) {
      const { bytes } = found!.getItem(i) as DuckDBBlobValue
      if (bytes.length !== idBytes) throw new Error('A row has no valid crash ID')
      ids.set(bytes, (numbers!.getItem(i) as number) * idBytes)
    }
  }
  return ids
}
