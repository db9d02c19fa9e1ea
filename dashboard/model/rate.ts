// Crash rates: crashes of the programs whose use is known, by that use.
import type { DayOfUse, ProductUsage, UsageMeasure } from '../../shared/aggregates/documents.ts'

export interface Rate {
  /** Crashes per 1,000 of the measure. */
  value: number
  /** Half the width of the 95 % interval around `value`; null under 10 reports (too few to estimate). */
  margin: number | null
  /** Days with known use. */
  days: number
}

/** What 1,000 of a measure are. Users of several days add up to days of use. */
export const unitOf: Readonly<Record<UsageMeasure, string>> = {
  users: '1,000 daily users',
  sessions: '1,000 sessions',
  hours: '1,000 hours of use',
}

/** The rate of some days together; null without use. */
export function rateOf(days: readonly (DayOfUse | null)[]): Rate | null {
  const known = days.filter((day) => day !== null)
  const sum = (of: (day: DayOfUse) => number) => known.reduce((total, day) => total + of(day), 0)
  const amount = sum((day) => day.amount)
  if (amount === 0) return null
  const per = 1000 / amount
  const margin = sum((day) => day.count) < 10 ? null : 1.96 * Math.sqrt(sum((day) => day.variance)) * per
  return { value: sum((day) => day.weighted) * per, margin, days: known.length }
}

/** The rate of each day as text, for a column; null when no use is known. */
export function ratesByDay(usage: ProductUsage | undefined): { title: string; cells: string[] } | null {
  if (!usage) return null
  return { title: `Per ${unitOf[usage.measure]}`, cells: usage.days.map((day) => rateText(rateOf([day]))) }
}

const rates = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 })

/** `1.23`, to three digits. */
export const formatRate = (rate: number) => rates.format(rate)

/** `1.23 ± 0.05`; a dash when no use is known. */
export function rateText(rate: Rate | null): string {
  if (rate === null) return '–'
  const value = formatRate(rate.value)
  return rate.margin === null ? value : `${value} ± ${formatRate(rate.margin)}`
}
