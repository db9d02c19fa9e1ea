// What readers can learn about a field: from the catalog, its columns and its searches.
import { columnsOf } from '../../../shared/fields/columns.ts'
import { type CatalogField, fields, labelOf } from '../../../shared/fields/fields.ts'
import { shapeText, sourceText } from '../../../shared/fields/words.ts'
import { hasHistogram, type SearchField, searchFields } from '../../../shared/search/fields.ts'
import { prefixesOf } from '../../../shared/search/parameters/clauses.ts'

export interface FieldEntry {
  name: string
  title: string
  description: string
  access: 'public' | 'protected'
  /** The annotation that it is copied from, or the part of the program that computes it. */
  source: string
  shape: string
  /** Columns of the tables `crashes` and `protected`. */
  columns: readonly { table: 'crashes' | 'protected'; name: string }[]
  /** How it is searched, by name; empty: not at all. */
  searches: readonly FieldSearch[]
}

export interface FieldSearch {
  name: string
  public: boolean
  /** Prefixes of values, besides `!`. */
  prefixes: readonly string[]
  hasHistogram: boolean
}

const tables = ['crashes', 'protected'] as const

const searchesByColumn: ReadonlyMap<string, SearchField> = new Map(
  searchFields.map((field) => [`${field.table}.${field.column}`, field]),
)

function entryOf(field: CatalogField): FieldEntry {
  const columns = tables.flatMap((table) =>
    columnsOf(table)
      .filter((column) => column.field === field)
      .map(({ name }) => ({ table, name })),
  )
  const searches = columns.flatMap(({ table, name }) => searchesByColumn.get(`${table}.${name}`) ?? [])
  return {
    name: field.name,
    title: labelOf(field.name),
    description: field.description,
    access: field.access ?? 'protected',
    source: sourceText(field),
    shape: shapeText(field.shape),
    columns,
    searches: searches.map((search) => ({
      name: search.name,
      public: search.public,
      prefixes: prefixesOf(search),
      hasHistogram: hasHistogram(search),
    })),
  }
}

/** Every field of a processed crash, by title. */
export const fieldEntries: readonly FieldEntry[] = fields
  .map(entryOf)
  .sort((a, b) => a.title.localeCompare(b.title, 'en'))

/** The field with this name, name in searches, or column; one that can be searched before others. */
export const findFieldEntry = (name: string): FieldEntry | undefined =>
  fieldEntries.find((entry) => entry.name === name && entry.searches.length > 0) ??
  fieldEntries.find(({ searches }) => searches.some((search) => search.name === name)) ??
  fieldEntries.find((entry) => entry.name === name) ??
  fieldEntries.find(({ columns }) => columns.some((column) => column.name === name))

/** The fields with all words of a text in their title, name, column or description. */
export function filterFields(text: string): readonly FieldEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return fieldEntries.filter((entry) => {
    const { title, name, description, source, columns } = entry
    const all = [title, name, description, source, ...columns.map((column) => column.name)]
    const searched = all.join(' ').toLowerCase()
    return words.every((word) => searched.includes(word))
  })
}

/** What a prefix of a value means in a search. */
export const prefixWords: ReadonlyMap<string, string> = new Map([
  ['=', 'is exactly'],
  ['~', 'contains'],
  ['$', 'ends with'],
  ['^', 'starts with'],
  ['@', 'matches a regular expression'],
  ['>=', 'at least'],
  ['<=', 'at most'],
  ['<', 'less'],
  ['>', 'greater'],
  ['__null__', 'has no value'],
  ['__true__', 'is true'],
])
