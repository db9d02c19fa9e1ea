// What a reader explores on the signature page: URL, search, and what the answer shows.
import { describe, expect, test } from 'vitest'
import { readPageSearch } from '../../../../dashboard/model/search/page-search.ts'
import { sharesOf } from '../../../../dashboard/model/series.ts'
import {
  type Exploration,
  explorationSearch,
  needsSearch,
  printExploration,
  readExploration,
} from '../../../../dashboard/model/signature/exploration.ts'
import { versionMarkers } from '../../../../dashboard/model/signature/markers.ts'
import { stackVariants, termSeries } from '../../../../dashboard/model/signature/term-series.ts'
import { signatureHref } from '../../../../dashboard/route.ts'
import type { HomeAggregate } from '../../../../shared/aggregates/documents.ts'
import type { Answer } from '../../../../shared/search/answer.ts'

const nothing: Exploration = {
  graph: null,
  style: 'stacked',
  facets: [],
  columns: [],
  stacks: false,
  from: null,
  to: null,
}
const everything: Exploration = {
  graph: 'cpu_arch',
  style: 'share',
  facets: ['platform', 'reason'],
  columns: ['uptime', 'date'],
  stacks: true,
  from: '2026-11-03',
  to: '2026-11-09',
}

describe('the URL', () => {
  test.each([
    ['nothing', nothing],
    ['everything', everything],
  ])('of %s reads back the same', (_, exploration) => {
    const href = signatureHref('a & b', { product: 'P' }, printExploration(exploration))
    expect(readExploration(new URL(href, 'http://x').searchParams)).toEqual(exploration)
  })

  test('without anything has no further parameters', () => {
    expect(signatureHref('a', {}, printExploration(nothing))).toBe('/signature/?signature=a')
  })

  test('with unknown, protected and repeated names, and bad days, reads only what exists', () => {
    const text =
      'graph=user_comments&graph=nope&facet=nope&facet=url&facet=version&facet=version&style=pie&from=1.1.&to=2026-02-30&stacks=yes'
    expect(readExploration(new URLSearchParams(text))).toEqual({ ...nothing, facets: ['version'] })
    const many = new URLSearchParams()
    for (const name of ['version', 'platform', 'reason']) many.append('column', name)
    expect(readExploration(many).columns).toEqual(['version', 'platform', 'reason'])
  })

  test('only fields need a search: style and days apply to the document', () => {
    expect(needsSearch(nothing)).toBe(false)
    expect(needsSearch({ ...nothing, style: 'lines', from: '2026-11-03' })).toBe(false)
    expect(needsSearch({ ...nothing, stacks: true })).toBe(true)
  })
})

describe('explorationSearch', () => {
  const page = {
    filters: new URLSearchParams({ signature: '=a', product: '=P', date: '>=2026-11-01' }),
    dates: ['2026-11-01', '2026-11-02', '2026-11-10'],
  }
  const queryOf = (exploration: Exploration) => {
    const search = explorationSearch(exploration, page)
    const read = readPageSearch(search, { now: Date.parse('2026-11-20') * 1000, protected: 'drop' })
    expect(read.problems).toEqual([])
    return read.query!
  }
  const day = (date: string) => Date.parse(date) * 1000

  test('asks for all at once, within the days, by estimated crashes', () => {
    const query = queryOf(everything)
    expect([query.from, query.to]).toEqual([day('2026-11-03'), day('2026-11-10')])
    expect(query.facets).toEqual([
      { kind: 'terms', field: 'platform' },
      { kind: 'terms', field: 'reason' },
      { kind: 'terms', field: 'stack_key', sub: [{ kind: 'terms', field: 'proto_signature' }] },
      { kind: 'histogram', field: 'date', interval: 'day', sub: [{ kind: 'terms', field: 'cpu_arch' }] },
    ])
    expect([query.measure, query.columns, query.limit]).toEqual(['weight', ['uptime', 'date'], 100])
    expect(query.where.map(({ field }) => field).sort()).toEqual(['product', 'signature'])
  })

  test('asks for nothing that is not shown', () => {
    const query = queryOf({ ...nothing, columns: ['uptime'] })
    expect([query.facetSize, query.limit]).toEqual([0, 100])
    expect([query.from, query.to]).toEqual([day('2026-11-01'), day('2026-11-11')])
    expect(queryOf({ ...nothing, graph: 'version' }).limit).toBe(0)
  })
})

