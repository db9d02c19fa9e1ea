// The edge for Deno. `deno-server.ts` adds an orderly shutdown.
import { createServerEdge, type ServerEdge } from './server-edge.ts'

/** @throws CrashError 'bad-config', 'bad-policy' */
export const createDenoEdge = (env: Readonly<Record<string, string>>): Promise<ServerEdge> =>
  createServerEdge(env, { readsMustEnd: leaksPendingReads() })

/** Deno before 2.9.6 leaks a read that is pending when the response is sent. */
function leaksPendingReads(): boolean {
  const [major, minor, patch] = Deno.version.deno.split('.').map(Number) as [number, number, number]
  return major < 2 || (major === 2 && (minor < 9 || (minor === 9 && patch < 6)))
}

/** For `ServerEdge.fetch`. */
export const peerOf = (info: Deno.ServeHandlerInfo): string | null =>
  info.remoteAddr.transport === 'tcp' ? info.remoteAddr.hostname : null

let served: Promise<ServerEdge> | undefined

/** For `deno serve edge/runtime/deno.ts`, which reads the settings at the first request. */
export default {
  async fetch(request: Request, info: Deno.ServeHandlerInfo) {
    served ??= createDenoEdge(Deno.env.toObject())
    return (await served).fetch(request, peerOf(info))
  },
} satisfies Deno.ServeDefaultExport
