// `mayday publish`: publishes the public tables for other engines.
import type { Command } from 'commander'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { lakeLocation, publish, type PublishReport } from '../../publish/publish.ts'

interface Options extends StoreOptions {
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Copies the files of the public tables that changed to names that never change, and publishes them as one Apache Iceberg
snapshot per table, below iceberg/ in the bucket lake, with a DuckDB database of macros, iceberg/lake.duckdb. Replaced
files and snapshots stay for a day. mayday run does this at the end of each round. See docs/engines.md.

Examples:
  mayday publish
  mayday publish --store file:/srv/mayday --json`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  await using open = await openStore(options)
  await using files = await openFiles(open)
  const location = lakeLocation(open)
  const report = await withProgress(['Publishing', 0, 'files'], (progress) =>
    publish(files, { location, now: () => new Date(), onFile: () => progress.tick() }),
  )
  printResult(options, {
    report: { ...report, location, requests: open.requests },
    text: reportText(report, location),
  })
}

export function reportText({ published, files, bytes, removed }: PublishReport, location: string): string {
  const done =
    published.length === 0
      ? 'Nothing new to publish'
      : `Published ${published.join(', ')}: ${files} ${files === 1 ? 'file' : 'files'}, ${(bytes / 1e6).toFixed(1)} MB`
  const gone = removed === 0 ? '' : ` Deleted ${removed} objects that nothing refers to.`
  return `${done}, at ${location}/iceberg/.${gone}\n`
}
