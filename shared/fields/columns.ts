// Columns of the tables `crashes` and `protected`, derived from the catalog.
import type { ProcessedCrash } from '../crash.ts'
import { own } from '../own.ts'
import type { ColumnType, SearchKind } from './field.ts'
import { type CatalogField, type FieldName, fields } from './fields.ts'
import type { Shape } from './shape.ts'

export interface FieldColumn {
  readonly name: string
  readonly type: ColumnType
  readonly field: CatalogField
  readonly search: SearchKind
  readonly description: string
  /**
   * The stored value, null when absent: timestamps are ISO text, integers are numbers or decimal text. Its type may differ from the
   * column's, because older processed crashes may contain any value: convert or store null.
   */
  from(crash: ProcessedCrash): unknown
}

/**
 * The columns of a table in catalog order: public fields in `crashes`, all others in `protected`. Both start with
 * `crash_id`.
 */
export function columnsOf(table: 'crashes' | 'protected'): readonly FieldColumn[] {
  return table === 'crashes' ? publicColumns : protectedColumns
}

const all = fields.flatMap(columnsOfField)
const publicColumns = all.filter((column) => column.field.access === 'public')
const protectedColumns = all.filter(
  (column) => column.name === 'crash_id' || column.field.access !== 'public',
)

function columnsOfField(field: CatalogField): FieldColumn[] {
  const { name, search, description } = field
  if (field.columns) {
    return field.columns.map((part) => ({
      name: part.name,
      type: part.type,
      field,
      search: part.search,
      description: `${description} Here: ${part.key}.`,
      from: (crash) => partOf(crash[name], part.key),
    }))
  }
  if (!search) return []
  return [
    {
      name: field.column?.name ?? name,
      type: field.column?.type ?? (search === 'date' ? 'timestamp' : typeOf(field.shape)),
      field,
      search,
      description,
      from: (crash) => crash[name] ?? null,
    },
  ]
}

const partOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (own(value as Record<string, unknown>, key) ?? null) : null

/**
 * The column of a field.
 * @throws Error if the field has none, or several
 */
export function columnOf(name: FieldName): FieldColumn {
  const [column, another] = all.filter(({ field }) => field.name === name)
  if (!column || another) throw new Error(`The field ${name} does not have one column`)
  return column
}

/** Objects and lists of them are JSON text. */
function typeOf(shape: Shape): ColumnType {
  if (shape === 'int' || shape === 'integer') return 'int64'
  if (shape === 'size') return 'size'
  if (shape === 'float') return 'double'
  if (shape === 'bool') return 'bool'
  return typeof shape === 'object' && 'list' in shape && shape.list === 'string' ? 'list<string>' : 'string'
}
