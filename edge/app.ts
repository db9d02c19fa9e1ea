// The edge as one function from request to response: middleware and routes.
import { type Handler, Hono, type MiddlewareHandler } from 'hono'
import { holderWith } from './access/access.ts'
import { addSlash, callEndpoint, readOpenApi } from './api/crash-stats.ts'
import type { Config } from './config.ts'
import type { EdgeDeps } from './deps.ts'
import { answerError, RateLimited } from './errors.ts'
import {
  clientHeaders,
  conditional,
  everyAnswer,
  pageHeaders,
  preflight,
  readPreflight,
  releaseHeadBody,
} from './lib/headers.ts'
import { jsonAnswer, plainAnswer, problem } from './lib/http.ts'
import { readAggregate } from './reads/aggregates.ts'
import { createHealth, type Health } from './reads/health.ts'
import { isCatalogRequest, readCatalog } from './reads/iceberg-catalog.ts'
import { readLakeFile } from './reads/lake-files.ts'
import { readPage } from './reads/pages.ts'
import { type FileNames, listFiles, readRawReport, readReportFile } from './reads/raw-report.ts'
import { readReport } from './reads/report.ts'
import { check } from './submit/check.ts'
import { sentryBodies, sentryProtocol } from './submit/sentry.ts'
import { submit } from './submit/submit.ts'
import { createSymbolServer } from './symbols/context.ts'
import { serveSymbols } from './symbols/server.ts'
import { eliotMethods, symbolicatePaths } from './symbols/symbolicate/methods.ts'
import { answerSymbolication, createSymbolicator } from './symbols/symbolicate/symbolicate.ts'

/** Paths reserved for routes. Every other path is a page of the dashboard. */
const unknownPaths = ['/submit/*']

/** The app that every runtime serves. */
export function createApp(deps: EdgeDeps): Hono {
  const app = new Hono()
  const health = createHealth()
  const operators = operatorsOnly(deps)
  app.use(releaseHeadBody, everyAnswer)
  if (deps.compress) app.use(deps.compress)
  answerFailures(app, deps)

  for (const path of submitPaths(deps.config))
    serve(app, path, { post: (c) => submit(c.req.raw, deps, { health }) })
  serve(app, '/submit/check', { post: (c) => check(c.req.raw, deps) })
  const page: Handler = (c) => readPage(c.req.raw, deps)
  for (const path of ['/', '/api', '/api/']) serve(app, path, { get: page, use: [conditional, pageHeaders] })
  const api = createApi(deps, health)
  app.all('/api/*', (c) => api.fetch(c.req.raw))
  serve(app, '/aggregates/*', {
    get: (c) => readAggregate(c.req.raw, deps),
    use: [limitReads(deps), conditional],
  })

  for (const path of ['/search-data/*', '/tables/*'])
    serve(app, path, {
      get: (c) => readLakeFile(c.req.raw, deps),
      options: readPreflight,
      use: [limitReads(deps)],
    })

  serve(app, '/iceberg/*', {
    get: (c) => (isCatalogRequest(c.req.raw) ? readCatalog : readLakeFile)(c.req.raw, deps),
    options: readPreflight,
    use: [limitReads(deps)],
  })

  serve(app, '/__version__', { get: () => jsonAnswer(deps.config.version) })
  serve(app, '/__heartbeat__', { get: () => health.heartbeat(deps) })
  serve(app, '/__lbheartbeat__', { get: () => plainAnswer('') })
  serve(app, '/__metrics__', { get: () => metrics(deps), use: [operators] })
  serve(app, '/__broken__', { get: breakOnPurpose, use: [operators] })

  const symbolicator = createSymbolicator(deps)
  for (const version of [4, 5] as const)
    for (const path of symbolicatePaths(version))
      app.all(path, eliotMethods, (c) => answerSymbolication(c.req.raw, version, symbolicator))
  const symbols = createSymbolServer(deps)
  app.all('/symbols/*', (c) => serveSymbols(c.req.raw, symbols))

  for (const path of unknownPaths) app.all(path, () => problem(404))
  app.get('*', conditional, pageHeaders, page)
  return app
}

/**
 * The routes below `/api/`, in a router of their own: Hono's fast router does not support a static name beside a
 * parameter, and in a shared router these routes would slow down every submission.
 */
