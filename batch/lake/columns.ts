// Converts values of crashes to cells of columns.
import { dayMs, isDate, startOfDate } from '../../shared/time/dates.ts'
import type { ColumnType } from '../../shared/fields/field.ts'
import { own, setOwn } from '../../shared/own.ts'

/** The types of the field catalog, and `date`. */
export type ScalarType = ColumnType | 'date'

/** A column. With `structs`, a list of structs with these fields. Every column is nullable. */
export interface Column {
  name: string
  type: ScalarType | 'structs'
  fields?: readonly Column[]
  description: string
}

/**
 * A value of a column as JSON: timestamps as microseconds and dates as days since 1970. An integer that a double cannot
 * represent is text.
 */
export type Cell = string | number | boolean | null | readonly Cell[] | { readonly [name: string]: Cell }

/** Converts any value to a cell. Null if the column cannot hold the value: one bad value never fails a row. */
export type ToCell = (value: unknown) => Cell

const scalars: Record<ScalarType, ToCell> = {
  string: toText,
  int64: toInt64,
  int32: toInt32,
  size: toSize,
  double: toDouble,
  bool: (value) => (typeof value === 'boolean' ? value : null),
  timestamp: toTime,
  date: toDate,
  'list<string>': (value) => (Array.isArray(value) ? value.map(toText) : null),
}

export const cellOf = (column: Column): ToCell =>
  column.type === 'structs' ? structsOf(column.fields ?? []) : scalars[column.type]

/** A list of structs. An item that is not an object becomes a struct of nulls. */
function structsOf(fields: readonly Column[]): ToCell {
  const parts = fields.map((field) => ({ name: field.name, toCell: cellOf(field) }))
  const structOf = (item: unknown) => {
    const struct: Record<string, Cell> = {}
    for (const { name, toCell } of parts) {
      const cell = toCell(own(Object(item), name))
      if (cell !== null) setOwn(struct, name, cell)
    }
    return struct
  }
  return (value) => (Array.isArray(value) ? value.map(structOf) : null)
}

/** Objects become JSON. Lone surrogates, which UTF-8 cannot represent, become U+FFFD. */
function toText(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? toText(JSON.stringify(value)) : String(value)
}

function toInt32(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null
}

/** Integers are numbers or, beyond 2^53, decimal text. */
function toBigInt(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  const isInteger = typeof value === 'string' ? /^-?\d{1,20}$/.test(value) : Number.isInteger(value)
  return isInteger ? BigInt(value as string | number) : null
}

function toInt64(value: unknown): Cell {
  if (Number.isSafeInteger(value)) return value as number
  const integer = toBigInt(value)
  return integer !== null && BigInt.asIntN(64, integer) === integer ? String(integer) : null
}

const sizeLimit = 10n ** 20n

function toSize(value: unknown): Cell {
  if (Number.isSafeInteger(value)) return value as number
  const integer = toBigInt(value)
  return integer !== null && integer < sizeLimit && integer > -sizeLimit ? String(integer) : null
}

function toDouble(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const timePattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)?$/

/** Converts UTC text to microseconds since 1970. */
function toTime(value: unknown): Cell {
  const match = typeof value === 'string' ? timePattern.exec(value) : null
  if (!match) return null
  const ms = Date.parse(`${match[1]}T${match[2]}Z`)
  if (Number.isNaN(ms)) return null
  const micros = (match[3] ?? '').padEnd(6, '0')
  const time = ms * 1000 + Number(micros)
  return Number.isSafeInteger(time) ? time : String(BigInt(ms) * 1000n + BigInt(micros))
}

/** The latest date: the rows of a run are mostly of one day. */
let latest = { text: '1970-01-01', days: 0 }

/** Days since 1970. */
function toDate(value: unknown): number | null {
  if (value === latest.text) return latest.days
  if (typeof value !== 'string' || !isDate(value)) return null
  latest = { text: value, days: startOfDate(value) / dayMs }
  return latest.days
}
