// How old the data are, by the clock of the reader.
import type { HomeAggregate, StatusAggregate } from '../../shared/aggregates/documents.ts'
import { dateAt, dayMs } from '../../shared/time/dates.ts'
import type { IsoDate, IsoTime, Millis } from '../../shared/units.ts'
import { plural } from './format.ts'

/** The home aggregate, and when it was last found to be up to date. */
export interface Home extends HomeAggregate {
  checked_at: IsoTime
  stale_after: Millis
}

/** Where the interval of the rounds is not known: a round each night, and two hours of delay. */
const usualStaleAfter: Millis = 26 * 3_600_000

/** Without a status, the data count as checked when they were written. */
export const homeWith = (home: HomeAggregate, status: StatusAggregate | null): Home => ({
  ...home,
  checked_at: latest(status?.generated_at ?? '', home.generated_at),
  stale_after: status?.stale_after ? status.stale_after * 1000 : usualStaleAfter,
})

const latest = (a: IsoTime, b: IsoTime) => (a > b ? a : b)

/** The age of the data, and whether it is too high; clocks may differ, so never below 0. */
export function freshnessOf({ checked_at, stale_after }: Home, now: Date): { age: Millis; isLate: boolean } {
  const age = Math.max(0, now.getTime() - Date.parse(checked_at))
  return { age, isLate: age > stale_after }
}

const units = [
  ['day', dayMs],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `5 minutes`, `3 hours`, `18 days`; from two of a unit on, so that rounding down loses less than half. */
export function ageText(age: Millis): string {
  for (const [unit, length] of units) {
    const least = unit === 'minute' ? 1 : 2
    if (age >= least * length) return plural(Math.floor(age / length), unit)
  }
  return 'less than a minute'
}

/** The last day covered, if it was not over when the data were last checked. */
export function partialDate({ dates, checked_at }: Home): IsoDate | undefined {
  const last = dates.at(-1)
  return last && checked_at.startsWith(last) ? last : undefined
}

export const isToday = (date: IsoDate, now: Date): boolean => date === dateAt(now)
