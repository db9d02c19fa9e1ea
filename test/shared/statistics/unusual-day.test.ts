// Days above the days before.
import { expect, test } from 'vitest'
import { isDayAbove } from '../../../shared/statistics/unusual-day.ts'
import { createRandom } from '../../support/mutate.ts'

const dayOf = (value: number, weight = 1) => ({
  value,
  variance: value * weight,
  reports: Math.round(value / weight),
})
const days = (...values: number[]) => values.map((value) => dayOf(value))

// The upper end of the prediction interval of eight days with the mean 100 and the standard deviation 10 is, at 99 %
// (two-sided), 100 + 3.4995 · 10 · √(9/8) = 137.1 (scipy.stats.t.ppf(0.995, 7) = 3.4995).
const eight = days(90, 110, 90, 110, 100 - 9.3541, 100 + 9.3541, 100 - 9.3541, 100 + 9.3541)
const exact = (value: number) => ({ value, variance: 0, reports: 100 })

test.each([
  [130, false],
  [136, false],
  [139, true],
])('%d after days around 100 is above them: %s', (value, isIt) => {
  expect(isDayAbove(exact(value), eight)).toBe(isIt)
})

test.each<[string, Parameters<typeof isDayAbove>, boolean]>([
  ['six days before', [dayOf(1000), days(1, 1, 1, 1, 1, 1)], false],
  ['seven days before', [dayOf(1000), days(1, 1, 1, 1, 1, 1, 1)], true],
  ['ten reports', [dayOf(10), days(0, 0, 0, 0, 0, 0, 0)], true],
  ['few reports', [dayOf(9), days(0, 0, 0, 0, 0, 0, 0)], false],
  ['counting noise alone', [dayOf(120), days(100, 100, 100, 100, 100, 100, 100)], false],
  ['an equal day before', [dayOf(500), days(100, 100, 100, 500, 100, 100, 100)], false],
  ['one report of a large weight', [dayOf(1000, 100), days(500, 500, 500, 500, 500, 500, 500)], false],
])('with %s', (_, [day, before], isIt) => {
  expect(isDayAbove(day, before)).toBe(isIt)
})

test('noise is rarely above: at most 1 % of 5,000 days', () => {
  const random = createRandom(3)
  const value = () => 1000 + 100 * (random() + random() + random() + random() - 2)
  let above = 0
  for (let round = 0; round < 5000; round++)
    if (
      isDayAbove(
        exact(value()),
        Array.from({ length: 20 }, () => exact(value())),
      )
    )
      above++
  expect(above / 5000).toBeLessThan(0.01)
})
