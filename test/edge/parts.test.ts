import { describe, expect, test } from 'vitest'
import { readConfig, settingDocs } from '../../edge/config.ts'
import { createMetrics, type MetricName, metricTable } from '../../edge/lib/metrics.ts'
import { createPointWriter } from '../../edge/runtime/analytics.ts'
import { createDrain } from '../../edge/runtime/drain.ts'
import { createStaticFiles } from '../../edge/runtime/static.ts'
import { createPolicySource } from '../../edge/submit/policy.ts'
import { createMemoryStorage } from '../../shared/storage/memory.ts'

const metricNames = Object.keys(metricTable) as MetricName[]

describe('settings', () => {
  test('have defaults, and are read from the environment', () => {
    expect(readConfig({})).toMatchObject({ crashIdKey: null, policy: 'accept-all', port: 8787 })
    expect(readConfig({ PORT: '9000', READ_TOKEN: '', OTHER: {} })).toMatchObject({
      port: 9000,
      readToken: [],
    })
    expect(settingDocs.map(({ name }) => name)).toContain('CRASH_ID_KEY')
  })

  test('that are invalid are all reported at once, without secrets', () => {
    const read = () =>
      readConfig({ PORT: 'x', READ_TOKEN: 'short secret', STORE_TIMEOUT_MS: '-1', MAYDAY_VERSION: '[]' })
    expect(read).toThrow(
      /PORT must be.*|READ_TOKEN must be.*|STORE_TIMEOUT_MS must be.*|MAYDAY_VERSION must be/,
    )
    for (const name of ['PORT', 'READ_TOKEN', 'STORE_TIMEOUT_MS', 'MAYDAY_VERSION'])
      expect(read).toThrow(name)
    expect(read).not.toThrow('short secret')
  })

  test.each([
    ['CRASH_ID_KEY', 'fifteen letters', 'sixteen letters!'],
    ['READ_TOKEN', 'fifteen-letters', 'sixteen-letters!'],
    ['READ_TOKEN', Array(3).fill('sixteen-letters!').join(' '), Array(2).fill('sixteen-letters!').join(' ')],
    ['SENTRY_PROJECTS', '{}', '{"key":"Lumen"}'],
    ['SYMBOL_SERVERS', Array(11).fill('https://a.test').join(), Array(10).fill('https://a.test').join()],
    ['CLIENT_ADDRESS_HEADER', 'X Forwarded For', 'X-Forwarded-For'],
    ['TRUSTED_PROXY_HOPS', '0', '1'],
    ['TRUSTED_PROXY_HOPS', '1.5', '2'],
    ['READS_PER_MINUTE', '0', '1'],
    ['BUDGET_MB', '0', '1'],
    ['BUDGET_MB', '100001', '100000'],
  ])('%s must not be %s', (name, bad, good) => {
    expect(() => readConfig({ [name]: bad })).toThrow(expect.objectContaining({ code: 'bad-config' }))
    expect(() => readConfig({ [name]: bad })).toThrow(`${name} must be`)
    expect(() => readConfig({ [name]: good })).not.toThrow()
  })

  test('a policy is a preset or a document', async () => {
    const source = (text: string) =>
      createPolicySource(text, { storage: createMemoryStorage(), log: () => {}, clock: () => 0 })
    expect((await source('mozilla').current()).name).toBe('mozilla')
    for (const bad of ['nonsense', '{', '{"version":2}', '__proto__']) {
      expect(() => source(bad)).toThrow(expect.objectContaining({ code: 'bad-policy' }))
    }
  })
})

