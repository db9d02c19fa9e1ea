// `/api/<Name>/`: one call, from its path to its answer.
import { readArguments } from '../../shared/api/arguments.ts'
import type { Call, Caller } from '../../shared/api/calls.ts'
import type { Endpoint } from '../../shared/api/endpoint.ts'
import { type ApiEndpoint, findEndpoint } from '../../shared/api/endpoints.ts'
import { openApi } from '../../shared/api/openapi.ts'
import { own } from '../../shared/own.ts'
import type { Millis } from '../../shared/units.ts'
import { includesPermission } from '../../shared/access/permissions.ts'
import { access, denied } from '../access/access.ts'
import { socorroDenial } from '../access/denial.ts'
import type { Holder } from '../access/token-source.ts'
import type { EdgeDeps } from '../deps.ts'
import {
  apiJson,
  failedAnswer,
  noTables,
  preflightAnswer,
  tooManyRequests,
  uncached,
  unknownService,
  withCors,
} from './answers.ts'
import { clientFamily } from './client-family.ts'
import { type Input, readInput } from './input.ts'
import { passOn } from './pass-on.ts'
import { storeApi } from './store-api.ts'

/** For one call, after its body was read. */
const timeout: Millis = 30_000

/** GET /api/openapi.json */
export const readOpenApi = (): Response =>
  apiJson(openApi(), { headers: { 'cache-control': 'public, max-age=300' }, isPretty: true })

/** Redirects a GET of an endpoint without its last slash, as Crash Stats does; null for any other request. */
export function addSlash({ method, url }: Request): Response | null {
  const { pathname, search } = new URL(url)
  if ((method !== 'GET' && method !== 'HEAD') || !findEndpoint(pathname.slice('/api/'.length))) return null
  const headers = { location: `${pathname}/${search}`, 'content-length': '0' }
  return withCors(new Response(null, { status: 301, headers }))
}

/** A call of the endpoint `name`, with any method; 404 for another name. */
export async function callEndpoint(request: Request, name: string, deps: EdgeDeps): Promise<Response> {
  const endpoint = findEndpoint(name)
  if (!endpoint) return unknownService(name)
  const allow = [...endpoint.methods, ...(endpoint.methods[0] === 'GET' ? ['HEAD'] : []), 'OPTIONS'].join(
    ', ',
  )
  if (request.method === 'OPTIONS') return preflightAnswer(allow)
  const startedAt = deps.clock()
  const answer = await answerCall(request, endpoint, deps).catch((error: unknown) =>
    failedAnswer(error, request, deps),
  )
  if (answer.status === 405) answer.headers.set('allow', allow)
  const client = clientFamily(request.headers)
  const status = request.signal.aborted ? 'gone' : String(answer.status)
  deps.metrics.record('api_calls_total', 1, { endpoint: name, client, status })
  deps.metrics.record('api_ms', deps.clock() - startedAt, { endpoint: name })
  return answer
}

async function answerCall(request: Request, endpoint: ApiEndpoint, deps: EdgeDeps): Promise<Response> {
  if (!(await deps.mayRead(request))) {
    deps.metrics.record('reads_limited_total', 1, {})
    return tooManyRequests(endpoint.name)
  }
  const { apiOrigin } = deps.config
  if (!deps.api && apiOrigin !== null) return withCors(await passOn(request, apiOrigin, deps))
  const holder = await holderOf(request, endpoint, deps)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (!(endpoint.methods as readonly string[]).includes(method))
    return apiJson({ error: 'Method not allowed' }, { status: 405, headers: uncached })
  const input = await readInput(request, endpoint, deps)
  const result = await resultOf({ request, endpoint, input, holder }, deps)
  if (result instanceof Response) return withCors(result)
  return apiJson(result, {
    headers: cacheHeaders(endpoint),
    isPretty: input.parameters.get('pretty') === 'print',
  })
}

const cacheHeaders = ({ cacheSeconds }: Endpoint) =>
  cacheSeconds > 0 ? { 'cache-control': `private, max-age=${cacheSeconds}` } : uncached

/** Who calls; null for an anonymous request. @throws AccessDenied for a bad token, or without the permission */
async function holderOf(
  request: Request,
  { permission }: ApiEndpoint,
  deps: EdgeDeps,
): Promise<Holder | null> {
  const found = await access(request, deps)
  const wanted = { permission: permission ?? 'view_pii', style: socorroDenial } as const
  if (found.is === 'unmatched' || found.is === 'expired') throw denied(found.is, deps, wanted)
  const holder = found.is === 'holder' ? found.holder : null
  if (permission === null) return holder
  if (!holder) throw denied('anonymous', deps, wanted)
  if (!includesPermission(holder.permissions, permission)) throw denied('forbidden', deps, wanted)
  return holder
}

interface Checked {
  request: Request
  endpoint: ApiEndpoint
  input: Input
  holder: Holder | null
}

async function resultOf({ request, endpoint, input, holder }: Checked, deps: EdgeDeps): Promise<unknown> {
  const args = readArguments(endpoint, input.parameters) as never
  const fromStore = own<(call: never) => Promise<unknown>>(storeApi, endpoint.name)
  if (fromStore) return fromStore({ args, holder, request, deps } as never)
  const fromTables = deps.api && own<(call: never) => Promise<unknown>>(deps.api, endpoint.name)
  if (!fromTables) return noTables(endpoint.name)
  const call: Omit<Call, 'args'> & { args: never } = {
    args,
    ...input,
    request,
    caller: callerOf(holder),
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]),
    audit: (event) => {
      if (holder) deps.audit.record(holder, event)
    },
  }
  return fromTables(call as never)
}

const callerOf = (holder: Holder | null): Caller => ({
  label: holder?.label ?? null,
  permissions: holder?.permissions ?? new Set(),
  products: holder?.products ?? null,
})
