// `mayday simulate`: made-up rows at scale, for benchmarks and demonstrations.
import type { Command } from 'commander'
import type { IsoDate } from '../../shared/units.ts'
import { openFiles } from '../duckdb.ts'
import { startProgress } from '../progress.ts'
import { simulateCrashes } from '../simulate.ts'
import { addStoreOption, collectDate, countOption, type StoreOptions, withStore } from '../store-option.ts'

interface Options extends StoreOptions {
  crashes: number
  days: number
  seed: number
  to?: IsoDate[]
  modules?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--crashes <N>', 'rows in all', countOption('--crashes', 1, 1_000_000_000), 100_000)
    .option('--days <D>', 'days they are spread over', countOption('--days', 1, 1000), 28)
    .option('--seed <S>', 'other numbers give other rows', countOption('--seed', 0, 2 ** 31 - 1), 1)
    .option('--to <DATE>', 'last day, YYYY-MM-DD; left out: today', collectDate)
    .option('--modules', 'rows of the table modules too')
    .addHelpText(
      'after',
      `
Writes rows of three imaginary products straight into the table crashes of a store without real crashes; their column
vendor says "simulated". There are no reports behind them, so mayday verify calls them orphans.

Example:
  mayday simulate --crashes 1000000 --days 28 --store file:./simulated
  mayday aggregate --store file:./simulated`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const { crashes, days, seed, modules = false } = options
  const to = options.to?.at(-1) ?? new Date().toISOString().slice(0, 10)
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
  process.stdout.write(`Wrote ${rows} made-up crashes of ${days} days up to ${to}.\n`)
}
