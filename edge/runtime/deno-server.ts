// The edge in Deno with an orderly end (`deno run edge/runtime/deno-server.ts`): `deno serve` cuts off requests on SIGTERM.
import { createDenoEdge } from './deno.ts'
import { createDrain } from './drain.ts'
import { upgradeRequest } from './http10.ts'

/** Platforms that end a process give it about as long. */
const drainMs = 25_000
/** An answer that was given takes a moment to leave. */
const flushMs = 100

const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
const { config, log, peerHeader, fetch, close } = await createDenoEdge(Deno.env.toObject())
const drain = createDrain(fetch)
const server = Deno.serve(
  {
    port: config.port,
    hostname: config.host,
    onListen: (address) => log('info', 'listening', { ...address }),
  },
  drain.fetch,
)

/** Requests of HTTP/1.0 go to the server above as such of HTTP/1.1, one a connection. */
async function serveHttp10(hostname: string, port: number): Promise<void> {
  const listener = Deno.listen({ hostname, port })
  log('info', 'listening_http10', { ...listener.addr })
  for await (const client of listener) void passOn(client)
}

async function passOn(client: Deno.TcpConn): Promise<void> {
  const timer = setTimeout(() => closeQuietly(client), config.bodyTimeoutMs)
  try {
    const { hostname, port } = server.addr as Deno.NetAddr
    const inner = await Deno.connect({ hostname: hostname === '0.0.0.0' ? '127.0.0.1' : hostname, port })
    const upgrade = upgradeRequest({ [peerHeader]: client.remoteAddr.hostname }, () => clearTimeout(timer))
    const sent = client.readable.pipeThrough(upgrade).pipeTo(inner.writable, { preventClose: true })
    await Promise.all([sent.catch(() => closeQuietly(inner)), inner.readable.pipeTo(client.writable)])
  } catch {
    // One of both went away: there is nobody to answer.
  } finally {
    clearTimeout(timer)
    closeQuietly(client)
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close()
  } catch {
    // It is closed.
  }
}
if (config.http10Port !== null) void serveHttp10(config.host, config.http10Port)

/** New requests are turned away, those at work are finished, then the store is closed. */
async function shutDown(): Promise<void> {
  log('info', 'shutting_down')
  await Promise.race([drain.finished(), sleep(drainMs)])
  await sleep(flushMs)
  await close()
  log('info', 'shut_down')
  Deno.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) Deno.addSignalListener(signal, shutDown)
await server.finished
