// Whether days differ from other days: the least pairs and reports, what days usually differ by, and what sampling
// explains. Quantiles are from tables of Student's distribution.
import { expect, test } from 'vitest'
import { areDaysDifferent, type DayEstimate, quantileOfT } from '../../../shared/statistics/paired-days.ts'

const days = (values: readonly number[], day: Partial<DayEstimate> = {}): DayEstimate[] =>
  values.map((value) => ({ value, variance: 0, reports: 10, ...day }))
const before = days([10, 20, 30, 40, 50])

test.each<[string, DayEstimate[], DayEstimate[], boolean]>([
  ['the same change each day', days([11, 21, 31, 41, 51]), before, true],
  ['the same decrease each day', days([9, 19, 29, 39, 49]), before, true],
  ['no change', before, before, false],
  ['four pairs', days([11, 21, 31, 41]), before, false],
  ['days that have no other', days([11, 21, 31, 41, 51, 1000]), before, true],
  ['other days that have none', days([11, 21, 31, 41, 51]), [...before, ...days([1000])], true],
  ['10 reports', days([2, 2, 2, 2, 2], { reports: 1 }), days([1, 1, 1, 1, 1], { reports: 1 }), true],
  ['9 reports', days([2, 2, 2, 2, 2], { reports: 1 }), days([1, 1, 1, 1, 1], { reports: 0.8 }), false],
  // The difference of all is 25; with four degrees of freedom, 4.547 times its standard error of 2.236 times 2.4 or 2.5.
  ['more than days usually differ by', days([12.6, 22.6, 37.4, 47.4, 55]), before, true],
  ['what days usually differ by', days([12.5, 22.5, 37.5, 47.5, 55]), before, false],
  // 0 ± 10 on each day.
  ['changes of both signs', days([20, 10, 40, 30, 60]), before, false],
  // The difference of all is 25, the deviation of sampling 10: 2.5 deviations.
  ['what sampling explains', days([15, 25, 35, 45, 55], { variance: 20 }), before, false],
  ['more than sampling explains', days([15, 25, 35, 45, 55], { variance: 18 }), before, true],
])('%s', (_, now, others, expected) => {
  expect(areDaysDifferent(now, others)).toBe(expected)
})

test.each([
  [4, 4.604],
  [5, 4.032],
  [9, 3.25],
  [30, 2.75],
  [1000, 2.5808],
])('with %d degrees of freedom the quantile is almost %d', (degrees, quantile) => {
  const missing = 1 - quantileOfT(degrees) / quantile
  expect(missing).toBeGreaterThan(-0.0001)
  expect(missing).toBeLessThan(0.2 / degrees ** 2 + 0.0001)
})
