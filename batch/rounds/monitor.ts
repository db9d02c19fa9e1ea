// The HTTP server of `mayday run --metrics`: `/metrics` as Prometheus text, `/health`.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'
import type { RunState } from './run-metrics.ts'

export interface Address {
  host: string
  /** 0: any free port. */
  port: number
}

/** `9464` (on 127.0.0.1), `0.0.0.0:9464`, `[::]:9464`. Throws CrashError('bad-usage'). */
export function parseAddress(text: string): Address {
  const match = /^(?:(\[[0-9a-f:]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (!match || port > 65_535)
    throw new CrashError('bad-usage', `--metrics must be a port or HOST:PORT, not '${text}'`)
  return { host: match[1]?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port }
}

const requestTimeout: Millis = 5000
const maxConnections = 32

/**
 * Serves the state of the rounds until it is disposed.
 * @throws CrashError 'bad-usage' when the address is not free
 */
export async function startMonitor(
  { host, port }: Address,
  state: Pick<RunState, 'text' | 'health'>,
): Promise<AsyncDisposable & { url: string }> {
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, answer(state))
  server.maxConnections = maxConnections
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CrashError('bad-usage', `--metrics: cannot listen on ${host}:${port}: ${code}`, { cause })
  }
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const answer =
  (state: Pick<RunState, 'text' | 'health'>): RequestListener =>
  (request, response) => {
    const path = request.url?.split('?')[0]
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body)
    if (request.method !== 'GET' && request.method !== 'HEAD') send(405, 'text/plain', 'GET only\n')
    else if (path === '/metrics') send(200, 'text/plain; version=0.0.4; charset=utf-8', state.text())
    else if (path === '/health') {
      const health = state.health()
      send(health.healthy ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`)
    } else send(404, 'text/plain', 'Not found: see /metrics and /health\n')
  }
