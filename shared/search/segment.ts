// The form in which rows are scanned: columns of some crash reports, from one search column file or one table file.

/** One code a row: 0 is null, code k is `dictionary[k - 1]`. */
export type Codes = Uint8Array | Uint16Array | Uint32Array

/**
 * The distinct values of a column. Text is sorted by code points, numbers ascending, false before true. Lists contain no
 * null. Integers beyond 2^53 are bigint; times are microseconds since 1970.
 */
export type Dictionary =
  | readonly string[]
  | readonly (readonly string[])[]
  | readonly boolean[]
  | readonly (number | bigint)[]
  | Float64Array
  | BigInt64Array

/** A column of which many rows have the same values. */
export interface CodedColumn {
  readonly kind: 'coded'
  readonly codes: Codes
  readonly dictionary: Dictionary
}

/** A column of numbers or times that mostly differ. NaN is null. */
export interface NumberColumn {
  readonly kind: 'numbers'
  readonly values: Float64Array
}

/** A column of texts that mostly differ, such as crash IDs. Each call may decode the text again. */
export interface RowColumn {
  readonly kind: 'rows'
  at(row: number): string | null
}

export type SegmentColumn = CodedColumn | NumberColumn | RowColumn

/** Rows of which at least the columns that a query needs are loaded (`columnsOf` in `scan/columns.ts`). */
export interface Segment {
  readonly rows: number
  /**
   * By the column's name in the tables `crashes` and `protected`, such as `processed_at`. A column that the file lacks is
   * null in every row.
   */
  readonly columns: ReadonlyMap<string, SegmentColumn>
}

/** A column without values. */
export const nullColumn = (rows: number): CodedColumn => ({
  kind: 'coded',
  codes: new Uint8Array(rows),
  dictionary: [],
})
