// From counts to correlations: which differences are beyond chance, and which of them explain others.
import type { Correlated, Correlation } from '../../../shared/aggregates/correlations.ts'
import { chanceOf, scaleOf } from '../../../shared/statistics/significance.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import { attributeOf } from './attributes.ts'
import { type Bits, type Layer, weightOf } from './bits.ts'

/** Totals of a signature and of the reference without it: reports, weights, squares of weights. */
export interface GroupTotals {
  count: number
  weighted: number
  squares: number
  /** Distinct installations; 0: not known. */
  installs: number
  reference_weighted: number
  reference_squares: number
}

/** A value in the crashes of a signature and in the reference. */
export interface ValueCount {
  name: string
  value: string
  weighted: number
  reference_weighted: number
}

/** A difference of shares below this is not worth a sentence. */
export const leastDifference = 0.15
/** A prior must take away at least this much of a difference to be named. */
const leastEffect = 0.05
const mostCorrelations = 12

interface Difference extends ValueCount {
  group: number
  reference: number
  order: number
}

const sizeOf = ({ group, reference }: Pick<Difference, 'group' | 'reference'>) => Math.abs(group - reference)

/** A value with the probability that chance explains its difference (`chanceOf`). */
export interface Tested {
  row: ValueCount
  chance: number
}

/** G-tests; reports of one installation count as one observation. */
export function testValues(counts: readonly ValueCount[], totals: GroupTotals): Tested[] {
  const { count, weighted, squares, installs, reference_weighted, reference_squares } = totals
  // Tallies whose squared weight over count is the sum of squares.
  const tally = (sum: number, sumOfSquares: number) => ({ count: sum ** 2 / sumOfSquares, weighted: sum })
  const tallies = [tally(weighted, squares), tally(reference_weighted, reference_squares)]
  const scale = scaleOf({ tallies, installs, reports: count })
  return counts.map((row) => ({
    row,
    chance: chanceOf(
      { part: row.weighted, whole: weighted },
      { part: row.reference_weighted, whole: reference_weighted },
      scale,
    ),
  }))
}

/** The values whose shares differ with a chance of at most `limit`. */
export function differencesOf(tested: readonly Tested[], totals: GroupTotals, limit: number): Difference[] {
  const { weighted, reference_weighted } = totals
  const found = tested.flatMap(({ row, chance }): Difference[] => {
    const difference = {
      ...row,
      group: row.weighted / weighted,
      reference: row.reference_weighted / reference_weighted,
      order: attributeOf(row.name).order,
    }
    return chance <= limit && sizeOf(difference) >= leastDifference ? [difference] : []
  })
  return withoutComplements(found)
}

/** Where one value of an attribute is more frequent, that others are less frequent goes without saying. */
function withoutComplements(found: readonly Difference[]): Difference[] {
  const isMore = ({ group, reference }: Difference) => group > reference
  const more = new Set(found.filter(isMore).map(({ name }) => name))
  return found.filter((one) => isMore(one) || !more.has(one.name))
}

/** The sampled crashes, as bits. */
export interface Crashes {
  group: readonly Layer[]
  reference: readonly Layer[]
  of(value: ValueCount): Bits
}

/** What a value means, for documents. */
export type Describe = (value: ValueCount) => Pick<Correlated, 'kind' | 'column' | 'value' | 'range'>

/** The correlations of a signature, the largest difference first. */
export function explain(found: readonly Difference[], crashes: Crashes, describe: Describe): Correlation[] {
  const kept: { difference: Difference; correlation: Correlation }[] = []
  const inOrder = [...found].sort((a, b) => a.order - b.order || sizeOf(b) - sizeOf(a))
  for (const difference of inOrder) {
    const { group, reference } = difference
    const own: Correlated = { ...describe(difference), group, reference }
    const priors = kept
      .filter((one) => one.difference.name !== difference.name && one.difference.order < difference.order)
      .map((one) => ({ one, ...within(difference, one.difference, crashes) }))
      .sort((a, b) => sizeOf(a) - sizeOf(b))
    const [best] = priors
    if (best && sizeOf(best) < leastDifference) {
      best.one.correlation.explains.push(own)
      continue
    }
    const isPart = best && sizeOf(best) <= sizeOf(difference) - leastEffect
    const prior = isPart
      ? { of: strip(best.one.correlation), group: best.group, reference: best.reference }
      : null
    kept.push({ difference, correlation: { ...own, prior, explains: [] } })
  }
  return kept
    .sort(
      (a, b) =>
        sizeOf(b.difference) - sizeOf(a.difference) || ascending(a.difference.name, b.difference.name),
    )
    .slice(0, mostCorrelations)
    .map(({ correlation }) => correlation)
}

function strip({ kind, column, value, range, group, reference }: Correlation): Correlated {
  return { kind, column, value, range, group, reference }
}

/** The shares of a value among the crashes that have another one; as different as possible where the other is too rare to tell. */
function within(value: ValueCount, other: ValueCount, crashes: Crashes) {
  const [own, condition] = [crashes.of(value), crashes.of(other)]
  const share = (layers: readonly Layer[]) => {
    const { count, weight } = weightOf(layers, condition)
    return { count, share: weightOf(layers, condition, own).weight / weight }
  }
  const [group, reference] = [share(crashes.group), share(crashes.reference)]
  const isKnown = group.count >= leastWithin && reference.count >= leastWithin
  return isKnown ? { group: group.share, reference: reference.share } : { group: 1, reference: 0 }
}

/** Fewer reports with the other value show nothing. */
const leastWithin = 10
