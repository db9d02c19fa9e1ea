// POST /submit: parsing, stored reports and responses.
import { describe, expect, test } from 'vitest'
import { rawKey } from '../../../shared/keys.ts'
import { inflateStoredReport, readReportMetadata } from '../../../shared/report/stored.ts'
import {
  boundary,
  bytesOf,
  concat,
  F,
  fakeDump,
  gzip,
  J,
  multipart,
  type SubmitOptions,
  submitRequest,
  T,
} from '../../support/crash-request.ts'
import { createTestEdge, startTime, submitToken, type TestEdge } from '../edge.support.ts'

const main = F('upload_file_minidump')
const firefox = [T('ProductName', 'Firefox'), T('Version', '1.0'), main]
const crashIdAnswer = /^CrashID=bp-([0-9a-f-]{29}0110906)\n$/
const bearer = { authorization: `Bearer ${submitToken}` }

/** Submits, expects acceptance, returns the crash ID. */
async function accepted(edge: TestEdge, body: Uint8Array, options?: SubmitOptions): Promise<string> {
  const { status, text } = await edge.ask(submitRequest(body, options))
  expect([status, text]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{36}\n$/)])
  return text.slice('CrashID=bp-'.length).trim()
}

async function refused(body: Uint8Array, options?: SubmitOptions, env?: Record<string, string>) {
  const edge = createTestEdge(env)
  const { status, text } = await edge.ask(submitRequest(body, options))
  expect((await edge.stored()).size).toBe(0)
  return [status, text]
}

