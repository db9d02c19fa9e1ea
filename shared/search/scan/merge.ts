// Partial results of segments to the result of a query.
import { compareScalars, compareText } from '../order.ts'
import { effectiveSort } from '../parameters/controls.ts'
import type { Bucket, Facet, FacetResult, Query, Result, Term } from '../query.ts'
import { comparePositions } from './hits.ts'
import type { PartialBucket, PartialFacet, PartialHit, PartialResult } from './partial.ts'

/** The result over all segments, which must not share a report. Without segments, nothing was found. */
export function mergeResults(query: Query, partials: readonly PartialResult[]): Result {
  const hits = mergeHits(query, partials)
  const last = query.limit > 0 && hits.length === query.limit ? hits.at(-1) : undefined
  const sumOf = (key: 'total' | 'weighted') => partials.reduce((sum, partial) => sum + partial[key], 0)
  return {
    hits: hits.map((hit) => hit.values),
    total: sumOf('total'),
    weighted: sumOf('weighted'),
    facets: query.facets.map((facet, i) =>
      mergeFacet(
        query,
        facet,
        partials.map((partial) => partial.facets[i]!),
      ),
    ),
    next: last && last.id !== null ? [...last.keys, last.id] : null,
  }
}

/** Equal hits without crash IDs are in the order of segments and rows. */
function mergeHits(query: Query, partials: readonly PartialResult[]): PartialHit[] {
  const keys = effectiveSort(query.sort)
  const compare = (a: PartialHit, b: PartialHit) =>
    comparePositions(keys, a.keys, b.keys) || compareText(a.id ?? '', b.id ?? '')
  return partials
    .flatMap((partial) => partial.hits)
    .sort(compare)
    .slice(query.offset, query.offset + query.limit)
}

function mergeFacet(query: Query, facet: Facet, parts: readonly PartialFacet[]): FacetResult {
  if (facet.kind === 'cardinality') {
    const distinct = new Set<Term>()
    for (const part of parts) if ('distinct' in part) for (const term of part.distinct) distinct.add(term)
    return { facet, distinct: distinct.size }
  }
  const byTerm = new Map<Term, PartialBucket[]>()
  for (const part of parts) {
    if (!('buckets' in part)) continue
    for (const [term, bucket] of part.buckets) {
      const list = byTerm.get(term)
      if (list) list.push(bucket)
      else byTerm.set(term, [bucket])
    }
  }
  return { facet, buckets: bucketsOf(query, facet, byTerm) }
}

function bucketsOf(
  query: Query,
  facet: Facet & { readonly kind: 'terms' | 'histogram' },
  byTerm: ReadonlyMap<Term, readonly PartialBucket[]>,
): Bucket[] {
  const measure = query.measure === 'count' ? 'count' : 'weighted'
  const sums = [...byTerm].map(([term, parts]) => ({
    term,
    parts,
    count: sumOf(parts, 'count'),
    weighted: sumOf(parts, 'weighted'),
  }))
  const byTermOnly = (a: { term: Term }, b: { term: Term }) => compareScalars(a.term, b.term)
  const least =
    facet.kind === 'terms'
      ? leastOf(
          sums.map((sum) => sum[measure]),
          query.facetSize,
        )
      : 0
  const kept =
    facet.kind === 'terms'
      ? sums
          .filter((sum) => sum[measure] >= least)
          .sort((a, b) => b[measure] - a[measure] || byTermOnly(a, b))
          .slice(0, query.facetSize)
      : sums.sort(byTermOnly)
  return kept.map(({ term, count, weighted, parts }) => ({
    term,
    count,
    weighted,
    facets: (facet.sub ?? []).map((sub, i) =>
      mergeFacet(
        query,
        sub,
        parts.map((part) => part.facets[i]!),
      ),
    ),
  }))
}

const sumOf = (parts: readonly PartialBucket[], key: 'count' | 'weighted') =>
  parts.length === 1 ? parts[0]![key] : parts.reduce((sum, part) => sum + part[key], 0)

/** The value that the first `size` of a descending order reach. */
function leastOf(values: readonly number[], size: number): number {
  if (values.length <= size) return Number.NEGATIVE_INFINITY
  return Float64Array.from(values).sort()[values.length - size]!
}
