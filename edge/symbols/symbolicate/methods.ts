// Paths, methods and CORS of the symbolication API, as Eliot has them (falcon's CORSMiddleware).
import type { MiddlewareHandler } from 'hono'
import type { ApiVersion } from '../../../shared/symbolicate/request.ts'
import { problem } from '../../lib/http.ts'

/** The second is what a client requests whose base URL ends in a slash. */
export const symbolicatePaths = (version: ApiVersion): string[] => [
  `/symbols/symbolicate/v${version}`,
  `/symbols//symbolicate/v${version}`,
]

const exposed =
  'accept, accept-encoding, authorization, content-type, dnt, origin, user-agent, x-csrftoken, x-requested-with'

/** Allows POST from pages of any origin. Preflight requests may ask for any header: the Firefox Profiler sends `User-Agent`. */
export const eliotMethods: MiddlewareHandler = async (c, next) => {
  const { method, headers } = c.req.raw
  if (method === 'OPTIONS') c.res = optionsAnswer(headers)
  else if (method === 'POST') await next()
  else c.res = problem(405, undefined, { allow: 'POST, OPTIONS' })
  if (!headers.has('origin')) return
  c.res.headers.set('access-control-allow-origin', '*')
  c.res.headers.set('access-control-expose-headers', exposed)
}

function optionsAnswer(headers: Headers): Response {
  if (!headers.has('access-control-request-method')) return new Response(null, { headers: { allow: 'POST' } })
  return new Response(null, {
    headers: {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': headers.get('access-control-request-headers') ?? '*',
      'access-control-max-age': '86400',
    },
  })
}
