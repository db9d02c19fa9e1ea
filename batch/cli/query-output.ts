// Query results in all output formats.
import { readFile } from 'node:fs/promises'
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBArrayValue,
  DuckDBMapValue,
  type DuckDBResultReader,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { readParquet } from 'parquet-wasm'
import { execute } from '../lake/duckdb.ts'
import { temporaryFile } from '../lake/temporary.ts'
import { isoOfMicros } from '../../shared/iso-time.ts'
import { csvLine } from './csv.ts'
import { textTable } from './text-table.ts'

export const formats = ['table', 'json', 'jsonl', 'csv', 'parquet', 'arrow'] as const
export type Format = (typeof formats)[number]

/**
 * Runs a query and returns its result in a format; tables and JSON end in a line break.
 * @param tempDir for the formats that DuckDB writes to files
 */
export async function queryAs(
  connection: DuckDBConnection,
  sql: string,
  format: Format,
  tempDir: string,
): Promise<string | Uint8Array> {
  if (format === 'parquet' || format === 'arrow') return fileOf(connection, sql, format, tempDir)
  const reader = await connection.runAndReadAll(sql)
  const names = reader.deduplicatedColumnNames()
  const rows = reader.getRows().map((row) => row.map(plainValue))
  switch (format) {
    case 'table':
      return textTable(names, rows.map(cellsOf), isNumeric(reader))
    case 'json':
      return `${JSON.stringify(
        rows.map((row) => objectOf(names, row)),
        null,
        1,
      )}\n`
    case 'jsonl':
      return rows.map((row) => `${JSON.stringify(objectOf(names, row))}\n`).join('')
    case 'csv':
      return [names, ...rows.map(cellsOf)].map((cells) => csvLine(cells)).join('')
  }
}

const objectOf = (names: readonly string[], row: readonly unknown[]) =>
  Object.fromEntries(names.map((name, i) => [name, row[i]]))

async function fileOf(
  connection: DuckDBConnection,
  sql: string,
  format: 'parquet' | 'arrow',
  tempDir: string,
): Promise<Uint8Array> {
  await using out = await temporaryFile(tempDir)
  // The line break ends a trailing comment.
  const statement = `COPY (${sql.trim().replace(/;\s*$/, '')}\n) TO $out (FORMAT parquet, COMPRESSION zstd)`
  await execute(connection, statement, { out: out.path })
  const bytes = await readFile(out.path)
  return format === 'parquet' ? bytes : readParquet(bytes).intoIPCStream()
}

/** A value representable in JSON. Integers beyond 2^53 become text; times are ISO text in UTC. */
export function plainValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue)
    return isoOfMicros(value.micros)
  if (value instanceof DuckDBDateValue) return value.toString()
  if (value instanceof DuckDBDecimalValue) return value.toDouble()
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue)
    return value.items.map(plainValue)
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, plainValue(item)]))
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(
      value.entries.map(({ key, value: item }) => [String(plainValue(key)), plainValue(item)]),
    )
  }
  return String(value)
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const cellsOf = (row: readonly unknown[]): string[] => row.map(cellText)

const numericTypes = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|FLOAT|DOUBLE|DECIMAL.*)$/

const isNumeric = (reader: DuckDBResultReader) =>
  reader.columnTypes().map((type) => numericTypes.test(String(type)))
