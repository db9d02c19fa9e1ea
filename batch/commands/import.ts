// `mayday import`: crashes of other systems, and lists of builds.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { CrashError } from '../../shared/errors.ts'
import { importBuilds, parseBuildListing } from '../lake/build-import.ts'
import { openFiles } from '../lake/views.ts'
import { readProducts } from '../products/products.ts'
import { startProgress } from '../cli/progress.ts'
import { importSocorro } from '../exchange/socorro-files.ts'
import { addStoreOption, type OpenStore, type StoreOptions, withStore } from '../cli/store-option.ts'

interface Options extends StoreOptions {
  socorro?: string
  builds?: string
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--socorro <DIR>', 'folder with v1/raw_crash, v1/dump_names and v1/dump')
    .option('--builds <FILE>', 'builds as a JSON array, or one JSON object per line')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Reports are stored under their ids; existing ones stay unchanged. Run mayday process afterwards. An entry of a list of
builds is {"product", "version", "channel", "build_id"} or a buildhub.json. Exit code 1 when a report could not be
imported.

Examples:
  mayday import --socorro ./crashes
  mayday import --builds builds.json`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  if (!options.socorro === !options.builds)
    throw new CrashError('bad-usage', 'Select what to import with --socorro or --builds')
  await withStore(options, (open) =>
    options.socorro
      ? importReports(open, options.socorro, options)
      : importListing(open, options.builds!, options),
  )
}

async function importReports(open: OpenStore, dir: string, { json }: Options): Promise<void> {
  const progress = startProgress('Importing', 0, 'reports')
  const report = await importSocorro(open.stores.crashes, dir, () => progress.tick())
  progress.stop()
  const text = `Stored ${report.imported} reports; ${report.present} were already stored.\n`
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : text)
  for (const { crash_id, error } of report.failed) process.stderr.write(`mayday: ${crash_id}: ${error}\n`)
  if (report.failed.length) process.exitCode = 1
}

async function importListing(open: OpenStore, file: string, { json }: Options): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new CrashError('bad-usage', `${file} cannot be read`, { cause })
  })
  const builds = parseBuildListing(text, readProducts())
  const files = await openFiles(open)
  try {
    await importBuilds(files, builds)
  } finally {
    await files.close()
  }
  process.stdout.write(
    json ? `${JSON.stringify({ builds: builds.length })}\n` : `Took ${builds.length} builds.\n`,
  )
}
