// Parameters of searches at their limits, and the whole query or the whole problem that they give.
import { describe, expect, test } from 'vitest'
import { searchFields } from '../../../../shared/search/fields.ts'
import { now, openOptions, problemsOf, publicOptions, queryOf } from '../parsed.ts'

const repeated = (count: number, of: (i: number) => [string, string]) =>
  String(new URLSearchParams(Array.from({ length: count }, (_, i) => of(i))))
const permitted = { ...publicOptions, protected: 'allow' } as const
const names = searchFields.map(({ name }) => name)
const argument = (parameter: string, message: string) => ({ kind: 'argument', parameter, message })
const bad = (parameter: string) => argument(parameter, `Bad value for parameter(s) '${parameter}'`)
const notInteger = argument('uptime', 'Bad value for parameter uptime: not a valid int')

/** 200 facets: five in each of 40 chains, the first of which is also below `_facets=uuid`. */
const chains = repeated(40, (i) => [`_aggs.${names[i]}.product.version.platform`, 'reason'])

test.each<[string, string, string, object]>([
  [
    'hits',
    '_results_number=1000',
    '_results_number=1001',
    argument('_results_number', '_results_number cannot be greater than 1,000'),
  ],
  [
    'the least hits',
    '_results_number=0',
    '_results_number=-1',
    argument('_results_number', '_results_number cannot be negative'),
  ],
  [
    'the last hit',
    '_results_offset=9000&_results_number=1000',
    '_results_offset=9001&_results_number=1000',
    argument('_results_offset', '_results_offset + _results_number cannot be greater than 10,000'),
  ],
  [
    'the first hit',
    '_results_offset=0',
    '_results_offset=-1',
    argument('_results_offset', '_results_offset cannot be negative'),
  ],
  ['terms', '_facets_size=10000', '_facets_size=10001', bad('_facets_size greater than 10,000')],
  ['the least terms', '_facets_size=0', '_facets_size=-1', bad('_facets_size')],
  [
    'days',
    'date=>=2025-01-01&date=<2026-01-01',
    'date=>=2025-01-01&date=<2026-01-01T00:00:00.000001',
    argument('date', 'Date range is bigger than 365 days'),
  ],
  [
    'sort keys',
    repeated(20, (i) => ['_sort', names[i]!]),
    repeated(21, (i) => ['_sort', names[i]!]),
    bad('_sort'),
  ],
  [
    'values',
    repeated(10_000, () => ['address', 'x']),
    repeated(10_001, () => ['address', 'x']),
    bad('address'),
  ],
  [
    'conditions',
    repeated(1000, () => ['reason', '~x']),
    repeated(1001, () => ['reason', '~x']),
    bad('reason'),
  ],
  [
    'changes between ranges and others',
    repeated(101, (i) => ['uptime', i % 2 ? '>1' : '__null__']),
    repeated(102, (i) => ['uptime', i % 2 ? '>1' : '__null__']),
    bad('uptime'),
  ],
  [
    'characters with a wildcard',
    `signature=~${'a'.repeat(1999)}*`,
    `signature=~${'a'.repeat(2000)}*`,
    bad('signature'),
  ],
  ['digits', `uptime=${'9'.repeat(38)}`, `uptime=1${'0'.repeat(38)}`, notInteger],
  ['digits below zero', `uptime=-${'9'.repeat(38)}`, `uptime=-1${'0'.repeat(38)}`, notInteger],
  ['digits as written', `uptime=${'0'.repeat(75)}1`, `uptime=${'0'.repeat(76)}1`, notInteger],
  [
    'a number as written',
    `_results_number=${'0'.repeat(14)}1`,
    `_results_number=${'0'.repeat(15)}1`,
    { kind: 'form', parameter: '_results_number', message: 'Enter a whole number.' },
  ],
  [
    'the least interval',
    '_histogram_interval.uptime=1',
    '_histogram_interval.uptime=0',
    bad('_histogram_interval.uptime'),
  ],
  ['facets', `_facets=uuid&${chains}`, `_facets=uuid&_facets=_cardinality.uuid&${chains}`, bad('_facets')],
])('%s at the limit are accepted, and refused beyond it', (_, accepted, refused, problem) => {
  expect(problemsOf(accepted, permitted)).toEqual([])
  expect(problemsOf(refused, permitted)).toEqual([problem])
})

