// Runs the edge on the local Workers runtime (workerd): edge/runtime/worker.ts with R2 on disk.
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { CrashError } from '../../shared/errors.ts'
import { own } from '../../shared/own.ts'
import { present } from '../../shared/present.ts'
import { edgeSettings, findUnknownSettings } from '../../shared/settings.ts'
import { startLocalWorker } from '../../shared/storage/local-runtime.node.ts'

/** Settings of the edge present in `env`. */
export const edgeVars = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(edgeSettings.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))

export interface LocalEdgeOptions {
  /** 0: any free port. */
  port: number
  /** Folder whose `v3` subfolder contains the R2 state, as with wrangler's `--persist-to`. */
  stateDir: string
  /** Variables and secrets of the Worker; they override wrangler.toml. */
  vars?: Readonly<Record<string, string>>
  /** Also print the Worker's log lines. */
  verbose?: boolean
}

export interface LocalEdge extends AsyncDisposable {
  /** Without a trailing slash. */
  url: string
  stop(): Promise<void>
}

const logWithinMs = 5000

/**
 * Starts the edge and waits until it listens. Needs no network, asks no questions.
 * @throws CrashError 'bad-usage' when the port is not available, 'bad-config', 'timeout'
 */
export async function startLocalEdge(options: LocalEdgeOptions): Promise<LocalEdge> {
  const port = await claimPort(options.port)
  const failure = Promise.withResolvers<string>()
  const { url, stop } = await startLocalWorker({
    name: 'mayday-edge',
    entry: 'edge/runtime/worker.ts',
    front: 'edge/runtime/local-front.ts',
    stateDir: options.stateDir,
    port,
    ...present({ vars: options.vars }),
    onLog: (line) => {
      const reason = startFailureOf(line)
      if (reason !== null) failure.resolve(reason)
      if (options.verbose) process.stdout.write(`${line}\n`)
    },
  })
  const { ok } = await fetch(`${url}/__lbheartbeat__`)
  if (!ok) {
    // The log may arrive after the response.
    const reason = await Promise.race([failure.promise, sleep(logWithinMs, null, { ref: false })])
    await stop()
    throw new CrashError('bad-config', reason ?? 'The edge does not start: see the log of `mayday edge`')
  }
  return { url, stop, [Symbol.asyncDispose]: stop }
}

/** Why the Worker does not start, from a line of its log; null for every other line. */
function startFailureOf(line: string): string | null {
  const match = /"event":"not_started","error":("(?:[^"\\]|\\.)*")/.exec(line)
  return match && String(JSON.parse(match[1]!)).replace(/^CrashError: /, '')
}

/** Prints the names in `env` that look like settings and are none. */
export function warnOfUnknownSettings(env: NodeJS.ProcessEnv): void {
  for (const { name, meant } of findUnknownSettings(Object.keys(env))) {
    const hint = meant === null ? '' : `; did you mean ${meant}?`
    process.stderr.write(`mayday: ${name} is not a setting${hint}\n`)
  }
}

/** The port if it is free; any free one for 0. */
export function claimPort(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', (error) => fail(portError(port, error)))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** Why a port cannot be used, and what to do. */
export function portError(port: number, cause: NodeJS.ErrnoException): CrashError {
  const choose = 'choose another with --port or $PORT'
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} is in use; ${choose}`,
    EACCES: `Port ${port} may not be opened by this user, as is usual below 1024; ${choose}`,
  }
  const message = own(reasons, cause.code ?? '') ?? `Port ${port} cannot be opened: ${cause.message}`
  return new CrashError('bad-usage', message, { cause })
}

/**
 * Resolves at the next SIGINT or SIGTERM; another one kills the program. Removes Miniflare's own listeners, which
 * exit immediately, so the caller can stop the edge in order.
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
