// Bodies made to be expensive, compared with honest reports of the same size on the wire in the same run: CPU time,
// memory, and how long other clients wait for a response.
import { join } from 'node:path'
import { hostileShapes, type HostileShape } from '../support/hostile-shapes.ts'
import { withDeno, withTemporaryFolder, withWorkerd } from './edge.support.ts'
import { workerdProcesses } from './heap.support.ts'
import {
  type Answer,
  cpuMsOf,
  honestRequests,
  memoryMb,
  resetPeak,
  send,
  type WireRequest,
  wireRequest,
} from './hostile.support.ts'

const barRatio = 20
const barWaitMs = 250
const rounds = 3
const cpuMsPerRound = 80
const maxPerRound = 12
const warmUps = 150
/** Concurrent hostile requests while other clients wait. */
const attackers = 8
const attackMs = 1000

interface Target {
  url: string
  /** Process ID of the edge. */
  pid: number
}

interface Cost {
  cpuMs: number
  peakMb: number
  answer: Answer
}

/** Sends requests one after another; CPU time per request, and the peak memory above the initial level. */
async function costOf({ url, pid }: Target, requests: readonly WireRequest[]): Promise<Cost> {
  resetPeak(pid)
  const [memory, cpu] = [memoryMb(pid, 'VmRSS'), cpuMsOf([pid])]
  let answer: Answer | undefined
  for (const request of requests) answer = await send(url, request)
  return {
    cpuMs: (cpuMsOf([pid]) - cpu) / requests.length,
    peakMb: memoryMb(pid, 'VmHWM') - memory,
    answer: answer!,
  }
}

async function compare(target: Target, shape: HostileShape): Promise<Record<string, unknown>> {
  const hostile = wireRequest(shape)
  const size = hostile.bytes.length
  const first = await costOf(target, [hostile])
  const count = Math.min(maxPerRound, Math.max(2, Math.ceil(cpuMsPerRound / Math.max(first.cpuMs, 0.5))))
  const costs: { hostile: Cost; honest: Cost }[] = []
  for (let round = 0; round < rounds; round++) {
    costs.push({
      honest: await costOf(target, honestRequests(shape, size, maxPerRound)),
      hostile: await costOf(target, Array(count).fill(hostile)),
    })
  }
  const cpu = (kind: 'honest' | 'hostile') => median(costs.map((cost) => cost[kind].cpuMs))
  const peak = (kind: 'honest' | 'hostile') => Math.max(...costs.map((cost) => cost[kind].peakMb))
  const { status, text } = costs[0]!.hostile.answer
  return {
    wire_bytes: size,
    answer: `${status} ${text.replace(/[0-9a-f]{8}-[0-9a-f-]+/, '…')}`,
    honest_answer: costs[0]!.honest.answer.status,
    cpu_us_per_wire_kb: round1((cpu('hostile') * 1e6) / size),
    honest_cpu_us_per_wire_kb: round1((cpu('honest') * 1e6) / size),
    ratio: round1(cpu('hostile') / cpu('honest')),
    peak_mb: round1(peak('hostile')),
    honest_peak_mb: round1(peak('honest')),
    ...(await waitMeanwhile(target, hostile)),
  }
}

/** The longest times of an honest report and of a heartbeat while hostile requests are in flight. */
async function waitMeanwhile({ url }: Target, hostile: WireRequest): Promise<Record<string, unknown>> {
  const until = performance.now() + attackMs
  const attack = async () => {
    while (performance.now() < until) await send(url, hostile)
  }
  const attacks = Array.from({ length: attackers }, attack)
  const shape: HostileShape = { name: 'honest', headers: {}, body: () => new Uint8Array() }
  const reports = honestRequests(shape, 20_000, 60)
  const waits = { report: 0, heartbeat: 0 }
  for (let i = 0; performance.now() < until; i++) {
    waits.report = Math.max(waits.report, (await send(url, reports[i % reports.length]!)).ms)
    const started = performance.now()
    await (await fetch(`${url}/__lbheartbeat__`)).arrayBuffer()
    waits.heartbeat = Math.max(waits.heartbeat, performance.now() - started)
  }
  await Promise.all(attacks)
  return { report_wait_ms: round1(waits.report), heartbeat_wait_ms: round1(waits.heartbeat) }
}

async function compareAll(runtime: string, target: Target): Promise<Record<string, unknown>> {
  const shapes = hostileShapes.filter(({ name }) => `${runtime}: ${name}`.includes(process.env.HOSTILE ?? ''))
  const shape: HostileShape = { name: 'honest', headers: {}, body: () => new Uint8Array() }
  await costOf(target, honestRequests(shape, 60_000, warmUps))
  const results: Record<string, Record<string, unknown>> = {}
  for (const one of shapes) {
    const result = await compare(target, one)
    results[one.name] = result
    const { ratio, report_wait_ms: report, heartbeat_wait_ms: heartbeat } = result
    process.stderr.write(`bench: hostile: ${runtime}: ${one.name}: ${ratio}, ${report} ms, ${heartbeat} ms\n`)
  }
  const all = Object.values(results)
  const worst = (key: string) => Math.max(...all.map((result) => result[key] as number))
  return {
    bar_ratio: barRatio,
    worst_ratio: worst('ratio'),
    bar_wait_ms: barWaitMs,
    worst_report_wait_ms: worst('report_wait_ms'),
    worst_heartbeat_wait_ms: worst('heartbeat_wait_ms'),
    ...results,
  }
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
const round1 = (value: number) => Number(value.toFixed(1))

/** `HOSTILE=text` measures only shapes whose label contains the text, such as `deno: gzip: 500 names`. */
export const run = (): Promise<Record<string, unknown>> =>
  withTemporaryFolder(async (dir) => ({
    deno: await withDeno(join(dir, 'deno'), {}, (url, { pid }) => compareAll('deno', { url, pid: pid! })),
    workerd: await withWorkerd(join(dir, 'workerd'), (url) =>
      compareAll('workerd', { url, pid: largestOf(workerdProcesses()) }),
    ),
  }))

const largestOf = (pids: readonly number[]) =>
  pids.toSorted((a, b) => memoryMb(b, 'VmRSS') - memoryMb(a, 'VmRSS'))[0]!
