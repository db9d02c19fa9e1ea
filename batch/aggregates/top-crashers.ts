// The Top Crashers aggregates: a small cube of counts for each product and period, and one for all products together.
import {
  type AllCrashersAggregate,
  byEstimate,
  type Cell,
  type TopCrasher,
  type TopCrashersAggregate,
  type TopCrashersDays,
} from '../../shared/aggregates/documents.ts'
import { packTopCrashers } from '../../shared/aggregates/crash-cells.ts'
import { allCrashersKey, topCrashersKey } from '../../shared/keys.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listedBugsOf } from './bugs.ts'
import { leadingCrashers } from './leading-crashers.ts'
import {
  type AggregateDocument,
  type AggregateRun,
  type DayEstimate,
  estimatesOf,
  executeSql,
  queryRows,
  roundWeight,
  signatureId,
} from './run.ts'
import { levelsOf } from '../../shared/aggregates/day-levels.ts'
import { addDays } from '../../shared/time/dates.ts'
import { channelRank } from '../products/products.ts'
import type { Product } from '../products/product-file.ts'
import { compareVersions } from './releases/version-order.ts'

interface CellRow {
  product: string
  signature: string | null
  version: string
  channel: string
  platform: string
  process_type: string
  report_type: string
  count: number
  weighted: number
}

interface FactRow {
  product: string
  signature: string | null
  installs: number
  startup: number
  garbage_collecting: number
  first_seen: IsoDate
  first_build: string | null
  /** Null: none in the days covered. */
  days: DayEstimate[] | null
}

/** Signatures of a list: of all, of each value of a filter, of versions with a list of their own; all together. */
const limits = { total: 300, each: 50, versions: 20, most: 500 }

/** The documents of one period. Replaces the table `top` with their products and signatures. */
export async function* buildTopCrashers(
  run: AggregateRun,
  days: TopCrashersDays,
): AsyncGenerator<AggregateDocument & { signatures: readonly string[] }> {
  const to = run.dates.at(-1)!
  const [previousFrom, from] = [addDays(to, 1 - 2 * days), addDays(to, 1 - days)]
  const until = run.until!
  const current = { from, to, until, earlier: 0 }
  const previous = { ...current, from: previousFrom, to: addDays(from, -1), earlier: days }
  await executeSql(run, 'top-choose', { from, to, ...limits })
  const rows: PeriodRows = {
    current: byProduct(await queryRows<CellRow>(run, 'top-cells', current)),
    previous: byProduct(await queryRows<CellRow>(run, 'top-cells', previous)),
    facts: byProduct(await queryRows<FactRow>(run, 'top-facts', { from, to })),
  }
  const period = { version: run.version, generated_at: run.generatedAt, days, from, to, until }
  const lists = run.products.map((product) => ({ product, list: listOf(run, { product, rows, period }) }))
  for (const { product, list } of lists)
    yield {
      key: topCrashersKey(product.slug, days),
      document: packTopCrashers(list),
      signatures: list.signatures.map(({ signature }) => signature),
    }
  const products = leadingCrashers(
    lists.map(({ list }) => list),
    limits,
  )
  const all: AllCrashersAggregate = {
    version: run.version,
    generated_at: run.generatedAt,
    days,
    products: products.map((list) => {
      const { version: _, generated_at: _time, ...packed } = packTopCrashers(list)
      return packed
    }),
  }
  yield { key: allCrashersKey(days), document: all, signatures: [] }
}

interface PeriodRows {
  current: Map<string, CellRow[]>
  previous: Map<string, CellRow[]>
  facts: Map<string, FactRow[]>
}

const byProduct = <T extends { product: string }>(rows: readonly T[]) =>
  Map.groupBy(rows, ({ product }) => product)

type Period = Pick<TopCrashersAggregate, 'version' | 'generated_at' | 'days' | 'from' | 'to' | 'until'>

function listOf(
  run: AggregateRun,
  { product, rows, period }: { product: Product; rows: PeriodRows; period: Period },
): TopCrashersAggregate {
  const [current, previous, facts] = [rows.current, rows.previous, rows.facts].map(
    (of) => of.get(product.name) ?? [],
  ) as [CellRow[], CellRow[], FactRow[]]
  const lists = listsOf([...current, ...previous], product)
  const at = { current: group(current, lists), previous: group(previous, lists) }
  const signatures = facts
    .flatMap((row) =>
      row.signature === null ? [] : crasherOf(run, { ...row, signature: row.signature }, at),
    )
    .sort(bySize)
  return {
    ...period,
    product: product.name,
    ...lists,
    all: { current: at.current.get(null) ?? [], previous: at.previous.get(null) ?? [] },
    startup: facts.find((row) => row.signature === null)?.startup ?? 0,
    signatures,
  }
}

type Lists = Pick<
  TopCrashersAggregate,
  'versions' | 'channels' | 'platforms' | 'process_types' | 'report_types'
>
type CellsBySignature = Map<string | null, Cell[]>

/** The values that cells refer to: versions newest first, channels in the product's order, the rest by estimate. */
function listsOf(rows: readonly CellRow[], product: Product): Lists {
  const totals = rows.filter((row) => row.signature === null)
  const bySize = (of: (row: CellRow) => string) => {
    const sums = new Map<string, { weighted: number }>()
    for (const row of totals)
      sums.set(of(row), { weighted: (sums.get(of(row))?.weighted ?? 0) + row.weighted })
    return [...sums].sort(([a, x], [b, y]) => byEstimate(x, y) || ascending(a, b)).map(([value]) => value)
  }
  const rank = (channel: string) => channelRank(product, channel)
  return {
    versions: bySize((row) => row.version).sort((a, b) => compareVersions(b, a)),
    channels: bySize((row) => row.channel).sort((a, b) => rank(a) - rank(b)),
    platforms: bySize((row) => row.platform),
    process_types: bySize((row) => row.process_type),
    report_types: bySize((row) => row.report_type),
  }
}

function group(rows: readonly CellRow[], lists: Lists): CellsBySignature {
  const index = (values: readonly string[]) => new Map(values.map((value, i) => [value, i]))
  const version = index(lists.versions)
  const channel = index(lists.channels)
  const platform = index(lists.platforms)
  const processType = index(lists.process_types)
  const reportType = index(lists.report_types)
  const groups = Map.groupBy(rows, (row) => row.signature)
  const cellOf = (row: CellRow): Cell => [
    version.get(row.version)!,
    channel.get(row.channel)!,
    platform.get(row.platform)!,
    processType.get(row.process_type)!,
    row.count,
    roundWeight(row.weighted),
    reportType.get(row.report_type)!,
  ]
  return new Map([...groups].map(([signature, own]) => [signature, own.map(cellOf)]))
}

function crasherOf(
  run: AggregateRun,
  { signature, ...row }: FactRow & { signature: string },
  at: { current: CellsBySignature; previous: CellsBySignature },
): TopCrasher {
  return {
    signature,
    id: signatureId(signature),
    current: at.current.get(signature) ?? [],
    previous: at.previous.get(signature) ?? [],
    installs: row.installs,
    startup: row.startup,
    garbage_collecting: row.garbage_collecting,
    first_seen: row.first_seen,
    first_build: row.first_build,
    days: levelsOf(estimatesOf(run, row.days ?? [])),
    ...listedBugsOf(run, signature),
  }
}

const sizeOf = ({ current }: TopCrasher) => ({ weighted: current.reduce((sum, cell) => sum + cell[5], 0) })
const bySize = (a: TopCrasher, b: TopCrasher) =>
  byEstimate(sizeOf(a), sizeOf(b)) || ascending(a.signature, b.signature)
