// The IDs by which other engines know columns, in table files and in published metadata.
import { createHash } from 'node:crypto'
import type { Column } from './columns.ts'

/** The items of a list are a column of this name below it, as in Parquet. */
export const elementName = 'element'

/**
 * The field ID of a column: the first 30 bits of the SHA-256 of its name. It follows from the name alone, so it is the same
 * in every table, in every file and at any time, and no list of IDs can be lost.
 * @param path the column, or a part of it: `['frames', 'element', 'module']`
 */
export function fieldId(path: readonly string[]): number {
  return createHash('sha256').update(path.join('.')).digest().readUInt32BE() >>> 2
}

/** Columns as the option `FIELD_IDS` of DuckDB's `COPY`. */
export const fieldIdsSql = (columns: readonly Column[]): string => structSql(columns, [])

const structSql = (
  columns: readonly Column[],
  above: readonly string[],
  own: readonly string[] = [],
): string =>
  `{${[...own, ...columns.map((column) => `'${column.name}': ${idSql(column, [...above, column.name])}`)].join(', ')}}`

function idSql({ type, fields = [] }: Column, path: readonly string[]): string {
  const own = (of: readonly string[]) => `__duckdb_field_id: ${fieldId(of)}`
  const element = [...path, elementName]
  switch (type) {
    case 'list<string>':
      return `{${own(path)}, ${elementName}: ${fieldId(element)}}`
    case 'structs':
      return `{${own(path)}, ${elementName}: ${structSql(fields, element, [own(element)])}}`
    default:
      return String(fieldId(path))
  }
}
