// Checks of response headers: what browsers need for protection, and to read from other origins.
import { statusKey } from '../../shared/keys.ts'
import type { CheckContext } from './context.ts'
import type { Answer, Deployment } from './deployment.ts'
import { failed, type Finding, ok } from './findings.ts'

type Wanted = readonly [name: string, value: RegExp]

const ofEveryAnswer: readonly Wanted[] = [
  ['strict-transport-security', /max-age=\d{7,}/],
  ['x-content-type-options', /^nosniff$/],
  ['referrer-policy', /./],
]
const ofPages: readonly Wanted[] = [
  ...ofEveryAnswer,
  ['content-security-policy', /default-src 'none'.*frame-ancestors 'none'/],
  ['cross-origin-opener-policy', /^same-origin$/],
]

export async function* checkHeaders({ deployment }: CheckContext): AsyncIterable<Finding> {
  yield await securityFinding(deployment)
  yield await originFinding(deployment)
}

const missingIn = ({ headers }: Answer, wanted: readonly Wanted[]) =>
  wanted.filter(([name, value]) => !value.test(headers.get(name) ?? '')).map(([name]) => name)

async function securityFinding(deployment: Deployment): Promise<Finding> {
  const [page, api] = [await deployment.ask('/'), await deployment.ask('/__version__')]
  const missing = [...new Set([...missingIn(page, ofPages), ...missingIn(api, ofEveryAnswer)])]
  if (missing.length === 0) return ok('security headers', 'of pages and of other answers are complete')
  return failed('security headers', {
    text: `missing or changed: ${missing.join(', ')}`,
    cure: 'the edge sends them: find the proxy or cache that removes them',
  })
}

const origin = 'https://other-origin.invalid'

/** Clients in web pages submit, and pages of other origins read public data. */
async function originFinding(deployment: Deployment): Promise<Finding> {
  const headers = { origin, 'access-control-request-headers': 'content-type' }
  const preflight = { ...headers, 'access-control-request-method': 'POST' }
  const asked = [
    ['/submit', await deployment.ask('/submit', { method: 'OPTIONS', headers: preflight })],
    ['/api/SuperSearch/', await deployment.ask('/api/SuperSearch/', { method: 'OPTIONS', headers })],
    [`/${statusKey}`, await deployment.ask(`/${statusKey}`, { headers: { origin } })],
  ] as const
  const wrong = asked
    // Where there are no aggregates, their own check fails.
    .filter(([, { status }]) => status !== 404)
    .filter(([, { headers: sent }]) => sent.get('access-control-allow-origin') !== '*')
  if (wrong.length === 0) return ok('CORS', 'other origins may submit and read public data')
  return failed('CORS', {
    text: `no Access-Control-Allow-Origin at ${wrong.map(([path]) => path).join(', ')}`,
    cure: 'the edge sends it: find the proxy that answers OPTIONS itself or removes headers',
  })
}
