// DuckDB types of columns, and their values in SQL.
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  INTEGER,
  LIST,
  STRUCT,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'
import type { Column, ScalarType } from './columns.ts'
import { identifier } from './duckdb.ts'

const sizeDigits = 20

const scalarTypes: Record<ScalarType, DuckDBType> = {
  string: VARCHAR,
  int64: BIGINT,
  int32: INTEGER,
  // Not `HUGEINT`, which Parquet stores as floating point.
  size: DECIMAL(sizeDigits, 0),
  double: DOUBLE,
  bool: BOOLEAN,
  timestamp: TIMESTAMPTZ,
  date: DATE,
  'list<string>': LIST(VARCHAR),
}

function columnType(column: Column): DuckDBType {
  if (column.type !== 'structs') return scalarTypes[column.type]
  return LIST(
    STRUCT(Object.fromEntries((column.fields ?? []).map((field) => [field.name, columnType(field)]))),
  )
}

/** The DuckDB type of a column, in SQL. */
export const sqlType = (column: Column): string => String(columnType(column))

/** The type of a column where rows are text. */
const textTypes: Partial<Record<Column['type'], string>> = { timestamp: 'BIGINT', date: 'INTEGER' }

/** The type with which DuckDB reads a cell of a column. */
export const cellType = (column: Column): string => textTypes[column.type] ?? sqlType(column)

/** The value of a column from its cell, in SQL. */
export function cellValue({ name, type }: Column): string {
  const cell = identifier(name)
  if (type === 'timestamp') return `make_timestamptz(${cell})`
  return type === 'date' ? `DATE '1970-01-01' + ${cell}` : cell
}
