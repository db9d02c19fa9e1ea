// `mayday aggregate`: tables to aggregates.
import type { Command } from 'commander'
import { type WriteReport, writeAggregates } from '../../aggregates/aggregate.ts'
import { withProgress } from '../../cli/progress.ts'
import { addProductsOption, addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { writeSearchFiles } from '../../search-files/write-files.ts'
import { describeDamage } from '../../lake/files/damage.ts'
import { openStore } from '../../lake/open-store.ts'

interface Options extends StoreOptions {
  signatures: number
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option(
      '--signatures <N>',
      'number of signatures with their own page, those with the most crashes first',
      countOption('--signatures', 0, 1_000_000),
      10_000,
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Counts the last 28 days up to the newest crash and rewrites aggregates/v4/ in the lake. Then it writes the search files
of the days whose crashes changed, to search/v1/.

Examples:
  mayday aggregate
  mayday aggregate --store r2:local --json`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  await using open = await openStore(options)
  const report = await withProgress(['Aggregating', 0, 'documents'], (progress) =>
    writeAggregates(open, { mostSignatures: options.signatures, onProgress: () => progress.tick() }),
  )
  const search_files = await withProgress(['Writing search files', 0, 'files'], (progress) =>
    writeSearchFiles(open, { now: new Date(), onFile: () => progress.tick() }),
  )
  printResult(options, {
    report: { ...report, search_files, requests: open.requests },
    text: reportText(report, search_files.written),
    failed: report.damaged.some(({ moved_to }) => moved_to === undefined),
  })
}

export function reportText({ documents, to, damaged }: WriteReport, written: number): string {
  const upTo = to ? `up to ${to}` : 'without crashes; run mayday process first'
  const lines = [
    `Wrote ${documents} documents ${upTo}.`,
    ...(written > 0 ? [`Wrote ${written} search ${written === 1 ? 'file' : 'files'}.`] : []),
    ...damaged.map(describeDamage),
  ]
  return `${lines.join('\n')}\n`
}
