// What a column can hold, and its three faces: the value taken from a crash, the Arrow type, the DuckDB type.
import {
  Bool,
  DateDay,
  type DataType as ArrowType,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow'
import { dayMs, isDate, startOfDate } from '../../shared/dates.ts'
import type { ColumnType } from '../../shared/fields/field.ts'

/** What the field catalog knows, and the day, which is ours. */
export type ScalarType = ColumnType | 'date'

/** A column; `struct` makes it a list of structs with these fields. Every column may be null. */
export interface Column {
  name: string
  type: ScalarType | 'structs'
  fields?: readonly Column[]
  description: string
}

interface Face {
  arrow: () => ArrowType
  sql: string
  /** The value as it stands in Arrow's buffers; null for a value of another type. */
  value: (input: unknown) => unknown
}

const maxInt64 = 2 ** 63

const faces: Record<ScalarType, Face> = {
  string: { arrow: () => new Utf8(), sql: 'VARCHAR', value: toText },
  int64: { arrow: () => new Int64(), sql: 'BIGINT', value: toInt64 },
  int32: { arrow: () => new Int32(), sql: 'INTEGER', value: toInt32 },
  double: { arrow: () => new Float64(), sql: 'DOUBLE', value: toDouble },
  bool: { arrow: () => new Bool(), sql: 'BOOLEAN', value: (v) => (typeof v === 'boolean' ? v : null) },
  timestamp: { arrow: () => new TimestampMicrosecond('UTC'), sql: 'TIMESTAMPTZ', value: toTime },
  date: { arrow: () => new DateDay(), sql: 'DATE', value: toDate },
  'list<string>': {
    arrow: () => new List(new Field('item', new Utf8(), true)),
    sql: 'VARCHAR[]',
    value: (v) => (Array.isArray(v) ? v.map((item) => toText(item)) : null),
  },
}

/** The Arrow field of a column. */
export function arrowField(column: Column): Field {
  if (column.type !== 'structs') return new Field(column.name, faces[column.type].arrow(), true)
  const struct = new Struct((column.fields ?? []).map(arrowField))
  return new Field(column.name, new List(new Field('item', struct, true)), true)
}

/** The DuckDB type of a column. */
export function sqlType(column: Column): string {
  if (column.type !== 'structs') return faces[column.type].sql
  return `STRUCT(${(column.fields ?? []).map((f) => `"${f.name}" ${sqlType(f)}`).join(', ')})[]`
}

/** A function that turns any value into what a scalar column can hold, or null: a row never fails for one value. */
export function columnValue(column: Column): (input: unknown) => unknown {
  if (column.type === 'structs') throw new Error(`${column.name} holds structs`)
  return faces[column.type].value
}

/** Objects become JSON. Half of a surrogate pair cannot be written as UTF-8; it becomes U+FFFD. */
function toText(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? toText(JSON.stringify(value)) : String(value)
}

function toInt32(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null
}

function toInt64(value: unknown): bigint | null {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : null
  if (typeof value !== 'number' || !Number.isInteger(value) || value >= maxInt64 || value < -maxInt64)
    return null
  return BigInt(value)
}

function toDouble(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const timePattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)?$/

/** UTC text to microseconds since 1970. */
function toTime(value: unknown): bigint | null {
  const match = typeof value === 'string' ? timePattern.exec(value) : null
  if (!match) return null
  const ms = Date.parse(`${match[1]}T${match[2]}Z`)
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n + BigInt((match[3] ?? '').padEnd(6, '0'))
}

/** Days since 1970. */
function toDate(value: unknown): number | null {
  return typeof value === 'string' && isDate(value) ? startOfDate(value) / dayMs : null
}
