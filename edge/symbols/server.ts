// Everything below /symbols: a symbol store with the interface of Mozilla's Tecken.
import { isCrashError } from '../../shared/errors.ts'
import { parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { describeError } from '../lib/log.ts'
import { errorAnswer, failing, methodNotAllowed, mount, unknownPath } from './answers.ts'
import type { SymbolServer } from './context.ts'
import { download } from './download.ts'
import { symbolIds } from './symbol-ids.ts'
import { syminfo } from './syminfo.ts'
import { uploadArchive } from './upload/archive-upload.ts'
import { drainUnread } from './upload/body.ts'
import { authInfo, createUpload, putFile } from './upload/manifest.ts'
import { UploadRefused } from './upload/refused.ts'
import { checkStatus, completeUpload, createUploadUrl, putSymbols, uploadForm } from './upload/sym-upload.ts'

type Handle = (request: Request) => Promise<Response>
interface Route {
  /** As sent with 405. */
  allow: string
  handle: Handle
}

/** What clients POST to fixed paths. */
const posts: ReadonlyMap<string, (request: Request, server: SymbolServer) => Promise<Response>> = new Map([
  ['/upload/', uploadArchive],
  ['/upload', uploadArchive],
  ['/upload/auth_info/', authInfo],
  ['/upload/v2/', createUpload],
  ['/sym_upload', uploadForm],
  ['/v1/uploads:create', createUploadUrl],
])

type Part = string | undefined

/** Other paths: the first parts of a match are the arguments. */
const patterns: readonly {
  pattern: RegExp
  allow: string
  handle(request: Request, parts: [Part, Part], server: SymbolServer): Promise<Response>
}[] = [
  {
    pattern: /^\/upload\/v2\/files\/([\w.-]+)$/,
    allow: 'PUT',
    handle: (request, [ticket = ''], server) => putFile(request, ticket, server),
  },
  {
    pattern: /^\/v1\/uploads\/([\w.-]+)$/,
    allow: 'PUT',
    handle: (request, [ticket = ''], server) => putSymbols(request, ticket, server),
  },
  {
    pattern: /^\/v1\/uploads\/([\w.-]+):complete$/,
    allow: 'POST',
    handle: (request, [ticket = ''], server) => completeUpload(request, ticket, server),
  },
  {
    pattern: /^\/v1\/symbols\/([^/]+)\/([^/:]+):checkStatus$/,
    allow: 'GET',
    handle: (request, [name = '', id = ''], server) => checkStatus(request, { name, id }, server),
  },
  {
    pattern: /^\/api\/ids\/([^/]+)$/,
    allow: 'GET',
    handle: (request, [module = ''], server) => symbolIds(request, module, server),
  },
  {
    pattern: /^\/api\/syminfo\/([^/]+)\/([0-9A-Fa-f]+)$/,
    allow: 'GET',
    handle: (request, [name = '', id = ''], server) =>
      syminfo(request, { name, id: id.toUpperCase() }, server),
  },
]

/** Responds to a request whose path starts with the mount. A refused body is read first. */
export async function serveSymbols(request: Request, server: SymbolServer): Promise<Response> {
  try {
    return await answer(request, server)
  } finally {
    await drainUnread(request, server.deps)
  }
}

async function answer(request: Request, server: SymbolServer): Promise<Response> {
  const whole = decodedPath(request)
  const path = whole?.slice(mount.length) ?? ''
  const route = whole === null ? null : routeOf(path, new URL(request.url), server)
  if (!route) return unknownPath(whole === null ? new URL(request.url).pathname.slice(mount.length) : path)
  if (!route.allow.split(', ').includes(request.method))
    return methodNotAllowed(request.method, `${mount}${path}`, route.allow)
  try {
    return await route.handle(request)
  } catch (error) {
    if (error instanceof UploadRefused) return errorAnswer(error.status, error.message)
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
  const post = posts.get(path)
  if (post) return { allow: 'POST', handle: (request) => post(request, server) }
  for (const { pattern, allow, handle } of patterns) {
    const match = pattern.exec(path)
    if (match) return { allow, handle: (request) => handle(request, [match[1], match[2]], server) }
  }
  const isTry = /^\/try\/[^/]+\/[^/]+\/[^/]+$/.test(path)
  const file = parseFilePath(path.slice(isTry ? '/try/'.length : 1))
  if (!file) return null
  const inTry = isTry || url.searchParams.has('try')
  return { allow: 'GET, HEAD', handle: (request) => download(request, file, { server, inTry }) }
}
