// Passes a call on to the program that has the tables open.
import { ApiProblem } from '../../shared/api/problems.ts'
import type { Millis } from '../../shared/units.ts'
import type { EdgeDeps } from '../deps.ts'
import { describeError } from '../lib/log.ts'
import { retryHeaders } from '../errors.ts'

/** Searches end after 30 s. */
const timeout: Millis = 35_000
/** Marks a request that was passed on: it must not be passed on again. */
const passedOn = 'mayday-passed-on'

const requestHeaders = ['accept', 'auth-token', 'authorization', 'content-type', 'user-agent']
const answerHeaders = [
  ...['allow', 'cache-control', 'content-disposition', 'content-security-policy', 'content-type'],
  ...['location', 'retry-after', 'vary', 'x-content-type-options'],
]

/** @param parameters the body of a form, if it was read @throws ApiProblem when the origin does not answer */
export async function passOn(request: Request, origin: string, deps: EdgeDeps): Promise<Response> {
  if (request.headers.has(passedOn))
    throw new ApiProblem(508, { error: 'API_ORIGIN leads back to an edge that passes the API on' })
  const { pathname, search } = new URL(request.url)
  const headers = chosen(request.headers, requestHeaders)
  headers.set(passedOn, '1')
  const client = deps.forwardedFor(request)
  if (client !== null) headers.set('x-forwarded-for', client)
  const late = AbortSignal.timeout(timeout)
  try {
    const answer = await fetch(origin + pathname + search, {
      method: request.method,
      headers,
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([late, request.signal]),
      ...(request.body && { duplex: 'half' }),
    })
    return new Response(answer.body, {
      status: answer.status,
      headers: chosen(answer.headers, answerHeaders),
    })
  } catch (error) {
    deps.log('error', 'api_not_passed_on', { error: describeError(error) })
    const status = late.aborted ? 504 : 502
    throw new ApiProblem(
      status,
      { error: 'The API does not answer at the moment: try again' },
      retryHeaders(5),
    )
  }
}

const chosen = (headers: Headers, names: readonly string[]): Headers =>
  new Headers(
    names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)!] as [string, string]] : [])),
  )
