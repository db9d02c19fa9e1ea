// `mayday expunge`: deletes all data of given crashes.
import type { Command } from 'commander'
import { parseCrashId } from '../../../shared/crash-id.ts'
import { dateOfCrashId } from '../../../shared/keys.ts'
import { writeSearchFiles } from '../../search-files/write-files.ts'
import { writeAggregates } from '../../aggregates/aggregate.ts'
import { moveToQuarantine } from '../../lake/files/quarantine.ts'
import { lakeLocation, publish } from '../../publish/publish.ts'
import { openFiles, openStore, type OpenStore } from '../../lake/open-store.ts'
import { printResult } from '../../cli/output.ts'
import { type Erasure, expungeCrashes } from '../../removal/expunge.ts'
import { addProductsOption, addStoreOption, type StoreOptions } from '../../cli/options.ts'

interface Options extends StoreOptions {
  aggregate: boolean
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .argument('<crash-id...>', 'crash IDs')
    .option(
      '--no-aggregate',
      'leave derived tables, aggregates and search files to the next mayday aggregate',
    )
    .option('--json', 'print the report as JSON, one line per crash')
    .addHelpText(
      'after',
      `
Deletes the stored report, the processed crash and all rows of each crash, and prints what was deleted. Exit code 1 when
nothing was found for one of them. What is published for other engines is published again, without its earlier snapshots. Duplicates of the same report on other days are listed, not deleted: expunge them
too, or process the next one again (mayday process --crash-id) so that it no longer counts as a duplicate.

Example:
  mayday expunge 5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021`,
    )
    .action(run)
}

async function run(texts: string[], options: Options): Promise<void> {
  const crashIds = [...new Set(texts.map((text) => parseCrashId(text).crashId))]
  await using open = await openStore(options)
  await using files = await openFiles(open, { onDamaged: moveToQuarantine })
  const erasures = await expungeCrashes(files, crashIds, {
    async updateCopies() {
      if (options.aggregate) await aggregateAgain(open, crashIds)
      await republish(open)
    },
  })
  for (const erasure of erasures)
    printResult(options, { report: erasure, text: reportText(erasure), failed: erasure.removed.length === 0 })
}

/** Also makes the search files that contain the crashes again, and deletes the old ones at once. */
async function aggregateAgain(open: OpenStore, crashIds: readonly string[]): Promise<void> {
  await writeAggregates(open)
  await writeSearchFiles(open, { now: new Date(), promptly: crashIds.map(dateOfCrashId) })
}

/** The copies for other engines: without a grace time, so that no earlier version stays. */
async function republish(open: OpenStore): Promise<void> {
  await using files = await openFiles(open)
  const location = lakeLocation(open)
  await publish(files, { location, now: () => new Date(), grace: 0, ifPublished: true })
}

export function reportText({ crash_id, removed, same_report }: Erasure): string {
  const lines = removed.length ? removed.map((where) => `  deleted from ${where}`) : ['  nothing found']
  const others = same_report.map((id) => `  the same report is stored as ${id}`)
  return `${[crash_id, ...lines, ...others].join('\n')}\n`
}
