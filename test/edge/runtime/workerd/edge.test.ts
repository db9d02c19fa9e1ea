// The edge in workerd with its real R2: behavior specific to this runtime.
import { env, exports } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { rawKey } from '../../../../shared/keys.ts'
import { nodeCodecs } from '../../../../shared/codecs/codecs.node.ts'
import {
  inflateStoredReport,
  readReportMetadata,
  readStoredReport,
} from '../../../../shared/report/stored.ts'
import { apiVectors } from '../../../contract/api.ts'
import { protectedVectors } from '../../../contract/protected-answers.ts'
import { publicVectors } from '../../../contract/public-answers.ts'
import {
  bytesOf,
  concat,
  F,
  fakeDump,
  gzip,
  multipart,
  type SubmitOptions,
  submitRequest,
  T,
} from '../../../support/crash-request.ts'

const main = F('upload_file_minidump')
const firefox = [T('ProductName', 'Firefox'), T('Version', '1.0')]
const fetchEdge = (request: Request): Promise<Response> => exports.default.fetch(request)

async function submit(body: Uint8Array, options?: SubmitOptions): Promise<{ status: number; text: string }> {
  const response = await fetchEdge(submitRequest(body, options))
  return { status: response.status, text: await response.text() }
}

const idOf = (text: string) => text.trim().slice('CrashID=bp-'.length)

async function storedBytes(crashId: string): Promise<Uint8Array> {
  const object = await env.CRASHES.get(rawKey(crashId))
  return new Uint8Array(await object!.arrayBuffer())
}

