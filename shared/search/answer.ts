// A result in the form of the Crash Stats API.

import { isoOfMicros } from '../time/iso-time.ts'
import { searchFieldOf } from './fields.ts'
import { printAfter } from './parameters/controls.ts'
import { keyOfFacet } from './parameters/facets.ts'
import type { Bucket, FacetResult, HitValue, Query, Result, SearchName, Term } from './query.ts'

/** The answer of SuperSearch. Integers beyond 2^53 are bigint: write it with `answerText`. */
export interface Answer {
  readonly hits: readonly Readonly<Record<SearchName, HitValue>>[]
  readonly total: number
  /** Sum of weights: an estimate of how many reports were submitted. */
  readonly weighted: number
  readonly facets: Readonly<Record<string, AnswerFacet>>
  /** Value of `_results_after` for the next page. */
  readonly next: string | null
  readonly errors: readonly []
}

export type AnswerFacet = { readonly value: number } | readonly AnswerBucket[]

export interface AnswerBucket {
  readonly term: Term
  readonly count: number
  readonly weighted: number
  readonly facets?: Readonly<Record<string, AnswerFacet>>
}

/**
 * The answer of a query. Times are ISO text with `+00:00`; terms of booleans are `T` and `F`. Each hit has every column of
 * the query as a key.
 */
export function answerOf(query: Query, result: Result): Answer {
  const { total, weighted, next } = result
  return {
    hits: result.hits.map((hit) =>
      Object.fromEntries(query.columns.map((name, i) => [name, shownHit(name, hit[i] ?? null)])),
    ),
    total,
    weighted,
    facets: shownFacets(result.facets),
    next: next && printAfter(next),
    errors: [],
  }
}

const isTime = (name: SearchName) => searchFieldOf(name).matching === 'date'

const shownHit = (name: SearchName, value: HitValue): HitValue =>
  value !== null && isTime(name) ? isoOfMicros(BigInt(value as number)) : value

function shownTerm(name: SearchName, term: Term): Term {
  if (isTime(name)) return isoOfMicros(BigInt(term as number))
  return typeof term === 'boolean' ? (term ? 'T' : 'F') : term
}

const shownFacets = (facets: readonly FacetResult[]): Record<string, AnswerFacet> =>
  Object.fromEntries(facets.map((one) => [keyOfFacet(one.facet), shownFacet(one)]))

function shownFacet(result: FacetResult): AnswerFacet {
  if ('distinct' in result) return { value: result.distinct }
  return result.buckets.map((bucket) => shownBucket(result.facet.field, bucket))
}

function shownBucket(name: SearchName, { term, count, weighted, facets }: Bucket): AnswerBucket {
  const shown = { term: shownTerm(name, term), count, weighted }
  return facets.length > 0 ? { ...shown, facets: shownFacets(facets) } : shown
}

/** TypeScript's library does not have it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** JSON with every integer exact. */
export const answerText = (answer: unknown, indent?: number): string =>
  JSON.stringify(
    answer,
    (_, value: unknown) => (typeof value === 'bigint' ? rawJSON(String(value)) : value),
    indent,
  )
