// An answer as what the page shows: facets with shares and links, and the crashes of each day.
import { own } from '../../../shared/own.ts'
import type { Answer, AnswerBucket, AnswerFacet } from '../../../shared/search/answer.ts'
import { keyOfFacet } from '../../../shared/search/parameters/facets.ts'
import type { Facet, Query, Term } from '../../../shared/search/query.ts'
import type { Series } from '../series.ts'
import { shareOf } from '../tally.ts'
import { valuesOfTerm } from './changes.ts'
import { titleOf } from './field-names.ts'
import { isHistogramOfDate } from './page-search.ts'

export interface FacetView {
  /** As in the answer. */
  key: string
  facet: Facet
  title: string
  /** Number of distinct values, of a cardinality. */
  distinct: number | null
  rows: readonly FacetRow[]
  /** More values may exist. */
  isCut: boolean
}

export interface FacetRow {
  text: string
  count: number
  weighted: number
  /** Of the reports, or of the crashes that they represent, by the query's measure. */
  share: number
  /** The filter that restricts the search to this value; null: none can. */
  values: readonly string[] | null
  below: readonly FacetView[]
}

interface Whole {
  total: number
  weighted: number
}

/** The facets of a query in its order. */
export function facetViews(query: Query, answer: Answer): FacetView[] {
  return viewsOf(query.facets, answer.facets, { query, whole: answer })
}

interface Context {
  query: Query
  whole: Whole
}

function viewsOf(
  facets: readonly Facet[],
  answers: Readonly<Record<string, AnswerFacet>>,
  context: Context,
): FacetView[] {
  return facets.map((facet) => {
    const key = keyOfFacet(facet)
    const answer = own(answers, key) ?? []
    const buckets = bucketsOf(answer)
    return {
      key,
      facet,
      title: titleOfFacet(facet),
      distinct: 'value' in answer ? answer.value : null,
      rows: buckets.map((bucket) => rowOf(facet, bucket, context)),
      isCut: facet.kind === 'terms' && buckets.length >= context.query.facetSize,
    }
  })
}

const bucketsOf = (answer: AnswerFacet): readonly AnswerBucket[] => (Array.isArray(answer) ? answer : [])

const titleOfFacet = ({ kind, field, ...facet }: Facet): string => {
  if (kind === 'terms') return titleOf(field)
  if (kind === 'cardinality') return `${titleOf(field)}: distinct values`
  return `${titleOf(field)} by ${(facet as { interval: number | string }).interval}`
}

function rowOf(facet: Facet, bucket: AnswerBucket, context: Context): FacetRow {
  const { term, count, weighted = count, facets = {} } = bucket
  const { query, whole } = context
  const sub = facet.kind === 'cardinality' ? [] : (facet.sub ?? [])
  const below = { query, whole: { total: count, weighted } }
  return {
    text: textOfTerm(term),
    count,
    weighted,
    share: query.measure === 'count' ? shareOf(count, whole.total) : shareOf(weighted, whole.weighted),
    values: valuesOfTerm(facet, term),
    below: viewsOf(sub, facets, below),
  }
}

/** Dates without their midnight; the empty text as words. */
function textOfTerm(term: Term): string {
  const text = String(term)
  if (text === '') return '(empty)'
  return text.replace(/^(\d{4}-\d\d-\d\d)T00:00:00(?:\+00:00|Z)$/, '$1')
}

const dayMs = 86_400_000
const longestChart = 1100

export interface DayCounts {
  dates: string[]
  series: Series[]
  /** The last day, when it is not over. */
  partial: { date: string; until: string } | null
}

/** Reports by day, or the crashes that they represent; null when the answer does not have them by day or less. */
export function dayCounts(query: Query, answer: Answer): DayCounts | null {
  const facet = query.facets.find(isHistogramOfDate)
  if (facet?.kind !== 'histogram' || !['minute', 'hour', 'day'].includes(String(facet.interval))) return null
  const sums = new Map<string, number>()
  for (const { term, count, weighted = count } of bucketsOf(own(answer.facets, 'histogram_date') ?? [])) {
    const date = String(term).slice(0, 10)
    sums.set(date, (sums.get(date) ?? 0) + (query.measure === 'count' ? count : weighted))
  }
  const dates = datesOf(query, [...sums.keys()].sort())
  const values = dates.map((date) => sums.get(date) ?? 0)
  const end = new Date(query.to / 1000)
  const isPart = query.to % (dayMs * 1000) !== 0 && dates.at(-1) === end.toISOString().slice(0, 10)
  return {
    dates,
    series: [{ name: query.measure === 'count' ? 'Reports' : 'Crashes', values }],
    partial: isPart ? { date: dates.at(-1)!, until: end.toISOString() } : null,
  }
}

/** All days of the period; of a long one, those from the first to the last crash. */
function datesOf({ from, to }: Query, found: readonly string[]): string[] {
  let [first, last] = [Math.floor(from / 1000 / dayMs), Math.floor((to - 1) / 1000 / dayMs)]
  if (last - first >= longestChart && found.length > 0) {
    const numbers = [found[0]!, found.at(-1)!].map((date) => Date.parse(date) / dayMs)
    ;[first, last] = [Math.max(numbers[0]!, numbers[1]! - longestChart), numbers[1]!]
  }
  const length = Math.min(longestChart, last - first + 1)
  return Array.from({ length }, (_, i) => new Date((first + i) * dayMs).toISOString().slice(0, 10))
}