describe('POST /submit', () => {
  test('responds with the crash ID on one line of text', async () => {
    const edge = createTestEdge()
    const { status, text, headers } = await edge.ask(submitRequest(multipart(firefox)))
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain'])
    expect(text).toMatch(crashIdAnswer)
  })

  test('responds with only the ID when the URL requests it', async () => {
    const edge = createTestEdge()
    for (const query of ['?answer=id', '?product=App&answer=id&version=1']) {
      const { text } = await edge.ask(
        submitRequest(multipart(firefox), { url: `http://localhost/submit${query}` }),
      )
      expect(text).toMatch(/^[0-9a-f-]{29}0110906$/)
    }
    for (const query of ['?answer=idea', '?product=answer=id'])
      expect(
        (await edge.ask(submitRequest(multipart(firefox), { url: `http://localhost/submit${query}` }))).text,
      ).toMatch(crashIdAnswer)
  })

  test('stores the time of submission, with keys in order', async () => {
    const edge = createTestEdge()
    await accepted(edge, multipart(firefox))
    const [report] = (await edge.stored()).values()
    expect(report!.rawCrash.submitted_timestamp).toBe('2011-09-06T00:00:00+00:00')
    expect(Object.keys(report!.rawCrash)).toEqual(Object.keys(report!.rawCrash).sort())
  })

  test('stores one object, with product, version, channel and sizes as metadata', async () => {
    const edge = createTestEdge()
    const id = await accepted(edge, multipart([...firefox, T('ReleaseChannel', 'nightly')]))
    const keys: string[] = []
    for await (const object of edge.crashes.list('')) keys.push(object.key)
    expect(keys).toEqual([`raw/20110906/${id}`])
    const info = await edge.crashes.head(rawKey(id))
    expect(info?.contentType).toBe('application/zstd')
    expect(readReportMetadata(info!.metadata)).toEqual({
      product: 'Firefox',
      version: '1.0',
      channel: 'nightly',
      dumpBytes: 8,
      dumpCount: 1,
    })
  })

  const encodings: [string, (body: Uint8Array) => Promise<Uint8Array>, string][] = [
    ['gzip', (body) => gzip(body), 'gzip'],
    ['GZIP', (body) => gzip(body), 'GZIP'],
    ['x-gzip', (body) => gzip(body), 'x-gzip'],
    ['deflate with its header', (body) => gzip(body, 'deflate'), 'deflate'],
    ['deflate without its header', (body) => gzip(body, 'deflate-raw'), 'deflate'],
    [
      'gzip in several members',
      async (body) => concat(await gzip(body.subarray(0, 100)), await gzip(body.subarray(100))),
      'gzip',
    ],
  ]
  for (const [name, encode, header] of encodings) {
    for (const chunkSize of [undefined, 1, 50]) {
      test(`takes ${name}, ${chunkSize ? `in chunks of ${chunkSize}` : 'whole'}`, async () => {
        const edge = createTestEdge()
        const headers = { 'content-encoding': header }
        const body = await encode(multipart(firefox))
        const id = await accepted(edge, body, { headers, ...(chunkSize && { chunkSize }) })
        const { rawCrash, dumps } = (await edge.stored()).get(id)!
        expect(rawCrash.metadata).toMatchObject({ payload_compressed: '1', payload_size: body.length })
        expect(dumps[0]!.bytes).toEqual(bytesOf('abcd1234'))
        expect(id).toBe(await accepted(createTestEdge(), multipart(firefox)))
      })
    }
  }

  test('accepts several zstd frames, in chunks of any size', async () => {
    const { deps } = createTestEdge()
    const body = multipart([...firefox, F('big', fakeDump(100_000))])
    const pieces = [body.subarray(0, 70), body.subarray(70, 90_000), body.subarray(90_000)]
    const sent = concat(...pieces.map((piece) => deps.codecs.compressZstd(piece)))
    for (const chunkSize of [7, 1000, 1_000_000]) {
      const edge = createTestEdge()
      const id = await accepted(edge, sent, { headers: { 'content-encoding': 'zstd' }, chunkSize })
      expect((await edge.stored()).get(id)!.dumps[1]!.bytes).toEqual(fakeDump(100_000))
    }
  })

  test('accepts multipart/mixed, and reports which part of a content type is wrong', async () => {
    const body = multipart(firefox)
    await accepted(createTestEdge(), body, { contentType: `multipart/mixed; boundary=${boundary}` })
    const type = (contentType: string | null) => refused(body, { contentType })
    expect(await type('application/json')).toEqual([400, 'Discarded=malformed_wrong_content_type'])
    expect(await type('multipart/form-data')).toEqual([400, 'Discarded=malformed_no_boundary'])
    expect(await type(`text/x; boundary=${boundary}`)).toEqual([
      400,
      'Discarded=malformed_wrong_content_type',
    ])
    const bare = new Request('http://localhost/submit', {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
    })
    const answer = await createTestEdge().ask(bare)
    expect([answer.status, answer.text]).toEqual([400, 'Discarded=malformed_no_content_type'])
  })

  test("refuses malformed bodies with the reasons of Socorro's collector", async () => {
    const body = multipart(firefox)
    const zipped = await gzip(body)
    const gz = { headers: { 'content-encoding': 'gzip' } }
    const malformed = (reason: string) => [400, `Discarded=malformed_${reason}`]
    expect(await refused(zipped)).toEqual(malformed('invalid_payload_structure'))
    expect(await refused(body, gz)).toEqual(malformed('bad_gzip'))
    for (const length of [1, 10, 50, zipped.length - 1]) {
      expect(await refused(zipped.subarray(0, length), gz)).toEqual(malformed('bad_gzip'))
    }
    expect(await refused(body.subarray(0, 20))).toEqual(malformed('invalid_payload_structure'))
    expect(await refused(bytesOf('junk'))).toEqual(malformed('invalid_payload_structure'))
    expect(await refused(multipart([]))).toEqual(malformed('no_annotations'))
    expect(await refused(multipart([main]))).toEqual(malformed('no_annotations'))
    expect(await refused(multipart([J('[1]')]))).toEqual(malformed('invalid_json_value'))
    expect(await refused(multipart([J('{')]))).toEqual(malformed('invalid_json'))
    expect(await refused(body, { headers: { 'content-encoding': 'br' } })).toEqual(
      malformed('unknown_encoding'),
    )
    expect(await refused(body, { headers: { 'content-encoding': 'deflate' } })).toEqual(
      malformed('bad_deflate'),
    )
    expect(await refused(body, { headers: { 'content-encoding': 'zstd' } })).toEqual(malformed('bad_zstd'))
  })

  test('refuses an empty body, with a length or without', async () => {
    const expected = [400, 'Discarded=malformed_no_content_length']
    expect(await refused(new Uint8Array(0))).toEqual(expected)
    expect(await refused(new Uint8Array(0), { chunkSize: 10 })).toEqual(expected)
    expect(
      await refused(new Uint8Array(0), { headers: { 'content-encoding': 'gzip' }, chunkSize: 10 }),
    ).toEqual(expected)
  })

  test('accepts a body of exactly the limit; one byte more gets 413, with or without a length', async () => {
    const limit = 25 * 1024 * 1024
    const shell = multipart([T('a', '1'), F('f', '')]).length
    const body = multipart([T('a', '1'), F('f', new Uint8Array(limit - shell))])
    await accepted(createTestEdge(), body)
    const more = concat(body, 'x')
    const tooLarge = [413, 'Discarded=malformed_body_too_large']
    expect(await refused(more)).toEqual(tooLarge)
    expect(await refused(more, { headers: { 'content-length': String(more.length) } })).toEqual(tooLarge)
    expect(await refused(more, { chunkSize: 1 << 20 })).toEqual(tooLarge)
  })

  test('refuses a body that inflates too much, before all of it arrives', async () => {
    const bomb = await gzip(multipart([T('a', '1'), F('f', new Uint8Array(40 << 20))]))
    expect(bomb.length).toBeLessThan(60_000)
    const gz = { headers: { 'content-encoding': 'gzip' } }
    expect(await refused(bomb, gz)).toEqual([413, 'Discarded=malformed_compression_ratio'])
    const policy = JSON.stringify({
      name: 'small',
      version: 1,
      limits: { inflatedBytes: 1000 },
      rules: [{ name: 'all', when: { kind: 'always' }, verdict: 'accept' }],
    })
    const body = multipart([T('a', '1'), F('f', fakeDump(2000))])
    const tooLarge = [413, 'Discarded=malformed_inflated_body_too_large']
    expect(await refused(await gzip(body), gz, { MAYDAY_POLICY: policy })).toEqual(tooLarge)
    const { deps } = createTestEdge()
    const zstd = { headers: { 'content-encoding': 'zstd' } }
    expect(await refused(deps.codecs.compressZstd(body), zstd, { MAYDAY_POLICY: policy })).toEqual(tooLarge)
  })

  test('keeps annotations that collector keys shadow', async () => {
    const edge = createTestEdge()
    const parts = [
      T('metadata', 'm'),
      T('version', '7.1'),
      T('submitted_timestamp', 't'),
      T('product', 'App'),
      main,
    ]
    await accepted(edge, multipart(parts))
    const [report] = (await edge.stored()).values()
    expect(report!.rawCrash).toMatchObject({
      ProductName: 'App',
      Version: '7.1',
      version: 2,
      submitted_timestamp: '2011-09-06T00:00:00+00:00',
      metadata: { shadowed: { metadata: 'm', version: '7.1', submitted_timestamp: 't' } },
    })
  })

  test("resolves other clients' names for product and version, and keeps the original annotations", async () => {
    const edge = createTestEdge()
    const id = await accepted(edge, multipart([T('prod', 'App'), T('ver', '2'), main]))
    expect((await edge.stored()).get(id)!.rawCrash).toMatchObject({
      ProductName: 'App',
      Version: '2',
      prod: 'App',
      ver: '2',
    })
  })

  test('gives a report that is sent again the same ID, and stores it once', async () => {
    const edge = createTestEdge()
    const first = await accepted(edge, multipart([...firefox, T('Throttleable', '1')]))
    edge.setTime(new Date('2011-09-06T23:59:59.999Z'))
    const again = await accepted(
      edge,
      await gzip(multipart([...firefox.toReversed(), T('Throttleable', '0')])),
      {
        headers: { 'content-encoding': 'gzip' },
      },
    )
    expect(again).toBe(first)
    const reports = await edge.stored()
    expect([...reports.keys()]).toEqual([first])
    expect(reports.get(first)!.rawCrash.Throttleable).toBe('1')
    edge.setTime(new Date('2011-09-07T00:00:00Z'))
    expect(await accepted(edge, multipart(firefox))).toBe(`${first.slice(0, 30)}110907`)
  })

  test('stores two concurrent copies once', async () => {
    const edge = createTestEdge()
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => accepted(edge, multipart(firefox), { chunkSize: 50 })),
    )
    expect(new Set(ids).size).toBe(1)
    expect((await edge.stored()).size).toBe(1)
  })

  test('gives a stored report, sent again unchanged or inflated, the same ID', async () => {
    const edge = createTestEdge()
    const parts = [
      T('prod', 'App'),
      T('version', '7.1'),
      T('Email', 'x@y'),
      F('upload_file_minidump', fakeDump(700_000)),
      main,
    ]
    const id = await accepted(edge, multipart(parts.slice(0, 4)))
    const bytes = await (await edge.crashes.get(rawKey(id)))!.bytes()
    const { body, contentType } = inflateStoredReport(bytes, edge.deps.codecs)
    const other = createTestEdge()
    expect(await accepted(other, body, { contentType })).toBe(id)
    expect(await accepted(other, bytes, { contentType, headers: { 'content-encoding': 'zstd' } })).toBe(id)
    const [before, after] = [(await edge.stored()).get(id)!, (await other.stored()).get(id)!]
    expect(after.dumps).toEqual(before.dumps)
    const { metadata: _, ...annotations } = before.rawCrash
    expect(after.rawCrash).toMatchObject(annotations)
    expect(after.rawCrash.metadata.shadowed).toEqual(before.rawCrash.metadata.shadowed)
    // On another day an authorized sender keeps the ID; others get the ID of that day.
    other.setTime(new Date('2011-09-08T00:00:00Z'))
    expect(await accepted(other, body, { contentType, headers: bearer })).toBe(id)
    expect(await accepted(other, body, { contentType })).toBe(`${id.slice(0, 30)}110908`)
  })

  test('accepts the body with any Content-Length', async () => {
    const edge = createTestEdge()
    await accepted(edge, multipart(firefox), { chunkSize: 10 })
    await accepted(edge, multipart(firefox), { headers: { 'content-length': 'foo' } })
  })
})

