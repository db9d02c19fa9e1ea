// `mayday reprocess`: crashes again, after rules or symbols changed.
import type { Command } from 'commander'
import { parseCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { openLake } from '../duckdb.ts'
import { type ProcessReport, processCrashes } from '../process.ts'
import { startProgress } from '../progress.ts'
import { crashesWhere, findLateSymbols } from '../reprocess.ts'
import {
  addStoreOption,
  collect,
  countOption,
  type OpenStore,
  type StoreOptions,
  withStore,
} from '../store-option.ts'

interface Options extends StoreOptions {
  where?: string
  crashId?: string[]
  missingSymbols?: true
  signatureOnly?: true
  symbols?: string[]
  workers?: number
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--where <SQL>', 'crashes for which a condition on the view crashes holds')
    .option('--crash-id <ID>', 'this crash (repeatable)', collect)
    .option('--missing-symbols', 'crashes that missed symbols which are there now')
    .option('--signature-only', 'only group anew, from the processed crashes: no stack is walked')
    .option('--symbols <DIR|URL>', "symbols, asked after the store's own (repeatable, in order)", collect)
    .option(
      '--workers <N>',
      'worker threads (MAYDAY_WORKERS, else one per core)',
      countOption('--workers', 1, 256),
    )
    .option('--json', 'report as JSON')
    .addHelpText(
      'after',
      `
Each crash keeps its one row, which is replaced. Run mayday aggregate afterwards.

Examples:
  mayday reprocess --missing-symbols --symbols ./symbols
  mayday reprocess --where "product = 'Ledger' and date >= '2026-10-01'" --signature-only
  mayday reprocess --where "processor_version <> 'default-1a2b3c4d'"`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const ways = [options.where, options.crashId, options.missingSymbols].filter((way) => way !== undefined)
  if (ways.length !== 1) {
    throw new CrashError('bad-usage', 'Say which crashes: one of --where, --crash-id, --missing-symbols')
  }
  await withStore(options, async (open) => {
    const { crashIds, modules } = await choose(open, options)
    const report = await processChosen(open, options, crashIds)
    const late = modules === null ? {} : { modules_found: modules }
    process.stdout.write(
      options.json ? `${JSON.stringify({ ...report, ...late })}\n` : textOf(report, modules),
    )
  })
}

/** The crashes, and for late symbols how many modules were found. */
async function choose(
  open: OpenStore,
  options: Options,
): Promise<{ crashIds: string[]; modules: number | null }> {
  if (options.crashId)
    return { crashIds: options.crashId.map((text) => parseCrashId(text).crashId), modules: null }
  const lake = await openLake(open)
  try {
    if (options.where !== undefined)
      return { crashIds: await crashesWhere(lake, options.where), modules: null }
    const late = await findLateSymbols(lake, open.stores.symbols, options.symbols ?? [])
    return { crashIds: late.crashIds, modules: late.found.length }
  } finally {
    await lake.close()
  }
}

async function processChosen(open: OpenStore, options: Options, crashIds: string[]): Promise<ProcessReport> {
  const progress = startProgress('Processing', crashIds.length, 'crashes')
  try {
    return await processCrashes({
      stores: open.stores,
      dir: open.cacheDir,
      duckdbMemory: open.config.duckdbMemory,
      workers: options.workers ?? open.config.workers,
      symbols: options.symbols ?? [],
      crashIds,
      ruleset: options.signatureOnly ? 'signature-only' : 'default',
      onProgress: ({ done }) => progress.tick(done ?? 0),
    })
  } finally {
    progress.stop()
  }
}

function textOf(report: ProcessReport, modules: number | null): string {
  const found = modules === null ? '' : `Symbols of ${modules} modules have come. `
  const gone = report.vanished ? ` ${report.vanished} are not in the store any more.` : ''
  return `${found}Processed ${report.processed} crashes again in ${(report.ms / 1000).toFixed(1)} s.${gone}\n`
}
