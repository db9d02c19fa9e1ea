// The entry for Cloudflare Workers: bindings become dependencies.
import { nodeCodecs } from '../shared/report/codecs.node.ts'
import { createR2Storage } from '../shared/storage/r2.ts'
import type { Storage } from '../shared/storage/storage.ts'
import { createApp } from './app.ts'
import { readConfig } from './config.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { fixedPolicy } from './policy.ts'

/** What wrangler.toml binds; settings and secrets stand beside it as text. */
export interface Env {
  CRASHES: R2Bucket
  LAKE: R2Bucket
  SYMBOLS: R2Bucket
  /** Absent where the Worker was deployed without the dashboard. */
  ASSETS?: Fetcher
}

// Writes are tried again by the route that knows how much time it has.
const storageOf = (bucket: R2Bucket): Storage => createR2Storage(bucket, { attempts: 1 })

function createWorkerApp(env: Env) {
  const now = () => new Date()
  const config = readConfig(env as unknown as Record<string, unknown>)
  return createApp({
    config,
    stores: {
      crashes: storageOf(env.CRASHES),
      lake: storageOf(env.LAKE),
      symbols: storageOf(env.SYMBOLS),
    },
    codecs: nodeCodecs,
    policy: fixedPolicy(config.policy),
    log: createLog((line) => console.log(line), now),
    metrics: createMetrics(),
    assets: async (request) => (env.ASSETS ? env.ASSETS.fetch(request) : new Response(null, { status: 404 })),
    now,
    clock: () => performance.now(),
    sleep: (ms) => new Promise((resume) => setTimeout(resume, ms)),
    random: Math.random,
  })
}

/** One app per isolate, which has one environment. */
let app: ReturnType<typeof createWorkerApp> | undefined

export default {
  fetch(request, env, context) {
    app ??= createWorkerApp(env)
    return app.fetch(request, env, context)
  },
} satisfies ExportedHandler<Env>
