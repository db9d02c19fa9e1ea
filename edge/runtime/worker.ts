// The entry for Cloudflare Workers: bindings become dependencies.
import { waitUntil } from 'cloudflare:workers'
import { present } from '../../shared/present.ts'
import { createR2Storage } from '../../shared/storage/r2.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { addressKey } from '../lib/client-address.ts'
import { isLoopback, problem } from '../lib/http.ts'
import { describeError, warnOfUnknownSettings } from '../lib/log.ts'
import { createMetrics } from '../lib/metrics.ts'
import { createPointWriter } from './analytics.ts'
import { commonDeps, createBatched, log, sleep, logged } from './common-deps.ts'

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

// The route retries writes, because it knows the remaining time.
const storageOf = (bucket: R2Bucket): Storage => createR2Storage(bucket, { attempts: 1 })

function createWorkerApp(env: Env) {
  const config = readConfig({ ...env })
  warnOfUnknownSettings(Object.keys(env), log)
  const crashes = storageOf(env.CRASHES)
  const batches = {
    ...{ storage: crashes, log },
    // A Worker may run for 30 s after its last response:
    // https://developers.cloudflare.com/workers/runtime-apis/context/
    schedule: (flush: () => Promise<void>) => waitUntil(sleep(config.refusalsFlushMs).then(flush)),
    uniqueName: () => crypto.randomUUID(),
  }
  return createApp({
    ...commonDeps(config, { crashes, lake: storageOf(env.LAKE), symbols: storageOf(env.SYMBOLS) }),
    ...present({ fallback: env.FALLBACK && storageOf(env.FALLBACK) }),
    metrics: createMetrics(env.METRICS && createPointWriter(env.METRICS)),
    ...createBatched(batches),
    background: (work) => waitUntil(logged(work)),
    maxIndexBytes,
    isLocal: (request) => isLoopback(request.url),
    maySubmit: (request) => isWithin(env.SUBMIT_LIMIT, request),
    mayRead: (request) => isWithin(env.READ_LIMIT, request),
    forwardedFor: (request) => request.headers.get('cf-connecting-ip'),
    assets: async (request) => (env.ASSETS ? env.ASSETS.fetch(request) : new Response(null, { status: 404 })),
  })
}

/** Parsing takes up to 20 times the text. */
const maxIndexBytes = 4 * 1024 * 1024

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
