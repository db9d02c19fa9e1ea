// Spikes, refused reports, and modules whose symbols more crashes lack.
import type { Tally } from '../../shared/aggregates/documents.ts'
import { type Comparison, isComparable, isSignificant } from '../../shared/statistics/significance.ts'
import { isDayAbove, meanOf } from '../../shared/statistics/unusual-day.ts'
import type { IsoDate } from '../../shared/units.ts'
import {
  type Candidate,
  type DayCount,
  everything,
  newestDay,
  type ProductFacts,
  reaches,
  wholeDays,
} from './product-facts.ts'

interface HighDay {
  day: IsoDate
  value: number
  usual: number
}

interface Least {
  times: number
  least: number
  isLastWhole: boolean
}

/** The last day, else the last whole one, if it is above the days before and `times` their mean. */
function highDay(days: readonly DayCount[], { times, least, isLastWhole }: Least): HighDay | null {
  for (const last of isLastWhole ? [-1] : [-1, -2]) {
    const [day, before] = [days.at(last), days.slice(0, last)]
    if (!day || day.weighted < least) continue
    const usual = meanOf(before.map(({ weighted }) => weighted))
    if (day.weighted >= times * usual && isDayAbove(estimateOf(day), before.map(estimateOf)))
      return { day: day.date, value: day.weighted, usual }
  }
  return null
}

const estimateOf = ({ count, weighted }: Tally) => ({
  value: weighted,
  variance: count > 0 ? weighted ** 2 / count : 0,
  reports: count,
})

/** From the first day of the product on. */
export function spikeAlerts({ product, rules: { spike }, days, isLastWhole }: ProductFacts): Candidate[] {
  const first = days.findIndex(({ count }) => count > 0)
  if (!spike || first < 0) return []
  const high = highDay(days.slice(first), { times: spike.times, least: spike.crashes, isLastWhole })
  return high ? [{ ...everything, ...high, product, rule: 'spike', subject: '' }] : []
}

/** From the first day of the store on: a product may be refused from its first report on. */
export function refusedAlerts(facts: ProductFacts): Candidate[] {
  const { product, rules, days, refused, storeBegan, isLastWhole } = facts
  if (!rules.refused) return []
  const counts = days.flatMap(({ date }, place) => {
    const count = refused.counts[place] ?? 0
    return date >= storeBegan ? [{ date, count, weighted: count }] : []
  })
  const { times, reports: least } = rules.refused
  const high = highDay(counts, { times, least, isLastWhole })
  return high ? [{ ...everything, ...high, product, rule: 'refused', subject: refused.rule }] : []
}

export function symbolAlerts(facts: ProductFacts): Candidate[] {
  const least = facts.rules.missing_symbols
  const days = wholeDays(facts)
  const crashes = (some: readonly DayCount[]) => some.reduce((sum, { weighted }) => sum + weighted, 0)
  const [now, before] = [crashes(days.slice(-7)), crashes(days.slice(-14, -7))]
  if (!least) return []
  const portion = ({ weighted }: Tally, whole: number) => ({ part: Math.min(weighted, whole), whole })
  const compared = facts.modules.map(({ name, ...weeks }) => ({
    name,
    comparison: {
      now: portion(weeks.now, now),
      before: portion(weeks.before, before),
      sample: { tallies: [weeks.now, weeks.before], installs: 0, reports: 0 },
    } satisfies Comparison,
  }))
  const tests = compared.filter(({ comparison }) => isComparable(comparison)).length
  return compared.flatMap(({ name, comparison }): Candidate[] => {
    const [value, usual] = [comparison.now.part / now, comparison.before.part / before]
    if (value <= usual || !reaches(value, least) || !isSignificant(comparison, tests)) return []
    const shares = { value, usual, day: newestDay(facts) }
    return [{ ...everything, ...shares, product: facts.product, rule: 'missing_symbols', subject: name }]
  })
}
