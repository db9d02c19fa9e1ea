// Whether two estimates differ by more than chance explains. docs/dashboard.md describes the tests.
import type { Tally } from '../../shared/aggregates.ts'
import { addTallies } from './tally.ts'

/** How likely noise alone may mark anything in a whole list. */
const listRisk = 0.05
/** Fewer reports in both groups together never count as a difference. */
const leastReports = 10
/** A smaller relative change is not worth a color, however certain it is. */
const leastChange = 0.1

/** A part of a whole: both estimated numbers of crashes. */
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
  const perReport = squares / (addTallies(tallies).weighted || 1)
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
}

/** Whether a row can be compared at all; the others do not count as tests of the list. */
export const isComparable = ({ sample }: Comparison): boolean =>
  addTallies(sample.tallies).count >= leastReports

/**
 * Whether a difference is significant in a list of `tests` comparisons, by Bonferroni's correction: noise marks
 * anything in the list with a probability of at most 5 %.
 */
export function isSignificant(comparison: Comparison, tests: number): boolean {
  const { now, before, sample } = comparison
  if (!isComparable(comparison)) return false
  const [share, shareBefore] = [now.part / now.whole, before.part / before.whole]
  if (Math.abs(share - shareBefore) < leastChange * Math.max(share, shareBefore)) return false
  return chanceOf(now, before, scaleOf(sample)) < listRisk / Math.max(1, tests)
}

/** The 99 % quantile of Student's distribution with six degrees of freedom, two-sided. */
const t6 = 3.707

/**
 * Whether a week differs from the week before: a paired t-test over its seven days, each with the same day of the week
 * before, so that the difference exceeds what days usually differ by; or what sampling explains, if that is more.
 */
export function isWeekDifferent(current: readonly Tally[], previous: readonly Tally[]): boolean {
  const differences = current.map((day, i) => day.weighted - (previous[i]?.weighted ?? 0))
  const sum = differences.reduce((all, one) => all + one, 0)
  const mean = sum / differences.length
  const squares = differences.reduce((all, one) => all + (one - mean) ** 2, 0)
  const spread = Math.sqrt((squares / (differences.length - 1)) * differences.length)
  const days = [...current, ...previous]
  if (addTallies(days).count < leastReports) return false
  const sampling = Math.sqrt(
    days.reduce((all, { count, weighted }) => all + (count ? weighted ** 2 / count : 0), 0),
  )
  return Math.abs(sum) > Math.max(t6 * spread, quantile * sampling)
}

/** The 99 % quantile of the normal distribution, two-sided. */
const quantile = 2.576
