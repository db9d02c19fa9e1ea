// The edge in Deno with an orderly end (`deno run edge/deno-server.ts`): `deno serve` cuts off requests on SIGTERM.
import edge, { close, config, log, sleep } from './deno.ts'
import { createDrain } from './drain.ts'

/** Platforms that end a process give it about as long. */
const drainMs = 25_000
/** An answer that was given takes a moment to leave. */
const flushMs = 100

const drain = createDrain(edge.fetch)
const server = Deno.serve(
  {
    port: config.port,
    hostname: config.host,
    onListen: (address) => log('info', 'listening', { ...address }),
  },
  drain.fetch,
)

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
