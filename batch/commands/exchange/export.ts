// `mayday export`: the crashes of a day in Socorro's layout.
import type { Command } from 'commander'
import type { IsoDate } from '../../../shared/units.ts'
import { withProgress } from '../../cli/progress.ts'
import { exportSocorro } from '../../exchange/socorro-files.ts'
import { addStoreOption, collectDate, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { openStore } from '../../lake/open-store.ts'

interface Options extends StoreOptions {
  date: IsoDate[]
  socorro: string
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .requiredOption('--socorro <DIR>', 'folder for v1/raw_crash, v1/dump_names, v1/dump, v1/processed_crash')
    .requiredOption('--date <DATE>', 'day of submission, YYYY-MM-DD (repeatable)', collectDate)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Writes raw crashes, dumps and processed crashes, including protected data, in the layout of Socorro's stores. Exit code
1 when a stored report or a processed crash cannot be read.

Example:
  mayday export --socorro ./out --date 2026-10-21`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  await using open = await openStore(options)
  const report = await withProgress(['Exporting', 0, 'crashes'], async (progress) => {
    const total = { raw: 0, processed: 0, failed: [] as { crash_id: string; error: string }[] }
    for (const date of options.date) {
      const day = await exportSocorro(open.stores.crashes, date, options.socorro, () => progress.tick())
      total.raw += day.raw
      total.processed += day.processed
      total.failed = total.failed.concat(day.failed)
    }
    return total
  })
  const text = `Wrote ${report.raw} raw and ${report.processed} processed crashes to ${options.socorro}.\n`
  printResult(options, { report, text, failed: report.failed.length > 0 })
  for (const { crash_id, error } of report.failed) process.stderr.write(`mayday: ${crash_id}: ${error}\n`)
}
