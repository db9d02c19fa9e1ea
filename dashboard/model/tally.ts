// Arithmetic of counted and weighted reports.
import type { Tally } from '../../shared/aggregates/documents.ts'

export const noTally: Tally = { count: 0, weighted: 0 }

export function addTallies(tallies: Iterable<Tally>): Tally {
  let count = 0
  let weighted = 0
  for (const tally of tallies) {
    count += tally.count
    weighted += tally.weighted
  }
  return { count, weighted }
}

/** Whether the tally represents more crashes than there are reports. */
export const isSampled = (tally: Tally) => Math.abs(tally.weighted - tally.count) > 0.5

/**
 * Half the width of the 95 % interval around `weighted`, in crashes; null under 10 reports (too few to estimate).
 * Each tally is a group stored at one rate p = count / weighted, each crash independently, so the variance of the
 * Horvitz–Thompson estimate is the sum of (1 − p) / p² over the reports. Groups of mixed rates give too small a
 * value, so pass the finest available.
 */
export function marginOf(groups: readonly Tally[]): number | null {
  let reports = 0
  let variance = 0
  for (const { count, weighted } of groups) {
    if (count === 0) continue
    const weight = Math.max(1, weighted / count)
    reports += count
    variance += count * weight * (weight - 1)
  }
  return reports < 10 ? null : 1.96 * Math.sqrt(variance)
}

/** part / whole, 0 when there is no whole. */
export const shareOf = (part: number, whole: number) => (whole > 0 ? part / whole : 0)
