// The paths of Sentry's clients: requests and responses.
import { encode } from '@msgpack/msgpack'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../../edge/config.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { sentryVectors } from '../../contract/sentry.ts'
import {
  concat,
  F,
  fakeDump,
  gzip,
  multipart,
  type PartSpec,
  submitRequest,
  T,
} from '../../support/crash-request.ts'
import { envelope, type Item, sentryKey } from '../../support/sentry-clients.ts'
import { createTestEdge, type TestEdge } from '../edge.support.ts'

describe("the bodies of Sentry's clients", () => {
  for (const { name, run } of sentryVectors) {
    test(name, async () => {
      const edge = createTestEdge()
      const report = async (id: string) => (await edge.stored()).get(id)!
      await run(async () => ({ ask: edge.ask, crashes: edge.crashes, report }))
      expect(edge.deps.budget.heldBytes).toBe(0)
    })
  }
})

const eventId = '12c2d058d58442709aa2eca08bf20986'
const dump = fakeDump(3000, 5)
const minidump: Item = [{ type: 'attachment', attachment_type: 'event.minidump', filename: 'a.dmp' }, dump]
const event = (more: Record<string, unknown> = {}): Item => [
  { type: 'event' },
  JSON.stringify({ event_id: eventId, release: 'editor@1.0', ...more }),
]
const crash = envelope({ event_id: eventId }, [event(), minidump])

