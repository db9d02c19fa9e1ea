import { expect, test } from 'vitest'
import { crasherSearch } from '../../../dashboard/model/crashers/crasher-search.ts'
import { parseFilters } from '../../../dashboard/model/crashers/filters.ts'
import { parseQuery } from '../../../shared/search/parameters/parse.ts'
import { openLimits } from '../../../shared/search/parameters/options.ts'

const row = { product: 'Lumen', signature: '~OOM | small' }
const hrefOf = (query: string, ...further: [string, string][]) =>
  crasherSearch(row, { filters: parseFilters(new URLSearchParams(query)), from: '2026-11-16' }, ...further)
const parametersOf = (href: string | null) =>
  Object.fromEntries(new URL(href!, 'https://m.example').searchParams)

test('the search has the signature, the product and the filters of the page', () => {
  expect(
    parametersOf(
      hrefOf('version=1.0&channel=beta&platform=Linux&process_type=gpu&_report_type=crash&days=7'),
    ),
  ).toEqual({
    signature: '=~OOM | small',
    product: 'Lumen',
    version: '1.0',
    release_channel: 'beta',
    platform: 'Linux',
    process_type: '=gpu',
    report_type: '=crash',
    duplicate_of: '__null__',
    date: '>=2026-11-16',
  })
})

test('the search runs with everything that a cell adds', () => {
  for (const further of [
    ['is_garbage_collecting', 'true'],
    ['_facets', 'install_time'],
    ['startup_crash', 'true'],
    ['report_type', 'hang'],
  ] as [string, string][]) {
    const { search } = new URL(hrefOf('', further)!, 'https://m.example')
    const parsed = parseQuery(new URLSearchParams(search), {
      now: Date.parse('2026-11-22') * 1000,
      protected: 'drop',
      unknown: 'drop',
      limits: openLimits,
    })
    expect(parsed).not.toHaveProperty('problems')
    expect(search).toContain(further[0])
  }
})

test('a cell of hangs searches hangs, also where the page has another type', () => {
  const { search } = new URL(hrefOf('_report_type=crash', ['report_type', 'hang'])!, 'https://m.example')
  expect(new URLSearchParams(search).getAll('report_type')).toEqual(['=hang'])
})

test('missing values are searched as missing; several names in one cannot be searched', () => {
  expect(parametersOf(hrefOf('channel=Unknown'))).toMatchObject({ release_channel: '__null__' })
  expect(hrefOf('channel=Other')).toBeNull()
})

test('the search of an older period ends with its last day', () => {
  const href = crasherSearch(row, { filters: {}, from: '2026-08-03', to: '2026-08-09' })
  expect(new URL(href!, 'https://m.example').searchParams.getAll('date')).toEqual([
    '>=2026-08-03',
    '<2026-08-10',
  ])
})
