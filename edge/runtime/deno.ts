// The edge for Deno: a folder or an S3 store, the dashboard from its folder. `deno-server.ts` adds an orderly shutdown.
import { readFile } from 'node:fs/promises'
import { compress } from 'hono/compress'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { createApp } from '../app.ts'
import { createBudget } from '../lib/memory-budget.ts'
import { type Config, readConfig } from '../config.ts'
import { isLoopback, problem } from '../lib/http.ts'
import { createLog, type Log } from '../lib/log.ts'
import { createMetrics } from '../lib/metrics.ts'
import { createPolicySource } from '../submit/policy.ts'
import { createRateLimiter } from './rate-limit.ts'
import { createRefusalCounter } from '../submit/refusal-counter.ts'
import { createStaticFiles } from './static.ts'

export interface DenoEdge {
  config: Config
  log: Log
  /** Name of the header in which this process passes the address of a client of its HTTP/1.0 port to itself. */
  peerHeader: string
  fetch(request: Request, info?: Deno.ServeHandlerInfo): Response | Promise<Response>
  /** Writes what is only in memory and releases the stores. */
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
  const { stores, close: closeStores } = await openStores(config.store, env)
  const aside = config.fallbackStore === null ? null : await openStores(config.fallbackStore, env)
  const limiter = createRateLimiter(config.ratePerMinute, clock)
  const refusals = createRefusalCounter({
    storage: stores.crashes,
    log,
    schedule: (flush) => Deno.unrefTimer(setTimeout(flush, config.refusalsFlushMs)),
    uniqueName: () => crypto.randomUUID(),
  })
  const peers = new WeakMap<Request, string>()
  // Nobody else knows the name.
  const peerHeader = `x-peer-${crypto.randomUUID()}`
  const app = createApp({
    config,
    stores,
    ...(aside && { fallback: aside.stores.crashes }),
    codecs: nodeCodecs,
    policy: createPolicySource(config.policy, { storage: stores.crashes, log, clock }),
    log,
    metrics: createMetrics(),
    readsMustEnd: leaksPendingReads(),
    budget: createBudget(config.budgetMb * 1024 * 1024),
    refusals,
    maySubmit: async (request) => {
      const client = clientOf(request, config, peers)
      return client === null || limiter.take(client)
    },
    compress: compress({ encoding: 'gzip' }),
    assets: createStaticFiles(readAsset),
    now,
    clock,
    sleep,
    random: Math.random,
  })
  return {
    config,
    log,
    peerHeader,
    fetch(request, info) {
      const direct = info?.remoteAddr.transport === 'tcp' ? info.remoteAddr.hostname : null
      const peer = request.headers.get(peerHeader) ?? direct
      if (peer !== null) peers.set(request, peer)
      // Anyone can write any name into Host; what is for this machine only goes by it.
      if (peer !== null && !isThisMachine(peer) && isLoopback(request.url)) return problem(421)
      return app.fetch(request)
    },
    async close() {
      await refusals.flush()
      await closeStores()
      await aside?.close()
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

/** The client's address, only to count by; null for this machine itself, as when a proxy stands in front. */
function clientOf(request: Request, config: Config, peers: WeakMap<Request, string>): string | null {
  const told = config.clientAddressHeader && request.headers.get(config.clientAddressHeader)
  if (told) return told
  const peer = peers.get(request) ?? null
  return peer === null || isThisMachine(peer) ? null : peer
}

const isThisMachine = (address: string) => address === '::1' || address.startsWith('127.')

let served: Promise<DenoEdge> | undefined

/** For `deno serve edge/runtime/deno.ts`, which reads the settings at the first request. */
export default {
  async fetch(request: Request, info?: Deno.ServeHandlerInfo) {
    served ??= createDenoEdge(Deno.env.toObject())
    return (await served).fetch(request, info)
  },
} satisfies Deno.ServeDefaultExport
