// `mayday simulate`: synthetic data for benchmarks and demonstrations.
import type { Command } from 'commander'
import { dateAt } from '../../shared/dates.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { openFiles } from '../lake/views.ts'
import { startProgress } from '../cli/progress.ts'
import { simulateCrashes } from '../simulate/rows.ts'
import { simulateReports, type SimulateReportsOptions } from '../simulate/reports.ts'
import {
  addStoreOption,
  collectDate,
  countOption,
  type StoreOptions,
  withStore,
} from '../cli/store-option.ts'

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
  if (options.reports) {
    await withStore(options, ({ stores }) => runReports(stores.crashes, { crashes, days, seed, to }))
    return
  }
  const { rows } = await withStore(options, async (open) => {
    const files = await openFiles(open)
    const progress = startProgress('Simulating', days, 'days')
    try {
      return await simulateCrashes(files, { crashes, days, seed, to, modules, onDay: () => progress.tick() })
    } finally {
      progress.stop()
      await files.close()
    }
  })
  process.stdout.write(`Wrote ${rows} synthetic crashes of ${days} days up to ${to}.\n`)
}

async function runReports(store: Storage, options: SimulateReportsOptions): Promise<void> {
  const progress = startProgress('Simulating', options.crashes, 'reports')
  try {
    await simulateReports(store, { ...options, onReport: () => progress.tick() })
  } finally {
    progress.stop()
  }
  const { crashes, days, to } = options
  process.stdout.write(`Stored ${crashes} synthetic reports of ${days} days up to ${to}.\n`)
}
