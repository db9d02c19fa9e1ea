// Chart data: a few named series over days.
import type { HomeAggregate, Tally } from '../../shared/aggregates/documents.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { addTallies } from './tally.ts'

/** Bars on each other, a line for each series, or bars of the share of each in the day. */
export type ChartStyle = 'stacked' | 'lines' | 'share'

/** The series of reports without a value, and of all values without a color. */
export const otherOrNone = 'Other or none'

/** One name and its value per day. */
export interface Series {
  name: string
  values: number[]
}

/**
 * The largest `most` groups as series of weighted counts, the rest summed as `Other`. Groups with the same name are
 * merged. Every series has `length` values; missing days are 0.
 */
export function seriesOf(
  groups: readonly { name: string; days: readonly Tally[] }[],
  { length, most }: { length: number; most: number },
): Series[] {
  const byName = new Map<string, number[]>()
  for (const { name, days } of groups) {
    const values = byName.get(name) ?? new Array<number>(length).fill(0)
    for (let i = 0; i < length; i++) values[i]! += days[i]?.weighted ?? 0
    byName.set(name, values)
  }
  const all = [...byName].map(([name, values]) => ({ name, values, total: sum(values) }))
  all.sort((a, b) => b.total - a.total || ascending(a.name, b.name))
  const named = all.filter(({ name, total }) => name !== 'Other' && total > 0)
  const shown = named.slice(0, most)
  const rest = all.filter((series) => !shown.includes(series))
  const result: Series[] = shown.map(({ name, values }) => ({ name, values }))
  if (sum(rest.map((r) => r.total)) > 0) {
    const values = Array.from({ length }, (_, i) => sum(rest.map((r) => r.values[i]!)))
    result.push({ name: 'Other', values })
  }
  return result
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** Each value as percentage of its day; 0 on days without any. */
export function sharesOf(series: readonly Series[]): Series[] {
  const length = series[0]?.values.length ?? 0
  const totals = Array.from({ length }, (_, day) => sum(series.map(({ values }) => values[day] ?? 0)))
  return series.map(({ name, values }) => ({
    name,
    values: values.map((value, day) => (totals[day]! > 0 ? (100 * value) / totals[day]! : 0)),
  }))
}

/** Per day the sum over groups. */
export function totalsByDay(groups: readonly { days: readonly Tally[] }[], length: number): Tally[] {
  return Array.from({ length }, (_, i) => addTallies(groups.flatMap((group) => group.days[i] ?? [])))
}

/** The estimated crashes of each product by day covered. */
export const productDays = ({ dates, products }: Pick<HomeAggregate, 'dates' | 'products'>) =>
  new Map(
    products.map(({ name, platforms }) => {
      const totals = totalsByDay(platforms, dates.length)
      return [name, dates.map((date, day) => ({ date, weighted: totals[day]!.weighted }))]
    }),
  )
