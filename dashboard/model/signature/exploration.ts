// What a reader explores on the signature page, as its URL has it: a graph, breakdowns, columns, days.
import { findSearchField } from '../../../shared/search/fields.ts'
import { isDate } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import type { ChartStyle } from '../series.ts'

export const chartStyles = ['stacked', 'lines', 'share'] as const satisfies readonly ChartStyle[]

export interface Exploration {
  /** The field by which the graph has series; null: as the document has it. */
  graph: string | null
  style: ChartStyle
  /** Fields with a breakdown. */
  facets: readonly string[]
  /** Columns of the list of reports. */
  columns: readonly string[]
  /** Whether the variants of the stack are shown. */
  stacks: boolean
  /** Days, both inclusive; null: all of the page. */
  from: IsoDate | null
  to: IsoDate | null
}

/** Of breakdowns, and of columns: more make a page that is too long to read. */
const mostNames = 20

/** The parameters of the page that are read here. */
export const explorationParameters = ['graph', 'style', 'facet', 'column', 'stacks', 'from', 'to'] as const

const isPublicField = (name: string) => findSearchField(name)?.public === true

export function readExploration(query: URLSearchParams): Exploration {
  const names = (parameter: string) =>
    [...new Set(query.getAll(parameter))].filter(isPublicField).slice(0, mostNames)
  const day = (parameter: string) => {
    const text = query.get(parameter)
    return text !== null && isDate(text) ? text : null
  }
  return {
    graph: names('graph')[0] ?? null,
    style: chartStyles.find((one) => one === query.get('style')) ?? 'stacked',
    facets: names('facet'),
    columns: names('column'),
    stacks: query.get('stacks') === '1',
    from: day('from'),
    to: day('to'),
  }
}

/** The parameters of the URL; defaults are omitted. */
export const printExploration = ({ graph, style, facets, columns, stacks, from, to }: Exploration) => ({
  graph: graph ?? undefined,
  style: style === 'stacked' ? undefined : style,
  facet: facets,
  column: columns,
  stacks: stacks ? '1' : undefined,
  from: from ?? undefined,
  to: to ?? undefined,
})

/** Whether it needs more than the document of the signature. */
export const needsSearch = ({ graph, facets, columns, stacks }: Exploration): boolean =>
  graph !== null || facets.length > 0 || columns.length > 0 || stacks

const dayMs = 86_400_000
const dayAfter = (date: IsoDate): IsoDate => new Date(Date.parse(date) + dayMs).toISOString().slice(0, 10)

/** Reports in the list. */
const listed = 100
const facetSize = 50

/**
 * The parameters of the search that answers it.
 * @param filters of the page: signature, product, version
 * @param dates the days of the page
 */
export function explorationSearch(
  exploration: Exploration,
  { filters, dates }: { filters: URLSearchParams; dates: readonly IsoDate[] },
): URLSearchParams {
  const { graph, facets, columns, stacks, from, to } = exploration
  const search = new URLSearchParams([...filters].filter(([name]) => name !== 'date'))
  const first = from ?? dates[0]
  const last = to ?? dates.at(-1)
  if (first !== undefined) search.append('date', `>=${first}`)
  if (last !== undefined) search.append('date', `<${dayAfter(last)}`)
  for (const facet of facets) search.append('_facets', facet)
  if (stacks) search.append('_aggs.stack_key', 'proto_signature')
  if (graph !== null) search.append('_histogram.date', graph)
  // Without any, the search would have its default one.
  const hasFacets = facets.length > 0 || stacks || graph !== null
  search.set('_facets_size', String(hasFacets ? facetSize : 0))
  search.set('_measure', 'weight')
  for (const column of columns) search.append('_columns', column)
  search.set('_results_number', String(columns.length > 0 ? listed : 0))
  return search
}
