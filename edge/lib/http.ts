// Small HTTP responses shared by several routes.
import { present } from '../../shared/present.ts'

const titles: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Content Too Large'],
  [421, 'Misdirected Request'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
])

const encoder = new TextEncoder()

export function jsonAnswer(
  value: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return textAnswer(JSON.stringify(value), init.status ?? 200, {
    'content-type': 'application/json; charset=utf-8',
    ...init.headers,
  })
}

/** An error as JSON: `title` names the status, `description` the fix. */
export function problem(status: number, description?: string, headers?: Record<string, string>): Response {
  const title = `${status} ${titles.get(status) ?? 'Error'}`
  return jsonAnswer({ title, ...present({ description }) }, { status, headers: { ...headers } })
}

export function plainAnswer(text: string, status = 200, headers?: Record<string, string>): Response {
  return textAnswer(text, status, { 'content-type': 'text/plain', ...headers })
}

/** With a known length, so middleware does not compress short responses. */
function textAnswer(text: string, status: number, headers: Record<string, string>): Response {
  const bytes = encoder.encode(text)
  return new Response(bytes, { status, headers: { 'content-length': `${bytes.length}`, ...headers } })
}

/** RFC 3986 §3.2.2, without user information. */
const hostHeader = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i

/** False for a Host header that does not form a URL, or is normalized to another value. */
export function hasValidHost({ headers, url }: Request): boolean {
  const host = headers.get('host')
  return (host === null || host === '' || hostHeader.test(host)) && URL.canParse(url)
}

/** True for a request to the local machine. */
export function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

/**
 * True if If-None-Match lists `etag` (RFC 9110 §13.1.2: weak comparison). For responses that cost too much to create
 * only for the middleware `conditional` to drop them.
 */
export function isCached(request: Request, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  const listed = request.headers.get('if-none-match')?.split(',').map(bare) ?? []
  return listed.some((tag) => tag === '*' || tag === bare(etag))
}
