// What alerts are found in: the crashes of each product by day, its signatures, refused reports, missing symbols.
import type {
  HomeAggregate,
  LeadingSignature,
  ProductAggregate,
} from '../../../shared/aggregates/documents.ts'
import { addDays, dateAt } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import type { ModuleWeeks, ProductFacts } from '../../alerts/product-facts.ts'
import type { Product } from '../../products/product-file.ts'
import { productOf } from '../../products/products.ts'
import { type AggregateRun, queryRows, tallyOf } from '../run.ts'

interface RefusedRow {
  product: string
  date: IsoDate
  rule: string
  count: number
}

interface WeeksRow {
  product: string
  name: string
  now_count: number
  now_weighted: number
  before_count: number
  before_weighted: number
}

/** Modules of each product that are compared. */
const mostModules = 50
/** In place of missing names, and for those beyond the limits of a day. */
const noName = 'Unknown'
const otherNames = 'Other'

export interface FactSources {
  home: HomeAggregate
  /** By product. */
  leading: ReadonlyMap<string, LeadingSignature[]>
  known: ReadonlyMap<string, Product>
}

/** Of each product with a file or with crashes, and of reports without a product: others are names that any client makes up. */
export async function readFacts(run: AggregateRun, sources: FactSources): Promise<ProductFacts[]> {
  const [from, to] = [run.dates[0]!, run.dates.at(-1)!]
  const isLastWhole = dateAt(new Date(run.generatedAt)) > to
  const names = new Set([...run.products.map(({ name }) => name), ...sources.known.keys(), noName])
  names.delete(otherNames)
  const refused = await queryRows<RefusedRow>(run, 'refused-days', { from, to, products: [...names] })
  const last = isLastWhole ? to : addDays(to, -1)
  const modules = await queryRows<WeeksRow>(run, 'missing-weeks', {
    ...{ to: last, middle: addDays(last, -7), start: addDays(last, -14), most: mostModules },
  })
  const refusedOf = Map.groupBy(refused, ({ product }) => product)
  const modulesOf = Map.groupBy(modules, ({ product }) => product)
  const inHome = new Map(sources.home.products.map((product) => [product.name, product]))
  const all = [...names].map((product) => ({
    product,
    rules: productOf(product, sources.known).alerts.rules,
    days: daysOf(run, inHome.get(product)),
    refused: refusedDays(run, refusedOf.get(product) ?? []),
    isLastWhole,
    leading: sources.leading.get(product) ?? [],
    releases: run.releases.get(product) ?? null,
    modules: (modulesOf.get(product) ?? []).map(weeksOf),
  }))
  const firsts = all.flatMap(({ days, refused: { counts } }) => {
    const first = days.find(({ count }, place) => count + counts[place]! > 0)
    return first ? [first.date] : []
  })
  const storeBegan = firsts.sort()[0] ?? to
  return all.map((facts) => ({ ...facts, storeBegan }))
}

function daysOf({ dates }: AggregateRun, product: ProductAggregate | undefined): ProductFacts['days'] {
  return dates.map((date, place) => {
    const day = { date, count: 0, weighted: 0 }
    for (const { days } of product?.platforms ?? []) {
      day.count += days[place]?.count ?? 0
      day.weighted += days[place]?.weighted ?? 0
    }
    return day
  })
}

function refusedDays({ dates }: AggregateRun, rows: readonly RefusedRow[]): ProductFacts['refused'] {
  const byDate = Map.groupBy(rows, ({ date }) => date)
  const counts = dates.map((date) => (byDate.get(date) ?? []).reduce((sum, { count }) => sum + count, 0))
  const recent = rows.filter(({ date }) => date >= dates.at(-2)!)
  const most = recent.reduce<RefusedRow | null>((a, b) => (a && a.count >= b.count ? a : b), null)
  return { counts, rule: most?.rule ?? '' }
}

const weeksOf = (row: WeeksRow): ModuleWeeks => ({
  name: row.name,
  now: tallyOf({ count: row.now_count, weighted: row.now_weighted }),
  before: tallyOf({ count: row.before_count, weighted: row.before_weighted }),
})
