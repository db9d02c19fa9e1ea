// Whether a week differs from the week before.
import type { Tally } from '../../shared/aggregates/documents.ts'
import { areDaysDifferent } from '../../shared/statistics/paired-days.ts'

/** Each day is compared with the same day of the week before. */
export const isWeekDifferent = (current: readonly Tally[], previous: readonly Tally[]): boolean =>
  areDaysDifferent(current.map(dayOf), previous.map(dayOf))

const dayOf = ({ count, weighted }: Tally) => ({
  value: weighted,
  variance: count > 0 ? weighted ** 2 / count : 0,
  reports: count,
})
