// Times in parameters: `YYYY-MM-DD`, or ISO 8601 with `T` or a space, fraction and offset. Without offset: UTC.

import { isoOfMicros } from '../../time/iso-time.ts'
import type { Instant } from '../query.ts'

export const dayMicros = 86_400_000_000

const form =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d{2}(?::?\d{2})?)| (\d{2}:\d{2}))?)?$/i

/** Null if the text is not a time. Times beyond the range of Instants become its end. */
export function parseInstant(text: string): Instant | null {
  const found = form.exec(text.trim())
  if (!found) return null
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0))
  if (year === 0 || hour! > 23 || minute! > 59 || second! > 59) return null
  const time = new Date(0)
  time.setUTCFullYear(year!, month! - 1, day!)
  if (time.getUTCMonth() !== month! - 1 || time.getUTCDate() !== day!) return null
  const offset = offsetMinutes(found[8], found[9])
  if (Number.isNaN(offset)) return null
  const ms = time.getTime() + ((hour! * 60 + minute! - offset) * 60 + second!) * 1000
  const micros = Number((found[7] ?? '').padEnd(6, '0').slice(0, 6))
  return clamp(ms * 1000 + micros)
}

/** `spaced` is an offset whose plus sign was not encoded in the URL. */
function offsetMinutes(offset = 'Z', spaced?: string): number {
  const text = spaced === undefined ? offset.toUpperCase() : `+${spaced}`
  if (text === 'Z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return Number.NaN
  return (text[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

const clamp = (micros: number): Instant =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, micros))

/** The inverse of `parseInstant`. */
export const printInstant = (time: Instant): string => isoOfMicros(BigInt(time))
