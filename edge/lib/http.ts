// Small HTTP answers that several routes share.

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

/** An error as JSON: `title` names the status, `description` says what to do. */
export function problem(status: number, description?: string, headers?: Record<string, string>): Response {
  const title = `${status} ${titles.get(status) ?? 'Error'}`
  return jsonAnswer(
    { title, ...(description !== undefined && { description }) },
    { status, headers: { ...headers } },
  )
}

export function plainAnswer(text: string, status = 200, headers?: Record<string, string>): Response {
  return textAnswer(text, status, { 'content-type': 'text/plain', ...headers })
}

/** The length is known to middleware too: short answers are not compressed. */
function textAnswer(text: string, status: number, headers: Record<string, string>): Response {
  const bytes = encoder.encode(text)
  return new Response(bytes, { status, headers: { 'content-length': `${bytes.length}`, ...headers } })
}

/** RFC 3986 §3.2.2, without user information. */
const hostHeader = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i

/** False for a Host header from which no URL can be made, or one that reads differently than it is written. */
export function hasValidHost({ headers, url }: Request): boolean {
  const host = headers.get('host')
  return (host === null || host === '' || hostHeader.test(host)) && URL.canParse(url)
}

/** True for a request to this very machine. */
export function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}
