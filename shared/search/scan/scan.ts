// Answers a query over one segment.
import { searchFieldOf } from '../fields.ts'
import { effectiveSort } from '../parameters/controls.ts'
import type { Facet, Query } from '../query.ts'
import type { Segment } from '../segment.ts'
import { countFacets } from './facets.ts'
import { firstHits } from './hits.ts'
import { matchingRows, weightsOf } from './mask.ts'
import type { PartialResult } from './partial.ts'

/** The columns that `scanSegment` reads. */
export interface NeededColumns {
  /** Without these it fails. */
  readonly scanned: ReadonlySet<string>
  /** Only values of hits; without them, hits have null. */
  readonly shown: ReadonlySet<string>
}

/** Names of columns in the tables. The crash ID also orders hits that are otherwise equal. */
export function neededColumns(query: Query): NeededColumns {
  const names = ['date', 'weight', ...query.where.map(({ field }) => field), ...namesOf(query.facets)]
  if (query.duplicates === 'exclude') names.push('duplicate_of')
  if (query.limit > 0) names.push(...effectiveSort(query.sort).map(({ field }) => field))
  if (query.after) names.push('uuid')
  const shown = query.limit > 0 ? [...query.columns, 'uuid'] : []
  return { scanned: columnsOf(names), shown: columnsOf(shown) }
}

const columnsOf = (names: readonly string[]) => new Set(names.map((name) => searchFieldOf(name).column))

const namesOf = (facets: readonly Facet[]): string[] =>
  facets.flatMap((facet) => [facet.field, ...(facet.kind === 'cardinality' ? [] : namesOf(facet.sub ?? []))])

/**
 * Scans a segment. Its time is linear in rows and in the sizes of the dictionaries that the query concerns.
 * @throws Error if a column is not loaded; CrashError 'limit' for facets with too many buckets
 */
export function scanSegment(query: Query, segment: Segment): PartialResult {
  const rows = matchingRows(query, segment)
  const weights = weightsOf(segment)
  let weighted = 0
  for (let i = 0; i < rows.length; i++) weighted += weights.table[weights.codes[rows[i]!]!]!
  return {
    total: rows.length,
    weighted,
    facets: countFacets(query.facets, rows, { segment, weights }),
    hits: firstHits(query, rows, segment),
  }
}
