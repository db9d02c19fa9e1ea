// Times as text in the form of all stored data: ISO, UTC, `+00:00`.
import type { IsoTime } from '../units.ts'

/** With milliseconds. */
export const isoTime = (date: Date): IsoTime => date.toISOString().replace('Z', '+00:00')

/** Microseconds since 1970; a zero fraction is omitted. Beyond the range of Date: the number as text. */
export function isoOfMicros(us: bigint): IsoTime {
  const fraction = ((us % 1_000_000n) + 1_000_000n) % 1_000_000n
  const ms = Number((us - fraction) / 1000n)
  if (Math.abs(ms) > 8.64e15) return String(us)
  const seconds = new Date(ms).toISOString().replace('.000Z', '')
  return `${seconds}${fraction ? `.${String(fraction).padStart(6, '0')}` : ''}+00:00`
}
