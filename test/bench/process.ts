// Processing from stored reports to processed crashes and Parquet, in a folder store: rate, stages, memory, and the limit.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { processCrashes, type ProcessReport } from '../../batch/processing/process-run.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import type { Millis } from '../../shared/units.ts'
import { storeBenchReports } from './process.support.ts'
import { type Limit, measureLimit } from './process-limit.support.ts'

const small = Number(process.env.MAYDAY_BENCH_CRASHES || 1000)
const factor = 5
const workers = Math.max(1, availableParallelism())
/** Crashes with which the limit is measured. */
const limitCrashes = 500

/** Bars: half of the rate of the limit, 220 crashes/s where 155 were measured before; time and memory linear in the count. */
export async function run(): Promise<Record<string, unknown>> {
  // Nothing is removed before the end: for a minute, ext4 looks through inodes that were just freed.
  const dir = mkdtempSync(join(tmpdir(), 'mayday-bench-'))
  using _ = { [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
  await measure(dir, 16)
  const few = await measure(dir, small)
  const { limit, ...many } = await measure(dir, small * factor)
  const { stages } = many
  const of = (...names: string[]) => names.reduce((sum, name) => sum + (stages[name] ?? 0), 0)
  const limitRate = round((workers * 1000) / limit.all)
  return {
    workers,
    dump_bytes: few.dumpBytes,
    threads_per_dump: 20,
    crashes: many.report.processed,
    crashes_per_second: many.rate,
    limit_crashes_per_second: limitRate,
    ratio_to_limit: round(many.rate / limitRate),
    crashes_per_second_at_a_fifth: few.rate,
    /** 1 means that five times the crashes took five times as long. */
    time_growth_over_linear: round(few.rate / many.rate),
    peak_memory_mb: { few: few.peakMb, many: many.peakMb },
    processor_ms_per_crash: many.processorMs,
    limit_processor_ms_per_crash: limit,
    rows_over_limit: round(of('rows', 'merge') / limit.rows),
    documents_over_limit: round(of('document') / limit.documents),
    ms_per_crash_by_stage: stages,
    us_per_crash_by_slowest_rules: Object.fromEntries(
      Object.entries(many.report.rules)
        .sort(([, a], [, b]) => b - a)
        .slice(0, 8)
        .map(([rule, ms]) => [rule, Math.round((ms * 1000) / many.report.processed)]),
    ),
  }
}

interface Measured {
  report: ProcessReport
  rate: number
  /** Per crash: by stage, summed over threads; of all threads. */
  stages: Record<string, Millis>
  processorMs: Millis
  peakMb: number
  dumpBytes: number
  limit: Limit
}

async function measure(root: string, count: number): Promise<Measured> {
  const dir = join(root, `${count}`)
  const { stores, close } = await openStores(`file:${join(dir, 'data')}`, {})
  try {
    const { dumpBytes } = await storeBenchReports(stores.crashes, count)
    let peak = 0
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, 50)
    const [began, before] = [performance.now(), process.cpuUsage()]
    const report = await processCrashes({ stores, dir: join(dir, 'cache'), duckdbMemory: '512MB', workers })
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(before)
    clearInterval(timer)
    return {
      report,
      rate: round(report.processed / seconds),
      stages: Object.fromEntries(
        Object.entries(report.stages).map(([stage, ms]) => [stage, round(ms / report.processed)]),
      ),
      processorMs: round((user + system) / 1000 / report.processed),
      peakMb: Math.round(peak / 2 ** 20),
      dumpBytes,
      limit: await measureLimit(stores, dir, limitCrashes),
    }
  } finally {
    await close()
  }
}

const round = (n: number) => Math.round(n * 100) / 100
