// Arithmetic with dates in UTC.
import type { IsoDate, Millis } from '../units.ts'

export const dayMs: Millis = 86_400_000

/** Milliseconds since 1970 at which a date begins; NaN when it is not a date. */
export const startOfDate = (date: IsoDate): Millis => Date.parse(`${date}T00:00:00Z`)

/** The date of a time. */
export const dateAt = (time: Date | Millis): IsoDate => new Date(time).toISOString().slice(0, 10)

/** True for `YYYY-MM-DD` that names a day of the calendar. */
export function isDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? startOfDate(text) : Number.NaN
  return !Number.isNaN(time) && dateAt(time) === text
}

/** `days` may be negative. */
export const addDays = (date: IsoDate, days: number): IsoDate => dateAt(startOfDate(date) + days * dayMs)

/** The `count` days before a date, oldest first. */
export const daysBefore = (date: IsoDate, count: number): IsoDate[] =>
  Array.from({ length: count }, (_, i) => addDays(date, i - count))

/** The `count` days after a date, oldest first. */
export const daysAfter = (date: IsoDate, count: number): IsoDate[] =>
  Array.from({ length: count }, (_, i) => addDays(date, i + 1))

/** The `count` days that end with a date, oldest first. */
export const daysUpTo = (date: IsoDate, count: number): IsoDate[] => daysBefore(addDays(date, 1), count)
