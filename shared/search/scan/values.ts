// The values of a field in a segment, in the form that queries compare: as SQL's in `../sql/values.ts`.
import { hasSeveral, type SearchField } from '../fields.ts'
import { exactInteger } from '../order.ts'
import type { Scalar } from '../query.ts'
import type { CodedColumn, Codes, Segment } from '../segment.ts'
import { itemsOf } from '../words.ts'

/** A value of a row; of fields with several values, a list without null. */
export type Value = Scalar | null | readonly string[]

/** A field's values by code: `values[0]` is that of rows without a value. */
export interface CodedValues {
  readonly codes: Codes
  readonly values: readonly Value[]
}

/** A field's values by row. */
export interface RowValues {
  at(row: number): Value
  /** Where they are numbers: the same, NaN for null. */
  readonly numbers?: Float64Array
}

export type FieldValues = CodedValues | RowValues

/** @throws Error if the column is not loaded */
export function valuesOf(segment: Segment, field: SearchField): FieldValues {
  const column = segment.columns.get(field.column)
  if (!column) throw new Error(`the column ${field.column} is not loaded`)
  const convert = converter(field)
  switch (column.kind) {
    case 'numbers':
      return { at: (row) => convert(column.values[row]!), numbers: column.values }
    case 'rows':
      return { at: (row) => convert(column.at(row)) }
    case 'coded':
      return codedValues(column, convert)
  }
}

/** Converted dictionaries of columns that are searched again. A column belongs to one field. */
const converted = new WeakMap<CodedColumn, CodedValues>()

function codedValues(column: CodedColumn, convert: (stored: unknown) => Value): CodedValues {
  let result = converted.get(column)
  if (!result) {
    const dictionary = column.dictionary as ArrayLike<unknown>
    const values = new Array<Value>(dictionary.length + 1)
    values[0] = convert(null)
    for (let i = 0; i < dictionary.length; i++) values[i + 1] = convert(dictionary[i])
    result = { codes: column.codes, values }
    converted.set(column, result)
  }
  return result
}

/** Converts a stored value to one that is compared. */
function converter(field: SearchField): (stored: unknown) => Value {
  if (hasSeveral(field)) {
    return field.type === 'list<string>'
      ? (stored) => (stored as readonly string[] | null) ?? []
      : (stored) => itemsOf((stored as string | null) ?? '')
  }
  switch (field.matching) {
    case 'int':
      return integerOf
    case 'float':
      // Adding 0 makes -0 positive.
      return (stored) => (Number.isFinite(stored) ? (stored as number) + 0 : null)
    case 'date':
      return (stored) => (stored === null || !Number.isFinite(Number(stored)) ? null : Number(stored))
    default:
      return (stored) => stored as Scalar | null
  }
}

function integerOf(stored: unknown): Scalar | null {
  if (typeof stored === 'bigint') return exactInteger(stored)
  if (typeof stored === 'string') return /^-?\d{1,18}$/.test(stored) ? exactInteger(BigInt(stored)) : null
  if (!Number.isInteger(stored)) return null
  const number = (stored as number) + 0
  return Number.isSafeInteger(number) ? number : BigInt(number)
}
