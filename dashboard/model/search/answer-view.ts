// An answer as what the page shows: facets with shares and links, and the crashes of each day.
import { own } from '../../../shared/own.ts'
import type { Answer, AnswerBucket, AnswerFacet } from '../../../shared/search/answer.ts'
import { keyOfFacet } from '../../../shared/search/parameters/facets.ts'
import type { Facet, Query, Term } from '../../../shared/search/query.ts'
import { type Series, seriesOf } from '../series.ts'
import { shareOf } from '../tally.ts'
import { valuesOfTerm } from './changes.ts'
import { titleOf } from './field-names.ts'
import { isHistogramOfDate, splitOf } from './page-search.ts'

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

/** Values that have a color of their own; the others, and reports without a value, are `Other`. */
const mostSeries = 6

/**
 * Reports by day, or the crashes that they represent, split by the first facet within the days; null when the answer does
 * not have them by day or less.
 */
export function dayCounts(query: Query, answer: Answer): DayCounts | null {
  const facet = query.facets.find(isHistogramOfDate)
  if (facet?.kind !== 'histogram' || !['minute', 'hour', 'day'].includes(String(facet.interval))) return null
  const buckets = bucketsOf(own(answer.facets, 'histogram_date') ?? [])
  const dates = datesOf(query, [...new Set(buckets.map(dateOf))].sort())
  const end = new Date(query.to / 1000)
  const isPart = query.to % (dayMs * 1000) !== 0 && dates.at(-1) === end.toISOString().slice(0, 10)
  return {
    dates,
    series: daySeries(query, buckets, dates),
    partial: isPart ? { date: dates.at(-1)!, until: end.toISOString() } : null,
  }
}

const dateOf = ({ term }: AnswerBucket) => String(term).slice(0, 10)

function daySeries(query: Query, buckets: readonly AnswerBucket[], dates: readonly string[]): Series[] {
  const split = splitOf(query)
  const name = query.measure === 'count' ? 'Reports' : 'Crashes'
  const groups = new Map<string, number[]>(split ? [] : [[name, dates.map(() => 0)]])
  const places = new Map(dates.map((date, place) => [date, place]))
  const add = (group: string, bucket: AnswerBucket, value: number) => {
    const place = places.get(dateOf(bucket))
    if (place === undefined) return
    const values = groups.get(group) ?? dates.map(() => 0)
    values[place]! += value
    groups.set(group, values)
  }
  const measured = ({ count, weighted = count }: AnswerBucket) =>
    query.measure === 'count' ? count : weighted
  for (const bucket of buckets) {
    const parts = split ? bucketsOf(own(bucket.facets ?? {}, keyOfFacet(split)) ?? []) : []
    for (const part of parts) add(textOfTerm(part.term), bucket, measured(part))
    const rest = parts.reduce((left, part) => left - measured(part), measured(bucket))
    // A report with several values counts for each, so the rest may be negative.
    if (rest > 0) add(split ? 'Other' : name, bucket, rest)
  }
  if (!split) return [{ name, values: groups.get(name)! }]
  const tallies = [...groups].map(([group, values]) => ({
    name: group,
    days: values.map((weighted) => ({ count: weighted, weighted })),
  }))
  return seriesOf(tallies, { length: dates.length, most: mostSeries })
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
