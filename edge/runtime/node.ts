// The edge under Node: its HTTP server, and an orderly end.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import { problem } from '../lib/http.ts'
import { describeError } from '../lib/log.ts'
import { log } from './common-deps.ts'
import { createDrain } from './drain.ts'
import type { ServerEdge } from './server-edge.ts'

/** Platforms kill a process after about this time. */
const drainMs = 25_000
/** Time for clients to send the next request on an open connection. */
const keepAliveMs = 75_000

export interface NodeServer {
  /** That of `port`; with 0 in the settings a free one. */
  address: AddressInfo
  /** Refuses new requests, finishes those in flight within 25 s, then closes the edge. */
  end(): Promise<void>
}

/** Listens on the addresses in the settings of the edge. @throws errors of the system, such as EADDRINUSE */
export async function startNodeServer(edge: ServerEdge): Promise<NodeServer> {
  const { host, port, http10Port } = edge.config
  const drain = createDrain(edge.fetch)
  /** Responses that are not completely sent. */
  const sending = new Set<ServerResponse>()
  const handle = getRequestListener(
    async (request, env) => {
      const { incoming } = env as HttpBindings
      const answer = await drain.fetch(request, incoming.socket.remoteAddress ?? null)
      return incoming.method === 'HEAD' ? withoutBody(answer) : guarded(answer)
    },
    // A Request of its own class would not be accepted by other libraries. HTTP/1.0 needs no Host.
    { overrideGlobalObjects: false, hostname: host.includes(':') ? `[${host}]` : host, errorHandler },
  )
  const listen = async (listenPort: number, event: string): Promise<Server> => {
    // The edge limits the time of bodies itself: uploads of symbols may take half an hour.
    const { bodyTimeoutMs } = edge.config
    const limits = {
      headersTimeout: bodyTimeoutMs,
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(5000, bodyTimeoutMs),
    }
    const server = createServer({ ...limits, keepAliveTimeout: keepAliveMs }, handle)
    server.on('request', (_request, response: ServerResponse) => {
      sending.add(response)
      response.once('close', () => sending.delete(response))
    })
    server.listen(listenPort, host)
    await once(server, 'listening')
    log('info', event, { ...(server.address() as AddressInfo) })
    return server
  }
  const servers = [await listen(port, 'listening')]
  // Node reads chunked HTTP/1.0 on every port; clients may know this one.
  if (http10Port !== null) servers.push(await listen(http10Port, 'listening_http10'))
  return {
    address: servers[0]!.address() as AddressInfo,
    async end() {
      log('info', 'shutting_down')
      const late = sleep(drainMs, undefined, { ref: false })
      await Promise.race([drain.finished(), late])
      for (const server of servers) server.close()
      await Promise.race([allClosed(sending), late])
      // Node waits for connections on which no request was sent yet, which browsers and proxies keep ready.
      for (const server of servers) server.closeAllConnections()
      await edge.close()
      log('info', 'shut_down')
    },
  }
}

/** Also waits for responses that begin meanwhile, on open connections. */
async function allClosed(responses: ReadonlySet<ServerResponse>): Promise<void> {
  for (const response of responses) await once(response, 'close')
}

const errorHandler = (error: unknown): Response => {
  if (error instanceof RequestError) return problem(400, 'The request line or the Host header is not valid')
  log('error', 'error', { error: describeError(error) })
  return problem(500)
}

async function withoutBody(answer: Response): Promise<Response> {
  await answer.body?.cancel()
  return new Response(null, answer)
}

/** A body whose failure closes the connection: its cause is for the log, not for the client. */
function guarded(answer: Response): Response {
  if (!answer.body) return answer
  const reader = answer.body.getReader()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          log('error', 'answer_interrupted', { error: describeError(error) })
          controller.error(new Error('The answer was interrupted'))
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(body, answer)
}
