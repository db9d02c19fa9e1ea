// The edge for Deno: a folder or an S3 store, the dashboard from its folder. `deno-server.ts` adds an orderly
// shutdown.
import { readFile } from 'node:fs/promises'
import { compress } from 'hono/compress'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { createApp } from '../app.ts'
import { createBudget } from '../lib/memory-budget.ts'
import { type Config, readConfig } from '../config.ts'
import { type Client, clientOf } from '../lib/client-address.ts'
import { hasValidHost, isLoopback, problem } from '../lib/http.ts'
import { createLog, type Log, warnOfUnknownSettings } from '../lib/log.ts'
import { createMetrics } from '../lib/metrics.ts'
import { startTimer } from '../lib/timer.ts'
import { createTurns, nextLoopTurn } from '../lib/turns.ts'
import { createPolicySource } from '../submit/policy.ts'
import { createRateLimiter, type RateLimiter } from './rate-limit.ts'
import { createRefusalCounter } from '../submit/refusal-counter.ts'
import { createStaticFiles } from './static.ts'
import { present } from '../../shared/present.ts'

export interface DenoEdge {
  config: Config
  log: Log
  /** `peer`: address of the other end of the connection; null for a Unix socket. */
  fetch(request: Request, peer: string | null): Response | Promise<Response>
  /** Writes data that is only in memory and releases the stores. */
  close(): Promise<void>
}

const now = () => new Date()
const clock = () => performance.now()
const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))

/**
 * Opens the stores and creates the app.
 * @param env settings and the credentials of the stores
 * @throws CrashError 'bad-config', 'bad-policy'
 */
export async function createDenoEdge(env: Readonly<Record<string, string>>): Promise<DenoEdge> {
  const config = readConfig(env)
  const log = createLog((line) => console.log(line), now)
  warnOfUnknownSettings(Object.keys(env), log)
  const { stores, close: closeStores } = await openStores(config.store, env)
  const fallback = config.fallbackStore === null ? null : await openStores(config.fallbackStore, env)
  const refusals = createRefusalCounter({
    storage: stores.crashes,
    log,
    schedule: (flush) => Deno.unrefTimer(setTimeout(flush, config.refusalsFlushMs)),
    uniqueName: () => crypto.randomUUID(),
  })
  const clients = new WeakMap<Request, Client>()
  const isWithin = (limit: RateLimiter) => async (request: Request) => {
    const client = clients.get(request)
    return !client || client.local || limit.take(client.key)
  }
  const app = createApp({
    config,
    stores,
    ...present({ fallback: fallback?.stores.crashes }),
    codecs: nodeCodecs,
    policy: createPolicySource(config.policy, { storage: stores.crashes, log, clock }),
    log,
    metrics: createMetrics(),
    readsMustEnd: leaksPendingReads(),
    minReadBytes: 64,
    budget: createBudget(config.budgetMb * 1024 * 1024),
    refusals,
    isLocal: (request) => clients.get(request)?.local === true && isLoopback(request.url),
    maySubmit: isWithin(createRateLimiter(config.ratePerMinute, clock)),
    mayRead: isWithin(createRateLimiter(config.readsPerMinute, clock)),
    compress: compress({ encoding: 'gzip' }),
    assets: createStaticFiles(readAsset),
    now,
    clock,
    sleep,
    startTimer,
    turns: createTurns({ startTimer, nextLoopTurn }),
    random: Math.random,
  })
  return {
    config,
    log,
    fetch(request, peer) {
      if (!hasValidHost(request)) return problem(400, 'The Host header is not a valid host name')
      // Deno drops the body of a response to HEAD. Hono would do so before compression, and send other headers.
      const asked =
        request.method === 'HEAD' ? new Request(request.url, { headers: request.headers }) : request
      const client = clientOf(request.headers, peer, config)
      clients.set(asked, client)
      // Any client can write any name into Host. A proxy on this machine may use such a name.
      if (!client.fromThisMachine && isLoopback(request.url)) return problem(421)
      return app.fetch(asked)
    },
    async close() {
      await refusals.flush()
      await closeStores()
      await fallback?.close()
    },
  }
}

/** Deno before 2.9.6 leaks a read that is pending when the response is sent. */
function leaksPendingReads(): boolean {
  const [major, minor, patch] = Deno.version.deno.split('.').map(Number) as [number, number, number]
  return major < 2 || (major === 2 && (minor < 9 || (minor === 9 && patch < 6)))
}

const dashboard = new URL('../../dashboard/dist/', import.meta.url)

async function readAsset(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await readFile(new URL(path, dashboard))
  } catch {
    return null
  }
}

/** For `DenoEdge.fetch`. */
export const peerOf = (info: Deno.ServeHandlerInfo): string | null =>
  info.remoteAddr.transport === 'tcp' ? info.remoteAddr.hostname : null

let served: Promise<DenoEdge> | undefined

/** For `deno serve edge/runtime/deno.ts`, which reads the settings at the first request. */
export default {
  async fetch(request: Request, info: Deno.ServeHandlerInfo) {
    served ??= createDenoEdge(Deno.env.toObject())
    return (await served).fetch(request, peerOf(info))
  },
} satisfies Deno.ServeDefaultExport
