// How parameters are read: for which audience, within which limits.
import type { Instant } from '../query.ts'

export interface Limits {
  /** Hits of one answer. */
  readonly results: number
  /** Position of the last hit that offsets reach; keyset paging has no such limit. */
  readonly window: number
  /** Terms of a facet. */
  readonly facetSize: number
  /** Length of the range of processed times. */
  readonly days: number
}

/** Socorro's limits, on which old clients may rely. */
export const socorroLimits: Limits = { results: 1000, window: 10_000, facetSize: 10_000, days: 365 }

/** Limits that only bound memory. */
export const openLimits: Limits = {
  results: 10_000,
  window: Number.POSITIVE_INFINITY,
  facetSize: 100_000,
  days: Number.POSITIVE_INFINITY,
}

export interface ParseOptions {
  /** The current time. */
  readonly now: Instant
  /**
   * Protected fields: `allow` them, `drop` them as Socorro does for callers without a permission, or `refuse` the search
   * and name them. This is the only check: a query contains no field that it does not allow.
   */
  readonly protected: 'allow' | 'drop' | 'refuse'
  /** Unknown fields in facets and sort. Unknown filters are always dropped, unknown columns always refused. */
  readonly unknown: 'drop' | 'refuse'
  readonly limits: Limits
  /** Known products; others are refused. Default: any. */
  readonly products?: ReadonlySet<string>
}
