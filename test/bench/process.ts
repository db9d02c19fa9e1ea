// Processing from stored reports to processed crashes and Parquet, in a folder store: crashes per second, stages, memory.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { processCrashes, type ProcessReport } from '../../batch/processing/process-run.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { storeBenchReports } from './process.support.ts'

const small = Number(process.env.MAYDAY_BENCH_CRASHES || 300)
const factor = 5
const workers = Math.max(1, availableParallelism())

/** Target: 60 crashes/s on two cores; time linear in the count; constant memory. */
export async function run(): Promise<Record<string, unknown>> {
  await measure(16)
  const few = await measure(small)
  const many = await measure(small * factor)
  return {
    workers,
    dump_bytes: few.dumpBytes,
    threads_per_dump: 20,
    crashes: many.report.processed,
    crashes_per_second: many.rate,
    bar_crashes_per_second: 60,
    ratio_to_bar: many.rate / 60,
    crashes_per_second_at_a_fifth: few.rate,
    /** 1 means that five times the crashes took five times as long. */
    time_growth_over_linear: few.rate / many.rate,
    peak_memory_mb: { few: few.peakMb, many: many.peakMb },
    ms_per_crash_by_stage: Object.fromEntries(
      Object.entries(many.report.stages).map(([stage, ms]) => [stage, round(ms / many.report.processed)]),
    ),
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
  peakMb: number
  dumpBytes: number
}

async function measure(count: number): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-bench-'))
  const { stores, close } = await openStores(`file:${join(dir, 'data')}`, {})
  try {
    const { dumpBytes } = await storeBenchReports(stores.crashes, count)
    let peak = 0
    const timer = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss())
    }, 50)
    const began = performance.now()
    const report = await processCrashes({ stores, dir: join(dir, 'cache'), duckdbMemory: '512MB', workers })
    const seconds = (performance.now() - began) / 1000
    clearInterval(timer)
    return { report, rate: round(report.processed / seconds), peakMb: Math.round(peak / 2 ** 20), dumpBytes }
  } finally {
    await close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const round = (n: number) => Math.round(n * 100) / 100
