import { describe, expect, test } from 'vitest'
import { processedKey, rawKey } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { bytesOf, F, multipart, submitRequest, T } from '../support/crash-request.ts'
import { createTestEdge, readToken, type TestEdge } from './edge.support.ts'

const id = 'de1bb258-cbbf-4589-a673-34f800160918'

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Request(`http://localhost${path}`, { method, headers })

async function edgeWithReport(): Promise<TestEdge> {
  const edge = createTestEdge()
  const crash = {
    crash_id: id,
    signature: 'main | crash',
    url: 'https://secret.example',
    json_dump: { secret: 1 },
  }
  await edge.crashes.put(processedKey(id), nodeCodecs.compressZstd(bytesOf(JSON.stringify(crash))))
  return edge
}

describe('GET /api/report/<id>', () => {
  test('returns the public view to everyone, with or without the prefix', async () => {
    const edge = await edgeWithReport()
    for (const name of [id, `bp-${id}`]) {
      const { status, text, headers } = await edge.ask(get(`/api/report/${name}`))
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
      expect(JSON.parse(text)).toMatchObject({ signature: 'main | crash' })
      expect(text).not.toContain('secret')
    }
  })

  test('returns the full crash to holders of the token, and marks it private for caches', async () => {
    const edge = await edgeWithReport()
    const full = await edge.ask(get(`/api/report/${id}`, { authorization: `Bearer ${readToken}` }))
    expect(JSON.parse(full.text)).toMatchObject({ url: 'https://secret.example', json_dump: { secret: 1 } })
    expect(full.headers.get('cache-control')).toBe('private, no-store')
    const wrong = await edge.ask(get(`/api/report/${id}`, { authorization: 'Bearer x' }))
    expect(wrong.status).toBe(401)
    const none = createTestEdge({ READ_TOKEN: '' })
    expect((await none.ask(get(`/api/report/${id}`, { authorization: 'Bearer ' }))).status).toBe(401)
  })

  test('responds with 304 to a client that has it', async () => {
    const edge = await edgeWithReport()
    const { headers } = await edge.ask(get(`/api/report/${id}`))
    const again = await edge.ask(get(`/api/report/${id}`, { 'if-none-match': headers.get('etag')! }))
    expect([again.status, again.text]).toEqual([304, ''])
  })

  test('does not read a crash that the client already has', async () => {
    const edge = createTestEdge()
    const stored = await edge.crashes.put(processedKey(id), bytesOf('not JSON'))
    for (const tag of [`"${stored!.etag}"`, `W/"${stored!.etag}"`, `"x", W/"${stored!.etag}"`, '*']) {
      expect((await edge.ask(get(`/api/report/${id}`, { 'if-none-match': tag }))).status).toBe(304)
    }
    expect((await edge.ask(get(`/api/report/${id}`, { 'if-none-match': '"x"' }))).status).toBe(500)
  })

  test('responds with 404 for a missing crash, and distinguishes unknown from not yet processed', async () => {
    const edge = createTestEdge()
    const unknown = await edge.ask(get(`/api/report/${id}`))
    expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('No such report')])
    await edge.crashes.put(rawKey(id), bytesOf('x'))
    const waiting = await edge.ask(get(`/api/report/${id}`))
    expect([waiting.status, waiting.text]).toEqual([404, expect.stringContaining('not processed yet')])
  })

  test.each(['x', `${id}0`, id.toUpperCase(), '..%2f..%2fsecret', `xx-${id}`, '%00'])(
    'answers 400 to %s',
    async (name) => {
      const { status, text } = await createTestEdge().ask(get(`/api/report/${name}`))
      expect([status, JSON.parse(text).title]).toEqual([400, '400 Bad Request'])
    },
  )

  test('responds with 500 without details when the store fails', async () => {
    const broken = (storage: Storage): Storage => ({
      ...storage,
      get: async () => Promise.reject(new Error('secret')),
    })
    const { status, text } = await createTestEdge({}, broken).ask(get(`/api/report/${id}`))
    expect([status, JSON.parse(text)]).toEqual([500, { title: '500 Internal Server Error' }])
  })
})

