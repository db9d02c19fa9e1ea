// Passing calls of the API on to `API_ORIGIN`.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../support/free-port.ts'
import { createTestEdge } from '../edge.support.ts'

let server: Server
let origin: string
let received: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString()
    received.push({ method: request.method!, url: request.url!, headers: request.headers, body })
    if (request.url!.startsWith('/api/NoOp/')) response.writeHead(302, { location: '/elsewhere' }).end()
    else if (request.method === 'POST')
      response.writeHead(429, { 'retry-after': '7', 'set-cookie': 'a=b' }).end('{}')
    else
      response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'private' })
        .end('{"total":1}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  received = []
})

const ask = (path: string, init?: RequestInit, env: Record<string, string> = { API_ORIGIN: origin }) =>
  createTestEdge(env).ask(new Request(`https://crash.example/api/${path}`, init))

test('path, query, token, body and the address of the client are passed on, and little else', async () => {
  const { status, text, headers } = await ask('SuperSearch/?product=A&signature=~b%20c', {
    headers: { 'auth-token': 'secret', cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', 'user-agent': 'x' },
  })
  expect([status, text, headers.get('access-control-allow-origin')]).toEqual([200, '{"total":1}', '*'])
  expect(received).toMatchObject([
    {
      method: 'GET',
      url: '/api/SuperSearch/?product=A&signature=~b%20c',
      headers: { 'auth-token': 'secret', 'x-forwarded-for': '192.0.2.1', 'user-agent': 'x' },
    },
  ])
  expect(received[0]!.headers.cookie).toBeUndefined()
})

test('a form is passed on, and the status and Retry-After come back', async () => {
  const body = new URLSearchParams({ crash_ids: 'x' })
  const { status, headers } = await ask('Reprocessing/', { method: 'POST', body })
  expect([status, headers.get('retry-after'), headers.get('set-cookie')]).toEqual([429, '7', null])
  expect(received[0]!.body).toBe('crash_ids=x')
})

test('redirects of the origin are not followed', async () => {
  const { status } = await ask('NoOp/?product=x')
  expect([status, received.length]).toEqual([302, 1])
})

test('endpoints of the edge itself, unknown names and preflight requests are not passed on', async () => {
  const paths = ['openapi.json', 'Field/', 'report/00000000-0000-0000-0000-000000110906', '1/minidump/']
  for (const path of paths) await ask(path)
  await ask('SuperSearch/', { method: 'OPTIONS' })
  expect(received).toEqual([])
})

test('a request that was passed on before is a loop', async () => {
  const { status, text } = await ask('NoOp/?product=x', { headers: { 'mayday-passed-on': '1' } })
  expect([status, text, received]).toEqual([508, expect.stringContaining('API_ORIGIN leads back'), []])
})

test('an origin that does not answer is 502 with Retry-After, and the answer does not name it', async () => {
  const dead = `http://127.0.0.1:${await freePort()}`
  const { status, text, headers } = await ask('NoOp/?product=x', {}, { API_ORIGIN: dead })
  expect([status, headers.get('retry-after')]).toEqual([502, '5'])
  expect(text).not.toContain('127.0.0.1')
})

test.each(['api.internal', 'ftp://x', 'http://user:password@x', 'http://x/path', 'http://x?y'])(
  'API_ORIGIN cannot be %s',
  (value) => expect(() => createTestEdge({ API_ORIGIN: value })).toThrow('API_ORIGIN must be an origin'),
)
