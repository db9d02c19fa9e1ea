// Top Crashers of older days: the search that counts them, and its rows.
import { describe, expect, test } from 'vitest'
import { filterParameters, parseFilters } from '../../../dashboard/model/crashers/filters.ts'
import { pastRows, pastSearch } from '../../../dashboard/model/crashers/past-list.ts'
import { readPageSearch } from '../../../dashboard/model/search/page-search.ts'

const filtersOf = (text: string) => parseFilters(new URLSearchParams(text))
const searchOf = (text: string) => pastSearch({ ...filtersOf(text), to: '2026-08-09' })!

describe('the last day of a list', () => {
  test('is read from the URL and written back', () => {
    expect(filtersOf('to=2026-08-09').to).toBe('2026-08-09')
    expect(filterParameters(filtersOf('to=2026-08-09&days=3'))).toMatchObject({ to: '2026-08-09', days: '3' })
  })

  test.each(['', '2026-02-30', 'yesterday', '2026-8-9'])('is the newest one for %j', (text) => {
    expect(filtersOf(`to=${text}`).to).toBeUndefined()
  })
})

describe('the search of older days', () => {
  test('covers the days of the period, both ends included', () => {
    expect(searchOf('days=7').getAll('date')).toEqual(['>=2026-08-03', '<2026-08-10'])
    expect(searchOf('days=1').getAll('date')).toEqual(['>=2026-08-09', '<2026-08-10'])
  })

  test.each([
    ['product=A%26B', 'product', ['A&B']],
    ['version=1.0&version=2.0', 'version', ['=1.0', '=2.0']],
    ['platform=Unknown', 'platform', ['__null__']],
    ['process_type=content&_report_type=hang', 'report_type', ['hang']],
    ['', 'duplicate_of', ['__null__']],
  ])('has the filters of %j', (text, name, values) => {
    const search = searchOf(text)
    expect(search.getAll(name).map((value) => value.replace(/^=/, ''))).toEqual(
      values.map((value) => value.replace(/^=/, '')),
    )
    expect(
      readPageSearch(search, { now: Date.parse('2026-11-29') * 1000, protected: 'drop' }).problems,
    ).toEqual([])
  })
})

test.each(['platform=Other', 'product=!x'])('no search can name %j', (text) => {
  expect(searchOf(text)).toBeNull()
})

test('rows are ranked, with shares of all crashes and platforms by family', () => {
  const answer = {
    hits: [],
    total: 5,
    weighted: 40,
    next: null,
    errors: [] as const,
    facets: {
      signature: [
        {
          term: '__proto__',
          count: 3,
          weighted: 30,
          facets: {
            platform: [
              { term: 'Windows NT', count: 2, weighted: 20 },
              { term: 'Haiku', count: 1, weighted: 10 },
            ],
          },
        },
        { term: 'b', count: 2, weighted: 10 },
      ],
    },
  }
  const [first, second] = pastRows(answer, 'P')
  expect(first).toEqual({
    rank: 1,
    product: 'P',
    signature: '__proto__',
    total: { count: 3, weighted: 30 },
    share: 0.75,
    families: { win: 20, mac: 0, lin: 0, other: 10 },
  })
  expect(second).toMatchObject({ rank: 2, share: 0.25, families: { win: 0, mac: 0, lin: 0, other: 0 } })
})
