// `mayday import`: crashes of other systems, and lists of builds.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { importBuilds, parseBuildListing } from '../../derived/build-import.ts'
import { importUsage } from '../../derived/usage-import.ts'
import { openFiles, openStore, type OpenStore } from '../../lake/open-store.ts'
import { printResult } from '../../cli/output.ts'
import { findProducts } from '../../products/product-source.ts'
import { withProgress } from '../../cli/progress.ts'
import { importSocorro } from '../../exchange/socorro-files.ts'
import { addProductsOption, addStoreOption, type StoreOptions } from '../../cli/options.ts'

interface Options extends StoreOptions {
  socorro?: string
  builds?: string
  usage?: string
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option('--socorro <DIR>', 'folder with v1/raw_crash, v1/dump_names and v1/dump')
    .option('--builds <FILE>', 'builds as a JSON array, or one JSON object per line')
    .option('--usage <FILE>', 'users, sessions or hours by day and product: CSV or Parquet')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reports are stored under their ids; existing ones stay unchanged. Run mayday process afterwards. An entry of a list of
builds is {"product", "version", "channel", "build_id"} or a buildhub.json. A file of usage has the columns date,
product, and any of version, channel, platform, users, sessions, hours; a row replaces an earlier one of the same key.
Exit code 1 when a report could not be imported.

Examples:
  mayday import --socorro ./crashes
  mayday import --builds builds.json
  mayday import --usage usage.csv`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  if ([options.socorro, options.builds, options.usage].filter((given) => given !== undefined).length !== 1)
    throw new CrashError('bad-usage', 'Select what to import with --socorro, --builds or --usage')
  await using open = await openStore(options, { missing: 'create' })
  if (options.usage) await importUsageFile(open, options.usage, options)
  else if (options.socorro) await importReports(open, options.socorro, options)
  else await importListing(open, options.builds!, options)
}

async function importReports(open: OpenStore, dir: string, options: Options): Promise<void> {
  const report = await withProgress(['Importing', 0, 'reports'], (progress) =>
    importSocorro(open.stores.crashes, dir, () => progress.tick()),
  )
  const text = `Stored ${report.imported} reports; ${report.present} were already stored.\n`
  printResult(options, { report, text, failed: report.failed.length > 0 })
  for (const { crash_id, error } of report.failed) process.stderr.write(`mayday: ${crash_id}: ${error}\n`)
}

async function importListing(open: OpenStore, file: string, options: Options): Promise<void> {
  const listing = await readFile(file, 'utf8').catch((cause) => {
    throw new CrashError('bad-usage', `${file} cannot be read`, { cause })
  })
  const builds = parseBuildListing(listing, (await findProducts(open)).products)
  await using files = await openFiles(open)
  await importBuilds(files, builds)
  printResult(options, { report: { builds: builds.length }, text: `Took ${builds.length} builds.\n` })
}

async function importUsageFile(open: OpenStore, file: string, options: Options): Promise<void> {
  await using files = await openFiles(open)
  const rows = await importUsage(files, file)
  printResult(options, { report: { rows }, text: `Imported ${rows} rows of usage.\n` })
}
