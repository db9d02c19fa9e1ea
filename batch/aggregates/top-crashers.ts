// The Top Crashers aggregates: a small cube of counts for one product and period.
import {
  byEstimate,
  type Cell,
  type TopCrasher,
  type TopCrashersAggregate,
  type TopCrashersDays,
} from '../../shared/aggregates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listedBugsOf } from './bugs.ts'
import {
  type AggregateRun,
  type DayEstimate,
  estimatesOf,
  executeSql,
  queryRows,
  roundWeight,
  signatureId,
} from './run.ts'
import { levelsOf } from '../../shared/day-levels.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { addDays } from '../../shared/time/dates.ts'
import { channelRank } from '../products/products.ts'
import type { Product } from '../products/product-file.ts'
import { compareVersions } from './version-order.ts'

interface CellRow {
  signature: string | null
  version: string
  channel: string
  platform: string
  process_type: string
  count: number
  weighted: number
}

interface FactRow {
  signature: string | null
  installs: number
  hangs: number
  startup: number
  garbage_collecting: number
}

interface HistoryRow {
  signature: string
  first_seen: IsoDate
  first_build: string | null
  /** Null: none in the days covered. */
  days: DayEstimate[] | null
}

/** Replaces the table `top` with the signatures of the aggregate. */
export async function buildTopCrashers(
  run: AggregateRun,
  product: Product,
  days: TopCrashersDays,
): Promise<TopCrashersAggregate> {
  const to = run.dates.at(-1)!
  const [previousFrom, from] = [addDays(to, 1 - 2 * days), addDays(to, 1 - days)]
  const until = run.until!
  const current = { product: product.name, from, to, until, earlier: 0 }
  const previous = { ...current, from: previousFrom, to: addDays(from, -1), earlier: days }
  await executeSql(run, 'top-choose', { product: product.name, from, to })
  const currentCells = await queryRows<CellRow>(run, 'top-cells', current)
  const previousCells = await queryRows<CellRow>(run, 'top-cells', previous)
  const facts = await queryRows<FactRow>(run, 'top-facts', { product: product.name, from, to })
  const histories = await rowsOf<HistoryRow>(
    run.database.connection,
    'FROM product_history LEFT JOIN product_days USING (product, signature) SEMI JOIN top USING (signature) WHERE product = $product',
    { product: product.name },
  )
  const lists = listsOf([...currentCells, ...previousCells], product)
  const at = {
    current: group(currentCells, lists),
    previous: group(previousCells, lists),
    history: new Map(
      histories.map((row) => [row.signature, { ...row, levels: levelsOf(estimatesOf(run, row.days ?? [])) }]),
    ),
  }
  const signatures = facts
    .flatMap((row) =>
      row.signature === null
        ? []
        : { ...crasherOf(row.signature, row, at), ...listedBugsOf(run, row.signature) },
    )
    .sort(bySize)
  return {
    version: run.version,
    generated_at: run.generatedAt,
    product: product.name,
    days,
    from,
    to,
    until,
    ...lists,
    all: { current: at.current.get(null) ?? [], previous: at.previous.get(null) ?? [] },
    startup: facts.find((row) => row.signature === null)?.startup ?? 0,
    signatures,
  }
}

type Lists = Pick<TopCrashersAggregate, 'versions' | 'channels' | 'platforms' | 'process_types'>
type CellsBySignature = Map<string | null, Cell[]>

/** The values that cells refer to: versions newest first, channels in the product's order, the rest by estimate. */
function listsOf(rows: readonly CellRow[], product: Product): Lists {
  const totals = rows.filter((row) => row.signature === null)
  const bySize = (of: (row: CellRow) => string) => {
    const sums = new Map<string, { weighted: number }>()
    for (const row of totals)
      sums.set(of(row), { weighted: (sums.get(of(row))?.weighted ?? 0) + row.weighted })
    return [...sums].sort(([a, x], [b, y]) => byEstimate(x, y) || (a < b ? -1 : 1)).map(([value]) => value)
  }
  const rank = (channel: string) => channelRank(product, channel)
  return {
    versions: bySize((row) => row.version).sort((a, b) => compareVersions(b, a)),
    channels: bySize((row) => row.channel).sort((a, b) => rank(a) - rank(b)),
    platforms: bySize((row) => row.platform),
    process_types: bySize((row) => row.process_type),
  }
}

function group(rows: readonly CellRow[], lists: Lists): CellsBySignature {
  const index = (values: readonly string[]) => new Map(values.map((value, i) => [value, i]))
  const [version, channel, platform, processType] = [
    index(lists.versions),
    index(lists.channels),
    index(lists.platforms),
    index(lists.process_types),
  ]
  const out: CellsBySignature = new Map()
  for (const row of rows) {
    const cell: Cell = [
      version.get(row.version)!,
      channel.get(row.channel)!,
      platform.get(row.platform)!,
      processType.get(row.process_type)!,
      row.count,
      roundWeight(row.weighted),
    ]
    const list = out.get(row.signature)
    if (list) list.push(cell)
    else out.set(row.signature, [cell])
  }
  return out
}

function crasherOf(
  signature: string,
  row: FactRow,
  at: {
    current: CellsBySignature
    previous: CellsBySignature
    history: Map<string, HistoryRow & { levels: string }>
  },
): TopCrasher {
  const history = at.history.get(signature)!
  return {
    signature,
    id: signatureId(signature),
    current: at.current.get(signature) ?? [],
    previous: at.previous.get(signature) ?? [],
    installs: row.installs,
    hangs: row.hangs,
    startup: row.startup,
    garbage_collecting: row.garbage_collecting,
    first_seen: history.first_seen,
    first_build: history.first_build,
    days: history.levels,
  }
}

const sizeOf = ({ current }: TopCrasher) => ({ weighted: current.reduce((sum, cell) => sum + cell[5], 0) })
const bySize = (a: TopCrasher, b: TopCrasher) =>
  byEstimate(sizeOf(a), sizeOf(b)) || (a.signature < b.signature ? -1 : 1)
