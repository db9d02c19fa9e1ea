// Processes the crashes of one day: runs the pool, writes processed crashes, merges rows.
import { batchesOf, forEachConcurrent } from '../../shared/batches.ts'
import { dateOfCrashId, processedKey, rawKey } from '../../shared/keys.ts'
import { addOwn, own, setOwn } from '../../shared/own.ts'
import type { OpenDay } from '../../shared/open-days.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import { findHeld, removeRepeats } from '../lake/crash-rows.ts'
import { createRowSink, type RowSink } from '../lake/row-sink.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, type CrashTable, crashTables, modulesTable, protectedTable } from '../lake/tables.ts'
import { findOriginals } from '../planning/duplicates.ts'
import { type Shard, shardName } from '../planning/shard.ts'
import type { CrashPool } from './crash-pool.ts'
import type { BatchResult, Job } from './jobs.ts'
import { isSoundDocument, processedCrashOptions } from './processed-crash.ts'
import type { Mode } from './rules/rulesets.ts'
import { present } from '../../shared/present.ts'

/** What processing a day needs, and the counts to which it adds. */
export interface DayRun {
  options: {
    stores: Stores
    workers: number
    mode?: Mode
    mergeEvery?: number
    onProgress?: (event: { done?: number }) => void
    onStored?: (product: string, bytes: Bytes) => void
  }
  files: TableFiles
  pool: CrashPool
  shard: Shard
  markOpen: OpenDay
  report: {
    processed: number
    vanished: number
    unreadable: string[]
    failed: string[]
    dumps_dropped: string[]
    symbol_failures: Record<string, number>
    stages: Record<string, Millis>
    rules: Record<string, Millis>
  }
}

/** Number of crashes sent to a thread at a time: enough to keep it busy, few enough to repeat. */
const batchSize = 8
/** Number of batches in flight per thread: reading and writing overlap with computing. */
const batchesPerThread = 3

/**
 * Runs one day through the pool, several batches at a time, and merges when enough rows are waiting.
 * @param coming crashes of an earlier day that do not have a row yet
 */
export async function processDay(
  run: DayRun,
  date: IsoDate,
  crashIds: readonly string[],
  coming: readonly string[] = [],
): Promise<void> {
  const originals = await findOriginals(run.files, date, crashIds, coming)
  const sink = openSink(run, date, run.options.mode === 'regroup' ? [crashesTable] : crashTables)
  const kept: Job[] = []
  const work = async (batch: readonly string[]) => {
    sink.check()
    await run.markOpen(date)
    kept.push(...(await processBatch(run, batch, originals, sink)))
  }
  try {
    const concurrency = run.options.workers * batchesPerThread
    await forEachConcurrent(batchesOf(crashIds, batchSize), work, { concurrency })
  } finally {
    // Also after a failure: processed crashes need not be processed again.
    await sink.finish()
  }
  await restoreRows(run, date, kept)
}

const openSink = (run: DayRun, date: IsoDate, tables: readonly CrashTable[]): RowSink =>
  createRowSink({
    files: run.files,
    date,
    shard: shardName(run.shard),
    tables,
    mergeEvery: run.options.mergeEvery ?? 500,
    addTime: (stage, ms) => addTime(run.report.stages, stage, ms),
  })

/** Returns jobs for the crashes that cannot be processed, but whose processed crash is sound: it stays. */
async function processBatch(
  run: DayRun,
  crashIds: readonly string[],
  originals: ReadonlyMap<string, string>,
  sink: RowSink,
): Promise<Job[]> {
  const began = performance.now()
  const read = await Promise.all(crashIds.map((id) => readJob(run, id, originals)))
  const jobs = read.filter((job) => job !== null)
  addTime(run.report.stages, 'fetch', performance.now() - began)
  const unreadable = new Set<string>()
  const dropped = new Set<string>()
  const lost: Job[] = []
  for (const result of await run.pool.run(jobs)) {
    for (const id of result.unreadable) unreadable.add(id)
    for (const id of result.dropped) dropped.add(id)
    lost.push(...result.lost)
    await keepResult(run, result, sink)
  }
  if (dropped.size > 0) {
    const without = jobs.filter(({ crashId }) => dropped.has(crashId))
    await processDropped(run, without, sink)
  }
  const failed = [...jobs.filter(({ crashId }) => unreadable.has(crashId)), ...lost]
  const kept = await processFailed(run, failed, sink)
  for (const id of kept.keys()) run.report[unreadable.has(id) ? 'unreadable' : 'failed'].push(id)
  return [...kept.values()]
}

/**
 * Processes as much as possible of reports that cannot be read or cost a thread, unless there is a sound processed crash,
 * which is better. Returns those that are kept.
 */