const post = (path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  new Request(`http://localhost${path}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers })
const upload = (parts: readonly PartSpec[], path = '/api/1/minidump/') =>
  submitRequest(multipart(parts), { url: `http://localhost${path}` })
const main = F('upload_file_minidump', dump)

/** The only report that is stored. */
async function only(edge: TestEdge) {
  const reports = [...(await edge.stored()).values()]
  expect(reports).toHaveLength(1)
  return reports[0]!
}

describe('paths', () => {
  test.each(['/api/1/envelope', '/api/1/envelope/', '/api/editor/envelope/', '/api/my-app_2.0/envelope'])(
    '%s accepts envelopes with any Content-Type',
    async (path) => {
      for (const type of ['application/x-sentry-envelope', 'text/plain', 'multipart/form-data', '']) {
        const headers: Record<string, string> = type ? { 'content-type': type } : {}
        const { status, text } = await createTestEdge().ask(post(path, crash, headers))
        expect([status, JSON.parse(text)]).toEqual([200, { id: eventId }])
      }
    },
  )

  test.each(['/api/1/minidump', '/api/1/minidump/'])('%s accepts minidump uploads', async (path) => {
    const { status, text, headers } = await createTestEdge().ask(upload([main], path))
    const crashId = headers.get('x-crash-id')!
    expect([status, JSON.parse(text)]).toEqual([200, { id: crashId.replaceAll('-', '') }])
  })

  test.each(['application/octet-stream', 'application/x-dmp', 'application/x-sentry-envelope'])(
    '/api/1/minidump/ accepts only a minidump as %s, and annotations in the query string',
    async (type) => {
      const edge = createTestEdge()
      const query = '?sentry_key=abc&sentry_client=x/1&Version=3&guid=g'
      const { status } = await edge.ask(post(`/api/1/minidump/${query}`, dump, { 'content-type': type }))
      const { rawCrash, dumps } = await only(edge)
      expect([status, dumps.map(({ name }) => name)]).toEqual([200, ['upload_file_minidump']])
      expect(rawCrash).toMatchObject({ ProductName: '1', SentryProject: '1', Version: '3', guid: 'g' })
      expect(Object.keys(rawCrash).filter((name) => name.startsWith('sentry'))).toEqual([])
    },
  )

  test('/api/1/minidump/ refuses a body that is neither multipart nor a minidump', async () => {
    const { status, text } = await createTestEdge().ask(
      post('/api/1/minidump/', concat('x'.repeat(100)), { 'content-type': 'text/plain' }),
    )
    expect([status, JSON.parse(text).causes]).toEqual([400, ['malformed_wrong_content_type']])
  })

  test.each([
    '/api/a%20b/envelope/',
    `/api/${'x'.repeat(101)}/envelope/`,
    '/api/1/store/',
    '/api/1/envelope/x',
  ])('%s gives 404', async (path) => {
    expect((await createTestEdge().ask(post(path, crash))).status).toBe(404)
  })

  test('may be requested by pages of any origin', async () => {
    const preflight = new Request('http://localhost/api/1/envelope/', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-headers': 'x-sentry-auth' },
    })
    const { headers } = await createTestEdge().ask(preflight)
    expect(headers.get('access-control-allow-headers')).toContain('x-sentry-auth')
    const { headers: answer } = await createTestEdge().ask(post('/api/1/envelope/', crash))
    expect(answer.get('access-control-expose-headers')).toContain('x-sentry-rate-limits')
  })
})

describe('a public key', () => {
  const projects = { SENTRY_PROJECTS: JSON.stringify({ [sentryKey]: 'Editor Pro', other: 'Other' }) }
  const dsn = `https://${sentryKey}@crash.example/1`
  const withDsn = envelope({ dsn, event_id: eventId }, [event(), minidump])

  test.each([
    ['in the query', post(`/api/1/envelope/?sentry_key=${sentryKey}`, crash)],
    [
      'in X-Sentry-Auth',
      post('/api/1/envelope/', crash, { 'x-sentry-auth': `Sentry sentry_key=${sentryKey}` }),
    ],
    ['in the envelope', post('/api/1/envelope/', withDsn)],
    ['of an upload', upload([T('ProductName', 'x'), main], `/api/1/minidump/?sentry_key=${sentryKey}`)],
  ])('%s names the product', async (_, request) => {
    const edge = createTestEdge(projects)
    expect((await edge.ask(request)).status).toBe(200)
    expect((await only(edge)).rawCrash).toMatchObject({ ProductName: 'Editor Pro', SentryProject: '1' })
  })

  test.each([
    ['that is not configured', post('/api/1/envelope/?sentry_key=unknown', crash)],
    ['with a name that objects inherit', post('/api/1/envelope/?sentry_key=constructor', crash)],
    ['that is missing', post('/api/1/envelope/', crash)],
    [
      'in the envelope that is not configured',
      post('/api/1/envelope/', envelope({ dsn: 'https://no@x/1' }, [minidump])),
    ],
    ['of an upload that is missing', upload([main])],
  ])('%s is refused', async (_, request) => {
    const edge = createTestEdge(projects)
    const { status, text } = await edge.ask(request)
    expect([status, JSON.parse(text)]).toEqual([
      403,
      { detail: expect.stringContaining('SENTRY_PROJECTS'), causes: ['malformed_unknown_sentry_key'] },
    ])
    expect((await edge.stored()).size).toBe(0)
  })

  test('is not needed without the setting', async () => {
    const edge = createTestEdge()
    expect((await edge.ask(post('/api/1/envelope/', crash))).status).toBe(200)
    expect((await only(edge)).rawCrash).toMatchObject({ ProductName: 'editor', Version: '1.0' })
  })

  test.each(['[]', '{}', '{', '{"a":1}', '{"a b":"x"}', '{"a":""}', '"a"'])(
    'cannot be mapped by %s',
    (value) => {
      expect(() => readConfig({ SENTRY_PROJECTS: value })).toThrow('SENTRY_PROJECTS must be')
    },
  )
})

describe('the product of an upload', () => {
  test.each<[string, PartSpec[], Record<string, string>]>([
    [
      'a form field',
      [T('ProductName', 'A'), T('sentry[release]', 'b@2')],
      { ProductName: 'A', Version: '2' },
    ],
    [
      'the release',
      [T('_productName', 'A'), T('sentry[release]', 'b@2')],
      { ProductName: 'b', Version: '2' },
    ],
    [
      'a field under another name',
      [T('_productName', 'A'), T('_version', '1')],
      { ProductName: 'A', Version: '1' },
    ],
    ['the project', [T('guid', '1')], { ProductName: '7' }],
  ])('is that of %s', async (_, parts, expected) => {
    const edge = createTestEdge()
    expect((await edge.ask(upload([...parts, main], '/api/7/minidump/'))).status).toBe(200)
    expect((await only(edge)).rawCrash).toMatchObject(expected)
  })
})

describe('other items of an envelope', () => {
  test('are counted by type, unknown types under one name', async () => {
    const edge = createTestEdge()
    const items: Item[] = [
      event(),
      [{ type: 'session' }, '{}'],
      [{ type: 'session' }, '{}'],
      [{ type: 'constructor' }, '{}'],
      [{}, '{}'],
      [{ type: 'event' }, '{}'],
      minidump,
    ]
    await edge.ask(post('/api/1/envelope/', envelope({}, items)))
    const ended = [[{ type: 'attachment', filename: 'a' }, 'x'] as Item]
    await edge.ask(post('/api/1/envelope/', envelope({}, ended)))
    const dropped = edge.deps.metrics.toPrometheus().match(/sentry_dropped_total\{.*/g)
    expect(dropped).toEqual([
      'sentry_dropped_total{type="session"} 2',
      'sentry_dropped_total{type="other"} 2',
      'sentry_dropped_total{type="event"} 1',
      'sentry_dropped_total{type="attachment"} 1',
    ])
  })

  test('are stored if they are files, under the name that the client gives', async () => {
    const edge = createTestEdge()
    const names = ['extra', 'raw_crash.json', '../../x', 'settings.json', 'upload_file_minidump_browser']
    const files = names.map(
      (filename): Item => [
        { type: 'attachment', filename, content_type: 'application/json' },
        `{"ProductName":"${filename.length}"}`,
      ],
    )
    const { status } = await edge.ask(post('/api/1/envelope/', envelope({}, [event(), ...files, minidump])))
    const { rawCrash, dumps } = await only(edge)
    expect([status, rawCrash.ProductName, dumps.length]).toEqual([200, 'editor', names.length + 1])
    expect(dumps.find(({ name }) => name === 'upload_file_minidump')!.bytes).toEqual(dump)
  })

  test('are dropped without a change to the items before and after them', async () => {
    const edge = createTestEdge()
    const dropped: Item[] = [
      [{ type: 'session' }, '{"release":"dropped"}'],
      [{ type: 'event' }, '{"release":"dropped"}'],
    ]
    const log: Item = [{ type: 'attachment', filename: 'app.log' }, 'a line of the log']
    const items = [event(), ...dropped, log, ...dropped, minidump, ...dropped]
    await edge.ask(post('/api/1/envelope/', envelope({}, items)))
    const { rawCrash, dumps } = await only(edge)
    expect(JSON.stringify(rawCrash)).not.toContain('dropped')
    expect(dumps.map(({ name, bytes }) => [name, Buffer.from(bytes)])).toEqual([
      ['applog', Buffer.from('a line of the log')],
      ['upload_file_minidump', Buffer.from(dump)],
    ])
  })

  test('are not a minidump if they only refer to one', async () => {
    const reference: Item = [
      {
        type: 'attachment',
        attachment_type: 'event.minidump',
        content_type: 'application/vnd.sentry.attachment-ref+json',
      },
      '{"location":"https://x.example/1"}',
    ]
    const { status, text } = await createTestEdge().ask(
      post('/api/1/envelope/', envelope({}, [event(), reference])),
    )
    expect([status, JSON.parse(text).causes]).toEqual([400, ['malformed_no_minidump']])
  })
})

describe('an event that cannot be read', () => {
  const large = `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`

  test.each([
    ['broken JSON', '{"a":'],
    ['broken msgpack', new Uint8Array([0x81, 0xa1])],
    ['a bomb of msgpack', new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ['more than 1 MiB', large],
  ])('as %s is stored as a file, and the report is accepted', async (_, payload) => {
    const bytes = concat(payload)
    const asEnvelope = post(
      '/api/1/envelope/',
      envelope({ event_id: eventId }, [[{ type: 'event' }, bytes], minidump]),
    )
    const asUpload = upload([T('prod', 'App'), F('__sentry-event', bytes, undefined, '__sentry-event'), main])
    for (const request of [asEnvelope, asUpload]) {
      const edge = createTestEdge()
      expect((await edge.ask(request)).status).toBe(200)
      const { rawCrash, dumps } = await only(edge)
      expect(rawCrash.metadata.collector_notes).toContain("could not read the data of Sentry's client: event")
      expect(dumps.map((one) => one.bytes)).toEqual(expect.arrayContaining([bytes, dump]))
      expect(edge.deps.budget.heldBytes).toBe(0)
    }
  })

  test('in pieces that are split within a character is read', async () => {
    const edge = createTestEdge()
    const json = concat('{"release":"é@1","environment":"nightly"}')
    const cut = json.indexOf(0xa9)
    const parts = [
      T('sentry__1__1', json.subarray(0, cut)),
      T('sentry__1__2', json.subarray(cut, cut + 3)),
      T('sentry__2', json.subarray(cut + 3)),
    ]
    expect((await edge.ask(upload([...parts, main]))).status).toBe(200)
    expect((await only(edge)).rawCrash).toMatchObject({ ProductName: 'é', ReleaseChannel: 'nightly' })
  })

  test('as JSON under the name of a file of msgpack is read', async () => {
    const edge = createTestEdge()
    const json = JSON.stringify({ event_id: eventId, release: 'a@1', environment: 'nightly' })
    const crumbs = F('__sentry-breadcrumb1', '[{"message":"m"}]')
    const { text } = await edge.ask(upload([F('__sentry-event', json), crumbs, main]))
    expect(JSON.parse(text)).toEqual({ id: eventId })
    expect((await only(edge)).rawCrash).toMatchObject({
      ReleaseChannel: 'nightly',
      Breadcrumbs: '[{"message":"m"}]',
    })
  })
})

describe('answers', () => {
  const path = '/api/1/envelope/'

  test('to an upload without a minidump, or an empty one, contain the reason', async () => {
    for (const parts of [[T('prod', 'App')], [T('prod', 'App'), F('upload_file_minidump', '')]]) {
      const { status, text } = await createTestEdge().ask(upload(parts))
      expect([status, JSON.parse(text).causes]).toEqual([400, ['malformed_no_minidump']])
    }
  })

  test.each<[string, Uint8Array, string]>([
    ['nonsense', concat('nonsense'), 'invalid_envelope'],
    ['a truncated envelope', crash.subarray(0, crash.length - 10), 'invalid_envelope'],
    ['nothing', new Uint8Array(), 'no_content_length'],
    ['thousands of items', concat('{}\n', '{"type":"a"}\n\n'.repeat(10_001)), 'too_many_parts'],
    [
      'thousands of files',
      envelope(
        {},
        Array.from({ length: 2000 }, () => minidump),
      ),
      'too_many_files',
    ],
    ['a header without an end', concat('{"a":"', 'x'.repeat(20_000)), 'part_header_too_large'],
  ])('to %s contain the reason', async (_, body, reason) => {
    const edge = createTestEdge()
    const { status, text } = await edge.ask(post(path, body))
    expect([status, JSON.parse(text).causes]).toEqual([400, [`malformed_${reason}`]])
    expect(edge.deps.metrics.toPrometheus()).toContain(`malformed_total{reason="${reason}"} 1`)
    expect(edge.deps.budget.heldBytes).toBe(0)
  })

  test('to a client over its rate contain the time to wait', async () => {
    const edge = createTestEdge()
    edge.deps.maySubmit = async () => false
    const { status, headers, text } = await edge.ask(post(path, crash))
    expect([status, headers.get('retry-after'), headers.get('x-sentry-rate-limits')]).toEqual([
      429,
      '60',
      '60::organization',
    ])
    expect(JSON.parse(text)).toEqual({ detail: 'too many submissions', causes: [] })
  })

  test('while memory is used up or the store fails contain the reason', async () => {
    const full = createTestEdge({ BUDGET_MB: '1' })
    full.deps.budget.open().hold(1024 * 1024)
    const overloaded = await full.ask(post(path, crash))
    expect([overloaded.status, overloaded.headers.get('retry-after')]).toEqual([503, '5'])
    expect(JSON.parse(overloaded.text).detail).toMatch(/too many reports/)
    const broken = (storage: Storage): Storage => ({
      ...storage,
      put: () => Promise.reject(new Error('secret')),
    })
    const failed = await createTestEdge({}, broken).ask(post(path, crash))
    expect([failed.status, JSON.parse(failed.text)]).toEqual([
      500,
      { detail: 'the report could not be stored', causes: [] },
    ])
  })

  test('to reports that the throttle rejects are successful, and contain the rule', async () => {
    const edge = createTestEdge({ MAYDAY_POLICY: 'mozilla' })
    const { status, text, headers } = await edge.ask(post(path, crash))
    expect([status, JSON.parse(text), headers.get('x-crash-id')]).toEqual([
      200,
      { id: eventId, discarded: 'rule_unsupported_product' },
      null,
    ])
    expect((await edge.stored()).size).toBe(0)
  })

  test('to a report that is sent again have the same crash ID', async () => {
    const edge = createTestEdge()
    const ids = new Set<string | null>()
    for (const encoding of ['', 'gzip', 'zstd']) {
      const body =
        encoding === 'gzip' ? await gzip(crash) : encoding === 'zstd' ? nodeCodecs.compressZstd(crash) : crash
      const { headers } = await edge.ask(post(path, body, encoding ? { 'content-encoding': encoding } : {}))
      ids.add(headers.get('x-crash-id'))
    }
    expect([ids.size, (await edge.stored()).size]).toEqual([1, 1])
  })

  test("use the event ID of the envelope's header rather than the event's", async () => {
    const other = envelope({ event_id: 'AB'.repeat(16) }, [event(), minidump])
    const edge = createTestEdge()
    expect(JSON.parse((await edge.ask(post(path, other))).text)).toEqual({ id: 'ab'.repeat(16) })
    expect((await only(edge)).rawCrash.SentryEventID).toBe('ab'.repeat(16))
    const none = envelope({}, [event(), minidump])
    expect(JSON.parse((await createTestEdge().ask(post(path, none))).text)).toEqual({ id: eventId })
    expect((await createTestEdge().ask(post(path, envelope({}, [])))).text).toBe('{}')
  })

  test('contain any event ID that a client chooses', async () => {
    const bytes = encode({ event_id: '"><script>', release: 'a@1' })
    const { text, headers } = await createTestEdge().ask(upload([F('__sentry-event', bytes), main]))
    expect(JSON.parse(text)).toEqual({ id: headers.get('x-crash-id')!.replaceAll('-', '') })
  })
})
