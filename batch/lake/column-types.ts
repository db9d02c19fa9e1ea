// DuckDB types of columns and DuckDB values of cells.
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  STRUCT,
  structValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'
import type { Cell, Column, ScalarType } from './columns.ts'

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

export function columnType(column: Column): DuckDBType {
  if (column.type !== 'structs') return scalarTypes[column.type]
  return LIST(
    STRUCT(Object.fromEntries((column.fields ?? []).map((field) => [field.name, columnType(field)]))),
  )
}

/** The DuckDB type of a column, in SQL. */
export const sqlType = (column: Column): string => String(columnType(column))

/** Returns a function that converts cells of a column to values of its type. */
export function cellValue({ type, fields = [] }: Column): (cell: Cell) => DuckDBValue {
  switch (type) {
    case 'timestamp':
      return (cell) => (cell === null ? null : new DuckDBTimestampTZValue(cell as bigint))
    case 'date':
      return (cell) => (cell === null ? null : new DuckDBDateValue(cell as number))
    case 'size':
      return (cell) => (cell === null ? null : new DuckDBDecimalValue(cell as bigint, sizeDigits, 0))
    case 'list<string>':
      return (cell) => (cell === null ? null : listValue(cell as string[]))
    case 'structs': {
      const parts = fields.map((field) => ({ name: field.name, toValue: cellValue(field) }))
      const structOf = (cells: readonly Cell[]) =>
        structValue(Object.fromEntries(parts.map(({ name, toValue }, i) => [name, toValue(cells[i]!)])))
      return (cell) => (cell === null ? null : listValue((cell as readonly Cell[][]).map(structOf)))
    }
    default:
      return (cell) => cell as DuckDBValue
  }
}
