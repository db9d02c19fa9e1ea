// `mayday run`: all periodic work of a single machine in one process.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'
import { writeAggregates } from '../aggregates/aggregate.ts'
import { type CountedStore, openFiles, openStore, type OpenStore } from '../lake/open-store.ts'
import { expectedFailure } from '../lake/damage.ts'
import { moveToQuarantine } from '../lake/quarantine.ts'
import { openLake } from '../lake/views.ts'
import { requestsSince } from '../../shared/storage/counting.ts'
import { isoTime } from '../../shared/iso-time.ts'
import { processOptions, shardOf } from '../cli/process-options.ts'
import { checkPlaces } from '../processing/symbol-sources.ts'
import { processCrashes } from '../processing/process-run.ts'
import { findProducts } from '../products/product-source.ts'
import { expireCrashes } from '../removal/expire.ts'
import { findLateSymbols, type LateSymbols } from '../processing/chosen-crashes.ts'
import { reportsCompleteSince } from '../removal/retention.ts'
import { verifyStore } from '../planning/verify.ts'
import {
  addProductsOption,
  addStoreOption,
  addSymbolsOption,
  addWorkersOption,
  type ProcessFlags,
  type StoreOptions,
} from '../cli/options.ts'
import { present } from '../../shared/present.ts'

interface Options extends StoreOptions, Pick<ProcessFlags, 'symbols' | 'workers'> {
  every: Millis
  once?: true
  expire: boolean
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .addOption(
      new Option('--every <TIME>', 'interval from start to start: 30s, 10m, 1h')
        .argParser(parseTime)
        .default(parseTime('10m'), '10m'),
    )
    .option('--once', 'run one round and exit')
    .option('--no-expire', 'only count expired data')
  addSymbolsOption(command)
  addWorkersOption(command)
    .addHelpText(
      'after',
      `
A round: process new reports, reprocess crashes whose missing symbols are now available, aggregate, verify, expire.
Prints one JSON object per step, with its requests to the store. A failed step is reported and retried in the next round. Stops after the current step
on SIGINT or SIGTERM; killing it is safe too. With --once, exit code 1 when a step failed.

Examples:
  mayday run --every 10m --store file:/srv/mayday
  mayday run --once --symbols https://symbols.example.org/`,
    )
    .action(run)
}

/** `90s`, `10m`, `1h`, `500ms` as milliseconds. Throws CrashError('bad-usage'). */
function parseTime(text: string): Millis {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text)
  if (!match) throw new CrashError('bad-usage', `--every must be a time like 30s, 10m or 1h, not '${text}'`)
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h']
}

type Step = (open: OpenStore, options: Options) => Promise<object>

/** In the order of a round. */
const steps: readonly { name: string; run: Step }[] = [
  { name: 'process', run: (open, options) => processChosen(open, options) },
  { name: 'late-symbols', run: processLate },
  { name: 'aggregate', run: (open) => writeAggregates(open) },
  { name: 'verify', run: verify },
  { name: 'expire', run: expire },
]

async function run(options: Options): Promise<void> {
  const end = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort())
  checkPlaces(options.symbols ?? [])
  await using open = await openStore(options)
  if (shardOf({}, open.config).count > 1)
    throw new CrashError(
      'bad-usage',
      'mayday run cannot be sharded: unset MAYDAY_SHARD and MAYDAY_SHARDS, or use mayday process --shard',
    )
  while (!end.signal.aborted) {
    const began = performance.now()
    const failed = await runRound(open, options, end.signal)
    if (options.once) {
      if (failed) process.exitCode = 1
      return
    }
    await pause(options.every - (performance.now() - began), end.signal)
  }
}

/** Number of failed steps. */
async function runRound(open: CountedStore, options: Options, end: AbortSignal): Promise<number> {
  let failed = 0
  for (const { name, run: work } of steps) {
    if (end.aborted) return failed
    const began = performance.now()
    const before = { ...open.requests }
    const line = { time: isoTime(new Date()), step: name }
    const cost = () => ({
      ms: Math.round(performance.now() - began),
      requests: requestsSince(before, open.requests),
    })
    try {
      const result = await work(open, options)
      tell({ ...line, ok: true, ...cost(), ...result })
    } catch (error) {
      failed++
      const failure = expectedFailure(error, open.config.cacheDir) ?? error
      const message = failure instanceof Error ? failure.message : String(failure)
      tell({ ...line, ok: false, ...cost(), error: message })
    }
  }
  return failed
}

const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Waits until the time has passed or the signal aborts, which may already have happened. */
async function pause(ms: Millis, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {})
}

async function processChosen(
  open: OpenStore,
  options: Options,
  crashIds?: readonly string[],
): Promise<object> {
  const report = await processCrashes({
    ...(await processOptions(open, options)),
    ...present({ crashIds }),
  })
  const { planned, processed, vanished, lost_threads, symbol_failures, unreadable, damaged } = report
  return { planned, processed, vanished, lost_threads, symbol_failures, unreadable, damaged }
}

async function processLate(open: OpenStore, options: Options): Promise<object> {
  const late = await findLate(open, options)
  const symbols = { modules_asked: late.asked, modules_found: late.found.length }
  if (late.crashIds.length === 0) return symbols
  return { ...symbols, ...(await processChosen(open, options, late.crashIds)) }
}

async function findLate(open: OpenStore, options: Options): Promise<LateSymbols> {
  await using lake = await openLake(open)
  return await findLateSymbols(lake, open.stores.symbols, options.symbols ?? [])
}

async function verify(open: OpenStore): Promise<object> {
  await using files = await openFiles(open)
  const { crashes, findings, damaged } = await verifyStore(files, {
    completeSince: reportsCompleteSince((await findProducts(open)).products, new Date()),
  })
  return { crashes, findings: findings.length, first_findings: findings.slice(0, 10), damaged }
}

async function expire(open: OpenStore, options: Options): Promise<object> {
  const dryRun = !options.expire
  const { products } = await findProducts(open)
  await using files = await openFiles(open, dryRun ? {} : { onDamaged: moveToQuarantine })
  const report = await expireCrashes(files, { products, now: new Date(), dryRun })
  return { ...report, dry_run: dryRun }
}
