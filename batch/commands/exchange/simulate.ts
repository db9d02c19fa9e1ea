// `mayday simulate`: synthetic data for benchmarks and demonstrations.
import type { Command } from 'commander'
import { dateAt } from '../../../shared/time/dates.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { withProgress } from '../../cli/progress.ts'
import { simulateCrashes } from '../../simulate/rows.ts'
import { simulateReports, type SimulateReportsOptions } from '../../simulate/reports.ts'
import { addStoreOption, collectDate, countOption, type StoreOptions } from '../../cli/options.ts'

interface Options extends StoreOptions {
  crashes: number
  days: number
  seed: number
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
    .option('--modules', 'also write the table modules')
    .option('--reports', 'store whole reports with synthetic dumps instead, to be processed')
    .addHelpText(
      'after',
      `
Writes rows of three imaginary products directly to the table crashes of a store without real crashes; their column
vendor is "simulated". They have no reports, so mayday verify reports them as orphans. With --reports it stores reports
instead, each with a dump of about 120 kB, like the edge would, in a store without real ones; mayday process turns them
into rows.

Example:
  mayday simulate --crashes 1000000 --days 28 --store file:./simulated
  mayday aggregate --store file:./simulated
  mayday simulate --reports --crashes 1000 --days 3 --store file:./simulated-reports`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const { crashes, days, seed, modules = false } = options
  const to = options.to?.at(-1) ?? dateAt(new Date())
  await using open = await openStore(options, { missing: 'create' })
  if (options.reports) return runReports(open.stores.crashes, { crashes, days, seed, to })
  await using files = await openFiles(open)
  const { rows } = await withProgress(['Simulating', days, 'days'], (progress) =>
    simulateCrashes(files, { crashes, days, seed, to, modules, onDay: () => progress.tick() }),
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
