// Facts about an invented product, from which alerts are found.
import type { ProductFacts } from '../../../batch/alerts/product-facts.ts'
import { defaultAlertSettings } from '../../../batch/products/alert-settings.ts'
import { aggregatesVersion, type LeadingSignature } from '../../../shared/aggregates/documents.ts'
import type { Release, ReleasesAggregate } from '../../../shared/releases/document.ts'
import { daysUpTo } from '../../../shared/time/dates.ts'

const lastDay = '2026-10-21'
const dates = daysUpTo(lastDay, 28)

/** @param counts of the last days, one for each; earlier days have none */
export const daysOf = (counts: readonly number[]) =>
  dates.map((date, place) => {
    const count = counts[place - dates.length + counts.length] ?? 0
    return { date, count, weighted: count }
  })

/** A signature with this many crashes on the last days. */
export function signatureOf(signature: string, counts: readonly number[]): LeadingSignature {
  const days = daysOf(counts)
  const count = days.reduce((sum, day) => sum + day.count, 0)
  const first_seen = days.find((day) => day.count > 0)?.date ?? lastDay
  return {
    ...{ signature, id: '0', first_seen, installs: 0, total: { count, weighted: count } },
    days: days.map(({ weighted }) => weighted),
  }
}

const usual = Array.from({ length: 28 }, (_, day) => 1000 + 20 * (day % 3))

/** A quiet product. */
export const factsOf = (changes: Partial<ProductFacts> = {}): ProductFacts => ({
  product: 'Lumen',
  rules: defaultAlertSettings.rules,
  days: daysOf(usual),
  refused: { counts: dates.map(() => 0), rule: '' },
  storeBegan: dates[0]!,
  isLastWhole: true,
  leading: [],
  releases: null,
  modules: [],
  ...changes,
})

const young = 10 * 86_400

/** Crashes of signatures in 2.0 and in 1.0 at the same age, with the day on which each was first seen. */
export function releasesOf(
  signatures: Readonly<Record<string, { now: number; before: number; first_seen?: string }>>,
  { ratesOf = null }: { ratesOf?: { now: number; before: number } | null } = {},
): ReleasesAggregate {
  const all = Object.entries(signatures)
  const sum = (side: 'now' | 'before') => all.reduce((total, [, counts]) => total + counts[side], 0)
  const release = (name: string, side: 'now' | 'before'): Release => ({
    ...{
      kind: 'version',
      name,
      channel: 'release',
      start: '2026-10-12',
      is_start_known: true,
      elapsed: young,
    },
    days: Array.from({ length: 10 }, (_, day) => {
      const count = ratesOf ? ratesOf[side] + (day % 3) : 0
      return { count, weighted: count, use: ratesOf ? 1000 : null }
    }),
    ...{ at: [young, sum(side), sum(side)], recent: 100, platforms: [0, 80, 1, 20] },
  })
  return {
    ...{ version: aggregatesVersion, generated_at: '', product: 'Lumen', measure: ratesOf ? 'users' : null },
    platforms: ['Windows NT', 'Linux'],
    releases: [release('2.0', 'now'), release('1.0', 'before')],
    tested: all.length,
    signatures: all.map(([signature, { now, before, first_seen = '2026-01-01' }]) => ({
      ...{ signature, id: signature, first_seen },
      in: [
        { release: 0, installs: 0, only: -1, at: [young, now, now] },
        { release: 1, installs: 0, only: -1, at: [young, before, before] },
      ],
    })),
  }
}
