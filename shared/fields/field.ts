// The rows of the catalog: a field, its column, an annotation.
import type { Shape } from './shape.ts'

/** Type of a column in the tables. */
export type ColumnType = 'string' | 'int64' | 'int32' | 'double' | 'bool' | 'timestamp' | 'list<string>'

/**
 * How a field is searched; determines the operators. `text` is searched by parts, `keyword` as a whole, `enum` has
 * few values, `date` and numbers have ranges.
 */
export type SearchKind = 'text' | 'keyword' | 'enum' | 'bool' | 'int' | 'float' | 'date'

/** Where a field's value comes from. */
export type Source =
  /** Copied from the client's annotation of this name, or the first of its aliases, converted to the field's type. */
  | { readonly annotation: string; readonly aliases?: readonly string[]; readonly fallback?: boolean }
  /** Computed by this part of the program. */
  | 'collector'
  | 'processor'
  | 'stackwalker'
  | 'rule'

export interface Field {
  /** Key in the processed crash. */
  readonly name: string
  /** Label in the user interface. Default: the name in words (`labelOf`). */
  readonly label?: string
  readonly shape: Shape
  /** Access. Default: protected. */
  readonly access?: 'public'
  readonly source: Source
  /** How it is searched. Searchable fields have a column. */
  readonly search?: SearchKind
  /** Where the column's name or type differs from the field's. */
  readonly column?: { readonly name?: string; readonly type?: ColumnType }
  /** Columns for keys of an object, instead of one for the whole. */
  readonly columns?: readonly PartColumn[]
  readonly description: string
}

/** A column with the value of one key of an object field. */
export interface PartColumn {
  readonly name: string
  readonly key: string
  readonly type: ColumnType
  readonly search: SearchKind
}

/** Annotations that clients may send, besides those that fields are copied from. */
export interface Annotation {
  readonly name: string
  /** Access to the value as received. Default: protected. */
  readonly access?: 'public'
  /** Changes when the same report is resent: not part of its identity. */
  readonly volatile?: true
  /** Removed before storing: personal data without a use. */
  readonly banned?: true
  readonly description: string
}
