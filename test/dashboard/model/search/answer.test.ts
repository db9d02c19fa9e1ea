// Answers as the page shows and saves them.
import { describe, expect, test } from 'vitest'
import { dayCounts, facetViews } from '../../../../dashboard/model/search/answer-view.ts'
import { facetsCsv, hitsCsv } from '../../../../dashboard/model/search/export.ts'
import { questionOf, readPageSearch } from '../../../../dashboard/model/search/page-search.ts'
import { statementsOf } from '../../../../dashboard/model/search/statements.ts'
import type { Answer } from '../../../../shared/search/answer.ts'

const now = Date.parse('2026-11-22T14:05:00Z') * 1000
const question = (text: string) =>
  questionOf(readPageSearch(new URLSearchParams(text), { now, protected: 'drop' }).query!)

const answer: Answer = {
  hits: [{ uuid: 'id', signature: '=HYPERLINK("x")', uptime: -5, addons: ['a', 'b'], reason: null }],
  total: 10,
  weighted: 40,
  facets: {
    signature: [
      { term: 'a', count: 4, weighted: 10, facets: { platform: [{ term: 'Linux', count: 3, weighted: 9 }] } },
      { term: '', count: 1, weighted: 20 },
    ],
    cardinality_install_time: { value: 7 },
    histogram_date: [
      { term: '2026-11-20T00:00:00+00:00', count: 3, weighted: 12 },
      { term: '2026-11-22T00:00:00+00:00', count: 7, weighted: 28 },
    ],
  },
  next: null,
  errors: [],
}
const nested = '_facets=signature&_facets=_cardinality.install_time&_aggs.signature=platform'

describe('facets', () => {
  test('have shares of all reports, links, and the facets below them', () => {
    const [signature, installs] = facetViews(question(nested), answer)
    expect(signature!.rows.map(({ text, share }) => [text, share])).toEqual([
      ['a', 0.4],
      ['(empty)', 0.1],
    ])
    expect(signature!.rows[0]!.values).toEqual(['=a'])
    expect(signature!.rows[0]!.below[0]!.rows[0]).toMatchObject({ text: 'Linux', share: 0.75 })
    expect(installs!.distinct).toBe(7)
  })

  test.each([
    [1, true],
    [2, true],
    [3, false],
  ])('of at most %d values are cut: %s', (size, isCut) => {
    const [signature, installs] = facetViews(question(`${nested}&_facets_size=${size}`), answer)
    expect([signature!.isCut, installs!.isCut]).toEqual([isCut, false])
  })

  test('are shared by the estimate where the search is ordered by it', () => {
    const [signature] = facetViews(question(`${nested}&_measure=weight`), answer)
    expect(signature!.rows.map(({ share }) => share)).toEqual([0.25, 0.5])
  })

  test('an answer without a facet, or with another shape, has no values', () => {
    const views = facetViews(question(nested), { ...answer, facets: { signature: { value: 1 } } })
    expect(views.map(({ rows }) => rows)).toEqual([[], [], []])
  })
})

test('days without reports are zero, and the last day is named as not over', () => {
  const days = dayCounts(question('date=%3E%3D2026-11-20'), answer)!
  expect(days.dates).toEqual(['2026-11-20', '2026-11-21', '2026-11-22'])
  expect(days.series).toEqual([{ name: 'Reports', values: [3, 0, 7] }])
  expect(days.partial?.date).toBe('2026-11-22')
})

test('days are split by the first facet within them; the rest and reports without a value are Other', () => {
  const bucket = (day: number, count: number, parts: [string, number][]) => ({
    term: `2026-11-${day}T00:00:00+00:00`,
    count,
    weighted: 10 * count,
    facets: { version: parts.map(([term, part]) => ({ term, count: part, weighted: 10 * part })) },
  })
  const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((term, i): [string, number] => [term, 7 - i])
  const histogram_date = [bucket(20, 30, values), bucket(22, 5, [['g', 3]]), bucket(1, 9, [['a', 9]])]
  const split = { ...answer, facets: { histogram_date } }
  const series = (text: string) =>
    dayCounts(question(`date=%3E%3D2026-11-20&_histogram.date=version${text}`), split)!.series
  expect(series('')).toEqual([
    { name: 'a', values: [7, 0, 0] },
    { name: 'b', values: [6, 0, 0] },
    { name: 'c', values: [5, 0, 0] },
    { name: 'd', values: [4, 0, 0] },
    { name: 'g', values: [1, 0, 3] },
    { name: 'e', values: [3, 0, 0] },
    { name: 'Other', values: [4, 0, 2] },
  ])
  expect(series('&_measure=weight')[0]).toEqual({ name: 'a', values: [70, 0, 0] })
  expect(dayCounts(question('date=%3E%3D2026-11-20'), split)!.series).toEqual([
    { name: 'Reports', values: [30, 0, 5] },
  ])
})

test('a long period has a chart of bounded length', () => {
  const days = dayCounts(question('date=%3E%3D0100-01-01'), answer)!
  expect(days.dates).toEqual(['2026-11-20', '2026-11-21', '2026-11-22'])
  expect(dayCounts(question('date=%3E%3D0100-01-01'), { ...answer, facets: {} })!.dates).toHaveLength(1100)
  // The last one that has all of its days, and the first that has not.
  const since = (date: string) => dayCounts(question(`date=%3E%3D${date}`), answer)!.dates.length
  expect([since('2023-11-19'), since('2023-11-18')]).toEqual([1100, 3])
})

describe('files', () => {
  test('CSV quotes by RFC 4180, and spreadsheets run no formula of a client', () => {
    expect(hitsCsv(['signature', 'uptime', 'addons', 'reason'], answer)).toBe(
      'signature,uptime,addons,reason\r\n"\'=HYPERLINK(""x"")",-5,a; b,\r\n',
    )
  })

  test('CSV of facets has a line a value, those below with their path', () => {
    expect(facetsCsv(facetViews(question(nested), answer)).split('\r\n')).toEqual([
      'facet,value,reports,crashes,share',
      'signature,a,4,10,0.400000',
      'signature > platform,a > Linux,3,9,0.750000',
      'signature,(empty),1,20,0.100000',
      'cardinality_install_time,,7,,',
      'histogram_date,2026-11-20,3,12,0.300000',
      'histogram_date,2026-11-22,7,28,0.700000',
      '',
    ])
  })

  test('SQL has its values as literals, with quotes doubled', () => {
    const [total, hits] = statementsOf(question("signature=~it's $p0&_facets=version"))
    expect(total!.sql).toContain("'it''s $p0'")
    expect(hits!.sql).toContain('AS "signature"')
    for (const { sql } of statementsOf(question(nested))) expect(sql).not.toMatch(/\$p\d/)
    const titles = (text: string) => statementsOf(question(text)).map(({ title }) => title)
    expect(titles('_facets=version')).toEqual(['Total', 'Reports', 'version', 'histogram_date'])
    expect(titles('_facets=version&_results_number=0')).toEqual(['Total', 'version', 'histogram_date'])
  })
})
