// The entry for `deno serve`: a folder or an S3 store, the dashboard from its folder. Its end: `deno-server.ts`.
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { createApp } from '../app.ts'
import { createBudget } from '../lib/memory-budget.ts'
import { readConfig } from '../config.ts'
import { isLoopback, problem } from '../lib/http.ts'
import { createLog } from '../lib/log.ts'
import { createMetrics } from '../lib/metrics.ts'
import { createPolicySource } from '../submit/policy.ts'
import { createRateLimiter } from './rate-limit.ts'
import { createRefusalCounter } from '../submit/refusal-counter.ts'
import { type AssetFile, createStaticFiles } from './static.ts'

const dashboard = new URL('../../dashboard/dist/', import.meta.url)

const now = () => new Date()
const clock = () => performance.now()
const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
const env = Deno.env.toObject()
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

/** Deno up to 2.9.5 keeps a read that had not ended when the answer was given, and all that hangs on it. */
const [major, minor, patch] = Deno.version.deno.split('.').map(Number) as [number, number, number]
const readsMustEnd = major < 2 || (major === 2 && (minor < 9 || (minor === 9 && patch < 6)))

const app = createApp({
  config,
  stores,
  ...(aside && { fallback: aside.stores.crashes }),
  codecs: nodeCodecs,
  policy: createPolicySource(config.policy, { storage: stores.crashes, log, clock }),
  log,
  metrics: createMetrics(),
  readsMustEnd,
  budget: createBudget(config.budgetMb * 1024 * 1024),
  refusals,
  maySubmit: async (request) => {
    const client = clientOf(request)
    return client === null || limiter.take(client)
  },
  assets: createStaticFiles(readAsset),
  now,
  clock,
  sleep,
  random: Math.random,
})

async function readAsset(path: string): Promise<AssetFile | null> {
  const file = fileURLToPath(new URL(path, dashboard))
  try {
    const { mtimeMs, size } = await stat(file)
    return {
      bytes: await readFile(file),
      version: `${Math.round(mtimeMs).toString(36)}-${size.toString(36)}`,
    }
  } catch {
    return null
  }
}

const peers = new WeakMap<Request, string>()
/** The header by which this process tells itself who a client of its other port is; nobody else knows it. */
const peerHeader = `x-peer-${crypto.randomUUID()}`

/** The client's address, only to count by; null for this machine itself, as when a proxy stands in front. */
function clientOf(request: Request): string | null {
  const told = config.clientAddressHeader && request.headers.get(config.clientAddressHeader)
  if (told) return told
  const peer = peers.get(request) ?? null
  return peer === null || isThisMachine(peer) ? null : peer
}

const isThisMachine = (address: string) => address === '::1' || address.startsWith('127.')

/** Writes what is only in memory and releases the store. */
async function close(): Promise<void> {
  await refusals.flush()
  await closeStores()
  await aside?.close()
}

/** For `deno-server.ts`, which listens by itself. */
export { close, config, log, peerHeader, sleep }

export default {
  fetch(request: Request, info?: Deno.ServeHandlerInfo) {
    const direct = info?.remoteAddr.transport === 'tcp' ? info.remoteAddr.hostname : null
    const peer = request.headers.get(peerHeader) ?? direct
    if (peer !== null) peers.set(request, peer)
    // Anyone can write any name into Host; what is for this machine only goes by it.
    if (peer !== null && !isThisMachine(peer) && isLoopback(request.url)) return problem(421)
    return app.fetch(request)
  },
} satisfies Deno.ServeDefaultExport
