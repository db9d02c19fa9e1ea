// Everything below /symbols: a symbol store with the interface of Mozilla's Tecken.
import { isCrashError } from '../../shared/errors.ts'
import { parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { describeError } from '../lib/log.ts'
import { failing, methodNotAllowed, mount, unknownPath } from './answers.ts'
import type { SymbolServer } from './context.ts'
import { download } from './download.ts'
import { symbolIds } from './symbol-ids.ts'
import { syminfo } from './syminfo.ts'

type Handle = (request: Request) => Promise<Response>
interface Route {
  /** As sent with 405. */
  allow: string
  handle: Handle
}

/** Responds to a request whose path starts with the mount. */
export async function serveSymbols(request: Request, server: SymbolServer): Promise<Response> {
  const whole = decodedPath(request)
  const path = whole?.slice(mount.length) ?? ''
  const route = whole === null ? null : routeOf(path, new URL(request.url), server)
  if (!route) return unknownPath(whole === null ? new URL(request.url).pathname.slice(mount.length) : path)
  if (!route.allow.split(', ').includes(request.method))
    return methodNotAllowed(request.method, `${mount}${path}`, route.allow)
  try {
    return await route.handle(request)
  } catch (error) {
    if (!isCrashError(error) || error.code !== 'storage') throw error
    const { metrics, log } = server.deps
    metrics.record('errors_total', 1, {})
    log('error', 'symbol_storage_failed', { error: describeError(error) })
    return failing()
  }
}

/** Null for a path with invalid escapes. */
function decodedPath(request: Request): string | null {
  try {
    return decodeURIComponent(new URL(request.url).pathname)
  } catch {
    return null
  }
}

function routeOf(path: string, url: URL, server: SymbolServer): Route | null {
  const [, name, id] = /^\/api\/syminfo\/([^/]+)\/([0-9A-Fa-f]+)$/.exec(path) ?? []
  if (name !== undefined && id !== undefined)
    return { allow: 'GET', handle: (request) => syminfo(request, { name, id: id.toUpperCase() }, server) }
  const [, module] = /^\/api\/ids\/([^/]+)$/.exec(path) ?? []
  if (module !== undefined) return { allow: 'GET', handle: (request) => symbolIds(request, module, server) }
  const isTry = /^\/try\/[^/]+\/[^/]+\/[^/]+$/.test(path)
  const file = parseFilePath(path.slice(isTry ? '/try/'.length : 1))
  if (!file) return null
  const inTry = isTry || url.searchParams.has('try')
  return { allow: 'GET, HEAD', handle: (request) => download(request, file, { server, inTry }) }
}
