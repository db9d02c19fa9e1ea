// Statistics of files for readers that choose files by them: rows, and the bounds of columns that people filter by.
// https://iceberg.apache.org/spec/#appendix-d-single-value-serialization
import type { Column } from '../lake/columns.ts'
import { type Database, rowsOf } from '../lake/duckdb.ts'
import { fieldId } from '../lake/field-ids.ts'
import type { Table } from '../lake/tables.ts'

export interface FileStatistics {
  rows: number
  columns: ColumnStatistics[]
}

export interface ColumnStatistics {
  id: number
  values: number
  nulls: number
  /** Null: all values are null, or the file does not state bounds. */
  lower: Buffer | null
  upper: Buffer | null
}

/** Besides the columns by which a table is sorted. */
const filtered: ReadonlySet<string> = new Set([
  ...['date', 'product', 'version', 'release_channel', 'platform', 'process_type', 'signature'],
  ...['build_id', 'major_version', 'submitted_at', 'processed_at', 'crash_id'],
])

const boundable = ['string', 'int64', 'int32', 'bool', 'timestamp', 'date'] as const
type BoundableType = (typeof boundable)[number]
interface BoundedColumn extends Column {
  type: BoundableType
}
const isBoundable = (column: Column): column is BoundedColumn =>
  boundable.some((type) => type === column.type)

const boundedColumns = ({ columns, sort }: Pick<Table, 'columns' | 'sort'>): BoundedColumn[] =>
  columns.filter(isBoundable).filter(({ name }) => filtered.has(name) || sort.includes(name))

interface Chunks {
  path: string
  name: string
  /** Of the file. */
  rows: bigint
  values: bigint
  nulls: bigint
  /** Row groups with values that lack bounds. */
  unknown: bigint
  /** Bounds as text; of dates in days, of times in microseconds since 1970. */
  low: string | null
  high: string | null
}

const query = `
  WITH chunks AS (
    SELECT file_name AS path, path_in_schema AS name, row_group_num_rows AS rows, num_values AS values,
      coalesce(stats_null_count, 0) AS nulls, stats_min_value AS low, stats_max_value AS high
    FROM parquet_metadata($paths) WHERE list_contains($names, path_in_schema)
  )
  SELECT path, name, sum(rows)::BIGINT AS rows, sum(values)::BIGINT AS values, sum(nulls)::BIGINT AS nulls,
    count(*) FILTER (values > nulls AND (low IS NULL OR high IS NULL)) AS unknown,
    CASE WHEN list_contains($times, name) THEN min(epoch_us(try_cast(low AS TIMESTAMPTZ)))::VARCHAR
      WHEN list_contains($dates, name) THEN min(try_cast(low AS DATE) - DATE '1970-01-01')::VARCHAR
      WHEN list_contains($integers, name) THEN min(try_cast(low AS BIGINT))::VARCHAR ELSE min(low) END AS low,
    CASE WHEN list_contains($times, name) THEN max(epoch_us(try_cast(high AS TIMESTAMPTZ)))::VARCHAR
      WHEN list_contains($dates, name) THEN max(try_cast(high AS DATE) - DATE '1970-01-01')::VARCHAR
      WHEN list_contains($integers, name) THEN max(try_cast(high AS BIGINT))::VARCHAR ELSE max(high) END AS high
  FROM chunks GROUP BY path, name`

/** The statistics of Parquet files of a table, from their footers, by path. */
export async function readStatistics(
  { connection }: Pick<Database, 'connection'>,
  table: Table,
  paths: readonly string[],
): Promise<Map<string, FileStatistics>> {
  if (paths.length === 0) return new Map()
  const columns = boundedColumns(table)
  const namesOf = (...types: Column['type'][]) =>
    columns.filter(({ type }) => types.includes(type)).map(({ name }) => name)
  const found = await rowsOf<Chunks>(connection, query, {
    paths,
    names: columns.map(({ name }) => name),
    times: namesOf('timestamp'),
    dates: namesOf('date'),
    integers: namesOf('int32', 'int64'),
  })
  const byPath = Map.groupBy(found, ({ path }) => path)
  return new Map(
    paths.map((path) => {
      const own = byPath.get(path) ?? []
      const known = columns.flatMap((column) => {
        const one = own.find(({ name }) => name === column.name)
        return one ? [statisticsOf(column, one)] : []
      })
      // A file without rows has no row groups; every other has the column `date`.
      return [path, { rows: Number(own[0]?.rows ?? 0), columns: known }]
    }),
  )
}

function statisticsOf({ name, type }: BoundedColumn, found: Chunks): ColumnStatistics {
  const { values, nulls, unknown, low, high } = found
  const areKnown = unknown === 0n && low !== null && high !== null
  return {
    id: fieldId([name]),
    values: Number(values),
    nulls: Number(nulls),
    lower: areKnown ? boundOf(type, low) : null,
    upper: areKnown ? (type === 'string' ? upperText(high) : boundOf(type, high)) : null,
  }
}

/** A value in the form of manifests. Text is cut, which keeps it a lower bound. */
export function boundOf(type: BoundableType, text: string): Buffer {
  switch (type) {
    case 'string':
      return Buffer.from([...text].slice(0, maxCodePoints).join(''))
    case 'bool':
      return Buffer.from([text === 'true' ? 1 : 0])
    case 'int64':
    case 'timestamp': {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(text))
      return bytes
    }
    default: {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(Number(text))
      return bytes
    }
  }
}

/** Longer text is cut: DuckDB may have cut it further on. */
const maxCodePoints = 16

/** The smallest short text that is not below any text with the same start; null if there is none. */
export function upperText(text: string): Buffer | null {
  const points = [...text]
  if (points.length <= maxCodePoints) return Buffer.from(text)
  const kept = points.slice(0, maxCodePoints)
  for (let at = kept.length - 1; at >= 0; at--) {
    const next = nextPoint(kept[at]!.codePointAt(0)!)
    if (next !== null) return Buffer.from(kept.slice(0, at).join('') + String.fromCodePoint(next))
  }
  return null
}

const lastPoint = 0x10ffff
/** The next code point that is not a surrogate. */
const nextPoint = (point: number): number | null =>
  point === lastPoint ? null : point + 1 === 0xd800 ? 0xe000 : point + 1
