// `mayday bugs`: bugs of trackers that name signatures.
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { importBugs } from '../../bugs/bug-import.ts'
import { forgetSyncState } from '../../bugs/sync-state.ts'
import { removeTracker, syncTracker, type SyncReport } from '../../bugs/sync.ts'
import { configuredTrackers, describeSync } from '../../bugs/configured.ts'
import { addProductsOption, addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, visible } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { type BugTracker, checkTracker } from '../../products/product-file.ts'
import { findProducts } from '../../products/product-source.ts'

interface ImportOptions extends StoreOptions {
  tracker: string
  private?: true
  json?: true
}

interface SyncOptions extends StoreOptions {
  bugzilla?: string
  github?: string
  gitlab?: string
  private?: true
  full?: true
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command.command('import'))
    .description('import bugs from a CSV file, a JSON array, or one JSON object per line')
    .argument('<file>', '*.csv, *.json or *.jsonl')
    .option('--tracker <URL>', 'tracker of bugs whose entries name none', 'imported')
    .option('--private', 'import bugs that are marked as private, too: the dashboard shows them')
    .option('--json', 'print the report as JSON')
    .action(importFile)
  addProductsOption(addStoreOption(command.command('sync')))
    .description('read the bugs of a tracker; without one, of all trackers in product files')
    .option('--bugzilla <URL>', 'address of a Bugzilla')
    .option('--github <OWNER/REPO>', 'repository on GitHub, or its URL')
    .option('--gitlab <URL>', 'page of a project on a GitLab')
    .option('--private', 'store bugs that only the token can see, too: the dashboard shows them')
    .option('--full', 'read all bugs, not only those that changed')
    .option('--json', 'print the report as JSON')
    .action(sync)
  addStoreOption(command.command('remove'))
    .description('remove the bugs of a tracker')
    .argument('<tracker>', 'as in the column tracker')
    .option('--json', 'print the report as JSON')
    .action(remove)
  command.addHelpText('after', help)
}

const help = `
A bug names signatures as [@ signature ]: in the field cf_crash_signature of Bugzilla, in titles and descriptions elsewhere. An
entry of a file has id and signatures (text with such marks; in JSON also a list), or one signature per entry as signature;
and any of url, status, resolution, is_open, summary, tracker, is_private, reported_at, changed_at.
BUG_TOKENS has tokens by host. Bugs that are not public are not stored without --private.

Examples:
  mayday bugs import bugs.csv
  mayday bugs sync --bugzilla https://bugzilla.example.org
  BUG_TOKENS="github.com=\\$TOKEN" mayday bugs sync --github example/ledger`

async function importFile(file: string, options: ImportOptions): Promise<void> {
  await using open = await openStore(options, { missing: 'create' })
  await using files = await openFiles(open)
  const { tracker, private: includePrivate = false } = options
  const report = await importBugs(files, file, { tracker, includePrivate, now: new Date() })
  const hidden = report.private ? ` Skipped ${report.private} private bugs.` : ''
  const text = `Imported ${report.bugs} bugs with ${report.signatures} signatures: ${report.stored} new or changed, ${report.removed} removed.${hidden}\n`
  printResult(options, { report, text })
}

async function sync(options: SyncOptions): Promise<void> {
  const given = trackersOf(options)
  await using open = await openStore(options, { missing: given.length > 0 ? 'create' : 'refuse' })
  const trackers = given.length > 0 ? given : configuredTrackers((await findProducts(open)).products)
  if (trackers.length === 0)
    throw new CrashError(
      'bad-usage',
      'Name a tracker with --bugzilla, --github or --gitlab, or in the bug_trackers of a product file',
    )
  await using files = await openFiles(open)
  const reports: SyncReport[] = []
  const { full = false } = options
  for (const tracker of trackers) {
    const report = await withProgress(['Reading', 0, 'bugs'], ({ tick }) =>
      syncTracker(files, tracker, { tokens: open.config.bugTokens, full, onPage: tick }),
    )
    if (report) reports.push(report)
  }
  const text = reports.map((report) => `${visible(report.tracker)}: ${describeSync(report)}.\n`).join('')
  printResult(options, { report: { trackers: reports }, text })
}

export function trackersOf(options: SyncOptions): BugTracker[] {
  const private_bugs = options.private ? 'include' : 'omit'
  const { bugzilla, github, gitlab } = options
  const urls = [
    { kind: 'bugzilla', url: bugzilla },
    { kind: 'github', url: github && !/^https?:/.test(github) ? `https://github.com/${github}` : github },
    { kind: 'gitlab', url: gitlab },
  ] as const
  return urls.flatMap(({ kind, url }) => (url ? [checkTracker({ kind, url, private_bugs })] : []))
}

async function remove(tracker: string, options: StoreOptions & { json?: true }): Promise<void> {
  await using open = await openStore(options)
  await using files = await openFiles(open)
  const removed = await removeTracker(files, tracker, new Date())
  await forgetSyncState(open.stores.crashes, tracker)
  if (removed === 0) throw new CrashError('missing', `The table has no bugs of ${tracker}`)
  printResult(options, { report: { removed }, text: `Removed ${removed} bugs.\n` })
}
