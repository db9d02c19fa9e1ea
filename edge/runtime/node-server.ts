// The edge in Node as a program: `node edge/runtime/node-server.ts`.
import { isCrashError } from '../../shared/errors.ts'
import { describeError } from '../lib/log.ts'
import { log } from './common-deps.ts'
import { startNodeServer } from './node.ts'
import { createServerEdge } from './server-edge.ts'

const server = await start().catch((error: unknown) => {
  // A bad setting or a port in use is one line of the log; other errors are bugs.
  if (!isCrashError(error) && !(error instanceof Error && 'syscall' in error)) throw error
  log('error', 'not_started', { error: describeError(error) })
  process.exit(1)
})

async function start() {
  const edge = await createServerEdge(process.env as Record<string, string>)
  return await startNodeServer(edge)
}

let isEnding = false
async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  await server.end()
  process.exit(0)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end)
