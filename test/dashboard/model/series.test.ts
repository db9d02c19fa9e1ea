// The series of charts.
import { describe, expect, test } from 'vitest'
import { productDays, seriesOf, totalsByDay } from '../../../dashboard/model/series.ts'

const days = (...counts: number[]) => counts.map((count) => ({ count, weighted: 10 * count }))

describe('seriesOf', () => {
  const groups = [
    { name: 'Linux', days: days(1, 1) },
    { name: 'Windows', days: days(5, 0) },
    { name: 'Linux', days: days(0, 9) },
    { name: 'Mac', days: days(2) },
    { name: 'Haiku', days: days(0, 1) },
    { name: 'None', days: days(0, 0) },
  ]

  test('joins groups of one name, the largest first, and sums the rest', () => {
    expect(seriesOf(groups, { length: 2, most: 2 })).toEqual([
      { name: 'Linux', values: [10, 100] },
      { name: 'Windows', values: [50, 0] },
      { name: 'Other', values: [20, 10] },
    ])
  })

  test('has no Other when all groups fit, and omits groups without crashes', () => {
    const names = seriesOf(groups, { length: 2, most: 9 }).map(({ name }) => name)
    expect(names).toEqual(['Linux', 'Windows', 'Mac', 'Haiku'])
  })

  test('keeps the sum of every day', () => {
    const sums = (most: number) =>
      [0, 1].map((day) =>
        seriesOf(groups, { length: 2, most }).reduce((sum, { values }) => sum + values[day]!, 0),
      )
    for (const most of [1, 2, 3, 9]) expect(sums(most)).toEqual([80, 110])
    expect(totalsByDay(groups, 2).map(({ count }) => count)).toEqual([8, 11])
  })
})

test('days of products are sums over their platforms', () => {
  const platforms = [{ days: days(1, 2) }, { days: days(3) }]
  const home = { dates: ['2026-10-20', '2026-10-21'], products: [{ name: 'A', platforms }] }
  expect(productDays(home as unknown as Parameters<typeof productDays>[0])).toEqual(
    new Map([
      [
        'A',
        [
          { date: '2026-10-20', weighted: 40 },
          { date: '2026-10-21', weighted: 20 },
        ],
      ],
    ]),
  )
})
