// Responses to clients, by path and by client.
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../edge/config.ts'
import { F, fakeDump, multipart, streamOf, submitRequest, T } from '../../support/crash-request.ts'
import { createTestEdge } from '../edge.support.ts'

const report = multipart([T('prod', 'App'), F('upload_file_minidump', fakeDump(500))])
const at = (path: string, init: RequestInit = {}) => new Request(`http://localhost${path}`, init)

describe.each(['/submit', '/post', '/crashreports', '/crash/upload', '/v1.0/~dumps'])('%s', (path) => {
  const edge = createTestEdge({ SUBMIT_PATHS: '/crash/upload/, /v1.0/~dumps' })

  test.each(['', '/'])('followed by "%s" accepts submissions, under the same crash ID', async (slash) => {
    const answers = [path + slash, '/submit'].map((one) =>
      edge.ask(submitRequest(report, { url: `http://localhost${one}` })),
    )
    const [here, there] = await Promise.all(answers)
    expect([here!.status, here!.text]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{36}\n$/)])
    expect(there!.text).toBe(here!.text)
    const bare = await edge.ask(submitRequest(report, { url: `http://localhost${path}${slash}?answer=id` }))
    expect(`CrashID=bp-${bare.text}\n`).toBe(here!.text)
  })

  test.each(['', '/'])(
    'followed by "%s" refuses like /submit, and allows the same methods',
    async (slash) => {
      const { status, text } = await edge.ask(
        submitRequest(multipart([]), { url: `http://localhost${path}${slash}` }),
      )
      expect([status, text]).toEqual([400, 'Discarded=malformed_no_annotations'])
      const options = await edge.ask(at(path + slash, { method: 'OPTIONS' }))
      expect([options.status, options.headers.get('allow')]).toEqual([200, 'POST, OPTIONS'])
      expect(options.headers.get('access-control-allow-origin')).toBe('*')
      const get = await edge.ask(at(path + slash))
      expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    },
  )
})

describe('SUBMIT_PATHS', () => {
  test.each([
    'no-slash',
    '/',
    '/a//b',
    '/a b',
    '/:id',
    '/a/*',
    '/{x}',
    '/%61',
    '/api/x',
    '/submit/check',
    '/__heartbeat__',
    '/aggregates',
    '/assets/x',
    '/ok,',
    '/a?b',
    `/${'x'.repeat(101)}`,
    Array.from({ length: 51 }, (_, i) => `/p${i}`).join(','),
  ])('refuses %s', (value) => {
    expect(() => readConfig({ SUBMIT_PATHS: value })).toThrow(/SUBMIT_PATHS(\[\d+\])? must be/)
  })

  test('adds no other paths', async () => {
    const { status } = await createTestEdge().ask(
      submitRequest(report, { url: 'http://localhost/crash/upload' }),
    )
    expect(status).toBe(404)
  })
})

describe('the response to a report that the client may send again later', () => {
  const stalled = () => createTestEdge({ BODY_TIMEOUT_MS: '100' })
  const limited = () => {
    const edge = createTestEdge()
    edge.deps.maySubmit = async () => false
    return edge
  }
  const full = () => {
    const edge = createTestEdge({ BUDGET_MB: '1' })
    edge.deps.budget.open().hold(1024 * 1024)
    return edge
  }
  const endless = () => new ReadableStream({ pull: () => new Promise(() => {}) })
  const ofClient = (userAgent: string, body: ReadableStream | Uint8Array) =>
    at('/submit', {
      method: 'POST',
      headers: { ...Object.fromEntries(submitRequest(report).headers), 'user-agent': userAgent },
      body,
      duplex: 'half',
    } as RequestInit)
  const whole = () => streamOf(report, 1000)

  test.each([
    ['Breakpad/1.0 (Windows)', 'comes too often', limited, whole, [503, '60']],
    ['Breakpad/1.0 (Windows)', 'comes when memory is spent', full, whole, [503, '5']],
    ['Breakpad/1.0 (Windows)', 'stalls', stalled, endless, [503, '5']],
    ['Breakpad/1.0 (Linux)', 'comes too often', limited, whole, [429, '60']],
    ['Crashpad/1.0.0 Windows_NT/10.0', 'comes too often', limited, whole, [429, '60']],
    ['Crashpad/1.0.0 Windows_NT/10.0', 'comes when memory is spent', full, whole, [503, '5']],
    ['crashreporter/1.0.0', 'stalls', stalled, endless, [408, '5']],
  ])('when %s %s', async (userAgent, _, open, body, expected) => {
    const { status, headers } = await open().ask(ofClient(userAgent, body()))
    expect([status, headers.get('retry-after')]).toEqual(expected)
  })

  test('keeps 400 and 413 for Breakpad on Windows, because sending again cannot help', async () => {
    const policy = JSON.stringify({ name: 'small', version: 1, limits: { bodyBytes: 50 }, rules: [] })
    const cases = [
      [createTestEdge(), multipart([]), 400],
      [createTestEdge({ MAYDAY_POLICY: policy }), report, 413],
    ] as const
    for (const [edge, body, expected] of cases) {
      const { status, headers } = await edge.ask(ofClient('Breakpad/1.0 (Windows)', streamOf(body, 1000)))
      expect([status, headers.get('retry-after')]).toEqual([expected, null])
    }
  })
})
