// `mayday reprocess`: crashes again, after rules or symbols changed.
import type { Command } from 'commander'
import { parseCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { openLake } from '../lake/views.ts'
import { isInShard, type Shard, shardOf } from '../processing/plan.ts'
import { type ProcessReport, processCrashes } from '../processing/process-run.ts'
import { startProgress } from '../cli/progress.ts'
import { crashesWhere, findLateSymbols } from '../processing/reprocess.ts'
import { previewRegroup, type RegroupPreview } from '../processing/regroup-preview.ts'
import { listsHelp, listsOf } from '../processing/signature-config.ts'
import { symbolWarnings } from '../cli/symbol-warnings.ts'
import {
  addStoreOption,
  collect,
  countOption,
  type OpenStore,
  type StoreOptions,
  withStore,
} from '../cli/store-option.ts'

interface Options extends StoreOptions {
  where?: string
  crashId?: string[]
  missingSymbols?: true
  signatureOnly?: true
  dryRun?: true
  shard?: string
  lists?: string
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
    .option('--dry-run', 'with --signature-only: tell what would move, write nothing')
    .option('--shard <I/N>', "this job's share of the crashes, I from 0 to N-1")
    .option('--lists <DIR>', listsHelp)
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

--signature-only groups the stored frames by today's rules and lists: all crashes, unless one of --where, --crash-id
and --missing-symbols says which. It tells how many move between which signatures, then writes those that change.

Examples:
  mayday reprocess --missing-symbols --symbols ./symbols
  mayday reprocess --where "processor_version <> 'default-1a2b3c4d'"
  mayday reprocess --signature-only --dry-run --lists ./my-lists
  mayday reprocess --signature-only --where "product = 'Ledger' and date >= '2026-10-01'"`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const ways = [options.where, options.crashId, options.missingSymbols].filter((way) => way !== undefined)
  if (ways.length > 1 || (ways.length === 0 && !options.signatureOnly)) {
    throw new CrashError('bad-usage', 'Say which crashes: one of --where, --crash-id, --missing-symbols')
  }
  if (options.dryRun && !options.signatureOnly) {
    throw new CrashError('bad-usage', '--dry-run goes with --signature-only')
  }
  await withStore(options, async (open) => {
    const lists = listsOf(options, open.config)
    const shard = shardOf(options, open.config)
    const { crashIds: all, modules } = await choose(open, options)
    const crashIds = all.filter((id) => isInShard(id, shard))
    if (options.signatureOnly) return regroupChosen(open, options, { crashIds, lists, shard })
    const report = await processChosen(open, options, { crashIds, lists, shard })
    const late = modules === null ? {} : { modules_found: modules }
    process.stdout.write(
      options.json ? `${JSON.stringify({ ...report, ...late })}\n` : textOf(report, modules),
    )
    process.stderr.write(symbolWarnings(report.symbol_failures))
  })
}

/** What is to be done again, by which lists, and of which share it is. */
interface Chosen {
  crashIds: string[]
  lists: string | null
  shard: Shard
}

/** Tells what moves, then writes what changes. */
async function regroupChosen(open: OpenStore, options: Options, chosen: Chosen): Promise<void> {
  const began = performance.now()
  const { changed, ...preview } = await lookAtChosen(open, options, chosen)
  if (!options.json) process.stdout.write(movesText(preview))
  const report = options.dryRun ? null : await processChosen(open, options, { ...chosen, crashIds: changed })
  if (preview.unreadable.length > 0) process.exitCode = 1
  const ms = Math.round(performance.now() - began)
  const dry_run = options.dryRun === true
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...preview, dry_run, written: report?.processed ?? 0, ms })}\n`)
  } else {
    process.stdout.write(report ? `Wrote ${report.processed} crashes.\n` : 'Nothing is written: --dry-run.\n')
  }
}

async function lookAtChosen(open: OpenStore, options: Options, chosen: Chosen): Promise<RegroupPreview> {
  const progress = startProgress('Grouping', chosen.crashIds.length, 'crashes')
  try {
    return await previewRegroup({
      stores: open.stores,
      dir: open.cacheDir,
      workers: options.workers ?? open.config.workers,
      ...chosen,
      onProgress: (done) => progress.tick(done),
    })
  } finally {
    progress.stop()
  }
}

/** The crashes, and for late symbols how many modules were found. */
async function choose(
  open: OpenStore,
  options: Options,
): Promise<{ crashIds: string[]; modules: number | null }> {
  if (options.crashId) {
    const crashIds = options.crashId.map((text) => parseCrashId(text).crashId)
    return { crashIds: [...new Set(crashIds)], modules: null }
  }
  const lake = await openLake(open)
  try {
    if (!options.missingSymbols)
      return { crashIds: await crashesWhere(lake, options.where ?? 'true'), modules: null }
    const late = await findLateSymbols(lake, open.stores.symbols, options.symbols ?? [])
    return { crashIds: late.crashIds, modules: late.found.length }
  } finally {
    await lake.close()
  }
}

async function processChosen(open: OpenStore, options: Options, chosen: Chosen): Promise<ProcessReport> {
  const progress = startProgress('Processing', chosen.crashIds.length, 'crashes')
  try {
    return await processCrashes({
      stores: open.stores,
      dir: open.cacheDir,
      duckdbMemory: open.config.duckdbMemory,
      workers: options.workers ?? open.config.workers,
      symbols: options.symbols ?? [],
      ...chosen,
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

/** Moves told as text; --json tells all. */
const maxMovesTold = 50

/** What moves, the largest first. */
function movesText({ looked_at, moved, retold, ...rest }: Omit<RegroupPreview, 'changed'>): string {
  const stay = looked_at - moved - retold - rest.vanished - rest.unreadable.length
  const lines = [
    `Of ${looked_at} crashes ${moved} move to another signature, ${retold} keep it and change only in how it came about, ${stay} stay as they are.`,
  ]
  const width = String(rest.moves[0]?.crashes ?? '').length
  for (const { crashes, from, to, example } of rest.moves.slice(0, maxMovesTold)) {
    lines.push(
      `${String(crashes).padStart(width + 2)}  ${shown(from)}`,
      `${' '.repeat(width)}  → ${shown(to)}  (as ${example})`,
    )
  }
  const more = rest.moves.length - maxMovesTold
  if (more > 0) lines.push(`  and ${more} other moves; --json tells all`)
  if (rest.vanished) lines.push(`${rest.vanished} have no processed crash any more and stay as they are.`)
  for (const id of rest.unreadable) {
    lines.push(`The processed crash of ${id} cannot be read: mayday reprocess --crash-id ${id}`)
  }
  return `${lines.join('\n')}\n`
}

/** Stored signatures may hold anything: nothing of it may steer a terminal. */
const shown = (signature: string) => signature.replace(/\p{C}/gu, '\ufffd') || '(none)'
