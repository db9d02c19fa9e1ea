// `mayday simulate`: synthetic data for benchmarks and demonstrations.
import type { Command } from 'commander'
import { dateAt } from '../../../shared/time/dates.ts'
import { present } from '../../../shared/present.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { withProgress } from '../../cli/progress.ts'
import { simulateCrashes } from '../../simulate/rows.ts'
import { simulateReports, type SimulateReportsOptions } from '../../simulate/reports.ts'
import { addStoreOption, collectDate, countOption, type StoreOptions } from '../../cli/options.ts'

interface Options extends Omit<StoreOptions, 'products'> {
  crashes: number
  days: number
  seed: number
  products: number
  versions: number
  signatures: number
  to?: IsoDate[]
  modules?: true
  reports?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--crashes <N>', 'total number of rows', countOption('--crashes', 1, 1_000_000_000), 100_000)
    .option('--days <D>', 'number of days to spread them over', countOption('--days', 1, 1000), 28)
    .option('--seed <S>', 'random seed', countOption('--seed', 0, 2 ** 31 - 1), 1)
    .option('--to <DATE>', 'last day, YYYY-MM-DD (default: today)', collectDate)
    .option('--products <N>', 'number of products', countOption('--products', 1, 200), 3)
    .option('--versions <N>', 'number of versions of each product', countOption('--versions', 1, 1000), 36)
    .option('--signatures <N>', 'number of signatures', countOption('--signatures', 1, 1_000_000), 20_000)
    .option('--modules', 'also write the table modules')
    .option('--reports', 'store whole reports with synthetic dumps instead, to be processed')
    .addHelpText(
      'after',
      `
Writes rows of imaginary products directly to the table crashes of a store without real crashes; their column vendor is
"simulated". They have no reports, so mayday verify reports them as orphans. Products, versions and signatures follow
Zipf's law. Among the crashes of the first product are a regression (sim::Cache::Evict), a module and a graphics vendor
that are correlated with it, a new version (103.0), and a signature that this version no longer has
(sim::Journal::Replay). With --reports it stores reports instead, each with a dump of about 120 kB, like the edge would,
in a store without real ones; mayday process turns them into rows.

Example:
  mayday simulate --crashes 1000000 --days 90 --products 40 --versions 200 --signatures 13000 --store file:./simulated
  mayday aggregate --store file:./simulated
  mayday simulate --reports --crashes 1000 --days 3 --store file:./simulated-reports`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const { crashes, days, seed, modules = false, products, versions, signatures } = options
  const shape = { products, versions, signatures }
  const to = options.to?.at(-1) ?? dateAt(new Date())
  await using open = await openStore(present({ store: options.store }), { missing: 'create' })
  if (options.reports) return runReports(open.stores.crashes, { crashes, days, seed, to })
  await using files = await openFiles(open)
  const { rows } = await withProgress(['Simulating', days, 'days'], (progress) =>
    simulateCrashes(files, { ...shape, crashes, days, seed, to, modules, onDay: () => progress.tick() }),
  )
  process.stdout.write(`Wrote ${rows} made-up crashes of ${days} days up to ${to}.\n`)
}

async function runReports(store: Storage, options: SimulateReportsOptions): Promise<void> {
  const { crashes, days, to } = options
  await withProgress(['Simulating', crashes, 'reports'], (progress) =>
    simulateReports(store, { ...options, onReport: () => progress.tick() }),
  )
  process.stdout.write(`Stored ${crashes} made-up reports of ${days} days up to ${to}.\n`)
}
