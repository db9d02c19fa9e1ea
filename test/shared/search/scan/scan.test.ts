// Searches over segments: the known answers, whole results of facets, and the parts of the scan by themselves.
import { describe, expect, test } from 'vitest'
import { answerOf } from '../../../../shared/search/answer.ts'
import type { Query } from '../../../../shared/search/query.ts'
import { mergeResults } from '../../../../shared/search/scan/merge.ts'
import { neededColumns, scanSegment } from '../../../../shared/search/scan/scan.ts'
import { nullColumn, type Segment, type SegmentColumn } from '../../../../shared/search/segment.ts'
import { crashesOf, type Crash } from '../crashes.ts'
import { now, openOptions, queryOf } from '../parsed.ts'
import { createScanEngine } from '../scan-engine.ts'
import { answered, counted } from '../vectors.ts'

const resultOf = async (crashes: readonly Crash[], query: Query, segments = 1) => {
  const engine = createScanEngine(segments)
  await engine.load(crashes)
  return engine.search(query)
}
const openQuery = (parameters: string) => queryOf(parameters, { ...openOptions, protected: 'allow' })

describe.each([1, 3])('a scan of %d segments', (segments) => {
  test.each(counted)('finds the known number of reports %#', async ({ crashes, totals }) => {
    const engine = createScanEngine(segments)
    await engine.load(crashes)
    for (const [parameters, total] of totals) {
      const result = await engine.search(queryOf(parameters))
      expect({ parameters, total: result.total }).toEqual({ parameters, total })
    }
  })

  test.each(answered)('answers $name', async ({ crashes, parameters, answer }) => {
    const query = queryOf(parameters)
    expect(answerOf(query, await resultOf(crashes, query, segments))).toMatchObject(answer)
  })
})

const bucket = (term: unknown, count: number, weighted = count, facets: unknown[] = []) => ({
  term,
  count,
  weighted,
  facets,
})

describe.each([1, 2])('facets over %d segments', (segments) => {
  const facetsOf = async (rows: Parameters<typeof crashesOf>[0], parameters: string) => {
    const { facets } = await resultOf(crashesOf(rows), openQuery(parameters), segments)
    return facets.map((result) => ('distinct' in result ? result.distinct : result.buckets))
  }
  const rows = [
    { product: 'B', version: '1', uptime: 5, weight: 10, addons: ['x', 'y', 'x'] },
    { product: 'A', version: '2', uptime: 61, addons: ['y'] },
    { product: 'A', version: '1', uptime: null, weight: 0.5 },
    { product: 'C', version: null, uptime: -1 },
    { product: null, version: '1', uptime: 119 },
    { product: 'C', version: '1', uptime: 60 },
  ]

  test('count terms, then order them by term', async () => {
    expect(await facetsOf(rows, '_facets=product&_facets=version&_facets=_cardinality.product')).toEqual([
      [bucket('A', 2, 1.5), bucket('C', 2), bucket('B', 1, 10)],
      [bucket('1', 4, 12.5), bucket('2', 1)],
      3,
    ])
  })

  test('order terms by weight', async () => {
    expect(await facetsOf(rows, '_facets=product&_measure=weight')).toEqual([
      [bucket('B', 1, 10), bucket('C', 2), bucket('A', 2, 1.5)],
    ])
  })

  test('keep the first terms at every level, ties included', async () => {
    expect(await facetsOf(rows, '_facets=product&_aggs.product=version&_facets_size=1')).toEqual([
      [bucket('A', 2, 1.5, [{ facet: { kind: 'terms', field: 'version' }, buckets: [bucket('1', 1, 0.5)] }])],
    ])
    expect(await facetsOf(rows, '_facets=product&_facets_size=2')).toEqual([
      [bucket('A', 2, 1.5), bucket('C', 2)],
    ])
    expect(await facetsOf(rows, '_facets=product&_facets_size=3&_measure=weight')).toHaveLength(1)
  })

  test('nest lists, histograms and cardinalities', async () => {
    const addons = { kind: 'terms', field: 'addons' }
    const products = { kind: 'cardinality', field: 'product' }
    expect(
      await facetsOf(
        rows,
        '_histogram.uptime=addons&_aggs.addons=_cardinality.product&_facets=_histogram.uptime&_facets=_cardinality.addons&_histogram_interval.uptime=60',
      ),
    ).toEqual([
      [
        bucket(-60, 1, 1, [{ facet: addons, buckets: [] }]),
        bucket(0, 1, 10, [{ facet: addons, buckets: [bucket('x', 1, 10), bucket('y', 1, 10)] }]),
        bucket(60, 3, 3, [{ facet: addons, buckets: [bucket('y', 1)] }]),
      ],
      2,
      [
        bucket('y', 2, 11, [{ facet: products, distinct: 2 }]),
        bucket('x', 1, 10, [{ facet: products, distinct: 1 }]),
      ],
    ])
  })

  test.each<[string, (string | number | bigint)[], unknown[]]>([
    ['throttle_percent', [0.5, 0.75, -0.25, -0, 0, 1e300], [-0.5, 0, 0.5, 1e300]],
    ['uptime', [4, 5, 9, 10, -1, -5, -6], [-10, -5, 0, 5, 10]],
    [
      'total_page_file',
      [9007199254740991, 9007199254740992n, 9007199254740999n, -9007199254740995n],
      [-9007199254740995n, 9007199254740990, 9007199254740995n],
    ],
    ['build_id', ['2021', '2024', 'none', '9'.repeat(19)], [2020]],
  ])('make buckets of %s', async (field, values, terms) => {
    const interval = field === 'throttle_percent' ? 0.5 : 5
    const [buckets] = await facetsOf(
      values.map((value) => ({ [field]: value as number })),
      `_facets=_histogram.${field}&_histogram_interval.${field}=${interval}`,
    )
    expect((buckets as readonly { term: unknown }[]).map(({ term }) => term)).toEqual(terms)
  })

  test.each([
    ['minute', ['2026-02-28T23:59:00', '2026-03-01T00:00:00', '2026-03-01T00:01:00']],
    ['hour', ['2026-02-28T23:00:00', '2026-03-01T00:00:00']],
    ['day', ['2026-02-28T00:00:00', '2026-03-01T00:00:00', '2026-07-01T00:00:00']],
    ['week', ['2026-02-23T00:00:00', '2026-03-02T00:00:00', '2026-06-29T00:00:00']],
    ['month', ['2026-02-01T00:00:00', '2026-03-01T00:00:00', '2026-07-01T00:00:00']],
    ['quarter', ['2026-01-01T00:00:00', '2026-07-01T00:00:00']],
    ['year', ['2025-01-01T00:00:00', '2026-01-01T00:00:00']],
  ])('start a %s at its first microsecond, UTC', async (interval, starts) => {
    const micros = (time: string) => Date.parse(`${time}Z`) * 1000
    const times = starts.flatMap((start) => [micros(start), micros(start) + 1])
    const { facets } = await resultOf(
      times.map((processed_at, i) => ({ crash_id: `c${i}`, processed_at })),
      openQuery(`_facets=_histogram.date&_histogram_interval.date=${interval}&date=>2024-01-01`),
      segments,
    )
    expect(facets).toEqual([
      {
        facet: { kind: 'histogram', field: 'date', interval },
        buckets: starts.map((start) => bucket(micros(start), 2)),
      },
    ])
  })
})

