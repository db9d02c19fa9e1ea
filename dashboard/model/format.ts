// Numbers, times and sizes as text: English, UTC.
import { formatCount, plural } from '../../shared/text/format.ts'
import type { Bytes, IsoDate, IsoTime, Millis } from '../../shared/units.ts'

export { formatCount, formatDay, formatShare, plural } from '../../shared/text/format.ts'

const locale = 'en-GB'
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 })
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const signedTenths = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})
const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
const time = new Intl.DateTimeFormat(locale, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

const localTime = new Intl.DateTimeFormat(locale, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
})
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })

/** `12.3k`, for axes and tiles with little space. */
export const formatCompact = (value: number) => compact.format(value)
/** Percentage points with a sign: `+1.2`, `−0.3`, `0.0`. */
export function formatPoints(points: number): string {
  return signedTenths.format(points).replace('-', '−')
}

const parse = (text: IsoDate | IsoTime) => new Date(text)
const valid = (at: Date) => !Number.isNaN(at.getTime())

/** `22 Nov 2026`. */
export const formatDate = (text: IsoDate) => (valid(parse(text)) ? date.format(parse(text)) : text)
/** `22 Nov 2026, 14:05 UTC`. */
export const formatTime = (text: IsoTime) => (valid(parse(text)) ? `${time.format(parse(text))} UTC` : text)
/** `14:05 UTC`. */
export const formatClock = (text: IsoTime) => (valid(parse(text)) ? `${clock.format(parse(text))} UTC` : text)
/** `22 Nov 2026, 15:05 GMT+1, your time`: by the clock of the reader; text that is not a time unchanged. */
export const formatLocal = (text: IsoTime) =>
  valid(parse(text)) ? `${localTime.format(parse(text))}, your time` : text
/** Seconds since 1970 as `22 Nov 2026, 14:05 UTC`; null when out of range. */
export function formatEpoch(seconds: number): string | null {
  const at = new Date(seconds * 1000)
  return valid(at) ? `${time.format(at)} UTC` : null
}

const spans = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `3,725 seconds (1 hour, 2 minutes and 5 seconds)`; under a minute only the seconds. */
export function formatSeconds(seconds: number): string {
  const text = plural(seconds, 'second')
  const size = Math.abs(Math.trunc(seconds))
  if (size < 60) return text
  let rest = size
  const parts: string[] = []
  for (const [name, length] of spans) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count) parts.push(plural(count, name))
  }
  const last = parts.pop()!
  return `${text} (${seconds < 0 ? 'minus ' : ''}${parts.length ? `${parts.join(', ')} and ` : ''}${last})`
}

/** `8,589,934,592 bytes (8.0 GiB)`; under 1 KiB only the bytes. */
export function formatBytes(bytes: number): string {
  const text = plural(bytes, 'byte')
  let size = Math.abs(bytes)
  let unit = ''
  for (const next of ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']) {
    if (size < 1024) break
    size /= 1024
    unit = next
  }
  return unit ? `${text} (${bytes < 0 ? '−' : ''}${tenths.format(size)} ${unit})` : text
}

/** `340 ms`, `1.2 s`, `3 min`. */
export function formatDuration(ms: Millis): string {
  if (ms < 1000) return `${formatCount(Math.round(ms))} ms`
  return ms < 120_000 ? `${tenths.format(ms / 1000)} s` : `${formatCount(Math.round(ms / 60_000))} min`
}

/** `820 B`, `3.4 kB`, `0.9 MB`: bytes in a column. */
export function formatSize(bytes: Bytes): string {
  if (bytes < 1000) return `${formatCount(bytes)} B`
  return bytes < 100_000 ? `${tenths.format(bytes / 1e3)} kB` : `${tenths.format(bytes / 1e6)} MB`
}
