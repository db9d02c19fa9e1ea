// `mayday reprocess`: processes crashes again after rules or symbols changed.
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
    .option('--where <SQL>', 'crashes that match a condition on the view crashes')
    .option('--crash-id <ID>', 'this crash (repeatable)', collect)
    .option('--missing-symbols', 'crashes whose missing symbols are now available')
    .option('--signature-only', 'only compute signatures again from processed crashes, without unwinding')
    .option('--dry-run', 'with --signature-only: print what would change, write nothing')
    .option('--shard <I/N>', 'process only this shard of the crashes, I from 0 to N-1')
    .option('--lists <DIR>', listsHelp)
    .option(
      '--symbols <DIR|URL>',
      "symbol sources, tried in order after the store's own (repeatable)",
      collect,
    )
    .option(
      '--workers <N>',
      'worker threads (MAYDAY_WORKERS, else one per core)',
      countOption('--workers', 1, 256),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
The row of each crash is replaced. Run mayday aggregate afterwards.

--signature-only groups the stored frames by the current rules and lists: all crashes, or those selected by --where,
--crash-id or --missing-symbols. It prints how many crashes move between which signatures, then writes those that
change.

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
    throw new CrashError(
      'bad-usage',
      'Select crashes with exactly one of --where, --crash-id, --missing-symbols',
    )
  }
  if (options.dryRun && !options.signatureOnly) {
    throw new CrashError('bad-usage', '--dry-run requires --signature-only')
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

/** The selected crashes, signature lists and shard. */
interface Chosen {
  crashIds: string[]
  lists: string | null
  shard: Shard
}

/** Prints what moves, then writes what changes. */
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
    process.stdout.write(
      report ? `Wrote ${report.processed} crashes.\n` : 'Nothing was written: --dry-run.\n',
    )
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

/** The crashes, and for --missing-symbols how many modules have symbols now. */
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
  const found = modules === null ? '' : `Symbols of ${modules} modules are now available. `
  const gone = report.vanished ? ` ${report.vanished} are no longer in the store.` : ''
  return `${found}Processed ${report.processed} crashes again in ${(report.ms / 1000).toFixed(1)} s.${gone}\n`
}

/** Moves printed as text; --json lists all. */
const maxMovesShown = 50

/** The moves, largest first. */
function movesText({ looked_at, moved, retold, ...rest }: Omit<RegroupPreview, 'changed'>): string {
  const stay = looked_at - moved - retold - rest.vanished - rest.unreadable.length
  const lines = [
    `Of ${looked_at} crashes ${moved} move to another signature, ${retold} keep it but change their steps, ${stay} stay unchanged.`,
  ]
  const width = String(rest.moves[0]?.crashes ?? '').length
  for (const { crashes, from, to, example } of rest.moves.slice(0, maxMovesShown)) {
    lines.push(
      `${String(crashes).padStart(width + 2)}  ${shown(from)}`,
      `${' '.repeat(width)}  → ${shown(to)}  (as ${example})`,
    )
  }
  const more = rest.moves.length - maxMovesShown
  if (more > 0) lines.push(`  and ${more} other moves; --json lists all`)
  if (rest.vanished) lines.push(`${rest.vanished} no longer have a processed crash and stay unchanged.`)
  for (const id of rest.unreadable) {
    lines.push(`The processed crash of ${id} cannot be read; run mayday reprocess --crash-id ${id}`)
  }
  return `${lines.join('\n')}\n`
}

/** Stored signatures may contain any character: none may control the terminal. */
const shown = (signature: string) => signature.replace(/\p{C}/gu, '\ufffd') || '(none)'
