// The query model: what a search asks, independent of how it was written and of what answers it.

/** Name of a field in searches: the contract of the Crash Stats API. `fields.ts` has the fields. */
export type SearchName = string

/** Microseconds since 1970, UTC; a safe integer. */
export type Instant = number

/** Integers are numbers where exact, else bigint. */
export type Scalar = string | number | bigint | boolean

/** A search over crash reports. */
export interface Query {
  /** Every filter holds. Each field occurs once; `date` does not occur. */
  readonly where: readonly FieldFilter[]
  /** First processed time, inclusive. */
  readonly from: Instant
  /** Processed times end before this. */
  readonly to: Instant
  /** Aggregations over all matching reports. */
  readonly facets: readonly Facet[]
  /** Maximum number of terms of each terms facet, at every level. 0: no aggregations. */
  readonly facetSize: number
  /** Fields of each hit. */
  readonly columns: readonly SearchName[]
  /** Order of hits. Empty: newest first. Equal reports follow in the order of their crash IDs. */
  readonly sort: readonly SortKey[]
  readonly offset: number
  /** Maximum number of hits. */
  readonly limit: number
  /** Hits start after this report: the values of its sort keys, then its crash ID. */
  readonly after?: readonly (Scalar | null)[]
  /** Reports that were sent again on a later day. */
  readonly duplicates: 'exclude' | 'include'
  /** What terms are ordered by. Results have both. */
  readonly measure: 'count' | 'weight'
  /** Names that the parameters contain and the query does not. */
  readonly ignored: readonly Ignored[]
}

export interface SortKey {
  readonly field: SearchName
  readonly descending: boolean
}

export interface Ignored {
  /** The parameter, or `parameter=value` where only this value was dropped. */
  readonly name: string
  readonly why: 'unknown' | 'protected'
}

export interface FieldFilter {
  readonly field: SearchName
  readonly test: Test
}

/** Leaves are true or false, never null. */
export type Test = Clause | { readonly and: readonly Test[] } | { readonly or: readonly Test[] }

/** `not` includes reports without a value. */
export type Clause = { readonly not: boolean } & Condition

export type Condition =
  | { readonly op: 'any'; readonly values: readonly Scalar[] }
  | { readonly op: TextOp; readonly value: string }
  | { readonly op: 'regexp'; readonly value: Regexp }
  | { readonly op: RangeOp; readonly value: number | bigint }
  | { readonly op: 'null' | 'true' }

/** `contains`, `starts` and `ends` treat `*` and `?` in the value as wildcards. */
export type TextOp = 'equals' | 'contains' | 'starts' | 'ends'
export type RangeOp = '>' | '>=' | '<' | '<='
export type Op = Condition['op']

/** A regular expression that matches whole values; see `regexp.ts`. */
export interface Regexp {
  readonly source: string
  readonly tree: RegexpTree
}

/** Code points of a class are pairs of first and last, sorted and disjoint. */
export type RegexpTree =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'dot' }
  | { readonly kind: 'class'; readonly ranges: readonly (readonly [number, number])[]; readonly not: boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly RegexpTree[] }
  /** `max` null: unbounded. */
  | { readonly kind: 'repeat'; readonly item: RegexpTree; readonly min: number; readonly max: number | null }

export type CalendarUnit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year'

/** One aggregation; `sub` runs in each of its buckets. */
export type Facet =
  | { readonly kind: 'terms'; readonly field: SearchName; readonly sub?: readonly Facet[] }
  | { readonly kind: 'cardinality'; readonly field: SearchName }
  | {
      readonly kind: 'histogram'
      readonly field: SearchName
      readonly interval: number | CalendarUnit
      readonly sub?: readonly Facet[]
    }

/** A value of a bucket or a hit. Times are Instants. */
export type Term = Scalar

/** The answer to a query. */
export interface Result {
  /** In the order of the query's columns. A list of one value is this value; an empty list is null. */
  readonly hits: readonly (readonly HitValue[])[]
  /** Number of matching reports. */
  readonly total: number
  /** Sum of their weights: an estimate of how many reports were submitted. */
  readonly weighted: number
  /** In the order of the query's facets. */
  readonly facets: readonly FacetResult[]
  /** Value of `after` for the next page; null after the last. */
  readonly next: readonly (Scalar | null)[] | null
}

export type HitValue = Scalar | null | readonly string[]

export type FacetResult =
  | { readonly facet: Facet; readonly buckets: readonly Bucket[] }
  | { readonly facet: Facet; readonly distinct: number }

/** Terms are in the order of the measure, then ascending; histograms ascending without empty buckets. */
export interface Bucket {
  readonly term: Term
  readonly count: number
  readonly weighted: number
  readonly facets: readonly FacetResult[]
}
