// The schema of a table in Iceberg's terms. https://iceberg.apache.org/spec/#appendix-c-json-serialization
import type { Column, ScalarType } from '../lake/columns.ts'
import { elementName, fieldId } from '../lake/field-ids.ts'

export type IcebergType = string | StructType | ListType

interface StructType {
  type: 'struct'
  fields: IcebergField[]
}

interface ListType {
  type: 'list'
  'element-id': number
  element: IcebergType
  'element-required': false
}

interface IcebergField {
  id: number
  name: string
  required: false
  type: IcebergType
  doc?: string
}

export interface IcebergSchema extends StructType {
  'schema-id': number
}

const icebergScalars: Readonly<Record<Exclude<ScalarType, 'list<string>'>, string>> = {
  string: 'string',
  int64: 'long',
  int32: 'int',
  size: 'decimal(20, 0)',
  double: 'double',
  bool: 'boolean',
  timestamp: 'timestamptz',
  date: 'date',
}

export const schemaOf = (columns: readonly Column[]): IcebergSchema => ({
  type: 'struct',
  'schema-id': 0,
  fields: fieldsOf(columns, []),
})

const fieldsOf = (columns: readonly Column[], above: readonly string[]): IcebergField[] =>
  columns.map((column) => {
    const path = [...above, column.name]
    const { name, description } = column
    return { id: fieldId(path), name, required: false, type: typeOf(column, path), doc: description }
  })

function typeOf({ type, fields = [] }: Column, path: readonly string[]): IcebergType {
  if (type !== 'list<string>' && type !== 'structs') return icebergScalars[type]
  const element = [...path, elementName]
  return {
    type: 'list',
    'element-id': fieldId(element),
    'element-required': false,
    element: type === 'structs' ? { type: 'struct', fields: fieldsOf(fields, element) } : 'string',
  }
}

/** The largest field ID: writers that add columns, of which there are none, would count from it. */
export function lastColumnId(columns: readonly Column[]): number {
  let last = 0
  const visit = ({ name, type, fields = [] }: Column, above: readonly string[]): void => {
    const path = [...above, name]
    const element = [...path, elementName]
    last = Math.max(last, fieldId(path))
    if (type === 'list<string>' || type === 'structs') last = Math.max(last, fieldId(element))
    for (const field of fields) visit(field, element)
  }
  for (const column of columns) visit(column, [])
  return last
}

interface MappedField {
  'field-id': number
  names: string[]
  fields?: MappedField[]
}

/**
 * The field IDs of columns by name, for files that have none.
 * https://iceberg.apache.org/spec/#column-projection
 */
export function nameMapping(columns: readonly Column[], above: readonly string[] = []): MappedField[] {
  return columns.map(({ name, type, fields = [] }) => {
    const path = [...above, name]
    const own = { 'field-id': fieldId(path), names: [name] }
    if (type !== 'list<string>' && type !== 'structs') return own
    const element = [...path, elementName]
    const items = { 'field-id': fieldId(element), names: [elementName] }
    const below = type === 'structs' ? { fields: nameMapping(fields, element) } : {}
    return { ...own, fields: [{ ...items, ...below }] }
  })
}
