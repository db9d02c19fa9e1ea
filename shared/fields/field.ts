// What a row of the catalog says: a field, its column, an annotation.
import type { Shape } from './shape.ts'

/** Type of a column in the tables. */
export type ColumnType = 'string' | 'int64' | 'int32' | 'double' | 'bool' | 'timestamp' | 'list<string>'

/**
 * How a field is searched; the operators follow from it. `text` is searched by parts, `keyword` as a whole, `enum`
 * is one of few values, `date` and the numbers have ranges.
 */
export type SearchKind = 'text' | 'keyword' | 'enum' | 'bool' | 'int' | 'float' | 'date'

/** Where a field's value comes from. */
export type Source =
  /** Copied from the client's annotation of this name, or the first of its aliases, converted to the field's type. */
  | { readonly annotation: string; readonly aliases?: readonly string[]; readonly fallback?: boolean }
  /** Computed by this program part. */
  | 'collector'
  | 'processor'
  | 'stackwalker'
  | 'rule'

export interface Field {
  /** Key in the processed crash. */
  readonly name: string
  /** What it is called in the user interface. Default: the name in words (`labelOf`). */
  readonly label?: string
  readonly shape: Shape
  /** Who may see it. Left out: protected. */
  readonly access?: 'public'
  readonly source: Source
  /** How it is searched. A field that is searched has a column. */
  readonly search?: SearchKind
  /** Where the column differs from the field: its name, or its type from that of the shape. */
  readonly column?: { readonly name?: string; readonly type?: ColumnType }
  /** Columns for keys of an object, instead of one for the whole. */
  readonly columns?: readonly PartColumn[]
  readonly description: string
}

/** A column that holds the value under one key of an object field. */
export interface PartColumn {
  readonly name: string
  readonly key: string
  readonly type: ColumnType
  readonly search: SearchKind
}

/** What clients may send with a report, beyond the annotations that fields are copied from. */
export interface Annotation {
  readonly name: string
  /** Who may see the value as received. Left out: protected. */
  readonly access?: 'public'
  /** Changes when the same report is sent again: no part of its identity. */
  readonly volatile?: true
  /** Removed before storing: personal data that nobody needs. */
  readonly banned?: true
  readonly description: string
}
