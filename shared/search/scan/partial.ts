// What the scan of one segment gives; partial results of several segments add up. They can be sent between threads.
import type { HitValue, Scalar, Term } from '../query.ts'

export interface PartialResult {
  readonly total: number
  readonly weighted: number
  /** In the order of the query's facets. */
  readonly facets: readonly PartialFacet[]
  /** The first hits in the query's order, those before its offset included. */
  readonly hits: readonly PartialHit[]
}

/** All terms, also of terms facets whose results are limited. */
export type PartialFacet =
  | { readonly buckets: ReadonlyMap<Term, PartialBucket> }
  | { readonly distinct: ReadonlySet<Term> }

export interface PartialBucket {
  readonly count: number
  readonly weighted: number
  readonly facets: readonly PartialFacet[]
}

export interface PartialHit {
  /** Values of the sort keys. */
  readonly keys: readonly (Scalar | null)[]
  /** The crash ID; null if its column is not loaded. */
  readonly id: string | null
  /** Row in the segment. */
  readonly row: number
  /** By the query's columns; null where the column is not loaded. */
  readonly values: readonly HitValue[]
}