describe('the throttle', () => {
  const mozilla = { MAYDAY_POLICY: 'mozilla' }

  test('samples about a tenth with its weight, and decides the same when a report is sent again', async () => {
    const edge = createTestEdge(mozilla)
    const build = (i: number) =>
      multipart([
        T('ProductName', 'Firefox'),
        T('ReleaseChannel', 'release'),
        F('upload_file_minidump', `dump ${i}`),
      ])
    const answers = new Set<string>()
    for (let i = 0; i < 300; i++) {
      const first = await edge.ask(submitRequest(build(i)))
      const second = await edge.ask(submitRequest(build(i)))
      expect(second.text).toBe(first.text)
      answers.add(first.text)
    }
    const reports = [...(await edge.stored()).values()]
    expect(reports.length).toBeGreaterThan(10)
    expect(reports.length).toBeLessThan(60)
    expect(answers).toContain('Discarded=rule_is_firefox_desktop')
    for (const { rawCrash } of reports) {
      expect(rawCrash.metadata.throttle).toEqual({ rule: 'is_firefox_desktop', percent: 10, weight: 10 })
    }
  })
})

describe('the log', () => {
  test('has one line per report, with no annotation except product and version', async () => {
    const edge = createTestEdge()
    const id = await accepted(edge, multipart([...firefox, T('URL', 'https://secret.example/')]), {
      headers: { 'x-forwarded-for': '192.0.2.7', 'cf-connecting-ip': '192.0.2.7' },
    })
    expect(edge.logs).toEqual([
      {
        time: startTime.toISOString(),
        severity: 'info',
        event: 'submission',
        outcome: 'stored',
        crash_id: id,
        product: 'Firefox',
        version: '1.0',
        rule: 'accept_everything',
        wire_bytes: expect.any(Number),
      },
    ])
    const object = await edge.crashes.get(rawKey(id))
    const text = new TextDecoder().decode(inflateStoredReport(await object!.bytes(), edge.deps.codecs).body)
    expect(text + JSON.stringify(object!.metadata)).not.toContain('192.0.2.7')
  })
})

describe('other methods on /submit', () => {
  test('OPTIONS returns the allowed methods, also to browsers', async () => {
    const { status, text, headers } = await createTestEdge().ask(
      new Request('http://localhost/submit', { method: 'OPTIONS' }),
    )
    expect([status, text, headers.get('allow')]).toEqual([200, '', 'POST, OPTIONS'])
    expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('%s gets 405', async (method) => {
    const { status, text, headers } = await createTestEdge().ask(
      new Request('http://localhost/submit', { method }),
    )
    expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    if (method !== 'HEAD') expect(JSON.parse(text)).toEqual({ title: '405 Method Not Allowed' })
  })
})