async function processFailed(run: DayRun, jobs: readonly Job[], sink: RowSink): Promise<Map<string, Job>> {
  const kept = await findDocuments(
    run,
    jobs.map(({ crashId }) => crashId),
  )
  const others = jobs.filter(({ crashId }) => !kept.has(crashId))
  for (const result of await run.pool.run(others.map(unskipped))) await keepResult(run, result, sink)
  return kept
}

const unskipped = ({ skipIncomplete: _skip, ...job }: Job): Job => job

/**
 * Keeps the processed crashes of reports that lost their dumps, and writes their rows from them. Without a sound processed
 * crash, a row that is stored stays; only a crash that has neither gets what its report still contains.
 */
async function processDropped(run: DayRun, jobs: readonly Job[], sink: RowSink): Promise<void> {
  const ids = jobs.map(({ crashId }) => crashId)
  const documents = await findDocuments(run, ids)
  const held = new Set(await findHeld(run.files, crashesTable, dateOfCrashId(ids[0]!), ids))
  const writable = jobs.filter(({ crashId }) => documents.has(crashId) || !held.has(crashId))
  const again = writable.map((job) => {
    const document = documents.get(job.crashId)?.bytes
    return { ...unskipped(job), ...present({ document }) }
  })
  for (const result of await run.pool.run(again)) await keepResult(run, result, sink)
  // They were not processed again: their stacks were not walked.
  run.report.processed -= writable.length
  run.report.dumps_dropped.push(...ids)
}

/** Writes the processed crashes of a result, and adds its rows. */
async function keepResult(run: DayRun, result: BatchResult, sink: RowSink): Promise<void> {
  const { report } = run
  if (result.documents.length === 0) return
  const began = performance.now()
  await Promise.all(
    result.documents.map(({ crashId, product, bytes }) =>
      run.options.stores.crashes.put(processedKey(crashId), bytes, processedCrashOptions(product)),
    ),
  )
  addTime(report.stages, 'put', performance.now() - began)
  for (const [stage, ms] of Object.entries(result.timings)) addTime(report.stages, stage, ms)
  for (const [rule, ms] of Object.entries(result.ruleTimings)) addTime(report.rules, rule, ms)
  for (const [why, crashes] of Object.entries(result.symbolFailures))
    addOwn(report.symbol_failures, why, crashes)
  sink.add({ crashIds: result.documents.map(({ crashId }) => crashId), rows: result.rows })
  for (const { product, bytes, inputBytes } of result.documents)
    run.options.onStored?.(product, inputBytes + bytes.length)
  report.processed += result.documents.length
  run.options.onProgress?.({ done: result.documents.length })
}

/** The sound processed crashes among those of `crashIds`, as jobs that only make their rows. */
async function findDocuments(run: DayRun, crashIds: readonly string[]): Promise<Map<string, Job>> {
  const found = new Map<string, Job>()
  for (const crashId of crashIds) {
    const bytes = await (await run.options.stores.crashes.get(processedKey(crashId)))?.bytes()
    if (!bytes || !isSoundDocument(bytes)) continue
    const rest = { mode: 'regroup', duplicateOf: null, effort: 'no-dumps', failure: null } as const
    found.set(crashId, { crashId, bytes, ...rest })
  }
  return found
}

/**
 * Writes rows of processed crashes whose report cannot be processed. A row of `protected` that is stored stays: it may
 * have annotations that only the report contained.
 */
async function restoreRows(run: DayRun, date: IsoDate, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return
  const ids = jobs.map(({ crashId }) => crashId)
  const held = new Set(await findHeld(run.files, protectedTable, date, ids))
  await removeRepeats(run.files, protectedTable, { date, shard: shardName(run.shard) }, ids)
  const missing = jobs.filter(({ crashId }) => !held.has(crashId))
  await addRows(run, openSink(run, date, [protectedTable]), missing)
  await addRows(run, openSink(run, date, [modulesTable, crashesTable]), jobs)
}

async function addRows(run: DayRun, sink: RowSink, jobs: readonly Job[]): Promise<void> {
  for (const { documents, rows } of await run.pool.run(jobs))
    sink.add({ crashIds: documents.map(({ crashId }) => crashId), rows })
  await sink.finish()
}

async function readJob(
  run: DayRun,
  crashId: string,
  originals: ReadonlyMap<string, string>,
): Promise<Job | null> {
  const { mode = 'process', stores } = run.options
  const object = await stores.crashes.get(mode === 'process' ? rawKey(crashId) : processedKey(crashId))
  if (!object) {
    run.report.vanished++
    return null
  }
  const duplicateOf = originals.get(crashId) ?? null
  const rest = { skipIncomplete: true, effort: 'full', failure: null } as const
  return { crashId, mode, bytes: await object.bytes(), duplicateOf, ...rest }
}

function addTime(times: Record<string, Millis>, name: string, ms: Millis): void {
  setOwn(times, name, Math.round(((own(times, name) ?? 0) + ms) * 1000) / 1000)
}
