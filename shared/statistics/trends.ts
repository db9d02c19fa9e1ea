// What is unusual among the leading signatures of a product: new, rising, falling.
import type { LeadingSignature } from '../aggregates/documents.ts'
import type { IsoDate } from '../units.ts'
import { type Comparison, isComparable, isSignificant } from './significance.ts'

/** Null: as before, or too few crashes to know. */
export type Trend = 'new' | 'rising' | 'falling' | null

/** The shares of a signature in its product, 0…1, in the two periods that its trend compares. */
export interface SignatureTrend {
  trend: Trend
  share: number
  share_before: number
}

/** The days of a product and of one of its leading signatures, oldest first, without a day that is not over. */
export interface TrendInput {
  signature: LeadingSignature
  product: readonly { date: IsoDate; weighted: number }[]
}

/** The trends of a list of signatures, in the same order: the more there are, the more each has to differ. */
export function trendsOf(inputs: readonly TrendInput[]): SignatureTrend[] {
  const comparisons = inputs.map((input) => ({ appearance: appearanceOf(input), week: weekOf(input) }))
  const all = comparisons.flatMap(({ appearance, week }) => [appearance, week])
  const tests = all.filter(isComparable).length
  return comparisons.map(({ appearance, week }) => {
    if (shareIn(appearance.now) > 0 && isSignificant(appearance, tests)) return trendOf('new', appearance)
    if (!isSignificant(week, tests)) return trendOf(null, week)
    return trendOf(shareIn(week.now) > shareIn(week.before) ? 'rising' : 'falling', week)
  })
}

const trendOf = (trend: Trend, { now, before }: Comparison): SignatureTrend => ({
  trend,
  share: shareIn(now),
  share_before: shareIn(before),
})

const shareIn = ({ part, whole }: Comparison['now']) => (whole > 0 ? part / whole : 0)
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0)

/** The days since the first appearance, and those before. */
function appearanceOf({ signature, product }: TrendInput): Comparison {
  const first = product.findIndex(({ date }) => date >= signature.first_seen)
  const start = first < 0 ? product.length : first
  return comparisonOf({ signature, product }, { before: [0, start], now: [start, product.length] })
}

/** The last seven days and the seven before. */
function weekOf({ signature, product }: TrendInput): Comparison {
  const end = product.length
  const [middle, start] = [Math.max(0, end - 7), Math.max(0, end - 14)]
  return comparisonOf({ signature, product }, { before: [start, middle], now: [middle, end] })
}

type Range = readonly [start: number, end: number]

function comparisonOf({ signature, product }: TrendInput, ranges: { now: Range; before: Range }): Comparison {
  const portion = ([start, end]: Range) => ({
    part: sum(signature.days.slice(start, end)),
    whole: sum(product.slice(start, end).map(({ weighted }) => weighted)),
  })
  const [now, before] = [portion(ranges.now), portion(ranges.before)]
  const { total, installs } = signature
  const weighted = now.part + before.part
  const count = total.weighted > 0 ? (weighted * total.count) / total.weighted : 0
  return { now, before, sample: { tallies: [{ count, weighted }], installs, reports: total.count } }
}
