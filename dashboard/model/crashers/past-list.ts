// Top Crashers of a period that no aggregate has: the search that counts it, and its rows.

import type { Tally } from '../../../shared/aggregates/documents.ts'
import { own } from '../../../shared/own.ts'
import type { Answer, AnswerBucket, AnswerFacet } from '../../../shared/search/answer.ts'
import { addDays } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { searchParameters, uniqueReports } from '../search/links.ts'
import { shareOf } from '../tally.ts'
import { filterValues, given, periodParameters, restrictionParameters } from './crasher-search.ts'
import { type Family, familyOf } from './cube.ts'
import type { Filters } from './filters.ts'

/** Signatures in the list, those with the most crashes. */
const listed = 300

/** First and last day of the period that the filters name, both inclusive. */
export const pastPeriod = ({ to, days }: { to: IsoDate; days: number }) => ({
  from: addDays(to, 1 - days),
  to,
})

/**
 * The parameters of the search; reports that were sent again do not count, as in aggregates. Null where no search can name
 * the value of a filter.
 */
export function pastSearch(filters: Filters & { to: IsoDate }): URLSearchParams | null {
  const restrictions = restrictionParameters([...given('product', filters.product), ...filterValues(filters)])
  if (!restrictions || restrictions.includes(null)) return null
  const search = searchParameters([...restrictions, uniqueReports, ...periodParameters(pastPeriod(filters))])
  search.set('_aggs.signature', 'platform')
  search.set('_facets_size', String(listed))
  search.set('_measure', 'weight')
  search.set('_results_number', '0')
  return search
}

export interface PastRow {
  /** From 1. */
  rank: number
  product: string
  signature: string
  total: Tally
  /** 0…1 of the crashes that match the filters. */
  share: number
  families: Record<Family, number>
}

const bucketsOf = (answer: AnswerFacet | undefined): readonly AnswerBucket[] =>
  Array.isArray(answer) ? answer : []

/** The rows of an answer, those with the most crashes first. */
export const pastRows = (answer: Answer, product = ''): PastRow[] =>
  bucketsOf(own(answer.facets, 'signature')).map(({ term, count, weighted, facets = {} }, place) => ({
    rank: place + 1,
    product,
    signature: String(term),
    total: { count, weighted },
    share: shareOf(weighted, answer.weighted),
    families: familiesOf(bucketsOf(own(facets, 'platform'))),
  }))

function familiesOf(platforms: readonly AnswerBucket[]): Record<Family, number> {
  const sums = { win: 0, mac: 0, lin: 0, other: 0 }
  for (const { term, weighted } of platforms) sums[familyOf(String(term))] += weighted
  return sums
}
