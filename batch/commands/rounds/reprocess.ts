// `mayday reprocess`: processes crashes again after rules or symbols changed.
import type { Command } from 'commander'
import { parseCrashId } from '../../../shared/crash-id.ts'
import { CrashError } from '../../../shared/errors.ts'
import { keptAny, keptLines, warnOfDamage } from '../../cli/damage-output.ts'
import {
  addProductsOption,
  addShardOption,
  addStoreOption,
  addSymbolsOption,
  addWorkersOption,
  collect,
  listsHelp,
  type ProcessFlags,
  type StoreOptions,
} from '../../cli/options.ts'
import { printResult, visible } from '../../cli/output.ts'
import { processOptions } from '../../cli/process-options.ts'
import { startProgress, withProgress } from '../../cli/progress.ts'
import { symbolWarnings } from '../../cli/symbol-warnings.ts'
import { type OpenStore, openFiles, openStore } from '../../lake/open-store.ts'
import { openLake } from '../../lake/views.ts'
import { allShards, isInShard } from '../../planning/shard.ts'
import { crashesWhere } from '../../processing/chosen-crashes.ts'
import { type ProcessOptions, type ProcessReport, processCrashes } from '../../processing/process-run.ts'
import { previewRegroup, type RegroupPreview } from '../../processing/regroup-preview.ts'
import type { Mode } from '../../processing/rules/rulesets.ts'
import { findProducts } from '../../products/product-source.ts'
import { findLateSymbols, type LateSymbols, type LateSymbolsOptions } from '../../symbols/late-symbols.ts'
import { openSymbolMisses } from '../../symbols/symbol-misses.ts'

interface Options extends StoreOptions, ProcessFlags {
  where?: string
  crashId?: string[]
  missingSymbols?: true
  signatureOnly?: true
  dryRun?: true
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option('--where <SQL>', 'crashes that match a condition on the view crashes')
    .option('--crash-id <ID>', 'this crash (repeatable)', collect)
    .option('--missing-symbols', 'crashes whose missing symbols are now available')
    .option('--signature-only', 'only compute signatures again from processed crashes, without unwinding')
    .option('--dry-run', 'with --signature-only: print what would change, write nothing')
  addShardOption(command).option('--lists <DIR>', listsHelp)
  addSymbolsOption(command)
  addWorkersOption(command)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
The row of each crash is replaced. Run mayday aggregate afterwards.

--missing-symbols looks up every missing module in the store, in --symbols and in those of product files: also symbols
that were copied into the bucket by hand, which mayday run does not notice.

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
  await using open = await openStore(options)
  const { products } = await findProducts(open)
  const misses = openSymbolMisses(open.stores.crashes, { askAgain: true })
  const base = { ...processOptions(open, options, products), products, misses }
  const { crashIds: all, modules } = await choose(open, options, base)
  const chosen = { ...base, crashIds: all.filter((id) => isInShard(id, base.shard ?? allShards)) }
  if (options.signatureOnly) return regroupChosen(chosen, options)
  const report = await processChosen(chosen, 'process')
  const late = modules === null ? {} : { modules_found: modules }
  printResult(options, {
    report: { ...report, ...late, requests: open.requests },
    text: reportText(report, modules),
    failed: keptAny(report),
  })
  process.stderr.write(symbolWarnings(report.symbol_failures))
}

type Chosen = ProcessOptions & { crashIds: readonly string[] }

/** Prints what moves, then writes what changes. */
async function regroupChosen(chosen: Chosen, options: Options): Promise<void> {
  const began = performance.now()
  const { changed, ...preview } = await previewChosen(chosen)
  if (!options.json) process.stdout.write(movesText(preview))
  const report = options.dryRun ? null : await processChosen({ ...chosen, crashIds: changed }, 'regroup')
  const ms = Math.round(performance.now() - began)
  printResult(options, {
    report: { ...preview, dry_run: options.dryRun === true, written: report?.processed ?? 0, ms },
    text: report ? `Wrote ${report.processed} crashes.\n` : 'Nothing was written: --dry-run.\n',
    failed: preview.unreadable.length > 0,
  })
}

async function previewChosen(chosen: Chosen): Promise<RegroupPreview> {
  using progress = startProgress('Grouping', chosen.crashIds.length, 'crashes')
  return await previewRegroup({ ...chosen, onProgress: (done) => progress.tick(done) })
}

/** The crashes, and for --missing-symbols how many modules have symbols now. */
async function choose(
  open: OpenStore,
  options: Options,
  base: SymbolOptions,
): Promise<{ crashIds: string[]; modules: number | null }> {
  if (options.crashId) {
    const crashIds = options.crashId.map((text) => parseCrashId(text).crashId)
    return { crashIds: [...new Set(crashIds)], modules: null }
  }
  if (options.missingSymbols) {
    const late = await findLate(open, base)
    for (const failure of late.failures) process.stderr.write(`mayday: ${failure}\n`)
    return { crashIds: late.crashIds, modules: late.found.length }
  }
  await using lake = await openLake(open)
  warnOfDamage(lake.files)
  return { crashIds: await crashesWhere(lake, options.where ?? 'true'), modules: null }
}

type SymbolOptions = ProcessOptions & Pick<LateSymbolsOptions, 'products' | 'misses'>

async function findLate(
  open: OpenStore,
  { products, misses, symbols: places = [] }: SymbolOptions,
): Promise<LateSymbols> {
  await using files = await openFiles(open)
  const options = { products, misses, places, all: true }
  const late = await withProgress(['Looking for symbols', 0, 'modules'], ({ tick }) =>
    findLateSymbols(files, { ...options, onAsked: () => tick() }),
  )
  warnOfDamage(files)
  return late
}

async function processChosen(chosen: Chosen, mode: Mode): Promise<ProcessReport> {
  using progress = startProgress('Processing', chosen.crashIds.length, 'crashes')
  return await processCrashes({ ...chosen, mode, onProgress: ({ done }) => progress.tick(done ?? 0) })
}

export function reportText(report: ProcessReport, modules: number | null): string {
  const found = modules === null ? '' : `Symbols of ${modules} modules are now available. `
  const gone = report.vanished ? ` ${report.vanished} are no longer in the store.` : ''
  const seconds = (report.ms / 1000).toFixed(1)
  const line = `${found}Processed ${report.processed} crashes again in ${seconds} s.${gone}`
  return `${[line, ...keptLines(report)].join('\n')}\n`
}

/** Moves printed as text; --json lists all. */
const maxMovesShown = 50

/** The moves, largest first. */
export function movesText({ looked_at, moved, retold, ...rest }: Omit<RegroupPreview, 'changed'>): string {
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

const shown = (signature: string) => visible(signature) || '(none)'
