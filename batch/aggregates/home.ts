// The home aggregate: every product with its totals, days, versions and leading signatures.
import {
  byEstimate,
  type HomeAggregate,
  type ProductAggregate,
  type ProductUsage,
  type RefusedByRule,
  type UsageMeasure,
} from '../../shared/aggregates/documents.ts'
import { simulatedVendor } from '../../shared/fields/simulated.ts'
import { present } from '../../shared/present.ts'
import { headlineOf } from '../../shared/releases/choose.ts'
import type { Headline } from '../../shared/releases/headline.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { IsoDate } from '../../shared/units.ts'
import { rowsOf } from '../lake/duckdb.ts'
import type { Product } from '../products/product-file.ts'
import { channelRank } from '../products/products.ts'
import { type AggregateRun, daysOf, queryRows, roundWeight, tallyOf } from './run.ts'
import { compareVersions, featuredVersions } from './releases/version-order.ts'

interface Counted {
  product: string
  count: number
  weighted: number
}
type Grouped<T> = Map<string, (Counted & T)[]>

interface HomeRows {
  totals: Grouped<{ signatures: number }>
  versions: Grouped<{ version: string; channels: string[]; first_date: IsoDate }>
  channels: Grouped<{ channel: string }>
  platformDays: Grouped<{ platform: string; date: string }>
  refused: readonly Refused[]
  usage: Grouped<UsageRow>
  simulated: number
}

interface UsageRow {
  date: IsoDate
  measure: UsageMeasure
  amount: number
  variance: number
}

interface Refused {
  product: string
  rule: string
  count: number
}

const mostRefusedProducts = 10
/** Of a product. */
const mostSignatures = 10

export async function buildHome(run: AggregateRun): Promise<HomeAggregate> {
  const values = { from: run.dates[0]!, to: run.dates.at(-1)! }
  const rows: HomeRows = {
    totals: await readGrouped(run, 'products', values),
    versions: await readGrouped(run, 'versions', values),
    channels: await readGrouped(run, 'channels', values),
    platformDays: await readGrouped(run, 'platform-days', values),
    refused: await readRefused(run, values),
    usage: (await hasUsage(run, values)) ? await readGrouped(run, 'usage-days', values) : new Map(),
    simulated: await countSimulated(run, values),
  }
  return {
    version: run.version,
    generated_at: run.generatedAt,
    newest_crash: run.newestCrash,
    dates: [...run.dates],
    products: run.products.filter(({ name }) => rows.totals.has(name)).map((p) => productOf(run, p, rows)),
    ...(rows.simulated > 0 && { simulated: rows.simulated }),
    refused: refusedOf(rows.refused),
  }
}

async function countSimulated(run: AggregateRun, values: Record<string, string>): Promise<number> {
  const found = await queryRows<{ count: number }>(run, 'simulated', { ...values, vendor: simulatedVendor })
  return found[0]?.count ?? 0
}

/** The home aggregate of a store without crashes: only refused reports, over `run.dates`. */
export async function buildEmptyHome(run: AggregateRun): Promise<HomeAggregate> {
  const home = { version: run.version, generated_at: run.generatedAt, newest_crash: null, products: [] }
  if (run.dates.length === 0) return { ...home, dates: [] }
  const refused = await readRefused(run, { from: run.dates[0]!, to: run.dates.at(-1)! })
  return { ...home, dates: [...run.dates], refused: refusedOf(refused) }
}

/** Without it, the query for rates would read crashes for nothing. */
async function hasUsage({ database }: AggregateRun, values: Record<string, string>): Promise<boolean> {
  const sql = 'SELECT 1 FROM usage WHERE date BETWEEN $from::DATE AND $to::DATE LIMIT 1'
  return (await rowsOf(database.connection, sql, values)).length > 0
}

const readRefused = (run: AggregateRun, values: Record<string, string>) =>
  queryRows<Refused>(run, 'refused', values)

function refusedOf(rows: readonly Refused[]): NonNullable<HomeAggregate['refused']> {
  const byProduct = sumBy(rows, ({ product }) => product).slice(0, mostRefusedProducts)
  return { by_rule: rulesOf(rows), by_product: byProduct.map(([product, count]) => ({ product, count })) }
}

const rulesOf = (rows: readonly Refused[]): RefusedByRule =>
  sumBy(rows, ({ rule }) => rule).map(([rule, count]) => ({ rule, count }))

/** Counts by key, most frequent first. */
function sumBy(rows: readonly Refused[], keyOf: (row: Refused) => string): [string, number][] {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.count)
  return [...sums].sort(([a, x], [b, y]) => y - x || ascending(a, b))
}

async function readGrouped<T>(
  run: AggregateRun,
  query: string,
  values: Record<string, string>,
): Promise<Grouped<T>> {
  const rows = await queryRows<Counted & T>(run, query, values)
  return Map.groupBy(rows, (row) => row.product)
}

function productOf(run: AggregateRun, product: Product, rows: HomeRows): ProductAggregate {
  const of = <T>(grouped: Grouped<T>) => grouped.get(product.name) ?? []
  const total = of(rows.totals)[0]!
  const versions = of(rows.versions).sort((a, b) => compareVersions(b.version, a.version))
  const featured = featuredVersions(
    product.featured_versions,
    versions.map((row) => row.version),
  )
  return {
    name: product.name,
    slug: product.slug,
    description: product.description,
    total: tallyOf(total),
    versions: versions.map((row) => ({
      version: row.version,
      channels: row.channels,
      total: tallyOf(row),
      ...(featured.has(row.version) && { featured: true }),
      ...(row.first_date > run.dates[0]! && { began: row.first_date }),
    })),
    channels: of(rows.channels)
      .sort((a, b) => channelRank(product, a.channel) - channelRank(product, b.channel))
      .map((row) => ({ channel: row.channel, total: tallyOf(row) })),
    ...(product.bug_links.length > 0 && { bug_links: [...product.bug_links] }),
    ...(product.source_links.length > 0 && { source_links: [...product.source_links] }),
    ...(product.own_modules.length > 0 && { own_modules: [...product.own_modules] }),
    platforms: platformsOf(run, of(rows.platformDays)),
    top_signatures: (run.leading.get(product.name) ?? []).slice(0, mostSignatures),
    signature_count: total.signatures,
    refused: rulesOf(rows.refused.filter((row) => row.product === product.name)),
    ...present({ usage: usageOf(run, of(rows.usage)), headline: headlineIn(run, product) }),
  }
}

function headlineIn({ releases }: AggregateRun, { name }: Product): Headline | undefined {
  const document = releases.get(name)
  return (document && headlineOf(document)) ?? undefined
}

function usageOf(run: AggregateRun, rows: readonly (Counted & UsageRow)[]): ProductUsage | undefined {
  const [first] = rows
  if (!first) return undefined
  const byDate = new Map(rows.map((row) => [row.date, row]))
  const days = run.dates.map((date) => {
    const row = byDate.get(date)
    return row ? { ...tallyOf(row), amount: row.amount, variance: roundWeight(row.variance) } : null
  })
  return { measure: first.measure, days }
}

function platformsOf(
  run: AggregateRun,
  rows: readonly (Counted & { platform: string; date: string })[],
): ProductAggregate['platforms'] {
  const byPlatform = Map.groupBy(rows, (row) => row.platform)
  const sum = (list: readonly Counted[]) => ({ weighted: list.reduce((all, row) => all + row.weighted, 0) })
  return [...byPlatform]
    .sort(([a, x], [b, y]) => byEstimate(sum(x), sum(y)) || ascending(a, b))
    .map(([platform, days]) => ({ platform, days: daysOf(run, days) }))
}
