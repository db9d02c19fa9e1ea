// Two releases by whole days of age.
import type { Release } from '../../../shared/releases/document.ts'

export interface Ages {
  /** Crashes per 1,000 of the measure, where use of both is known; else crashes. */
  isRate: boolean
  /** One entry per day of age; null: not over yet, or without known use. */
  days: { now: number | null; before: number | null }[]
  /** The largest value. */
  most: number
}

const daySeconds = 86_400

/** Days that are over in at least one of the releases. */
export function agesOf(now: Release, before: Release): Ages {
  const isRate = [now, before].every(({ days }) => days.some(({ use }) => use))
  const [a, b] = [valuesOf(now, isRate), valuesOf(before, isRate)]
  const days = Array.from({ length: Math.max(a.length, b.length) }, (_, day) => ({
    now: a[day] ?? null,
    before: b[day] ?? null,
  }))
  return { isRate, days, most: Math.max(0, ...days.flatMap((day) => [day.now ?? 0, day.before ?? 0])) }
}

const valuesOf = ({ days, elapsed }: Release, isRate: boolean): (number | null)[] =>
  days
    .slice(0, Math.floor(elapsed / daySeconds))
    .map(({ weighted, use }) => (isRate ? (use ? (1000 * weighted) / use : null) : weighted))
