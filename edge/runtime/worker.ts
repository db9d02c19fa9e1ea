// The entry for Cloudflare Workers: bindings become dependencies.
import { waitUntil } from 'cloudflare:workers'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { createR2Storage } from '../../shared/storage/r2.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createPointWriter } from './analytics.ts'
import { createApp } from '../app.ts'
import { createBudget } from '../lib/memory-budget.ts'
import { readConfig } from '../config.ts'
import { addressKey } from '../lib/client-address.ts'
import { isLoopback, problem } from '../lib/http.ts'
import { createLog, describeError, warnOfUnknownSettings } from '../lib/log.ts'
import { createMetrics } from '../lib/metrics.ts'
import { startTimer } from '../lib/timer.ts'
import { createTurns, nextLoopTurn } from '../lib/turns.ts'
import { createPolicySource } from '../submit/policy.ts'
import { createRefusalCounter } from '../submit/refusal-counter.ts'
import { present } from '../../shared/present.ts'

/** The bindings of wrangler.toml; settings and secrets are text members next to them. */
export interface Env {
  CRASHES: R2Bucket
  LAKE: R2Bucket
  SYMBOLS: R2Bucket
  /** The fallback store. Absent: none. */
  FALLBACK?: R2Bucket
  /** Absent where the Worker was deployed without the dashboard. */
  ASSETS?: Fetcher
  /** Absent: no rate limit. */
  SUBMIT_LIMIT?: RateLimit
  READ_LIMIT?: RateLimit
  /** Absent: metrics are only kept in memory. */
  METRICS?: AnalyticsEngineDataset
}

const now = () => new Date()
const clock = () => performance.now()
const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
// The route retries writes, because it knows the remaining time.
const storageOf = (bucket: R2Bucket): Storage => createR2Storage(bucket, { attempts: 1 })

const log = createLog((line) => console.log(line), now)

function createWorkerApp(env: Env) {
  const config = readConfig(env as unknown as Record<string, unknown>)
  warnOfUnknownSettings(Object.keys(env), log)
  const crashes = storageOf(env.CRASHES)
  return createApp({
    config,
    stores: { crashes, lake: storageOf(env.LAKE), symbols: storageOf(env.SYMBOLS) },
    ...present({ fallback: env.FALLBACK && storageOf(env.FALLBACK) }),
    codecs: nodeCodecs,
    policy: createPolicySource(config.policy, { storage: crashes, log, clock }),
    log,
    metrics: createMetrics(env.METRICS && createPointWriter(env.METRICS)),
    minReadBytes: 64,
    budget: createBudget(config.budgetMb * 1024 * 1024),
    refusals: createRefusalCounter({
      storage: crashes,
      log,
      // A Worker may run for 30 s after its last response:
      // https://developers.cloudflare.com/workers/runtime-apis/context/
      schedule: (flush) => waitUntil(sleep(config.refusalsFlushMs).then(flush)),
      uniqueName: () => crypto.randomUUID(),
    }),
    isLocal: (request) => isLoopback(request.url),
    maySubmit: (request) => isWithin(env.SUBMIT_LIMIT, request),
    mayRead: (request) => isWithin(env.READ_LIMIT, request),
    assets: async (request) => (env.ASSETS ? env.ASSETS.fetch(request) : new Response(null, { status: 404 })),
    now,
    clock,
    sleep,
    startTimer,
    turns: createTurns({ startTimer, nextLoopTurn }),
    random: Math.random,
  })
}

/** The address is only the key of a counter in the platform's memory. */
async function isWithin(limit: RateLimit | undefined, request: Request): Promise<boolean> {
  const client = request.headers.get('cf-connecting-ip')
  if (!limit || client === null || isLoopback(request.url)) return true
  const { success } = await limit.limit({ key: addressKey(client) })
  return success
}

/** One app per isolate, which has one environment; null for an invalid one. */
let app: ReturnType<typeof createWorkerApp> | null | undefined

function openApp(env: Env) {
  try {
    return createWorkerApp(env)
  } catch (error) {
    log('error', 'not_started', { error: describeError(error) })
    return null
  }
}

export default {
  fetch(request, env, context) {
    if (app === undefined) app = openApp(env)
    if (!app) return problem(500)
    const answer = Promise.resolve(app.fetch(request, env, context))
    // When the client leaves, the request still runs to its end, and frees its memory.
    context.waitUntil(answer.catch(() => {}))
    return answer
  },
} satisfies ExportedHandler<Env>
