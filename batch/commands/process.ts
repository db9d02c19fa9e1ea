// `mayday process`: turns new stored reports into processed crashes and rows.
import type { Command } from 'commander'
import { parseCrashId } from '../../shared/crash-id.ts'
import type { IsoDate } from '../../shared/units.ts'
import { shardOf } from '../processing/plan.ts'
import { type ProcessReport, processCrashes } from '../processing/process-run.ts'
import { threadLimits } from '../processing/crash-pool.ts'
import { startProgress } from '../cli/progress.ts'
import { listsHelp, listsOf } from '../processing/signature-config.ts'
import { symbolWarnings } from '../cli/symbol-warnings.ts'
import {
  addStoreOption,
  collect,
  collectDate,
  countOption,
  type StoreOptions,
  withStore,
} from '../cli/store-option.ts'

interface Options extends StoreOptions {
  date?: IsoDate[]
  crashId?: string[]
  shard?: string
  workers?: number
  symbols?: string[]
  lists?: string
  timeLimit: number
  mergeEvery: number
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .option('--date <DATE>', 'only this day of submission, YYYY-MM-DD (repeatable)', collectDate)
    .option('--crash-id <ID>', 'this crash, even if it is already processed (repeatable)', collect)
    .option('--shard <I/N>', 'process only this shard of the crashes, I from 0 to N-1')
    .option(
      '--workers <N>',
      'worker threads (MAYDAY_WORKERS, else one per core)',
      countOption('--workers', 1, 256),
    )
    .option(
      '--symbols <DIR|URL>',
      "symbol sources, tried in order after the store's own (repeatable)",
      collect,
    )
    .option('--lists <DIR>', listsHelp)
    .option(
      '--time-limit <SECONDS>',
      'a crash that takes longer gets a row with a note',
      countOption('--time-limit', 1, 86_400),
      threadLimits.timeLimit / 1000,
    )
    .option(
      '--merge-every <N>',
      'write rows once this many crashes wait, or more as files grow',
      countOption('--merge-every', 1, 100_000),
      500,
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Finds stored reports without a processed crash or without rows, and processes them. Can be killed at any time and
restarted; several can run at once on different shards.

Examples:
  mayday process
  mayday process --date 2026-10-21 --symbols ./symbols
  mayday process --shard 3/16 --store s3:https://s3.example.org/?region=auto
  mayday process --crash-id 5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021 --store r2:local`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const crashIds = options.crashId?.map((text) => parseCrashId(text).crashId)
  const report = await withStore(options, async ({ stores, cacheDir, config }) => {
    const shard = shardOf(options, config)
    const progress = startProgress('Processing', 0, 'crashes')
    try {
      return await processCrashes({
        stores,
        dir: cacheDir,
        duckdbMemory: config.duckdbMemory,
        workers: options.workers ?? config.workers,
        symbols: options.symbols ?? [],
        lists: listsOf(options, config),
        timeLimit: options.timeLimit * 1000,
        mergeEvery: options.mergeEvery,
        shard,
        ...(options.date && { dates: options.date }),
        ...(crashIds && { crashIds }),
        onProgress: ({ planned, done }) => {
          if (planned !== undefined) progress.expect(planned)
          if (done !== undefined) progress.tick(done)
        },
      })
    } finally {
      progress.stop()
    }
  })
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textOf(report))
  process.stderr.write(symbolWarnings(report.symbol_failures))
  if (report.vanished > 0 && crashIds) process.exitCode = 1
}

function textOf(report: ProcessReport): string {
  const seconds = (report.ms / 1000).toFixed(1)
  const lines = [
    report.planned === 0
      ? 'Nothing to process: all stored reports are processed.'
      : `Processed ${report.processed} of ${report.planned} crashes of ${report.dates.join(', ')} in ${seconds} s.`,
  ]
  if (report.vanished) lines.push(`${report.vanished} reports are not in the store.`)
  for (const lost of report.lost_threads) lines.push(`${lost.crash_id} cost a thread: ${lost.why}`)
  return `${lines.join('\n')}\n`
}
