// The parameters of a query as text, in their order and without defaults.
import { expect, test } from 'vitest'
import { printAfter } from '../../../../shared/search/parameters/controls.ts'
import { keyOfFacet, nameOfFacet } from '../../../../shared/search/parameters/facets.ts'
import { prefixesOf } from '../../../../shared/search/parameters/clauses.ts'
import { printQuery } from '../../../../shared/search/parameters/print.ts'
import { searchFieldOf } from '../../../../shared/search/fields.ts'
import { openOptions, queryOf } from '../parsed.ts'

const range = 'date=>=2026-08-01T00:00:00+00:00&date=<=2026-08-02T23:59:59.999999+00:00'
const written = (parameters: string) => {
  const options = { ...openOptions, protected: 'allow' } as const
  const query = queryOf(`${parameters}&date=>=2026-08-01&date=<2026-08-03`, options)
  return [...printQuery(query)].map(([name, value]) => `${name}=${value}`).join('&')
}

test.each([
  ['', `${range}&_facets=signature`],
  [
    'signature=a&signature=!b&signature=~c&signature=^d&signature=$e&signature=@f&signature==g&signature=!__null__',
    `signature=~c&signature=^d&signature=$e&signature=@f&signature==g&signature=!__null__&signature=!b&signature=a&${range}&_facets=signature`,
  ],
  ['version=1.0b&version=!2.0b', `version=!2.0b&version=1.0b&${range}&_facets=signature`],
  ['version=1.0', `version=1.0&${range}&_facets=signature`],
  [
    'uptime=>1&uptime=<=9&uptime=!__null__',
    `uptime=>1&uptime=<=9&uptime=!__null__&${range}&_facets=signature`,
  ],
  ['submitted_at=>=2026-01-02', `submitted_at=>=2026-01-02T00:00:00+00:00&${range}&_facets=signature`],
  ['submitted_at=2026-01-02', `submitted_at=2026-01-02T00:00:00+00:00&${range}&_facets=signature`],
  [
    'startup_crash=__true__&safe_mode=!__true__&safe_mode=1',
    `startup_crash=__true__&safe_mode=!__true__&safe_mode=true&${range}&_facets=signature`,
  ],
  [
    '_columns=uuid&_columns=url&_sort=-uptime&_sort=product',
    `${range}&_columns=uuid&_columns=url&_sort=-uptime&_sort=product&_facets=signature`,
  ],
  [
    '_results_number=5&_results_offset=2&_results_after=["1","id"]',
    `${range}&_results_number=5&_results_offset=2&_results_after=["1","id"]&_facets=signature`,
  ],
  ['_facets_size=0&_facets=product', `${range}&_facets_size=0`],
  [
    '_facets_size=7&_duplicates=include&_measure=weight',
    `${range}&_facets_size=7&_facets=signature&_duplicates=include&_measure=weight`,
  ],
  [
    '_facets=product&_facets=_cardinality.platform&_aggs.product=_histogram.uptime&_aggs.product._histogram.uptime=version&_histogram_interval.uptime=60',
    `${range}&_facets=product&_facets=_cardinality.platform&_aggs.product=_histogram.uptime&_aggs.product._histogram.uptime=version&_histogram_interval.uptime=60`,
  ],
  [
    '_facets=_histogram.date&_histogram.date=product&_histogram.date.product=_cardinality.version',
    `${range}&_facets=_histogram.date&_histogram.date=product&_histogram.date.product=_cardinality.version&_histogram_interval.date=day`,
  ],
])('%s is written in full', (parameters, text) => {
  expect(written(parameters)).toBe(text)
})

test('a position holds every value as text', () => {
  expect(printAfter([9007199254740993n, null, true, 0.5, 'id'])).toBe(
    '["9007199254740993",null,"true","0.5","id"]',
  )
})

test('facets have a key in results and a name in parameters', () => {
  const facets = [
    { kind: 'terms', field: 'product' },
    { kind: 'cardinality', field: 'product' },
    { kind: 'histogram', field: 'date', interval: 'day' },
  ] as const
  expect(facets.map(keyOfFacet)).toEqual(['product', 'cardinality_product', 'histogram_date'])
  expect(facets.map(nameOfFacet)).toEqual(['product', '_cardinality.product', '_histogram.date'])
})

test.each([
  ['signature', '= ~ $ ^ @ __null__'],
  ['product', '__null__'],
  ['startup_crash', '__true__ __null__'],
  ['uptime', '>= <= < > __null__'],
  ['throttle_percent', '>= <= < > __null__'],
  ['date', '>= <= < > __null__'],
])('values of %s may start with %s', (name, prefixes) => {
  expect(prefixesOf(searchFieldOf(name)).join(' ')).toBe(prefixes)
})
