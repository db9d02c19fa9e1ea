// Whether days differ from other days by more than days usually differ by.
import { leastReports } from './significance.ts'

/** The estimate of one day. */
export interface DayEstimate {
  value: number
  /** Of `value`, by sampling alone. */
  variance: number
  reports: number
}

/**
 * Whether the days of one list differ from those of another as a whole: a paired t-test at the level of 1 %, each day with
 * the one at the same place, so that the difference exceeds what days usually differ by; and what sampling explains, if
 * that is more. False for fewer than five pairs, or fewer than 10 reports.
 */
export function areDaysDifferent(now: readonly DayEstimate[], before: readonly DayEstimate[]): boolean {
  const pairs = Math.min(now.length, before.length)
  const days = [...now.slice(0, pairs), ...before.slice(0, pairs)]
  if (pairs < leastPairs || sum(days.map(({ reports }) => reports)) < leastReports) return false
  const differences = now.slice(0, pairs).map(({ value }, place) => value - before[place]!.value)
  const total = sum(differences)
  const squares = sum(differences.map((one) => (one - total / pairs) ** 2))
  const spread = Math.sqrt((squares / (pairs - 1)) * pairs)
  const sampling = Math.sqrt(sum(days.map(({ variance }) => variance)))
  return Math.abs(total) > Math.max(quantileOfT(pairs - 1) * spread, normal * sampling)
}

/** `quantileOfT` is too far off for fewer. */
const leastPairs = 5

/** The 99 % quantile of the normal distribution, two-sided. */
export const normal = 2.5758

/** The same of Student's distribution (Abramowitz and Stegun 26.7.5), 1 % too small for four degrees of freedom. */
export function quantileOfT(degrees: number): number {
  const z = normal
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  )
}

const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)
