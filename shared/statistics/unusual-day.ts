// Whether one day is higher than the days before it explain.
import { type DayEstimate, normal, quantileOfT } from './paired-days.ts'
import { leastReports } from './significance.ts'

/** A weekend and five other days. */
export const leastDaysBefore = 7

/**
 * Whether a day is above all days before, and above the upper end of the interval in which 99 % of the days like those
 * before are expected (Student's prediction interval), or what sampling and counting explain, if that is more. A part of
 * a day may be given: it can only become larger. False for fewer than seven days before, or fewer than 10 reports.
 */
export function isDayAbove(day: DayEstimate, before: readonly DayEstimate[]): boolean {
  const days = before.length
  if (days < leastDaysBefore || day.reports < leastReports) return false
  const values = before.map(({ value }) => value)
  if (day.value <= Math.max(...values)) return false
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const spread = quantileOfT(days - 1) * Math.sqrt((squares / (days - 1)) * (1 + 1 / days))
  const sampling = normal * Math.sqrt(day.variance + meanOf(before.map(({ variance }) => variance)) / days)
  return day.value - mean > Math.max(spread, sampling)
}

/** 0 for no values. */
export const meanOf = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0
