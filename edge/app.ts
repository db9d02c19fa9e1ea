// The edge as one function from request to response: routes, error answers, headers.
import { Hono } from 'hono'
import { isCrashError } from '../shared/errors.ts'
import { readAggregate } from './reads/aggregates.ts'
import { hasBearer } from './lib/auth.ts'
import { check } from './submit/check.ts'
import type { Config } from './config.ts'
import type { EdgeDeps } from './deps.ts'
import { createHealth } from './reads/health.ts'
import { isLoopback, jsonAnswer, plainAnswer, problem } from './lib/http.ts'
import { describeError } from './lib/log.ts'
import { readReport } from './reads/report.ts'
import { submit } from './submit/submit.ts'

/** Everything but submissions is fetched by pages of ours; nothing may be loaded from elsewhere. */
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    // Charts carry style elements and attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}
const everyAnswerHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'strict-transport-security': 'max-age=31536000',
}
const preflightHeaders = {
  allow: 'POST, OPTIONS',
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers': 'content-type, content-encoding, authorization',
  'access-control-max-age': '86400',
}

/** The app that every runtime serves. */
export function createApp(deps: EdgeDeps): Hono {
  const app = new Hono()
  const health = createHealth()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(everyAnswerHeaders)) c.res.headers.set(name, value)
  })
  app.onError((error, c) => answerError(error, c.req.raw, deps))
  app.notFound(() => problem(404))

  for (const path of submitPaths(deps.config)) {
    app.post(path, (c) => submit(c.req.raw, deps, health))
    app.options(path, () => new Response(null, { headers: preflightHeaders }))
    app.all(path, () => problem(405, undefined, { allow: 'POST, OPTIONS' }))
  }
  app.post('/submit/check', (c) => check(c.req.raw, deps))
  app.options('/submit/check', () => new Response(null, { headers: preflightHeaders }))
  app.get('/api/report/:id', (c) => readReport(c.req.raw, c.req.param('id'), deps))
  app.get('/aggregates/*', (c) => readAggregate(c.req.raw, deps))

  app.get('/__version__', () => jsonAnswer(deps.config.version))
  app.get('/__heartbeat__', () => health.heartbeat(deps))
  app.get('/__lbheartbeat__', () => plainAnswer(''))
  app.get('/__broken__', async (c) => {
    if (!(await isOperator(c.req.raw, deps))) return problem(404)
    throw new Error('Broken on purpose, to try how errors are reported')
  })

  app.get('/__metrics__', async (c) => {
    if (!(await isOperator(c.req.raw, deps))) return problem(404)
    return plainAnswer(deps.metrics.toPrometheus(), 200, { 'content-type': 'text/plain; version=0.0.4' })
  })

  const unknown: readonly string[] = ['/submit/*', '/api/*', '/symbols/*']
  for (const path of unknown) app.all(path, () => problem(404))
  app.get('*', (c) => servePage(c.req.raw, deps))
  return app
}

/** Paths that clients have built in: those of Breakpad's and Electron's small servers, and those that operators add. */
function submitPaths(config: Config): string[] {
  const paths = new Set(['/submit', '/post', '/crashreports', ...config.submitPaths])
  return [...paths].flatMap((path) => [path, `${path}/`])
}

/** Who may see how the edge does: holders of the token; without one, this very machine. */
async function isOperator(request: Request, { config }: EdgeDeps): Promise<boolean> {
  if (config.operatorToken === null) return isLoopback(request.url)
  return hasBearer(request, config.operatorToken)
}

/** Error code → status. What has no row is ours: 500. */
const statusOf: Readonly<Record<string, number>> = { 'bad-crash-id': 400, limit: 413, missing: 404 }

function answerError(error: Error, request: Request, deps: EdgeDeps): Response {
  const status = (isCrashError(error) && statusOf[error.code]) || 500
  if (status < 500) return problem(status, error.message)
  deps.metrics.record('errors_total', 1, {})
  deps.log('error', 'error', {
    path: new URL(request.url).pathname.slice(0, 200),
    error: describeError(error),
  })
  return problem(500)
}

const fileName = /\.[a-z0-9]+$/i

/** A file of the dashboard, or the dashboard itself, which reads the path. What looks like a file must be one. */
async function servePage(request: Request, deps: EdgeDeps): Promise<Response> {
  const { pathname } = new URL(request.url)
  const answer = pathname.startsWith('/__') ? null : await deps.assets(request)
  const isPage = answer?.headers.get('content-type')?.startsWith('text/html') === true
  if (!answer || (isPage && fileName.test(pathname) && !pathname.endsWith('.html'))) return problem(404)
  if (answer.status === 404) return problem(404, 'The dashboard is not built: run `npm run build`')
  const headers = new Headers(answer.headers)
  for (const [name, value] of Object.entries(pageHeaders)) headers.set(name, value)
  if (answer.ok && pathname.startsWith('/assets/')) {
    headers.set('cache-control', 'public, max-age=31536000, immutable')
  }
  return new Response(answer.body, { status: answer.status, headers })
}
