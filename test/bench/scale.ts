// Processing by several shards as separate processes over one S3 server: the work of all together must not grow. The units that
// it measures are those of the model in docs/scaling.md.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeAggregates } from '../../batch/aggregates/aggregate.ts'
import { openStore } from '../../batch/lake/open-store.ts'
import { writeSearchFiles } from '../../batch/search-files/write-files.ts'
import { simulateReports } from '../../batch/simulate/reports.ts'
import { processedPrefix, searchPrefix } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { bucketNames, type Storage, type Stores } from '../../shared/storage/storage.ts'
import { startS3Server } from '../support/s3-server.ts'
import { modelTable, type ScaleUnits, scales } from './scale-model.support.ts'
import type { ShardJob, ShardResult } from './scale-shard.support.ts'

const crashes = Number(process.env.MAYDAY_BENCH_CRASHES || 400)
const rows = Number(process.env.MAYDAY_BENCH_ROWS || 200_000)
const counts = [1, 2, 4, 8]
const start = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/**
 * Bars, of eight shards against one: a further crash costs at most 1.05 times as many requests, and 1.4 times as much CPU,
 * because processes with 50 to 200 crashes still compile code. Requests of a shard with nothing new do not depend on the
 * number of shards. Each process has a fixed cost, too.
 */
export async function run(): Promise<Record<string, unknown>> {
  const measured = new Map<number, Measured>()
  for (const count of counts) measured.set(count, await measure(count, crashes))
  const [one, eight] = [await marginal(1, measured), await marginal(8, measured)]
  const { first, quiet, bytes } = measured.get(1)!
  const units: ScaleUnits = {
    processingCpuMs: one.cpuMs,
    processCpuMs: first.cpu_s * 1000 - one.cpuMs * crashes,
    ...bytes,
    quietRequests: total(quiet),
    ...(await measureDerived()),
  }
  process.stderr.write(`${scales.map((perDay) => modelTable(perDay, units)).join('\n')}\n`)
  return {
    crashes,
    ratio_of_requests_per_further_crash: ratio(eight.requests, one.requests),
    bar_ratio_of_requests: 1.05,
    ratio_of_cpu_per_further_crash: ratio(eight.cpuMs, one.cpuMs),
    bar_ratio_of_cpu: 1.4,
    requests_of_a_quiet_shard: Object.fromEntries(
      [...measured].map(([count, round]) => [count, total(round.quiet) / count]),
    ),
    shards: Object.fromEntries([...measured].map(([count, round]) => [count, pick(round)])),
    units,
  }
}

const pick = ({ first, quiet }: Measured) => ({ first, quiet })
const factor = 4

/** What a crash costs beyond the fixed cost of each process: the difference to a run with four times as many. */
async function marginal(count: number, measured: ReadonlyMap<number, Measured>) {
  const [few, many] = [measured.get(count)!.first, (await measure(count, crashes * factor)).first]
  const further = crashes * (factor - 1)
  return {
    cpuMs: ((many.cpu_s - few.cpu_s) * 1000) / further,
    requests: (total(many) - total(few)) / further,
  }
}

interface Round {
  processed: number
  /** Of all processes, without loading the program. */
  cpu_s: number
  /** Of the slowest process. */
  s: number
  get: number
  put: number
  head: number
  list: number
  bytes_read: number
  bytes_written: number
}

interface Measured {
  first: Round
  quiet: Round
  bytes: Pick<ScaleUnits, 'documentBytes' | 'rowBytes'>
}

const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100
const total = ({ get, put, head, list }: Round) => get + put + head + list

