// New, rising and falling signatures, by days.
import { expect, test } from 'vitest'
import { type Trend, trendsOf } from '../../../shared/statistics/trends.ts'
import { daysUpTo } from '../../../shared/time/dates.ts'

const dates = daysUpTo('2026-10-21', 16)
/** Sixteen days of a product with 1,000 crashes a day, in `days` of which a signature occurred. */
function inputOf(
  days: readonly number[],
  { first = dates[0]!, installs = 0, weight = 1, whole = 1000, length = 16 } = {},
) {
  const weighted = days.reduce((sum, one) => sum + one, 0)
  const total = { count: weighted / weight, weighted }
  const signature = { signature: 'f', id: 'f', total, first_seen: first, installs, days: [...days] }
  return { signature, product: dates.slice(0, length).map((date) => ({ date, weighted: whole })) }
}

const times = (count: number, value: number) => Array<number>(count).fill(value)
/** Two days beyond both weeks, the week before, the week. */
const weeks = (beyond: number, before: number, now: number) => [
  ...[...times(2, beyond), ...times(7, before), ...times(7, now)],
]

test.each<[string, ReturnType<typeof inputOf>, Trend, share: number, before: number]>([
  ['as before', inputOf(weeks(50, 50, 50)), null, 0.05, 0.05],
  ['more than before', inputOf(weeks(50, 50, 100)), 'rising', 0.1, 0.05],
  ['less than before', inputOf(weeks(50, 100, 50)), 'falling', 0.05, 0.1],
  ['other only before both weeks', inputOf(weeks(900, 50, 50)), null, 0.05, 0.05],
  ['gone', inputOf(weeks(50, 50, 0)), 'falling', 0, 0.05],
  ['too rare to know', inputOf(weeks(0, 0, 1)), null, 0.001, 0],
  ['of too few reports', inputOf(weeks(50, 50, 100), { weight: 200 }), null, 0.1, 0.05],
  ['of few installations', inputOf(weeks(50, 50, 100), { installs: 2 }), null, 0.1, 0.05],
  ['of many installations', inputOf(weeks(50, 50, 100), { installs: 1150 }), 'rising', 0.1, 0.05],
  ['new in the week', inputOf([...times(13, 0), ...times(3, 70)], { first: dates[13]! }), 'new', 0.07, 0],
  ['new on the last day', inputOf([...times(15, 0), 70], { first: dates[15]! }), 'new', 0.07, 0],
  ['new for longer than a week', inputOf(weeks(0, 40, 40), { first: dates[2]! }), 'new', 0.04, 0],
  ['first seen between the days', inputOf(weeks(0, 0, 40), { first: '2026-10-14x' }), 'new', 0.04, 0],
  ['first seen after the days', inputOf(weeks(50, 50, 100), { first: '2026-10-22' }), 'rising', 0.1, 0.05],
  ['without crashes', inputOf(times(16, 0)), null, 0, 0],
  ['of a product without crashes', inputOf(times(16, 0), { whole: 0 }), null, 0, 0],
  ['of few days', inputOf(times(3, 90), { length: 3 }), null, 0.09, 0],
  ['of no day', inputOf([], { length: 0 }), null, 0, 0],
])('%s', (_name, input, trend, share, before) => {
  const [found] = trendsOf([input])
  expect(found).toEqual({ trend, share: expect.closeTo(share, 10), share_before: expect.closeTo(before, 10) })
})

test('the more signatures are compared, the more each has to differ; rare ones do not count', () => {
  const slight = inputOf(weeks(20, 20, 28))
  const trendAmong = (others: number, other: ReturnType<typeof inputOf>) =>
    trendsOf([slight, ...Array<typeof slight>(others).fill(other)])[0]!.trend
  const common = inputOf(weeks(50, 50, 50))
  expect(trendAmong(0, common)).toBe('rising')
  expect(trendAmong(500, common)).toBeNull()
  expect(trendAmong(500, inputOf(weeks(0, 0, 1)))).toBe('rising')
})