describe('metrics', () => {
  test('are written as Prometheus text', () => {
    const metrics = createMetrics()
    metrics.record('malformed_total', 1, { reason: 'a"b\\c\n' })
    metrics.record('malformed_total', 2, { reason: 'a"b\\c\n' })
    metrics.record('submit_ms', 1, {})
    metrics.record('submit_ms', 20, {})
    metrics.record('submit_ms', 1e9, {})
    const text = metrics.toPrometheus()
    expect(text).toContain('# TYPE mayday_edge_malformed_total counter')
    expect(text).toContain('mayday_edge_malformed_total{reason="a\\"b\\\\c\\n"} 3\n')
    expect(text).toContain('mayday_edge_submit_seconds_bucket{le="0.001"} 1\n')
    expect(text).toContain('mayday_edge_submit_seconds_bucket{le="0.03"} 2\n')
    expect(text).toContain('mayday_edge_submit_seconds_bucket{le="+Inf"} 3\n')
    expect(text).toContain('mayday_edge_submit_seconds_count 3\n')
  })

  test.each(metricNames)('%s has a type, a description and its labels', (name) => {
    const metrics = createMetrics()
    const { labels, doc } = metricTable[name]
    const record = metrics.record as (name: MetricName, value: number, labels: object) => void
    record(name, 2, Object.fromEntries(labels.map((label) => [label, 'x'])))
    const text = metrics.toPrometheus()
    const set = labels.map((label) => `${label}="x"`).join()
    const written = name.replace(/_ms$/, '_seconds')
    const [kind, line] = name.endsWith('_total')
      ? ['counter', `${name}${set && `{${set}}`} 2`]
      : ['histogram', `${written}_sum${set && `{${set}}`} ${written === name ? 2 : 0.002}`]
    expect(text).toContain(`# HELP mayday_edge_${written} ${doc}\n# TYPE mayday_edge_${written} ${kind}\n`)
    expect(text).toContain(`\nmayday_edge_${line}\n`)
    expect(doc).toMatch(/\w/)
  })

  test('are points of Analytics Engine, with labels in the order of the table', () => {
    const points: unknown[] = []
    const metrics = createMetrics(createPointWriter({ writeDataPoint: (point) => void points.push(point) }))
    metrics.record('throttle_total', 1, { verdict: 'accept', rule: 'r'.repeat(300) })
    metrics.record('submit_ms', 12.5, {})
    expect(points).toEqual([
      { indexes: ['throttle_total'], blobs: ['r'.repeat(200), 'accept'], doubles: [1] },
      { indexes: ['submit_ms'], blobs: [], doubles: [12.5] },
    ])
  })

  test('have a limited number of labels', () => {
    const metrics = createMetrics()
    for (let i = 0; i < 2000; i++) metrics.record('malformed_total', 1, { reason: `r${i}` })
    const lines = metrics
      .toPrometheus()
      .split('\n')
      .filter((line) => line.includes('{'))
    expect(lines).toHaveLength(501)
    expect(lines.at(-1)).toBe('mayday_edge_malformed_total{reason="other"} 1500')
  })
})

describe('files of the dashboard', () => {
  const asked: string[] = []
  const files = new Map([
    ['index.html', '<html>'],
    ['assets/a.js', 'js'],
    ['assets/a.js.br', 'brotli'],
    ['assets/a.js.gz', 'gzip'],
  ])
  const serve = createStaticFiles(async (path) => {
    asked.push(path)
    const text = files.get(path)
    return text === undefined ? null : new TextEncoder().encode(text)
  })
  const get = (path: string, headers = {}) => serve(new Request(`http://localhost${path}`, { headers }))

  test('have type and length; other paths get the dashboard', async () => {
    const file = await get('/assets/a.js')
    expect([file.status, await file.text(), file.headers.get('content-type')]).toEqual([
      200,
      'js',
      'text/javascript; charset=utf-8',
    ])
    for (const path of ['/', '/report/x', '/%2e%2e/secret', '/..%2fsecret', '/.git/config', '/a//b']) {
      expect(await (await get(path)).text()).toBe('<html>')
    }
    expect(asked.filter((path) => /\.\.|^\.|\/\.|%/.test(path))).toEqual([])
  })

  test.each([
    ['br, gzip', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['gzip;q=0, br;q=0', 'js', null],
    ['deflate', 'js', null],
    ['', 'js', null],
  ])('are sent precompressed to a client that accepts "%s"', async (accepted, text, encoding) => {
    const file = await get('/assets/a.js', { 'accept-encoding': accepted })
    expect([file.headers.get('content-encoding'), file.headers.get('content-length')]).toEqual([
      encoding,
      `${text.length}`,
    ])
    expect([file.headers.get('content-type'), await file.text()]).toEqual([
      'text/javascript; charset=utf-8',
      text,
    ])
  })
})

test('a drain lets requests in flight finish and refuses new ones', async () => {
  let answer: (response: Response) => void = () => {}
  const drain = createDrain(() => new Promise((resolve) => (answer = resolve)))
  const request = new Request('http://localhost/')
  const first = drain.fetch(request, null)
  let ended = false
  const finished = drain.finished().then(() => {
    ended = true
  })
  const { status, headers } = await drain.fetch(request, null)
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  expect(ended).toBe(false)
  answer(new Response('done'))
  expect(await (await first).text()).toBe('done')
  await finished
})