/** Reports of one day, processed by so many shards; then a round with nothing new. */
async function measure(count: number, reports: number): Promise<Measured> {
  const scratch = mkdtempSync(join(tmpdir(), 'mayday-bench-scale-'))
  const s3 = await startS3Server(bucketNames.map((name) => `mayday-${name}`))
  const { accessKeyId, secretAccessKey } = s3.credentials
  const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const store = `s3:${s3.endpoint}?region=us-east-1`
  try {
    const { stores } = await openStores(store, env)
    await simulateReports(stores.crashes, { crashes: reports, days: 1, seed: 1, to: '2026-10-21' })
    const jobs = Array.from({ length: count }, (_, i) => ({
      store,
      shard: `${i}/${count}`,
      dir: join(scratch, String(i)),
    }))
    const first = await playRound(jobs, env)
    if (first.processed !== reports) throw new Error(`${first.processed} of ${reports} were processed`)
    const quiet = await playRound(jobs, env)
    return { first, quiet, bytes: await bytesPerCrash(stores, reports) }
  } finally {
    await s3.close()
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** All shards at the same time. */
async function playRound(jobs: readonly ShardJob[], env: NodeJS.ProcessEnv): Promise<Round> {
  const program = join(import.meta.dirname, 'scale-shard.support.ts')
  const outputs = await Promise.all(
    jobs.map((job) => start(process.execPath, [program, JSON.stringify(job)], { env })),
  )
  const results = outputs.map(({ stdout }) => JSON.parse(stdout) as ShardResult)
  const sum = (of: (result: ShardResult) => number) => results.reduce((all, one) => all + of(one), 0)
  const requests = (kind: keyof ShardResult['requests']) => sum((result) => result.requests[kind])
  return {
    processed: sum(({ processed }) => processed),
    cpu_s: sum(({ cpuMs }) => cpuMs) / 1000,
    s: Math.max(...results.map(({ ms }) => ms)) / 1000,
    get: requests('get'),
    put: requests('put'),
    head: requests('head'),
    list: requests('list'),
    bytes_read: requests('bytes_read'),
    bytes_written: requests('bytes_written'),
  }
}

async function sizeOf(storage: Storage, prefix: string): Promise<number> {
  let bytes = 0
  for await (const { size } of storage.list(prefix)) bytes += size
  return bytes
}

async function bytesPerCrash({ crashes: bucket, lake }: Stores, reports: number) {
  const tables = (await sizeOf(bucket, 'tables/')) + (await sizeOf(lake, 'tables/'))
  return {
    documentBytes: (await sizeOf(bucket, processedPrefix())) / reports,
    rowBytes: tables / reports,
  }
}

/** What is made of the rows of four weeks: the cost of a further row, and the fixed one. */
async function measureDerived(): Promise<
  Pick<ScaleUnits, 'aggregateCpuMs' | 'aggregateFixedMs' | 'searchBytes'>
> {
  const [few, many] = [await derive(rows / factor), await derive(rows)]
  const aggregateCpuMs = (many.cpuMs - few.cpuMs) / (rows - rows / factor)
  return {
    aggregateCpuMs,
    aggregateFixedMs: many.cpuMs - rows * aggregateCpuMs,
    searchBytes: many.searchBytes / rows,
  }
}

async function derive(count: number): Promise<{ cpuMs: number; searchBytes: number }> {
  const scratch = mkdtempSync(join(tmpdir(), 'mayday-bench-scale-'))
  const store = `file:${scratch}`
  const simulated = [
    'simulate',
    '--crashes',
    `${count}`,
    '--days',
    '28',
    '--to',
    '2026-11-29',
    '--store',
    store,
  ]
  try {
    await start(process.execPath, [join(root, 'batch/mayday.js'), ...simulated])
    await using opened = await openStore({ store })
    const open = { ...opened, cacheDir: join(scratch, 'cache') }
    const cpu = process.cpuUsage()
    await writeAggregates(open)
    const { user, system } = process.cpuUsage(cpu)
    await writeSearchFiles(open, { now: new Date() })
    const searchBytes = await sizeOf(open.stores.lake, searchPrefix)
    return { cpuMs: (user + system) / 1000, searchBytes }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
