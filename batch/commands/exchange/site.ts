// `mayday site`: the dashboard as files.
import type { Command } from 'commander'
import { addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { buildDashboardIfStale } from '../../local/dashboard-build.ts'
import { openStore } from '../../lake/open-store.ts'
import { writeSite } from '../../site/write-site.ts'

interface Options extends StoreOptions {
  reports: number
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .argument('<DIR>', 'a new folder, or one of an earlier site, whose other files are removed')
    .option(
      '--reports <N>',
      'number of reports, the newest of those that a page lists',
      countOption('--reports', 0, 1_000_000),
      10_000,
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Writes the pages, the newest aggregates and search files, and the public view of reports. Copy the folder to any static
host, into any folder of it: all addresses are relative. Symbolicating, the API, searches on a
server and protected data need a server; their pages state it.

Example:
  mayday aggregate && mayday site ./public`,
    )
    .action(run)
}

async function run(dir: string, options: Options): Promise<void> {
  await using open = await openStore(options)
  await buildDashboardIfStale()
  const report = await withProgress(['Writing', 0, 'files'], (progress) =>
    writeSite(open.stores, dir, { mostReports: options.reports, onFile: () => progress.tick() }),
  )
  const omitted = report.reports_omitted > 0 ? `, without ${report.reports_omitted} that pages list` : ''
  const text = `Wrote ${report.files} files (${(report.bytes / 1e6).toFixed(1)} MB) with ${report.reports} reports${omitted}.\n`
  printResult(options, { report, text, failed: false })
}
