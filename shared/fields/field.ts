// What a field is: the shape of every row of the catalog.

/**
 * The form of a value inside an object or list. Lists name what may be public; keys that are not named are
 * protected. `'protected'` marks a leaf that is known and must not be shown. Null is welcome everywhere.
 */
export type Shape =
  | 'string'
  | 'int'
  | 'float'
  | 'bool'
  /** A string, number or boolean. */
  | 'scalar'
  | 'protected'
  | { readonly list: Shape }
  | { readonly object: Readonly<Record<string, Shape>> }
  /** An object whose keys are data; keys that do not match are dropped. */
  | { readonly map: Shape; readonly keys: RegExp }

/** Type of a column in the tables. */
export type ColumnType = 'string' | 'int64' | 'int32' | 'double' | 'bool' | 'timestamp' | 'list<string>'

/**
 * How a field is searched; the operators follow from it. `text` is searched by parts, `keyword` as a whole, `enum`
 * is one of few values, `date` and the numbers have ranges.
 */
export type SearchKind = 'text' | 'keyword' | 'enum' | 'bool' | 'int' | 'float' | 'date'

/** Where a field's value comes from. */
export type Source =
  /** Copied from the client's annotation of this name, converted to the field's type. */
  | { readonly annotation: string; readonly fallback?: boolean }
  /** Computed by this program part. */
  | 'collector'
  | 'processor'
  | 'stackwalker'
  | 'rule'

export interface Field {
  /** Key in the processed crash. */
  readonly name: string
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
