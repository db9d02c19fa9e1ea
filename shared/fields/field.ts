// The rows of the catalog: a field, its column, an annotation.
import type { Shape } from './shape.ts'

/** Type of a column in the tables. `size` has whole numbers of up to 20 digits: every 64-bit number, signed or not. */
export type ColumnType =
  | 'string'
  | 'int64'
  | 'int32'
  | 'size'
  | 'double'
  | 'bool'
  | 'timestamp'
  | 'list<string>'

/**
 * How a field is searched. `text` matches by words, `keyword` as a whole, `items` by the parts between semicolons.
 * The kinds that start with `enum` match the same way (`enum` as a whole) but have no operators for parts of a value.
 * `date` and numbers have ranges; an `int` column may be text. `shared/search/fields.ts` has the operators.
 */
export type SearchKind =
  | 'text'
  | 'keyword'
  | 'items'
  | 'enum'
  | 'enumText'
  | 'enumItems'
  | 'bool'
  | 'int'
  | 'float'
  | 'date'

/** A row of the catalog. Its key is the key in the processed crash. */
export interface FieldRow {
  /** Label in the user interface. Default: the name in words (`labelOf`). */
  readonly label?: string
  readonly shape: Shape
  /** Access. Default: protected. */
  readonly access?: 'public'
  /** The annotation that the value is copied from, converted to the shape. */
  readonly annotation?: string
  /** Other names of that annotation; the first with a value counts. */
  readonly aliases?: readonly string[]
  /** The value when the annotation is absent. */
  readonly fallback?: boolean
  /** The part of the program that computes the value. Default: a processing rule, or `annotation`. */
  readonly source?: 'collector' | 'processor' | 'stackwalker'
  /** How it is searched. Searchable fields have a column. */
  readonly search?: SearchKind
  /** Where the column's name or type differs from the field's. */
  readonly column?: { readonly name?: string; readonly type?: ColumnType }
  /** Columns for keys of an object, instead of one for the whole. */
  readonly columns?: readonly PartColumn[]
  readonly description: string
}

export interface Field extends FieldRow {
  readonly name: string
}

/** A column with the value of one key of an object field. */
export interface PartColumn {
  readonly name: string
  readonly key: string
  readonly type: ColumnType
  readonly search: SearchKind
}

/** A row for an annotation that clients may send, besides those that fields are copied from. */
export interface AnnotationRow {
  /** Access to the value as received. Default: protected. */
  readonly access?: 'public'
  /** Changes when the same report is resent: not part of its identity. */
  readonly volatile?: true
  /** Removed before storing: personal data without a use. */
  readonly banned?: true
  readonly description: string
}

export interface Annotation extends AnnotationRow {
  readonly name: string
}