describe('GET /aggregates/…', () => {
  const path = '/aggregates/v4/top-crashers/a%20b/7.json'

  async function edgeWithAggregate(): Promise<TestEdge> {
    const edge = createTestEdge()
    await edge.lake.put('aggregates/v4/top-crashers/a b/7.json', bytesOf('{"version":1}'), {
      contentType: 'application/json',
    })
    await edge.lake.put('tables/crashes/secret', bytesOf('x'))
    return edge
  }

  test('serves the document with headers for caches', async () => {
    const edge = await edgeWithAggregate()
    const { status, text, headers } = await edge.ask(get(path))
    expect([status, text, headers.get('content-type')]).toEqual([200, '{"version":1}', 'application/json'])
    expect(headers.get('cache-control')).toContain('max-age=60')
    const etag = headers.get('etag')!
    for (const match of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await edge.ask(get(path, { 'if-none-match': match }))
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag])
    }
    expect((await edge.ask(get(path, { 'if-none-match': '"other"' }))).status).toBe(200)
  })

  test('responds to HEAD without a body', async () => {
    const edge = await edgeWithAggregate()
    const { status, text, headers } = await edge.ask(get(path, {}, 'HEAD'))
    expect([status, text, headers.get('content-length')]).toEqual([200, '', '13'])
  })

  test.each([
    '/aggregates/v4/none.json',
    '/aggregates/../tables/crashes/secret',
    '/aggregates/%2e%2e/tables/crashes/secret',
    '/aggregates/..%2ftables/crashes/secret',
    '/aggregates//tables',
    '/aggregates/%ff',
    '/aggregates/a%5cb',
  ])('answers 404 to %s', async (bad) => {
    const edge = await edgeWithAggregate()
    const { status, text } = await edge.ask(get(bad))
    expect(text).not.toBe('x')
    expect(bad.includes('/../') || bad.includes('%2e%2e/') ? [200, 404] : [404]).toContain(status)
  })
})

describe('operations', () => {
  test('the heartbeat probes the store, and returns the age of the newest report', async () => {
    const edge = createTestEdge()
    const { status, text } = await edge.ask(get('/__heartbeat__'))
    expect([status, JSON.parse(text)]).toEqual([
      200,
      expect.objectContaining({ errors: [], newest_report_age_s: null }),
    ])
    const broken = (storage: Storage): Storage => ({
      ...storage,
      put: async () => Promise.reject(new Error('disk full')),
    })
    const sick = await createTestEdge({}, broken).ask(get('/__heartbeat__'))
    expect([sick.status, JSON.parse(sick.text).errors]).toEqual([
      503,
      [{ name: 'store', msg: 'The store could not be read and written' }],
    ])
  })

  test('serves version, load balancer check and a deliberate error', async () => {
    const edge = createTestEdge({ MAYDAY_VERSION: '{"version":"1.2.3"}' })
    expect((await edge.ask(get('/__version__'))).text).toBe('{"version":"1.2.3"}')
    expect(await edge.ask(get('/__lbheartbeat__'))).toMatchObject({ status: 200, text: '' })
    expect(await edge.ask(get('/__broken__'))).toMatchObject({
      status: 500,
      text: '{"title":"500 Internal Server Error"}',
    })
    expect(edge.logs.at(-1)).toMatchObject({ severity: 'error', path: '/__broken__' })
    expect((await edge.fetch(new Request('https://crash.example/__broken__'))).status).toBe(404)
  })

  test('pages have a strict content policy; a path that looks like a file must exist', async () => {
    const edge = createTestEdge()
    const page = await edge.ask(get('/top-crashers?product=x'))
    expect([page.status, page.text]).toEqual([200, '<html>'])
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await edge.ask(get('/assets/old-chunk.js'))).status).toBe(404)
  })

  test.each([
    ['/assets/index-1a2b.js', 'public, max-age=31536000, immutable'],
    ['/early.js', 'public, max-age=0, must-revalidate'],
    ['/', 'public, max-age=0, must-revalidate'],
  ])('only files with a hash in their name are cached without revalidation: %s', async (path, expected) => {
    const edge = createTestEdge()
    edge.deps.assets = async () => new Response('', { headers: { 'content-type': 'text/javascript' } })
    const { status, headers } = await edge.ask(get(path))
    expect([status, headers.get('cache-control')]).toEqual([200, expected])
  })

  test('responds with 404 and the fix when the dashboard is not built', async () => {
    const edge = createTestEdge()
    edge.deps.assets = async () => new Response(null, { status: 404 })
    const { status, text } = await edge.ask(get('/'))
    expect([status, text]).toEqual([404, expect.stringContaining('npm run build')])
  })
})

describe('answers to crash clients', () => {
  const report = multipart([T('prod', 'App'), F('upload_file_minidump')])
  const limited = () => {
    const edge = createTestEdge()
    edge.deps.maySubmit = async () => false
    return edge
  }
  const withoutKey = () => createTestEdge({ CRASH_ID_KEY: '' })

  test.each<[string, () => TestEdge, string, Uint8Array, number]>([
    ['stored', createTestEdge, 'http://localhost/submit', report, 200],
    ['malformed', createTestEdge, 'http://localhost/submit', bytesOf('junk'), 400],
    ['sent too often', limited, 'http://localhost/submit', report, 429],
    ['without a required setting', withoutKey, 'https://crash.example/submit', report, 500],
    ['checked', createTestEdge, 'http://localhost/submit/check', report, 200],
  ])(
    'may be read by pages of any origin, and are not cached or transformed: %s',
    async (_, open, url, body, expected) => {
      const { status, headers } = await open().ask(submitRequest(body, { url }))
      expect([status, headers.get('cache-control'), headers.get('access-control-allow-origin')]).toEqual([
        expected,
        'no-store, no-transform',
        '*',
      ])
    },
  )
})
