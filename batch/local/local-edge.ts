// The edge on the local Workers runtime (workerd), started from a program: bundles edge/runtime/worker.ts, keeps R2 on disk.
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CrashError } from '../../shared/errors.ts'
import { own } from '../../shared/own.ts'

const projectRoot = resolve(import.meta.dirname, '../..')
/** Where wrangler keeps the state of a local Worker unless told otherwise; batch calls it `r2:local`. */
export const defaultStateDir = resolve(projectRoot, '.wrangler/state')
const readyWithinMs = 60_000

/** Settings of the edge that the commands hand on from the environment when they are set. */
export const edgeSettings = [
  'CRASH_ID_KEY',
  'MAYDAY_POLICY',
  'SUBMIT_PATHS',
  'SUBMIT_TOKEN',
  'READ_TOKEN',
  'OPERATOR_TOKEN',
  'BODY_TIMEOUT_MS',
  'STORE_TIMEOUT_MS',
  'REFUSALS_FLUSH_MS',
  'BUDGET_MB',
  'RATE_PER_MINUTE',
  'READS_PER_MINUTE',
  'CLIENT_ADDRESS_HEADER',
  'TRUSTED_PROXY_HOPS',
  'MAYDAY_VERSION',
] as const

/** Those of `edgeSettings` that `env` has. */
export const edgeVars = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(edgeSettings.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))

export interface LocalEdgeOptions {
  /** 0: any free port. */
  port: number
  /** Folder whose `v3` subfolder holds the state of R2: what wrangler calls `--persist-to`. */
  stateDir: string
  /** Variables and secrets of the Worker, over those of wrangler.toml. */
  vars?: Readonly<Record<string, string>>
  /** Also print the Worker's log lines. */
  verbose?: boolean
}

export interface LocalEdge extends AsyncDisposable {
  /** Without a slash at the end. */
  url: string
  stop(): Promise<void>
}

/**
 * Starts the edge and waits until it answers. Needs no network and asks nothing.
 * Throws CrashError('bad-usage') when the port cannot be had, CrashError('timeout') when it does not come up.
 */
export async function startLocalEdge(options: LocalEdgeOptions): Promise<LocalEdge> {
  const port = await claimPort(options.port)
  quietWrangler()
  const { unstable_startWorker } = await import('wrangler')
  const worker = await unstable_startWorker({
    config: resolve(projectRoot, 'wrangler.toml'),
    bindings: Object.fromEntries(
      Object.entries(options.vars ?? {}).map(([name, value]) => [name, { type: 'plain_text', value }]),
    ),
    dev: {
      persist: resolve(options.stateDir),
      server: { hostname: '127.0.0.1', port },
      watch: false,
      inspector: false,
      logLevel: options.verbose ? 'log' : 'error',
    },
  })
  const url = `http://127.0.0.1:${port}`
  try {
    await waitUntilReady(url)
  } catch (error) {
    await worker.dispose()
    throw error
  }
  const stop = () => worker.dispose()
  return { url, stop, [Symbol.asyncDispose]: stop }
}

/** Wrangler by itself asks the network for usage metrics, location and updates; a local edge needs none of it. */
function quietWrangler(): void {
  Object.assign(process.env, {
    WRANGLER_SEND_METRICS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  })
}

/** The port if it is free; a free one for 0. */
function claimPort(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', (error) => fail(portError(port, error)))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** Why a port cannot be listened on, and what to do. */
export function portError(port: number, cause: NodeJS.ErrnoException): CrashError {
  const choose = 'choose another with --port or $PORT'
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use; ${choose}`,
    EACCES: `Port ${port} may not be opened by this user, as is usual below 1024; ${choose}`,
  }
  const message = own(reasons, cause.code ?? '') ?? `Port ${port} cannot be opened: ${cause.message}`
  return new CrashError('bad-usage', message, { cause })
}

async function waitUntilReady(url: string): Promise<void> {
  const until = performance.now() + readyWithinMs
  let last = 'no answer'
  while (performance.now() < until) {
    try {
      const response = await fetch(`${url}/__lbheartbeat__`, { signal: AbortSignal.timeout(5000) })
      await response.body?.cancel()
      if (response.ok) return
      last = `HTTP ${response.status}`
    } catch (error) {
      last = (error as Error).message
    }
    await sleep(50)
  }
  throw new CrashError('timeout', `The edge did not come up within ${readyWithinMs / 1000} s: ${last}`)
}

/**
 * Resolves at the next Ctrl-C or request to end; a further one kills the program. Wrangler's own listeners, which end
 * the program at once, are removed, so that the caller can stop the edge in order.
 */
export function untilInterrupted(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const
  return new Promise((done) => {
    for (const signal of signals) {
      process.removeAllListeners(signal)
      process.once(signal, () => {
        for (const other of signals) process.removeAllListeners(other)
        done()
      })
    }
  })
}
