// The edge in Deno with an orderly shutdown (`deno run edge/runtime/deno-server.ts`): `deno serve` cuts off requests
// on SIGTERM.
import { isCrashError } from '../../shared/errors.ts'
import { describeError } from '../lib/log.ts'
import { log, sleep } from './common-deps.ts'
import { createDenoEdge, peerOf } from './deno.ts'
import { serveHttp10 } from './deno-http10.ts'
import { createDrain } from './drain.ts'

/** Platforms kill a process after about this time. */
const drainMs = 25_000
/** Time for the last responses to be sent. */
const flushMs = 100

const { config, fetch, close } = await createDenoEdge(Deno.env.toObject()).catch((error) =>
  endUnstarted(error),
)
const drain = createDrain(fetch)
const server = listen()

/** A bad setting or a port in use is one line of the log; other errors are bugs. */
function endUnstarted(error: unknown, fields: object = {}): never {
  if (!isCrashError(error) && !(error instanceof Deno.errors.AddrInUse)) throw error
  log('error', 'not_started', { error: describeError(error), ...fields })
  Deno.exit(1)
}

function listen(): Deno.HttpServer {
  const { host: hostname, port, http10Port } = config
  try {
    if (http10Port !== null) {
      serveHttp10({
        hostname,
        port: http10Port,
        headTimeoutMs: config.bodyTimeoutMs,
        handle: drain.fetch,
        onListen: (address) => log('info', 'listening_http10', { ...address }),
      })
    }
    return Deno.serve(
      { port, hostname, onListen: (address) => log('info', 'listening', { ...address }) },
      (request, info) => drain.fetch(request, peerOf(info)),
    )
  } catch (error) {
    return endUnstarted(error, { hostname, port, http10_port: http10Port })
  }
}

/** Refuses new requests, finishes in-flight ones, then closes the store. */
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
