// `mayday process` without its command line: plans the days, then processes each.
import { join } from 'node:path'
import { isCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { dateOfCrashId, parseTableKey } from '../../shared/keys.ts'
import { createDayOpener, type OpenDay } from '../../shared/open-days.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import { readImportedBuilds } from '../derived/build-import.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { moveToQuarantine } from '../lake/files/quarantine.ts'
import { isDayComplete, openDay } from '../planning/day.ts'
import { readDays } from '../planning/day-marks.ts'
import { findRepeats } from '../planning/duplicates.ts'
import { joinDay, needsWork } from '../planning/plan.ts'
import { allShards, isInShard, mayHold, type Shard } from '../planning/shard.ts'
import { type CrashPool, createCrashPool } from './crash-pool.ts'
import type { ProcessorContext } from './jobs.ts'
import { processDay } from './process-day.ts'
import type { Mode } from './rules/rulesets.ts'
import type { Product } from '../products/product-file.ts'
import { sampleProducts } from '../products/product-source.ts'
import { openTableFiles, type TableFiles } from '../lake/files/table-files.ts'
import { openSymbolMisses, type SymbolMisses } from '../symbols/symbol-misses.ts'
import { answerFrom } from './worker-symbols.ts'
import { present } from '../../shared/present.ts'

export interface ProcessOptions {
  stores: Stores
  /** Directory for copies of table files and for work in progress. */
  dir: string
  duckdbMemory: string
  workers: number
  /** Days to process, whose table files are all read and checked. Default: all days that have reports. */
  dates?: readonly IsoDate[]
  /** Processes exactly these crashes, even if they have been processed. */
  crashIds?: readonly string[]
  /** Default: `process`. */
  mode?: Mode
  shard?: Shard
  /** Directories and URLs of symbols, tried after the store's own. */
  symbols?: readonly string[]
  /** Largest symbol file of a server, inflated. Default: that of `SYMBOL_FETCH_MB`. */
  fetchBytes?: Bytes
  /** What symbol servers lack. Default: as runs remembered it in the store. */
  misses?: SymbolMisses
  /** Directory of signature lists. Default: the built-in ones. */
  lists?: string | null
  /** Default: the samples. */
  products?: ReadonlyMap<string, Product>
  /** Time limit per crash. A crash that exceeds it gets a row that records the failure. */
  timeLimit?: Millis
  /** Minimum number of crashes to collect before a merge. */
  mergeEvery?: number
  partBytes?: Bytes
  /** `oldest`: when the oldest of the planned reports was stored. */
  onProgress?: (event: { planned?: number; done?: number; oldest?: Date | null }) => void
  /** Called for each processed crash with its product, and the size of its report and its processed crash. */
  onStored?: (product: string, bytes: Bytes) => void
  /** Module that each thread runs. */
  worker?: URL
}

/** Result of a run. Times are milliseconds; times of stages are summed over threads. */
export interface ProcessReport {
  dates: IsoDate[]
  planned: number
  processed: number
  /** Number of reports that were deleted before their turn. */
  vanished: number
  lost_threads: { crash_id: string; why: string }[]
  /** Crashes whose stored report cannot be read: their processed crashes and rows were kept. */
  unreadable: string[]
  /** Crashes that cost a thread, like those in `lost_threads`: their processed crashes and rows were kept. */
  failed: string[]
  /** Crashes whose dumps were dropped: their processed crashes and rows were kept. Not part of `processed`. */
  dumps_dropped: string[]
  /** Number of crashes by the reason why symbols could not be loaded. */
  symbol_failures: Record<string, number>
  /** Table files that were moved to quarantine. */
  damaged: DamagedFile[]
  ms: Millis
  stages: Record<string, Millis>
  /** Time within the stage `rules`, by rule. */
  rules: Record<string, Millis>
}

/**
 * Processes all crashes that need it. If the run is killed, the next run completes the work: a crash is complete when
 * its row is in `crashes`, which is written last. Damaged table files are moved to quarantine and their rows written
 * again.
 * @throws CrashError 'storage' if the store fails; completed work is kept
 */
export async function processCrashes(options: ProcessOptions): Promise<ProcessReport> {
  const began = performance.now()
  await using run = await openRun(options)
  const { dates, crashIds } = options
  let plan = crashIds ? planChosen(run, crashIds) : await planNew(run, dates)
  for (;;) {
    const repaired = run.files.damaged.size
    announce(run, plan)
    for (const [date, ids] of plan) {
      await markRepeats(run, date, ids)
      await processDay(run, date, ids)
    }
    const damage = [...run.files.damaged.values()]
    if (damage.length === repaired || options.mode === 'regroup') break
    // Files were moved to quarantine after the plan was made: all their rows are missing now.
    plan = await planNew(run, [...new Set(damage.map(({ key }) => parseTableKey(key)!.date))])
  }
  await run.misses.save()
  return finishReport(run, began)
}

const finishReport = ({ report, files }: Run, began: Millis): ProcessReport => ({
  ...report,
  damaged: [...files.damaged.values()],
  ms: Math.round(performance.now() - began),
})

interface Run extends AsyncDisposable {
  options: ProcessOptions
  files: TableFiles
  pool: CrashPool
  misses: SymbolMisses
  shard: Shard
  markOpen: OpenDay
  report: ProcessReport
}

async function openRun(options: ProcessOptions): Promise<Run> {
  const { stores, dir, duckdbMemory, partBytes, shard = allShards, timeLimit, worker } = options
  await using opened = new AsyncDisposableStack()
  const files = opened.use(
    await openTableFiles({
      stores,
      cacheDir: dir,
      duckdbMemory,
      threads: 2,
      onDamaged: moveToQuarantine,
      thorough: options.dates !== undefined,
      matters: (name) => mayHold(name, shard),
      ...present({ partBytes }),
    }),
  )
  const report = emptyReport()
  const context = await contextOf(options, files)
  const misses = options.misses ?? openSymbolMisses(stores.crashes)
  const pool = opened.use(
    createCrashPool({
      size: options.workers,
      context,
      answer: answerFrom(stores.symbols, misses),
      onLost: (crash_id, why) => report.lost_threads.push({ crash_id, why }),
      ...present({ timeLimit, entry: worker }),
    }),
  )
  const resources = opened.move()
  const markOpen = createDayOpener(stores.crashes)
  return {
    options,
    files,
    pool,
    misses,
    shard,
    markOpen,
    report,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

const contextOf = async (options: ProcessOptions, files: TableFiles): Promise<ProcessorContext> => ({
  symbols: options.symbols ?? [],
  symdexDir: join(options.dir, 'symdex'),
  ...present({ fetchBytes: options.fetchBytes }),
  builds: await readImportedBuilds(files),
  lists: options.lists ?? null,
  products: [...(options.products ?? sampleProducts()).values()],
})

const emptyReport = (): ProcessReport => ({
  dates: [],
  planned: 0,
  processed: 0,
  vanished: 0,
  lost_threads: [],
  unreadable: [],
  failed: [],
  dumps_dropped: [],
  symbol_failures: {},
  damaged: [],
  ms: 0,
  stages: {},
  rules: {},
})

type Plan = ReadonlyMap<IsoDate, string[]>

function announce({ report, options }: Run, plan: Plan): void {
  for (const ids of plan.values()) report.planned += ids.length
  report.dates = [...new Set([...report.dates, ...plan.keys()])].sort()
  options.onProgress?.({ planned: report.planned })
}

/** The crash IDs to process, by day, with days in order. */
function planChosen(run: Run, crashIds: readonly string[]): Plan {
  const bad = crashIds.find((id) => !isCrashId(id, { anyDigit: true }))
  if (bad !== undefined) throw new CrashError('bad-crash-id', `Not a crash ID: ${bad.slice(0, 60)}`)
  const chosen = [...new Set(crashIds)].filter((id) => isInShard(id, run.shard)).sort()
  return new Map([...Map.groupBy(chosen, dateOfCrashId)].sort(([a], [b]) => ascending(a, b)))
}

async function planNew(run: Run, dates?: readonly IsoDate[]): Promise<Plan> {
  const plan = new Map<IsoDate, string[]>()
  let oldest: Date | null = null
  for (const date of dates ?? (await unsettledDates(run))) {
    if (await isDayComplete(run.files, date, run)) continue
    const ids: string[] = []
    for await (const state of joinDay(await openDay(run.files, date, run))) {
      if (!needsWork(state) || !isInShard(state.crashId, run.shard)) continue
      ids.push(state.crashId)
      if (oldest === null || state.storedAt! < oldest) oldest = state.storedAt
    }
    if (ids.length) plan.set(date, ids)
  }
  run.options.onProgress?.({ oldest })
  return plan
}

async function unsettledDates(run: Run): Promise<IsoDate[]> {
  const { reported, settled } = await readDays(run.files)
  return reported.filter((date) => !settled.has(date))
}

/**
 * Reprocesses reports on later days that are duplicates of these crashes, to record the crash they duplicate. They are
 * processed before the day's own crashes: if the run is killed in between, the next run finds them again.
 */
async function markRepeats(run: Run, date: IsoDate, crashIds: readonly string[]): Promise<void> {
  if (run.options.mode === 'regroup') return
  for (const [later, repeats] of await findRepeats(run.files, date, crashIds)) {
    run.report.planned += repeats.length
    run.options.onProgress?.({ planned: run.report.planned })
    await processDay(run, later, repeats, crashIds)
  }
}