test('long texts without wildcards are accepted', () => {
  expect(problemsOf(`signature=~${'a'.repeat(2001)}`)).toEqual([])
})

test('facets nest nine levels deep; a deeper parameter is dropped', () => {
  const path = (levels: number) => `_aggs${'.product'.repeat(levels)}`
  expect(queryOf(`${path(8)}=version`).ignored).toEqual([])
  expect(queryOf(`${path(9)}=version`).ignored).toEqual([{ name: path(9), why: 'unknown' }])
})

const text = (op: string, value: string, not = false) => ({ not, op, value })

test('a search with every control is this query', () => {
  const parameters = [
    'url=~x&product=A&signature=^b&signature=!c&date=>=2026-08-01&date=<2026-08-03',
    '_columns=uuid&_columns=url&_columns=uuid&_sort=-uptime&_sort=uptime&_sort=url',
    '_results_number=5&_results_number=7&_results_offset=3&_facets_size=9',
    '_facets=_histogram.uptime&_facets=_cardinality.url&_histogram_interval.uptime=60',
    '_facets=_histogram.throttle_percent&_histogram_interval.throttle_percent=0.5',
    '_facets=_histogram.submitted_at&_facets=_histogram.install_age',
    '_duplicates=include&_measure=weight&_return_query=1&nothing=1&_results_after=["8",null,"id"]',
  ].join('&')
  expect(queryOf(parameters, permitted)).toEqual({
    where: [
      { field: 'product', test: { not: false, op: 'any', values: ['A'] } },
      { field: 'signature', test: { or: [text('starts', 'b'), { not: true, op: 'any', values: ['c'] }] } },
      { field: 'url', test: text('contains', 'x') },
    ].sort((a, b) => names.indexOf(a.field) - names.indexOf(b.field)),
    from: Date.UTC(2026, 7, 1) * 1000,
    to: Date.UTC(2026, 7, 3) * 1000,
    facets: [
      { kind: 'histogram', field: 'uptime', interval: 60 },
      { kind: 'cardinality', field: 'url' },
      { kind: 'histogram', field: 'throttle_percent', interval: 0.5 },
      { kind: 'histogram', field: 'submitted_at', interval: 'day' },
      { kind: 'histogram', field: 'install_age', interval: 1 },
    ],
    facetSize: 9,
    columns: ['uuid', 'url'],
    sort: [
      { field: 'uptime', descending: true },
      { field: 'url', descending: false },
    ],
    limit: 7,
    offset: 3,
    after: [8, null, 'id'],
    duplicates: 'include',
    measure: 'weight',
    ignored: [{ name: 'nothing', why: 'unknown' }],
  })
})

test('a search without parameters is this query', () => {
  expect(queryOf('signature=&_sort=')).toEqual({
    where: [],
    from: now - 7 * 86_400_000_000,
    to: now + 1,
    facets: [{ kind: 'terms', field: 'signature' }],
    facetSize: 50,
    columns: ['uuid', 'date', 'signature', 'product', 'version'],
    sort: [],
    limit: 100,
    offset: 0,
    duplicates: 'exclude',
    measure: 'count',
    ignored: [],
  })
})