describe('hits', () => {
  const rows = [
    { uptime: 3, signature: 'b', addons: ['n', 'm'] },
    { uptime: null, signature: 'a', addons: ['z'] },
    { uptime: 3, signature: null, addons: [] },
    { uptime: -1, signature: 'b', addons: ['a', 'zz'] },
  ]
  const idsOf = async (parameters: string, segments: number) => {
    const query = openQuery(`${parameters}&_columns=uuid`)
    return (await resultOf(crashesOf(rows), query, segments)).hits.map(([id]) => Number(String(id).slice(2)))
  }

  test.each([
    ['', [0, 1, 2, 3]],
    ['_sort=date', [3, 2, 1, 0]],
    ['_sort=uptime', [3, 0, 2, 1]],
    ['_sort=-uptime', [0, 2, 3, 1]],
    ['_sort=signature', [1, 0, 3, 2]],
    ['_sort=-signature&_sort=uptime', [3, 0, 1, 2]],
    ['_sort=addons', [3, 0, 1, 2]],
    ['_sort=-addons', [3, 1, 0, 2]],
    ['_results_offset=1&_results_number=2', [1, 2]],
    ['_results_number=0', []],
    ['_sort=uptime&_results_after=["3","id0000"]', [2, 1]],
    ['_sort=uptime&_results_after=["3","id0002"]', [1]],
    ['_sort=-uptime&_results_after=["3","id0002"]', [3, 1]],
    ['_sort=uptime&_results_after=[null,"id0000"]', [1]],
    ['_sort=uptime&_results_after=[null,"id0001"]', []],
    ['_sort=signature&_sort=-uptime&_results_after=["b","3","id0000"]', [3, 2]],
  ])('of %s are in order', async (parameters, ids) => {
    expect(await idsOf(parameters, 1)).toEqual(ids)
    expect(await idsOf(parameters, 3)).toEqual(ids)
  })

  test('the next position is that of the last hit of a full page', async () => {
    const next = async (parameters: string) =>
      (await resultOf(crashesOf(rows), openQuery(parameters), 2)).next
    expect(await next('_sort=uptime&_sort=-signature&_results_number=2')).toEqual([3, 'b', 'id0000'])
    expect(await next('_results_number=4')).toEqual([now - 4_000_000, 'id0003'])
    expect(await next('_results_number=5')).toBeNull()
    expect(await next('_results_number=0')).toBeNull()
  })

  test('many rows keep the order of their crash IDs', async () => {
    const many = crashesOf(Array.from({ length: 9000 }, (_, i) => ({ uptime: i % 7 })))
    const { hits, next } = await resultOf(many, openQuery('_sort=uptime&_columns=uuid&_results_number=3'))
    expect(hits).toEqual([['id0000'], ['id0007'], ['id0014']])
    expect(next).toEqual([0, 'id0014'])
    const last = await resultOf(
      many,
      openQuery('_sort=-uptime&_columns=uuid&_results_number=2&_results_offset=1'),
    )
    expect(last.hits).toEqual([['id0013'], ['id0020']])
  })

  test('equal rows are in the order of their crash IDs, also those that are found last', async () => {
    const many = crashesOf(
      Array.from({ length: 9000 }, (_, i) => ({
        crash_id: `id${9999 - i}`,
        uptime: 1,
        signature: `${i % 10}`,
      })),
    )
    const hitsOf = async (sort: string) =>
      (await resultOf(many, openQuery(`${sort}&_columns=uuid&_results_number=3`))).hits.flat()
    expect(await hitsOf('_sort=uptime')).toEqual(['id1000', 'id1001', 'id1002'])
    expect(await hitsOf('_sort=uptime&_sort=signature')).toEqual(['id1009', 'id1019', 'id1029'])
  })
})

