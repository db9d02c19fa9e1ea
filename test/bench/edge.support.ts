// The edge under load: in workerd compared with a handler that only reads and stores, in Deno by CPU time per report.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { startLocalWorker } from '../../shared/storage/local-runtime.node.ts'
import { boundary, F, multipart, T } from '../support/crash-request.ts'
import { freePort } from '../support/free-port.ts'
import { type LoadResult, load } from './load.support.ts'

const root = resolve(import.meta.dirname, '../..')
const realDump = gunzipSync(readFileSync(join(root, 'test/fixtures/dumps/chromium-crash-1.dmp.gz')))
const rounds = 3
const concurrency = 8
const clockTicksPerSecond = 100

/** A kind of report to send. */
export interface Load {
  /** Bytes of the minidump: cut from a real one, or a real one repeated with changes. */
  dumpBytes: number
  /** Reports per round; the same number is sent first as warm-up. */
  perRound: number
  product?: string
  /** Expected start of the response. */
  expect?: string
}

/** A minidump of this size with different content for each `i`. */
function dumpOf(size: number, i: number): Uint8Array {
  const dump = new Uint8Array(size)
  for (let at = 0; at < size; at += realDump.length) dump.set(realDump.subarray(0, size - at), at)
  for (let at = 64; at < size; at += realDump.length) dump[at] = (at >> 8) & 255
  dump.set(new TextEncoder().encode(`${i}`.padStart(12)), size - 12)
  return dump
}

/** A different report for each `i`. */
export function report(i: number, dumpBytes: number, product = 'Bench'): Uint8Array {
  return multipart([
    T('ProductName', product),
    T('Version', '1.0'),
    T('ReleaseChannel', 'release'),
    ...Array.from({ length: 40 }, (_, k) => T(`Annotation${k}`, `value ${k} of some length`)),
    F('upload_file_minidump', dumpOf(dumpBytes, i)),
  ])
}

let sent = 0
const send = (url: string, path: string, expect: string, count: number, kind: Load): Promise<LoadResult> =>
  load({
    url: url + path,
    count,
    concurrency,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: () => report(sent++, kind.dumpBytes, kind.product),
    expect,
  })

/** Starts the edge and the bare handler in one workerd, with an inspector if `work` requests one. */
export async function withWorkerd<R>(
  dir: string,
  work: (url: string, inspector: URL) => Promise<R>,
): Promise<R> {
  const worker = await startLocalWorker({
    name: 'mayday-edge-bench',
    entry: 'test/edge/runtime/workerd/submit-baseline.ts',
    stateDir: dir,
    vars: { CRASH_ID_KEY: 'a key for benchmarks' },
    ...(work.length > 1 && { inspectorPort: await freePort() }),
  })
  try {
    return await work(worker.url, work.length > 1 ? await worker.inspectorUrl() : new URL(worker.url))
  } finally {
    await worker.stop()
  }
}

/** Ratio of reports per second, edge to bare handler, in alternating rounds. */
export async function besideBaseline(url: string, kind: Load): Promise<Record<string, unknown>> {
  await send(url, '/baseline', 'baseline/', kind.perRound, kind)
  await send(url, '/submit', 'CrashID=', kind.perRound, kind)
  const baseline: LoadResult[] = []
  const edge: LoadResult[] = []
  for (let round = 0; round < rounds; round++) {
    baseline.push(await send(url, '/baseline', 'baseline/', kind.perRound, kind))
    edge.push(await send(url, '/submit', 'CrashID=', kind.perRound, kind))
  }
  const [edgeRate, baselineRate] = [edge, baseline].map((results) => median(results.map((r) => r.perSecond)))
  return {
    reports_per_second: round1(edgeRate!),
    baseline_per_second: round1(baselineRate!),
    ratio: Number((edgeRate! / baselineRate!).toFixed(3)),
    p50_ms: round1(median(edge.map((r) => r.p50Ms))),
    p99_ms: round1(median(edge.map((r) => r.p99Ms))),
  }
}

/** Starts the edge in Deno with a folder store. */
export const withDeno = <R>(
  dir: string,
  env: Record<string, string>,
  work: (url: string, child: ChildProcess) => Promise<R>,
): Promise<R> =>
  withDenoServer(
    'edge/runtime/deno-server.ts',
    { HOST: '127.0.0.1', MAYDAY_STORE: `file:${dir}`, CRASH_ID_KEY: 'a key for benchmarks', ...env },
    work,
  )

export async function withDenoServer<R>(
  file: string,
  env: Record<string, string>,
  work: (url: string, child: ChildProcess) => Promise<R>,
): Promise<R> {
  const port = await freePort()
  const child = spawn(join(root, 'node_modules/.bin/deno'), ['run', '--allow-all', file], {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: 'ignore',
  })
  const ended = new Promise((done) => child.once('close', done))
  const url = `http://127.0.0.1:${port}`
  try {
    await waitFor(url)
    return await work(url, child)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** CPU time per report of all threads of the Deno process, and of the minimal handler, in alternating rounds. */
export function cpuPerReport(
  url: string,
  child: ChildProcess,
  dir: string,
  kind: Load,
): Promise<Record<string, unknown>> {
  return withDenoServer(
    'test/edge/runtime/deno/submit-baseline.ts',
    { FOLDER: dir },
    async (bareUrl, bare) => {
      const ends = [
        { url, path: '/submit', child, expect: kind.expect ?? 'CrashID=', rounds: [] as DenoRound[] },
        { url: bareUrl, path: '/', child: bare, expect: 'baseline/', rounds: [] as DenoRound[] },
      ]
      for (let round = -denoWarmUps; round < denoRounds; round++) {
        for (const end of ends) {
          const before = cpuMs(end.child)
          const result = await send(end.url, end.path, end.expect, kind.perRound, kind)
          if (round >= 0) end.rounds.push({ cpuMs: (cpuMs(end.child) - before) / kind.perRound, ...result })
        }
      }
      const [edge, baseline] = ends.map((end) => end.rounds)
      return {
        cpu_ms_per_report: round3(median(edge!.map((r) => r.cpuMs))),
        cpu_ms_in_best_round: round3(Math.min(...edge!.map((r) => r.cpuMs))),
        baseline_cpu_ms: round3(median(baseline!.map((r) => r.cpuMs))),
        baseline_cpu_ms_in_best_round: round3(Math.min(...baseline!.map((r) => r.cpuMs))),
        reports_per_second: round1(median(edge!.map((r) => r.perSecond))),
        p50_ms: round1(median(edge!.map((r) => r.p50Ms))),
        p99_ms: round1(median(edge!.map((r) => r.p99Ms))),
      }
    },
  )
}

type DenoRound = LoadResult & { cpuMs: number }
/** The engine optimizes hot code only after some thousand requests. */
const denoWarmUps = 6
const denoRounds = 7

/** User and system time of a process so far, in milliseconds (proc_pid_stat(5): fields 14 and 15). */
function cpuMs({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / clockTicksPerSecond
}

async function waitFor(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${url}/__lbheartbeat__`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await sleep(50)
  }
  throw new Error(`${url} did not start`)
}

export const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const round1 = (value: number) => Number(value.toFixed(1))
const round3 = (value: number) => Number(value.toFixed(3))

/** Runs `work` with a folder that is removed afterwards. */
export async function withTemporaryFolder<R>(work: (dir: string) => Promise<R>): Promise<R> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-bench-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
