// The period of a search, as days and as links.

import type { Instant, Query } from '../../../shared/search/query.ts'
import { isoOfMicros } from '../../../shared/time/iso-time.ts'

const dayMicros = 86_400_000_000

/** Days as `YYYY-MM-DD`, both included; empty: no bound. */
export interface DayRange {
  from: string
  to: string
}

const dateOf = (at: Instant) => isoOfMicros(BigInt(at)).slice(0, 10)

/** The days of a query's period. */
export const readDays = (query: Query | null): DayRange =>
  query ? { from: dateOf(query.from), to: dateOf(query.to - 1) } : { from: '', to: '' }

/** The values of `date` for a range of days. */
export function writeDays({ from, to }: DayRange): string[] {
  const end = Date.parse(to) * 1000 + dayMicros
  return [...(from ? [`>=${from}`] : []), ...(Number.isNaN(end) ? [] : [`<${dateOf(end)}`])]
}

export const periods = [
  [1, '24 hours'],
  [3, '3 days'],
  [7, '7 days'],
  [14, '14 days'],
  [28, '28 days'],
  [91, '3 months'],
  [182, '6 months'],
] as const

/** The values of `date` for the last days before now; the default period needs none. */
export const lastDays = (days: number, now: Instant): string[] =>
  days === 7 ? [] : [`>=${isoOfMicros(BigInt(now - days * dayMicros)).slice(0, 16)}`]

/** The values of `date` for the last days of a query's period. */
export const newestDays = ({ to }: Query, days: number): string[] => [
  `>=${isoOfMicros(BigInt(to - days * dayMicros))}`,
  `<${isoOfMicros(BigInt(to))}`,
]

/** True for a period of so many days, give or take a minute, that ends now. */
export const isLast = ({ from, to }: Query, { days, now }: { days: number; now: Instant }): boolean =>
  Math.abs(to - now) < 2 * 60_000_000 && Math.abs(to - from - days * dayMicros) < 2 * 60_000_000
