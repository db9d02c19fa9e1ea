// `mayday process`: turns new stored reports into processed crashes and rows.
import type { Command } from 'commander'
import { parseCrashId } from '../../../shared/crash-id.ts'
import { present } from '../../../shared/present.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { keptAny, keptLines } from '../../cli/damage-output.ts'
import {
  addProductsOption,
  addShardOption,
  addStoreOption,
  addSymbolsOption,
  addWorkersOption,
  collect,
  collectDate,
  countOption,
  listsHelp,
  type ProcessFlags,
  type StoreOptions,
} from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { processOptions } from '../../cli/process-options.ts'
import { withProgress } from '../../cli/progress.ts'
import { symbolWarnings } from '../../cli/symbol-warnings.ts'
import { describeDamage } from '../../lake/files/damage.ts'
import { openStore } from '../../lake/open-store.ts'
import { threadLimits } from '../../processing/crash-pool.ts'
import { type ProcessReport, processCrashes } from '../../processing/process-run.ts'
import { findProducts } from '../../products/product-source.ts'
import { openSymbolMisses } from '../../symbols/symbol-misses.ts'

interface Options extends StoreOptions, ProcessFlags {
  date?: IsoDate[]
  crashId?: string[]
  timeLimit: number
  mergeEvery: number
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option('--date <DATE>', 'only this day of submission, YYYY-MM-DD (repeatable)', collectDate)
    .option('--crash-id <ID>', 'this crash, even if it is already processed (repeatable)', collect)
  addShardOption(command)
  addWorkersOption(command)
  addSymbolsOption(command)
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
restarted; several can run at once on different shards. A damaged table file is moved to quarantine/ and its rows are
written again; with --date, every table file of the day is read and checked.

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
  await using open = await openStore(options)
  const base = processOptions(open, options, (await findProducts(open)).products)
  // Chosen crashes may be chosen because a server has their symbols now.
  const misses = crashIds && openSymbolMisses(open.stores.crashes, { askAgain: true })
  const report = await withProgress(['Processing', 0, 'crashes'], (progress) =>
    processCrashes({
      ...base,
      timeLimit: options.timeLimit * 1000,
      mergeEvery: options.mergeEvery,
      ...present({ dates: options.date, crashIds, misses }),
      onProgress: progress.update,
    }),
  )
  const failed = (report.vanished > 0 && crashIds !== undefined) || keptAny(report)
  printResult(options, {
    report: { ...report, requests: open.requests },
    text: reportText(report),
    failed,
  })
  process.stderr.write(symbolWarnings(report.symbol_failures))
}

export function reportText(report: ProcessReport): string {
  const seconds = (report.ms / 1000).toFixed(1)
  const lines = [
    report.planned === 0
      ? 'Nothing to process: all stored reports are processed.'
      : `Processed ${report.processed} of ${report.planned} crashes of ${report.dates.join(', ')} in ${seconds} s.`,
  ]
  if (report.vanished) lines.push(`${report.vanished} reports are not in the store.`)
  lines.push(...keptLines(report))
  for (const file of report.damaged) lines.push(describeDamage(file))
  return `${lines.join('\n')}\n`
}
