// Results of a query in the forms people and programs want.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
import { quote } from '../lake/duckdb.ts'
import { isoOfMicros } from '../../shared/iso-time.ts'

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
      return tableText(names, rows, isNumeric(reader))
    case 'json':
      return `${JSON.stringify(
        rows.map((row) => objectOf(names, row)),
        null,
        1,
      )}\n`
    case 'jsonl':
      return rows.map((row) => `${JSON.stringify(objectOf(names, row))}\n`).join('')
    case 'csv':
      return [names, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
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
  const path = join(tempDir, `result-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`)
  try {
    await connection.run(
      // The line break ends a comment at the end.
      `COPY (${sql.trim().replace(/;\s*$/, '')}\n) TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    const bytes = await readFile(path)
    return format === 'parquet' ? bytes : readParquet(bytes).intoIPCStream()
  } finally {
    await rm(path, { force: true })
  }
}

/** A value as JSON can hold it. Integers beyond 2^53 become text; times are ISO text in UTC. */
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

/** RFC 4180. */
function csvCell(value: unknown): string {
  const text = textOf(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const numericTypes = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|FLOAT|DOUBLE|DECIMAL.*)$/

const isNumeric = (reader: DuckDBResultReader) =>
  reader.columnTypes().map((type) => numericTypes.test(String(type)))

/** Cells beyond this are cut in tables: they are for reading. */
const maxCell = 100

/** Columns under their names, numbers to the right, and how many rows there are. */
function tableText(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
  numeric: readonly boolean[],
): string {
  const cells = rows.map((row) => row.map((value) => cut(textOf(value).replace(/\s+/g, ' '))))
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`
  return `${[line(names), rule, ...cells.map(line), `(${count})`].join('\n')}\n`
}

const cut = (text: string) => (text.length > maxCell ? `${text.slice(0, maxCell - 1)}…` : text)
