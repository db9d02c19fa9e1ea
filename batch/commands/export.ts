// `mayday export`: the crashes of a day in Socorro's layout.
import type { Command } from 'commander'
import type { IsoDate } from '../../shared/units.ts'
import { startProgress } from '../cli/progress.ts'
import { exportSocorro } from '../exchange/socorro-files.ts'
import { addStoreOption, collectDate, type StoreOptions, withStore } from '../cli/store-option.ts'

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
  const total = { raw: 0, processed: 0, failed: [] as { crash_id: string; error: string }[] }
  await withStore(options, async ({ stores }) => {
    const progress = startProgress('Exporting', 0, 'crashes')
    try {
      for (const date of options.date) {
        const { raw, processed, failed } = await exportSocorro(stores.crashes, date, options.socorro, () =>
          progress.tick(),
        )
        total.raw += raw
        total.processed += processed
        total.failed = total.failed.concat(failed)
      }
    } finally {
      progress.stop()
    }
  })
  const text = `Wrote ${total.raw} raw and ${total.processed} processed crashes to ${options.socorro}.\n`
  process.stdout.write(options.json ? `${JSON.stringify(total)}\n` : text)
  for (const { crash_id, error } of total.failed) process.stderr.write(`mayday: ${crash_id}: ${error}\n`)
  if (total.failed.length) process.exitCode = 1
}
