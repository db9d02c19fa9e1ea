// Small HTTP answers that several routes share.

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export function jsonAnswer(
  value: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(value), {
    status: init.status ?? 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...init.headers },
  })
}

/** An error as JSON: `title` names the status, `description` says what to do. */
export function problem(status: number, description?: string, headers?: Record<string, string>): Response {
  const title = `${status} ${titles[status] ?? 'Error'}`
  return jsonAnswer(
    { title, ...(description !== undefined && { description }) },
    { status, headers: { ...headers } },
  )
}

export function plainAnswer(text: string, status = 200, headers?: Record<string, string>): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain', ...headers } })
}

/** True when If-None-Match names this etag (RFC 9110 §13.1.2: weak comparison). */
export function etagMatches(request: Request, etag: string): boolean {
  const header = request.headers.get('if-none-match')
  if (!header) return false
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((tag) => bare(tag) === bare(etag))
}

/** True for a request to this very machine. */
export function isLoopback(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}