describe('the edge in workerd', () => {
  test('stores a report in R2 and responds with its crash ID', async () => {
    const { status, text } = await submit(multipart([...firefox, main]))
    expect([status, text]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{29}0\d{6}\n$/)])
    const { rawCrash, dumps } = readStoredReport(await storedBytes(idOf(text)), nodeCodecs)
    expect(rawCrash).toMatchObject({ ProductName: 'Firefox', uuid: idOf(text), version: 2 })
    expect(dumps).toEqual([{ name: 'upload_file_minidump', bytes: bytesOf('abcd1234') }])
    const info = await env.CRASHES.head(rawKey(idOf(text)))
    expect(readReportMetadata(info!.customMetadata!)).toMatchObject({ product: 'Firefox', dumpBytes: 8 })
  })

  test('accepts gzip, deflate and zstd, in chunks without a length', async () => {
    const body = multipart([...firefox, F('upload_file_minidump', fakeDump(300_000))])
    const { text } = await submit(body, { chunkSize: 10_000 })
    const half = body.length >> 1
    const sent: [string, Uint8Array][] = [
      ['gzip', await gzip(body)],
      ['gzip', concat(await gzip(body.subarray(0, half)), await gzip(body.subarray(half)))],
      ['deflate', await gzip(body, 'deflate')],
      ['deflate', await gzip(body, 'deflate-raw')],
      [
        'zstd',
        concat(nodeCodecs.compressZstd(body.subarray(0, half)), nodeCodecs.compressZstd(body.subarray(half))),
      ],
    ]
    for (const [encoding, bytes] of sent) {
      for (const chunkSize of [999, 1 << 17]) {
        const answer = await submit(bytes, { headers: { 'content-encoding': encoding }, chunkSize })
        expect(answer).toEqual({ status: 200, text })
      }
    }
    expect(readStoredReport(await storedBytes(idOf(text)), nodeCodecs).dumps[0]!.bytes).toEqual(
      fakeDump(300_000),
    )
  })

  test('refuses damaged and unbounded compressed bodies', async () => {
    const gz = await gzip(multipart([...firefox, F('f', fakeDump(50_000))]))
    const headers = { 'content-encoding': 'gzip' }
    const bad = { status: 400, text: 'Discarded=malformed_bad_gzip' }
    expect(await submit(gz.subarray(0, gz.length - 20), { headers })).toEqual(bad)
    expect(await submit(bytesOf('no gzip'), { headers })).toEqual(bad)
    expect(await submit(concat(gz.subarray(0, 100), gz.subarray(200)), { headers })).toEqual(bad)
    const bomb = await gzip(multipart([...firefox, F('f', new Uint8Array(30 << 20))]))
    expect(await submit(bomb, { headers })).toEqual({
      status: 413,
      text: 'Discarded=malformed_compression_ratio',
    })
    const zstdBomb = nodeCodecs.compressZstd(multipart([...firefox, F('f', new Uint8Array(30 << 20))]))
    const answer = await submit(zstdBomb, { headers: { 'content-encoding': 'zstd' } })
    expect(answer).toEqual({ status: 413, text: 'Discarded=malformed_compression_ratio' })
  })

  test('stores a report once that several clients send concurrently', async () => {
    const body = multipart([...firefox, F('upload_file_minidump', 'sent at once')])
    const answers = await Promise.all(Array.from({ length: 6 }, () => submit(body, { chunkSize: 100 })))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]!.status).toBe(200)
  })

  test('accepts its own stored report, sent unchanged', async () => {
    const { text } = await submit(
      multipart([T('prod', 'App'), T('ver', '2'), F('upload_file_minidump', fakeDump(600_000))]),
    )
    const bytes = await storedBytes(idOf(text))
    const { contentType } = inflateStoredReport(bytes, nodeCodecs)
    expect((await submit(bytes, { contentType, headers: { 'content-encoding': 'zstd' } })).text).toBe(text)
  })

  test('limits the submissions of one client with the binding of the platform', async () => {
    const url = 'https://crash.example/submit'
    const send = async (address: string) =>
      fetchEdge(submitRequest(bytesOf('junk'), { url, headers: { 'cf-connecting-ip': address } }))
    // The platform counts by minutes of the clock: at most one new minute begins during the test.
    const statuses: number[] = []
    while (statuses.length < 700 && statuses.at(-1) !== 429) statuses.push((await send('192.0.2.7')).status)
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([400]))
    expect(statuses.length).toBeGreaterThan(300)
    const limited = await send('192.0.2.7')
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60'])
    expect((await send('192.0.2.8')).status).toBe(400)
  })

  for (const { name, run } of [...publicVectors, ...protectedVectors, ...apiVectors]) test(name, run)

  test('responds to many concurrent heartbeats, each in its own request context', async () => {
    const asked = Array.from({ length: 100 }, () => fetchEdge(new Request('http://localhost/__heartbeat__')))
    const bodies = await Promise.all((await Promise.all(asked)).map((response) => response.text()))
    expect(new Set(bodies).size).toBe(1)
    expect(JSON.parse(bodies[0]!)).toMatchObject({ errors: [] })
  })

  test('counts reads by client, a /64 IPv6 network as one', async () => {
    const read = async (address: string) => {
      const headers = { 'cf-connecting-ip': address }
      return (await fetchEdge(new Request('https://crash.example/api/report/x', { headers }))).status
    }
    const statuses: number[] = []
    while (statuses.length < 1300 && statuses.at(-1) !== 429) statuses.push(await read('2001:db8:1:2::7'))
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([400]))
    expect(statuses.length).toBeGreaterThan(600)
    expect(await read('2001:db8:1:2:ffff::8')).toBe(429)
    expect(await read('2001:db8:1:3::7')).toBe(400)
  })

  test('serves public views, aggregates and health', async () => {
    const id = 'de1bb258-cbbf-4589-a673-34f800160918'
    const crash = { crash_id: id, signature: 'main', json_dump: {}, email: 'x@y.example' }
    await env.CRASHES.put(`processed/20160918/${id}`, nodeCodecs.compressZstd(bytesOf(JSON.stringify(crash))))
    const report = await fetchEdge(new Request(`http://localhost/api/report/bp-${id}`))
    const view = await report.text()
    expect(JSON.parse(view)).toMatchObject({ signature: 'main' })
    expect(view).not.toContain('x@y')
    await env.LAKE.put('aggregates/v4/home.json', '{"version":1}', {
      httpMetadata: { contentType: 'application/json' },
    })
    const aggregate = await fetchEdge(new Request('http://localhost/aggregates/v4/home.json'))
    expect(await aggregate.json()).toEqual({ version: 1 })
    const etag = aggregate.headers.get('etag')!
    const again = await fetchEdge(
      new Request(aggregate.url || 'http://localhost/aggregates/v4/home.json', {
        headers: { 'if-none-match': etag },
      }),
    )
    expect(again.status).toBe(304)
    const health = await fetchEdge(new Request('http://localhost/__heartbeat__'))
    expect([health.status, await health.json()]).toEqual([200, expect.objectContaining({ errors: [] })])
  })
})