test('a list of one value is shown as this value, a longer one as a list', async () => {
  const rows = [[], ['a'], ['a', 'b']].map((addons) => ({ addons }))
  const { hits } = await resultOf(crashesOf(rows), openQuery('_columns=addons'))
  expect(hits).toEqual([[null], ['a'], [['a', 'b']]])
})

test('the period has its start and not its end', async () => {
  const start = Date.parse('2026-08-10T00:00:00Z') * 1000
  const end = Date.parse('2026-08-11T00:00:00Z') * 1000
  const crashes = [start - 1, start, end - 1, end].map((processed_at, i) => ({
    crash_id: `c${i}`,
    processed_at,
  }))
  const query = openQuery('date=>=2026-08-10&date=<2026-08-11&_columns=uuid')
  expect((await resultOf(crashes, query)).hits).toEqual([['c2'], ['c1']])
})

test('lists without a dictionary are counted once for each of their values', () => {
  const items = ['a;b;a', null, 'b', 'A']
  const segment: Segment = {
    rows: items.length,
    columns: new Map<string, SegmentColumn>([
      ['processed_at', { kind: 'numbers', values: new Float64Array(items.length).fill(now) }],
      ['topmost_filenames', { kind: 'rows', at: (row) => items[row]! }],
      ...['weight', 'duplicate_of'].map((name) => [name, nullColumn(items.length)] as const),
    ]),
  }
  const query = openQuery('_facets=topmost_filenames&_aggs.topmost_filenames=_cardinality.topmost_filenames')
  const [facet] = mergeResults(query, [scanSegment({ ...query, limit: 0 }, segment)]).facets
  const below = (distinct: number) => [
    { facet: { kind: 'cardinality', field: 'topmost_filenames' }, distinct },
  ]
  expect(facet).toMatchObject({
    buckets: [bucket('b', 2, 2, below(2)), bucket('A', 1, 1, below(1)), bucket('a', 1, 1, below(2))],
  })
})

test.each<[string, string[], string[]]>([
  [
    'product=A&_facets=version&_aggs.version=platform&_sort=uptime&_columns=url',
    ['processed_at', 'weight', 'product', 'version', 'platform', 'duplicate_of', 'uptime'],
    ['url', 'crash_id'],
  ],
  [
    '_results_number=0&_duplicates=include&_facets=_cardinality.version&_sort=uptime',
    ['processed_at', 'weight', 'version'],
    [],
  ],
  [
    '_results_after=["1","id"]&_facets_size=0&_columns=uuid',
    ['processed_at', 'weight', 'duplicate_of', 'crash_id'],
    ['crash_id'],
  ],
])('%s needs these columns', (parameters, scanned, shown) => {
  const needed = neededColumns(openQuery(parameters))
  expect([...needed.scanned].sort()).toEqual(scanned.sort())
  expect([...needed.shown].sort()).toEqual(shown.sort())
})

test('without segments, nothing was found', async () => {
  const query = openQuery('_facets=product&_facets=_cardinality.version')
  expect(await resultOf([], query, 0)).toEqual({
    hits: [],
    total: 0,
    weighted: 0,
    facets: [
      { facet: { kind: 'terms', field: 'product' }, buckets: [] },
      { facet: { kind: 'cardinality', field: 'version' }, distinct: 0 },
    ],
    next: null,
  })
})