function createApi(deps: EdgeDeps, health: Health): Hono {
  const api = new Hono()
  answerFailures(api, deps)
  serve(api, '/api/report/:id', {
    get: (c) => readReport(c.req.raw, c.req.param('id') ?? '', deps),
    use: [limitReads(deps)],
  })
  const files: Readonly<
    Record<string, (request: Request, names: FileNames, deps: EdgeDeps) => Promise<Response>>
  > = {
    raw: readRawReport,
    files: listFiles,
    'dumps/:name': readReportFile,
    'attachments/:name': readReportFile,
  }
  for (const [path, read] of Object.entries(files)) {
    const get: Handler = (c) =>
      read(c.req.raw, { id: c.req.param('id') ?? '', name: c.req.param('name') ?? '' }, deps)
    serve(api, `/api/report/:id/${path}`, { get, use: [limitReads(deps)] })
  }
  api.get('/api/openapi.json', readOpenApi)
  api.all('/api/:name{[A-Za-z]+}/', (c) => callEndpoint(c.req.raw, c.req.param('name'), deps))
  api.all(
    '/api/:name{[A-Za-z]+}',
    (c) => addSlash(c.req.raw) ?? callEndpoint(c.req.raw, c.req.param('name'), deps),
  )
  for (const body of sentryBodies) {
    const post: Handler = (c) => {
      const protocol = sentryProtocol(body, c.req.param('project'), deps)
      return protocol ? submit(c.req.raw, deps, { health, protocol }) : problem(404)
    }
    for (const slash of ['', '/']) serve(api, `/api/:project/${body}${slash}`, { post })
  }
  return api
}

function answerFailures(app: Hono, deps: EdgeDeps): void {
  app.onError((error, c) => answerError(error, c.req.raw, deps))
  app.notFound(() => problem(404))
}

/**
 * Submission paths built into clients: those of Breakpad's and Electron's small servers, and those configured by
 * operators.
 */
function submitPaths(config: Config): string[] {
  const paths = new Set(['/submit', '/post', '/crashreports', ...config.submitPaths])
  return [...paths].flatMap((path) => [path, `${path}/`])
}

interface Resource {
  get?: Handler
  post?: Handler
  /** Answers OPTIONS. Default: 200, for a resource with `post` as a browser's preflight request. */
  options?: Handler
  /** Runs before the handlers of every method. */
  use?: MiddlewareHandler[]
}

/** Handles every method on `path`: HEAD like GET, OPTIONS, and 405 for methods that the resource lacks. */
function serve(app: Hono, path: string, { get, post, options, use = [] }: Resource): void {
  const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : []), 'OPTIONS'].join(', ')
  if (get) app.on('GET', [path], ...use, get)
  if (post) app.on('POST', [path], ...use, clientHeaders, post)
  const usual = post ? preflight(allow) : () => new Response(null, { headers: { allow } })
  app.on('OPTIONS', [path], ...use, options ?? usual)
  app.on('ALL', [path], ...use, () => problem(405, undefined, { allow }))
}

/** Restricts a path to operators, and to the local machine unless there is an operator token in the settings. */
function operatorsOnly(deps: EdgeDeps): MiddlewareHandler {
  const localMay = deps.config.operatorToken.length === 0
  return async (c, next) => {
    const request = c.req.raw
    const allowed =
      (localMay && deps.isLocal(request)) || (await holderWith(request, 'operate', deps)) !== null
    return allowed ? next() : problem(404)
  }
}

/** Rejects clients that read too often. */
function limitReads(deps: EdgeDeps): MiddlewareHandler {
  return async (c, next) => {
    if (await deps.mayRead(c.req.raw)) return next()
    deps.metrics.record('reads_limited_total', 1, {})
    throw new RateLimited()
  }
}

async function metrics({ metrics, moreMetrics }: EdgeDeps): Promise<Response> {
  const text = metrics.toPrometheus() + ((await moreMetrics?.()) ?? '')
  return plainAnswer(text, 200, { 'content-type': 'text/plain; version=0.0.4' })
}

function breakOnPurpose(): never {
  throw new Error('Broken on purpose, to test error reporting')
}