test('every problem is reported: of the form, then of permissions, then of arguments', () => {
  const refusing = { ...openOptions, protected: 'refuse', products: new Set(['A']) } as const
  const parameters = [
    'uptime=x&signature=@(&product=B&product=A&product=B&product=!C&date=1',
    'url=a&_columns=user_comments&_columns=url&_sort=x%00&_duplicates=x&_measure=x&_results_number=x',
    '_results_after=[]',
  ].join('&')
  const form = (parameter: string, message: string) => ({ kind: 'form', parameter, message })
  const protectedNames = ['url', 'user_comments']
  expect(problemsOf(parameters, refusing)).toEqual([
    form('_sort', 'Null characters are not allowed.'),
    form('_results_number', 'Enter a whole number.'),
    {
      kind: 'protected',
      names: protectedNames,
      message: `Use of protected fields requires the 'View Personal Identifiable Information' permission: url, user_comments`,
    },
    notInteger,
    bad('Malformed supersearch query: signature: nothing to match at position 1'),
    bad('Not valid products: B, !C'),
    argument('date', 'Bad value for parameter date: not a valid datetime'),
    bad('_duplicates'),
    bad('_measure'),
    bad('_results_after'),
  ])
})

describe('a position', () => {
  const afterOf = (sort: string, after: unknown) =>
    queryOf(`${sort}&_results_after=${encodeURIComponent(JSON.stringify(after))}`).after

  test.each<[string, unknown[], unknown[]]>([
    ['_sort=startup_crash', ['true', 'id'], [true, 'id']],
    ['_sort=startup_crash', ['false', 'id'], [false, 'id']],
    ['_sort=uptime', ['-5', 'id'], [-5, 'id']],
    ['_sort=total_page_file', ['18446744073709551615', 'id'], [18446744073709551615n, 'id']],
    ['_sort=throttle_percent', [' 0.5', 'id'], [0.5, 'id']],
    ['_sort=signature&_sort=-uptime', ['a', null, 'id'], ['a', null, 'id']],
    ['', ['1785000000000000', 'id'], [1785000000000000, 'id']],
  ])('of %s at %j is read', (sort, written, read) => {
    expect(afterOf(sort, written)).toEqual(read)
  })

  test.each<[string, unknown]>([
    ['_sort=startup_crash', ['yes', 'id']],
    ['_sort=uptime', ['1.5', 'id']],
    ['_sort=uptime', ['x1', 'id']],
    ['_sort=uptime', ['9'.repeat(39), 'id']],
    ['_sort=uptime', [5, 'id']],
    ['_sort=throttle_percent', [' ', 'id']],
    ['_sort=throttle_percent', ['Infinity', 'id']],
    ['_sort=uptime', ['5', 6]],
    ['_sort=uptime', ['5']],
    ['_sort=uptime', ['5', 'id', 'id']],
    ['', []],
    ['', { length: 2 }],
    ['', null],
  ])('of %s at %j is refused', (sort, after) => {
    const parameters = `${sort}&_results_after=${encodeURIComponent(JSON.stringify(after))}`
    expect(problemsOf(parameters)).toEqual([bad('_results_after')])
  })
})

test.each([
  ['1_000.5_0e+2', 100_050],
  ['.5', 0.5],
  ['-5.', -5],
  ['+1e3', 1000],
])('the decimal %s is %d', (written, value) => {
  const query = queryOf(`throttle_percent=${encodeURIComponent(written)}`)
  expect(query.where[0]!.test).toEqual({ not: false, op: 'any', values: [value] })
})

test.each(['true', 't', '1', 'Y', 'YES'])('%s is true', (written) => {
  expect(queryOf(`startup_crash=${written}`).where[0]!.test).toEqual({
    not: false,
    op: 'any',
    values: [true],
  })
})

test.each([
  ['minute', '1m'],
  ['hour', '1h'],
  ['day', '1d'],
  ['week', '1w'],
  ['month', '1M'],
  ['quarter', '1q'],
  ['year', '1y'],
])('the interval %s is also written %s', (unit, short) => {
  const intervalOf = (text: string) =>
    queryOf(`_facets=_histogram.date&_histogram_interval.date=${text}`).facets
  expect(intervalOf(unit)).toEqual([{ kind: 'histogram', field: 'date', interval: unit }])
  expect(intervalOf(short)).toEqual(intervalOf(unit))
})
