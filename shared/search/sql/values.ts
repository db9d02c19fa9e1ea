// The values of a field as SQL expressions. Values that searches do not see are null: NaN, infinite, text for integers.
import type { SearchField } from '../fields.ts'
import { hasSeveral } from '../fields.ts'
import { identifier } from './bindings.ts'

/** A single value of the column's type, null for none; of fields with several values, a list. */
export function valueSql(field: SearchField): string {
  const column = identifier(field.column)
  if (field.type === 'list<string>') return `list_filter(${column}, x -> x IS NOT NULL)`
  switch (field.matching) {
    case 'items':
      return `list_distinct(list_filter(string_split(${column}, ';'), x -> x <> ''))`
    case 'int':
      return intSql(field, column)
    case 'float':
      // Adding 0 makes -0 positive.
      return `CASE WHEN isfinite(${column}) THEN ${column} + 0 END`
    default:
      return column
  }
}

/** DuckDB compares a decimal with other types inexactly. */
function intSql({ type }: SearchField, column: string): string {
  if (type === 'size') return `CAST(${column} AS HUGEINT)`
  if (type !== 'string') return column
  return `CASE WHEN regexp_full_match(${column}, '-?[0-9]{1,18}') THEN CAST(${column} AS BIGINT) END`
}

/** The type of a key. */
export function keyType({ matching, type }: SearchField): string {
  switch (matching) {
    case 'int':
      return type === 'size' ? 'HUGEINT' : 'BIGINT'
    case 'float':
      return 'DOUBLE'
    case 'bool':
      return 'BOOLEAN'
    case 'date':
      return 'BIGINT'
    default:
      return 'VARCHAR'
  }
}

/** The value as a group's key and in results: text, boolean, number; times in microseconds. Fields with several: a list. */
export function keySql(field: SearchField): string {
  const value = valueSql(field)
  if (hasSeveral(field)) return `list_distinct(${value})`
  if (field.matching === 'date') return `epoch_us(${value})`
  return field.matching === 'int' ? `CAST(${value} AS ${keyType(field)})` : value
}

/** The value by which hits are sorted. */
export function sortSql(field: SearchField, descending: boolean): string {
  if (!hasSeveral(field)) return valueSql(field)
  return `${descending ? 'list_max' : 'list_min'}(${valueSql(field)})`
}

/** The value in a hit. */
export const hitSql = (field: SearchField): string =>
  field.matching === 'items' ? identifier(field.column) : hasSeveral(field) ? valueSql(field) : keySql(field)

/** The weight of a row. */
export const weightSql = 'CASE WHEN isfinite(weight) THEN weight ELSE 1 END'
