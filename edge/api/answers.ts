// Answers of the API in the form that clients of Crash Stats expect.
import { isCrashError } from '../../shared/errors.ts'
import { ApiProblem } from '../../shared/api/problems.ts'
import { answerText } from '../../shared/search/answer.ts'
import { findEndpoint } from '../../shared/api/endpoints.ts'
import { AccessDenied } from '../access/denial.ts'
import type { EdgeDeps } from '../deps.ts'
import { answerError, failureOf, retryHeaders, responseTo } from '../errors.ts'

/** Pages of any origin may call the API. */
const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after, content-disposition',
}

const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'auth-token, authorization, content-type',
  'access-control-max-age': '86400',
}

const varies = 'auth-token, authorization, accept-encoding'

export interface AnswerOptions {
  status?: number
  headers?: Readonly<Record<string, string>>
  isPretty?: boolean
}

/** JSON that is safe in the source of a page. */
export function apiJson(
  value: unknown,
  { status = 200, headers = {}, isPretty }: AnswerOptions = {},
): Response {
  const text = answerText(value, isPretty ? 2 : undefined).replaceAll('</', '<\\/')
  const bytes = new TextEncoder().encode(text)
  return withCors(
    new Response(bytes, {
      status,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'content-length': String(bytes.length),
        vary: varies,
        ...headers,
      },
    }),
  )
}

export function withCors(answer: Response): Response {
  for (const [name, value] of Object.entries(corsHeaders)) answer.headers.set(name, value)
  return answer
}

export const preflightAnswer = (allow: string): Response =>
  apiJson({}, { headers: { ...preflightHeaders, allow } })

export const unknownService = (name: string): Response =>
  apiJson({ error: `No service called '${name.slice(0, 100)}'` }, { status: 404 })

/** An error as the answer of an endpoint; those that are not the client's are counted and logged. */
export function failedAnswer(error: unknown, request: Request, deps: EdgeDeps): Response {
  if (error instanceof ApiProblem)
    return apiJson(error.content, { status: error.status, headers: { ...uncached, ...error.headers } })
  if (error instanceof AccessDenied) return withCors(error.answer)
  const failure = failureOf(error)
  if (failure) {
    const { status, retryAfter, description } = responseTo(failure)
    return apiJson({ error: description }, { status, headers: { ...uncached, ...retryHeaders(retryAfter) } })
  }
  if (isCrashError(error) && error.code === 'timeout')
    return apiJson({ error: error.message }, { status: 504, headers: uncached })
  return withCors(answerError(error instanceof Error ? error : new Error(String(error)), request, deps))
}

export const uncached = { 'cache-control': 'no-store' }

/** The endpoints whose errors have the form of another framework. */
const detailed: ReadonlySet<string> = new Set(['CrashSignature', 'MissingProcessedCrash'])

export function tooManyRequests(name: string): Response {
  const headers = { ...uncached, ...retryHeaders(10) }
  const content = detailed.has(name) ? { detail: 'Request was throttled.' } : { error: 'Too Many Requests' }
  return apiJson(content, { status: 429, headers })
}

/** The endpoint needs the tables, and nothing has them open. */
export function noTables(name: string): Response {
  const error =
    findEndpoint(name)?.needs === 'tables' ? `${name} needs the tables, which this edge does not have. ` : ''
  return apiJson(
    { error: `${error}Run \`mayday serve\` over the same store, and set API_ORIGIN of this edge to its URL` },
    { status: 503, headers: uncached },
  )
}
