// The fields of searches, derived from the catalog: name, column, how values match, operators.
import { columnsOf, type FieldColumn } from '../fields/columns.ts'
import type { ColumnType, SearchKind } from '../fields/field.ts'
import type { SearchName } from './query.ts'

/**
 * How the values of a field are compared. `text`: by words, and as a whole. `keyword`: as a whole. `items`: by the parts
 * between semicolons. `date`: Instants.
 */
export type Matching = 'text' | 'keyword' | 'items' | 'bool' | 'int' | 'float' | 'date'

/** The operators that a parameter of the field may have; named as in the Crash Stats API. */
export type Validation = 'str' | 'enum' | 'bool' | 'int' | 'float' | 'datetime'

export interface SearchField {
  readonly name: SearchName
  /** Table and column of the values. */
  readonly table: 'crashes' | 'protected'
  readonly column: string
  readonly type: ColumnType
  readonly matching: Matching
  readonly validation: Validation
  /** Visible to everyone. */
  readonly public: boolean
  readonly description: string
}

const kinds: Readonly<Record<SearchKind, readonly [Matching, Validation]>> = {
  text: ['text', 'str'],
  keyword: ['keyword', 'str'],
  items: ['items', 'str'],
  enum: ['keyword', 'enum'],
  enumText: ['text', 'enum'],
  enumItems: ['items', 'enum'],
  bool: ['bool', 'bool'],
  int: ['int', 'int'],
  float: ['float', 'float'],
  date: ['date', 'datetime'],
}

/** Columns whose search name differs. In the tables, `date` is the day of submission; in searches, the processed time. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['crash_id', 'uuid'],
  ['processed_at', 'date'],
])

const enumColumns: ReadonlySet<string> = new Set(['crash_id'])

function searchField(column: FieldColumn): SearchField {
  const [matching, validation] = kinds[enumColumns.has(column.name) ? 'enum' : column.search]
  const isPublic = column.field.access === 'public'
  return {
    name: renamed.get(column.name) ?? column.name,
    table: isPublic ? 'crashes' : 'protected',
    column: column.name,
    type: column.type,
    matching,
    validation,
    public: isPublic,
    description: column.description,
  }
}

/** Every field that can be searched, public fields first. */
export const searchFields: readonly SearchField[] = [
  ...columnsOf('crashes'),
  ...columnsOf('protected').filter((column) => column.name !== 'crash_id'),
].map(searchField)

const byName: ReadonlyMap<string, SearchField> = new Map(searchFields.map((field) => [field.name, field]))

/** The field of this name; undefined for an unknown one. Names are exact. */
export const findSearchField = (name: string): SearchField | undefined => byName.get(name)

/** @throws Error for an unknown name: names of a Query are known. */
export function searchFieldOf(name: SearchName): SearchField {
  const field = byName.get(name)
  if (!field) throw new Error(`unknown search field ${name}`)
  return field
}

/** True for fields with histograms. */
export const hasHistogram = (field: SearchField): boolean =>
  field.matching === 'date' || field.matching === 'int' || field.matching === 'float'

/** True for a field whose reports may have several values. */
export const hasSeveral = (field: SearchField): boolean =>
  field.matching === 'items' || field.type === 'list<string>'
