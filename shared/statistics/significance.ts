// Whether two shares or rates differ by more than chance explains. docs/dashboard.md describes the tests.
import type { Tally } from '../aggregates/documents.ts'

/** How likely noise alone may mark anything in a whole list. */
const listRisk = 0.05
/** Fewer reports in both groups together never count as a difference. */
export const leastReports = 10
/** A smaller relative change is not worth a color, however certain it is. */
const leastChange = 0.1

/** A part of a whole: both estimated numbers of crashes; for a rate, the whole is use. */
export interface Portion {
  part: number
  whole: number
}

/** What is known about the spread of an estimate. */
export interface Sample {
  /** The reports of both groups in the finest tallies, with nearly one sampling rate each. */
  tallies: readonly Tally[]
  /** Distinct installations among `reports`; 0: not known. Crashes of one installation are not independent. */
  installs: number
  /** The reports that `installs` were counted in. */
  reports: number
}

/** The crashes that each independent observation represents: at least 1. */
export function scaleOf({ tallies, installs, reports }: Sample): number {
  let squares = 0
  for (const { count, weighted } of tallies) if (count > 0) squares += weighted ** 2 / count
  const weighted = tallies.reduce((sum, tally) => sum + tally.weighted, 0)
  const perReport = squares / (weighted || 1)
  const perInstall = installs > 0 ? reports / installs : 1
  return Math.max(1, perReport) * Math.max(1, perInstall)
}

/**
 * The probability that two equal shares differ as much as these: the G-test of two portions, whose numbers are divided
 * by `scale`, the crashes that one observation represents. 1 where there is nothing to compare.
 */
export function chanceOf(a: Portion, b: Portion, scale: number): number {
  const whole = a.whole + b.whole
  const part = a.part + b.part
  if (a.whole <= 0 || b.whole <= 0 || part <= 0 || part >= whole) return 1
  const term = (observed: number, expected: number) =>
    observed > 0 && expected > 0 ? observed * Math.log(observed / expected) : 0
  const cells = [a, b].map(
    (one) =>
      term(one.part, (one.whole * part) / whole) +
      term(one.whole - one.part, (one.whole * (whole - part)) / whole),
  )
  return erfc(Math.sqrt(Math.max(0, cells[0]! + cells[1]!) / scale))
}

/** The same for two equal rates: each `whole` is an amount of use in one unit, during which `part` crashes happened. */
export function chanceOfRates(a: Portion, b: Portion, scale: number): number {
  const use = a.whole + b.whole
  const crashes = a.part + b.part
  if (a.whole <= 0 || b.whole <= 0 || crashes <= 0) return 1
  const term = ({ part, whole }: Portion) =>
    part > 0 ? part * Math.log((part * use) / (whole * crashes)) : 0
  return erfc(Math.sqrt(Math.max(0, term(a) + term(b)) / scale))
}

/**
 * The complementary error function for x ≥ 0, with a relative error below 1.2e-7 (Numerical Recipes, erfcc). For a
 * squared normal variable 2x², it is the probability of a larger one.
 */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * x)
  const series = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ]
  return t * Math.exp(-x * x + series.reduce((sum, factor) => sum * t + factor, 0))
}

/** A comparison of one row of a list. */
export interface Comparison {
  now: Portion
  before: Portion
  sample: Sample
  /** Rates are compared, not shares: `whole` is use. */
  isRate?: boolean
}

/** Whether a row can be compared at all; the others do not count as tests of the list. */
export const isComparable = ({ sample }: Comparison): boolean =>
  sample.tallies.reduce((sum, { count }) => sum + count, 0) >= leastReports

/**
 * Whether a difference is significant in a list of `tests` comparisons, by Bonferroni's correction: noise marks
 * anything in the list with a probability of at most 5 %.
 */
export function isSignificant(comparison: Comparison, tests: number): boolean {
  const { now, before, sample } = comparison
  if (!isComparable(comparison)) return false
  const [share, shareBefore] = [now.part / now.whole, before.part / before.whole]
  if (Math.abs(share - shareBefore) < leastChange * Math.max(share, shareBefore)) return false
  const chance = comparison.isRate ? chanceOfRates : chanceOf
  return chance(now, before, scaleOf(sample)) < listRisk / Math.max(1, tests)
}
