// The URL of the search page: the parameters of Super Search, and two of the page.
import { effectiveSort } from '../../../shared/search/parameters/controls.ts'
import { openLimits } from '../../../shared/search/parameters/options.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import type { Problem } from '../../../shared/search/parameters/problems.ts'
import type { Facet, Instant, Query, SortKey } from '../../../shared/search/query.ts'

/** Columns of the list of reports, as in Crash Stats. */
const defaultColumns = ['date', 'signature', 'product', 'version', 'build_id', 'platform']
const defaultFacet = 'signature'
const pageSize = 50
const maxPage = 1_000_000

export interface PageSearch {
  /** The parameters of Super Search in the URL, without empty ones. */
  parameters: URLSearchParams
  /** From 1. */
  page: number
  /** False: the form is shown, and nothing is searched. */
  runs: boolean
  /** Null: see `problems`. */
  query: Query | null
  problems: readonly Problem[]
}

interface ReadOptions {
  /** The period ends then unless the URL contains another end. */
  now: Instant
  /** Whether the query has fields that need a permission: the server checks it. */
  protected: 'allow' | 'drop'
}

export function readPageSearch(url: URLSearchParams, options: ReadOptions): PageSearch {
  const parameters = new URLSearchParams([...url].filter(([name, text]) => text !== '' && !isOfPage(name)))
  const page = Math.min(maxPage, Math.max(1, Math.floor(Number(url.get('page') ?? 1)) || 1))
  const given = new URLSearchParams(parameters)
  if (!given.has('_columns')) for (const column of defaultColumns) given.append('_columns', column)
  if (!given.has('_results_number')) given.set('_results_number', `${pageSize}`)
  if (page > 1) given.set('_results_offset', `${(page - 1) * (Number(given.get('_results_number')) || 0)}`)
  const parsed = parseQuery(given, { ...options, unknown: 'drop', limits: openLimits })
  const runs = (url.get('_dont_run') ?? '0') === '0'
  if ('problems' in parsed) return { parameters, page, runs, query: null, problems: parsed.problems }
  return { parameters, page, runs, query: parsed.query, problems: [] }
}

const isOfPage = (name: string) => name === 'page' || name === '_dont_run'

/** The query whose answer the page shows: with the crash ID of each hit, for links, and the crashes of each day. */
export function questionOf(query: Query): Query {
  const columns = query.columns.includes('uuid') ? query.columns : [...query.columns, 'uuid']
  const days: Facet = { kind: 'histogram', field: 'date', interval: 'day' }
  const hasDays = query.facetSize === 0 || query.facets.some(isHistogramOfDate)
  return { ...query, columns, facets: hasDays ? query.facets : [...query.facets, days] }
}

export const isHistogramOfDate = ({ kind, field }: Facet): boolean => kind === 'histogram' && field === 'date'

/** The field that splits the days of the chart: the first within the days, as `_histogram.date=<field>` asks for. */
export function splitOf({ facets }: Query): Facet | null {
  const days = facets.find(isHistogramOfDate)
  const [first] = days?.kind === 'histogram' ? (days.sub ?? []) : []
  return first?.kind === 'terms' ? first : null
}

/** The names of facets in the URL; without any, the default. */
export const facetNames = (parameters: URLSearchParams): string[] => {
  const given = parameters.getAll('_facets')
  return given.length > 0 ? given : [defaultFacet]
}

export const columnNames = (parameters: URLSearchParams): string[] => {
  const given = parameters.getAll('_columns')
  return given.length > 0 ? given : defaultColumns
}

/** The first sort key: that of the header that is marked. */
export const firstSort = ({ sort }: Query): SortKey => effectiveSort(sort)[0]!
