// Numbers and days as text, on pages and in messages: English, UTC.
import type { IsoDate } from '../units.ts'

const locale = 'en-GB'
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const times = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 })

/** `12,345`; rounds half away from zero. */
export const formatCount = (value: number): string => whole.format(value)

/** A fraction 0…1 as `12.3 %`; positive values that round to 0 as `<0.1 %`. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1 %'
  return `${tenths.format(100 * share)} %`
}

/** `22 Nov`; text that is not a date is returned unchanged. */
export function formatDay(text: IsoDate): string {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? text : day.format(at)
}

/** A ratio to two digits: `1.8`. */
export const formatTimes = (ratio: number): string => times.format(ratio)

/** `1 crash`, `2 crashes`: the count and its noun. */
export const plural = (count: number, singular: string, many = `${singular}s`): string =>
  `${formatCount(count)} ${count === 1 ? singular : many}`