const bucket = (term: string, weighted: number, facets = {}) => ({ term, count: 1, weighted, facets })
const answerWith = (facets: object): Answer =>
  ({ hits: [], total: 10, weighted: 100, next: null, errors: [], facets }) as unknown as Answer

describe('termSeries', () => {
  const dates = ['2026-11-01', '2026-11-02']
  const day = (date: string, weighted: number, terms: Record<string, number>) =>
    bucket(`${date}T00:00:00+00:00`, weighted, {
      version: Object.entries(terms).map(([term, count]) => bucket(term, count)),
    })

  test('has the largest values, then the rest of each day', () => {
    const answer = answerWith({
      histogram_date: [
        day('2026-11-01', 10, { a: 1, b: 2, c: 3, d: 1, e: 1, f: 1 }),
        day('2026-11-02', 20, { a: 19 }),
        day('2026-12-01', 99, { z: 99 }),
      ],
    })
    expect(termSeries(answer, 'version', dates)).toEqual([
      { name: 'a', values: [1, 19] },
      { name: 'c', values: [3, 0] },
      { name: 'b', values: [2, 0] },
      { name: 'd', values: [1, 0] },
      { name: 'e', values: [1, 0] },
      { name: 'Other or none', values: [2, 1] },
    ])
  })

  test('of reports with several values has no negative rest', () => {
    const answer = answerWith({ histogram_date: [day('2026-11-01', 1, { a: 1, '': 1 })] })
    expect(termSeries(answer, 'version', dates).map(({ name }) => name)).toEqual(['(empty)', 'a'])
    expect(termSeries(answerWith({}), 'version', dates)).toEqual([])
    const rest = (weighted: number) =>
      termSeries(answerWith({ histogram_date: [day('2026-11-01', weighted, { a: 1 })] }), 'version', dates)
    expect([rest(1.5), rest(1.6)].map((series) => series.length)).toEqual([1, 2])
  })
})

test('shares of a day add up to 100, and are 0 on days without crashes', () => {
  const series = [
    { name: 'a', values: [1, 0] },
    { name: 'b', values: [3, 0] },
  ]
  expect(sharesOf(series).map(({ values }) => values)).toEqual([
    [25, 0],
    [75, 0],
  ])
})

test('variants of the stack have their share and most frequent frames', () => {
  const answer = answerWith({
    stack_key: [
      bucket('00ff', 75, { proto_signature: [bucket('f | g', 50), bucket('f | h', 25)] }),
      bucket('11aa', 25),
    ],
  })
  expect(stackVariants(answer)).toEqual([
    { stackKey: '00ff', count: 1, weighted: 75, share: 0.75, frames: ['f', 'g'] },
    { stackKey: '11aa', count: 1, weighted: 25, share: 0.25, frames: [] },
  ])
})

test('the leading versions that began in these days are markers', () => {
  const version = (name: string, weighted: number, began?: string) => ({
    version: name,
    channels: [],
    total: { count: 1, weighted },
    ...(began && { began }),
  })
  const versions = [
    version('4', 9, '2026-11-05'),
    version('3', 5, '2026-11-02'),
    version('3b', 4, '2026-11-02'),
    version('2', 1, '2026-11-01'),
    version('2b', 0.5, '2026-11-03'),
    version('1', 99),
  ]
  const home = { products: [{ name: 'P', versions }] } as unknown as HomeAggregate
  expect(versionMarkers(home, 'P')).toEqual([
    { date: '2026-11-01', text: '2' },
    { date: '2026-11-02', text: '3, 3b' },
    { date: '2026-11-05', text: '4' },
  ])
  expect(versionMarkers(home, undefined)).toEqual([])
})
