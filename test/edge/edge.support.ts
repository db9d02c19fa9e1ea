// An edge in memory for tests, with a fixed clock and access to its log and store.

import { createAuditLog } from '../../edge/access/audit-log.ts'
import { createTokenSource } from '../../edge/access/token-source.ts'
import { createApp } from '../../edge/app.ts'
import { readConfig } from '../../edge/config.ts'
import type { EdgeDeps } from '../../edge/deps.ts'
import { isLoopback } from '../../edge/lib/http.ts'
import { createLog } from '../../edge/lib/log.ts'
import { createBudget } from '../../edge/lib/memory-budget.ts'
import { createMetrics } from '../../edge/lib/metrics.ts'
import { startTimer } from '../../edge/lib/timer.ts'
import { createTurns, nextLoopTurn } from '../../edge/lib/turns.ts'
import { createPolicySource } from '../../edge/submit/policy.ts'
import { createRefusalCounter } from '../../edge/submit/refusal-counter.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { rawPrefix } from '../../shared/keys.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import { createMemoryStorage } from '../../shared/storage/memory.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createTestTime, type TestTime } from '../support/test-time.ts'

export const submitToken = 'submit-token-0123456789'
export const readToken = 'read-token-0123456789'
export const startTime = new Date('2011-09-06T00:00:00Z')

/** Gives the edge a clock that only the test advances. */
export function useTestTime({ deps }: TestEdge): TestTime {
  const time = createTestTime()
  const { clock, startTimer, sleep } = time
  Object.assign(deps, { clock, startTimer, sleep, turns: createTurns({ startTimer, nextLoopTurn }) })
  return time
}

export interface TestEdge {
  deps: EdgeDeps
  crashes: Storage
  lake: Storage
  logs: Record<string, unknown>[]
  setTime(date: Date): void
  fetch(request: Request): Promise<Response>
  /** Sends a request; returns status and body. */
  ask(request: Request): Promise<{ status: number; text: string; headers: Headers }>
  /** Every stored report, by crash ID. */
  stored(): Promise<Map<string, ReturnType<typeof readStoredReport>>>
}

/** `env` overrides settings; `wrap` adds faults to the store; `store` replaces the one in memory. */
export function createTestEdge(
  env: Readonly<Record<string, string>> = {},
  wrap: (storage: Storage) => Storage = (storage) => storage,
  store?: Storage,
): TestEdge {
  const crashes = store ?? createMemoryStorage(() => now)
  const wrapped = wrap(crashes)
  const lake = createMemoryStorage(() => now)
  const logs: Record<string, unknown>[] = []
  let now = startTime
  let ticks = 0
  const config = readConfig({
    CRASH_ID_KEY: 'the key of the tests',
    SUBMIT_TOKEN: submitToken,
    READ_TOKEN: readToken,
    ...env,
  })
  const log = createLog(
    (line) => logs.push(JSON.parse(line)),
    () => now,
  )
  const clock = () => ticks++
  let batches = 0
  const batchTools = {
    ...{ storage: wrapped, log, schedule: () => {} },
    uniqueName: () => `batch-${batches++}`,
  }
  const deps: EdgeDeps = {
    config,
    stores: { crashes: wrapped, lake, symbols: createMemoryStorage() },
    codecs: nodeCodecs,
    policy: createPolicySource(config.policy, { storage: crashes, log: () => {}, clock }),
    tokens: createTokenSource({ config, storage: wrapped, codecs: nodeCodecs, log, clock }),
    log,
    metrics: createMetrics(),
    budget: createBudget(config.budgetMb * 1024 * 1024),
    refusals: createRefusalCounter(batchTools),
    audit: createAuditLog({ ...batchTools, now: () => now }),
    isLocal: (request) => isLoopback(request.url),
    maySubmit: async () => true,
    mayRead: async () => true,
    forwardedFor: () => '192.0.2.1',
    assets: async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    now: () => now,
    clock,
    sleep: async (ms) => {
      ticks += ms
    },
    startTimer,
    background: (work) => void work,
    maxIndexBytes: 1024 * 1024,
    turns: createTurns({ startTimer, nextLoopTurn }),
    random: () => 0.5,
  }
  const app = createApp(deps)
  const fetch = async (request: Request) => app.fetch(request)
  return {
    deps,
    crashes,
    lake,
    logs,
    setTime: (date) => {
      now = date
    },
    fetch,
    async ask(request) {
      const response = await fetch(request)
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
    async stored() {
      const reports = new Map<string, ReturnType<typeof readStoredReport>>()
      for await (const { key } of crashes.list(rawPrefix())) {
        const object = await crashes.get(key)
        reports.set(key.split('/').at(-1)!, readStoredReport(await object!.bytes(), nodeCodecs))
      }
      return reports
    },
  }
}
