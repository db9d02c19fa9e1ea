// The response of each path to each method, as a table that any runtime can run.
import { deepStrictEqual as equal } from 'node:assert/strict'
import { aggregatesPrefix, processedKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { bytesOf } from '../support/crash-request.ts'

export interface ServedEdge {
  ask(request: Request): Promise<{ status: number; text: string; headers: Headers }>
  crashes: Storage
  lake: Storage
}

const crashId = 'de1bb258-cbbf-4589-a673-34f800160918'
const aggregate = `${aggregatesPrefix}home.json`
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const submitted = ['POST', 'OPTIONS']
const read = ['GET', 'HEAD', 'OPTIONS']

const allowed: Readonly<Record<string, readonly string[]>> = {
  '/submit': submitted,
  '/submit/': submitted,
  '/post': submitted,
  '/crashreports': submitted,
  '/submit/check': submitted,
  '/api/1/minidump': submitted,
  '/api/1/minidump/': submitted,
  '/api/1/envelope': submitted,
  '/api/1/envelope/': submitted,
  [`/api/report/${crashId}`]: read,
  [`/${aggregate}`]: read,
  '/__version__': read,
  '/__heartbeat__': read,
  '/__lbheartbeat__': read,
  '/__metrics__': read,
}
const unknown = ['/api/foo/bar', '/submit/foo', '/__foo__', '/__foo__/x']

export interface MethodCase {
  name: string
  run(edge: ServedEdge): Promise<void>
}

const request = (path: string, method: string) => new Request(`http://localhost${path}`, { method })

/** Stores the objects that the paths of the table refer to. */
export async function fillStores({ crashes, lake }: ServedEdge): Promise<void> {
  const crash = { crash_id: crashId, signature: 'main', json_dump: {} }
  await crashes.put(processedKey(crashId), bytesOf(JSON.stringify(crash)))
  await lake.put(aggregate, bytesOf('{"version":1}'), { contentType: 'application/json' })
}

function refuses(path: string, method: string, allow: readonly string[]): MethodCase {
  return {
    name: `${method} ${path} gets 405 and the allowed methods`,
    async run({ ask }) {
      const { status, text, headers } = await ask(request(path, method))
      equal([status, headers.get('allow')], [405, allow.join(', ')])
      if (method !== 'HEAD') equal(JSON.parse(text), { title: '405 Method Not Allowed' })
    },
  }
}

function tellsMethods(path: string, allow: readonly string[]): MethodCase {
  return {
    name: `OPTIONS ${path} gets the allowed methods`,
    async run({ ask }) {
      const { status, text, headers } = await ask(request(path, 'OPTIONS'))
      equal([status, text, headers.get('allow')], [200, '', allow.join(', ')])
      const origin = allow.includes('POST') ? '*' : null
      equal(headers.get('access-control-allow-origin'), origin)
    },
  }
}

const compared = ['content-type', 'etag', 'cache-control', 'vary', 'x-content-type-options']

function headLikeGet(path: string): MethodCase {
  return {
    name: `HEAD ${path} gets the headers of GET and no body`,
    async run({ ask }) {
      const get = await ask(request(path, 'GET'))
      const head = await ask(request(path, 'HEAD'))
      equal([get.status, head.status, head.text], [200, 200, ''])
      const headersOf = (headers: Headers) => compared.map((name) => headers.get(name))
      equal(headersOf(head.headers), headersOf(get.headers))
    },
  }
}

const notFound = (path: string, method: string): MethodCase => ({
  name: `${method} ${path} gets 404`,
  async run({ ask }) {
    const { status, text, headers } = await ask(request(path, method))
    equal([status, headers.get('allow')], [404, null])
    equal(headers.get('content-type'), 'application/json; charset=utf-8')
    if (method !== 'HEAD') equal(JSON.parse(text), { title: '404 Not Found' })
  },
})

function resource(path: string, allow: readonly string[]): MethodCase[] {
  return [
    ...methods.filter((method) => !allow.includes(method)).map((method) => refuses(path, method, allow)),
    tellsMethods(path, allow),
    ...(allow.includes('GET') ? [headLikeGet(path)] : []),
  ]
}

export const methodCases: readonly MethodCase[] = [
  ...Object.entries(allowed).flatMap(([path, allow]) => resource(path, allow)),
  ...unknown.flatMap((path) => methods.map((method) => notFound(path, method))),
]

/** Rows that need the dashboard. */
export const pageCases: readonly MethodCase[] = [
  ...resource('/', read),
  ...resource('/api/', read),
  headLikeGet('/top-crashers?product=App'),
  notFound('/top-crashers', 'POST'),
]
