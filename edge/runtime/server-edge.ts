// The edge of one machine, under Deno or Node: a folder or an S3 store, the dashboard from its folder.
import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers'
import { compress } from 'hono/compress'
import { present } from '../../shared/present.ts'
import { type OpenStores, openStores } from '../../shared/storage/open.node.ts'
import { resolveHost } from '../../shared/symbols/sources/resolve-host.node.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { createApp } from '../app.ts'
import type { EdgeDeps } from '../deps.ts'
import { type Config, readConfig } from '../config.ts'
import { type Client, clientOf } from '../lib/client-address.ts'
import { hasValidHost, isLoopback, problem } from '../lib/http.ts'
import { warnOfUnknownSettings } from '../lib/log.ts'
import type { BatchTools } from '../lib/batch-writer.ts'
import { createMetrics } from '../lib/metrics.ts'
import { clock, commonDeps, createBatched, log } from './common-deps.ts'
import { isLakeFileRequest } from '../reads/lake-files.ts'
import { isSymbolRequest } from '../symbols/answers.ts'
import { createRateLimiter } from './rate-limit.ts'
import { createStaticFiles } from './static.ts'

export interface ServerEdge {
  config: Config
  /** `peer`: address of the other end of the connection; null for a Unix socket. */
  fetch(request: Request, peer: string | null): Response | Promise<Response>
  /** Writes data that is only in memory and releases the stores. */
  close(): Promise<void>
}

/** What differs between runtimes and programs. */
export type ServerOptions = Pick<EdgeDeps, 'readsMustEnd' | 'api' | 'moreMetrics' | 'moreProblems'>

/**
 * Opens the stores and creates the app.
 * @param env settings and the credentials of the stores
 * @throws CrashError 'bad-config', 'bad-policy'
 */
export async function createServerEdge(
  env: Readonly<Record<string, string>>,
  options: ServerOptions = {},
): Promise<ServerEdge> {
  const config = readConfig(env)
  warnOfUnknownSettings(Object.keys(env), log)
  const { stores, close: closeStores } = await openOrCreate(config.store, env)
  const fallback = config.fallbackStore === null ? null : await openOrCreate(config.fallbackStore, env)
  const batched = createBatched(batchTools(config, stores))
  const clients = new WeakMap<Request, Client>()
  const peers = new WeakMap<Request, string>()
  const app = createApp({
    ...commonDeps(config, stores),
    ...present({ fallback: fallback?.stores.crashes }),
    metrics: createMetrics(),
    ...options,
    ...batched,
    maxIndexBytes: 128 * 1024 * 1024,
    resolveHost,
    isLocal: (request) => clients.get(request)?.local === true && isLoopback(request.url),
    maySubmit: limitPerMinute(config.ratePerMinute, clients),
    mayRead: limitPerMinute(config.readsPerMinute, clients),
    compress: compress({ encoding: 'gzip' }),
    forwardedFor: (request) => forwardedFor(request, peers.get(request), config),
    assets: createStaticFiles(readAsset),
  })
  return {
    config,
    fetch(request, peer) {
      if (!hasValidHost(request)) return problem(400, 'The Host header is not a valid host name')
      const asked = asGet(request)
      const client = clientOf(request.headers, peer, config)
      clients.set(asked, client)
      if (peer !== null) peers.set(asked, peer)
      // Any client can write any name into Host. A proxy on this machine may use such a name.
      if (!client.fromThisMachine && isLoopback(request.url)) return problem(421)
      return app.fetch(asked)
    },
    async close() {
      await batched.refusals.flush()
      await batched.audit.flush()
      await closeStores()
      await fallback?.close()
    },
  }
}

async function openOrCreate(url: string, env: Readonly<Record<string, string>>): Promise<OpenStores> {
  const opened = await openStores(url, env)
  if (opened.created) log('info', 'store_created', { url })
  return opened
}

const batchTools = ({ refusalsFlushMs }: Config, { crashes }: Stores): BatchTools => ({
  storage: crashes,
  log,
  schedule: (flush) => void setTimeout(flush, refusalsFlushMs).unref(),
  uniqueName: () => crypto.randomUUID(),
})

/**
 * These runtimes drop the body of a response to HEAD. Hono would do so before compression, and send other headers. The
 * symbol server, whose files are stored compressed, and files of the lake answer HEAD themselves.
 */
const asGet = (request: Request) =>
  request.method === 'HEAD' && !isSymbolRequest(request) && !isLakeFileRequest(request)
    ? new Request(request.url, { headers: request.headers })
    : request

function limitPerMinute(perMinute: number, clients: WeakMap<Request, Client>) {
  const limiter = createRateLimiter(perMinute, clock)
  return async (request: Request) => {
    const client = clients.get(request)
    return !client || client.local || limiter.take(client.key)
  }
}

/** The list of the proxies in front, and the peer. */
function forwardedFor(
  { headers }: Request,
  peer: string | undefined,
  { clientAddressHeader }: Config,
): string | null {
  const list = clientAddressHeader === null ? null : headers.get(clientAddressHeader)
  const entries = [list, peer].filter((entry) => entry !== null && entry !== undefined)
  return entries.length > 0 ? entries.join(', ') : null
}

const dashboard = new URL('../../dashboard/dist/', import.meta.url)

async function readAsset(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await readFile(new URL(path, dashboard))
  } catch {
    return null
  }
}
