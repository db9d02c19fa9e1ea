// The edge under Deno with a folder store: behavior specific to this runtime.
import { createHash } from 'node:crypto'
import { rawKey } from '../../../../shared/keys.ts'
import { nodeCodecs } from '../../../../shared/codecs/codecs.node.ts'
import { storedBoundary } from '../../../../shared/report/body/encoded-dump.ts'
import { readStoredReport } from '../../../../shared/report/stored.ts'
import { apiVectors } from '../../../contract/api.ts'
import { protectedVectors } from '../../../contract/protected-answers.ts'
import { publicVectors } from '../../../contract/public-answers.ts'
import {
  boundary,
  bytesOf,
  concat,
  F,
  fakeDump,
  gzip,
  multipart,
  submitRequest,
  T,
} from '../../../support/crash-request.ts'
import { until } from '../../../support/until.ts'
import { type DenoEdge, startEdge } from './edge.support.ts'

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value))
  if (a !== b) throw new Error(`Expected ${b?.slice(0, 300)}, got ${a?.slice(0, 300)}`)
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function ask(edge: DenoEdge, request: Request): Promise<[number, string]> {
  const response = await fetch(new Request(edge.url + new URL(request.url).pathname, request))
  return [response.status, await response.text()]
}

async function read(edge: DenoEdge, answer: string) {
  const id = /^CrashID=bp-([0-9a-f-]{36})\n$/.exec(answer)?.[1]
  if (!id) throw new Error(`No crash ID in ${JSON.stringify(answer)}`)
  return readStoredReport(await (await edge.crashes.get(rawKey(id)))!.bytes(), nodeCodecs)
}

/** Sends the head of a submission and waits until the edge asks for its body. */
async function openSubmission({ url }: DenoEdge, length: number): Promise<Deno.Conn> {
  const { hostname, port } = new URL(url)
  const connection = await Deno.connect({ hostname, port: Number(port) })
  const head = [
    'POST /submit HTTP/1.1',
    `Host: ${hostname}`,
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    `Content-Length: ${length}`,
    'Connection: close',
    'Expect: 100-continue',
  ]
  await connection.write(bytesOf(`${head.join('\r\n')}\r\n\r\n`))
  const answer = new Uint8Array(100)
  const size = await connection.read(answer)
  equal(new TextDecoder().decode(answer.subarray(0, size ?? 0)), 'HTTP/1.1 100 Continue\r\n\r\n')
  return connection
}

for (const { name, run } of [...publicVectors, ...protectedVectors, ...apiVectors]) Deno.test(name, run)

Deno.test('the edge in Deno', async (t) => {
  const folder = await Deno.makeTempDir()
  const edge = await startEdge(folder)
  const dump = fakeDump(1_300_000)
  const body = multipart([T('ProductName', 'Firefox'), T('Version', '1.0'), F('upload_file_minidump', dump)])
  let id = ''

  await t.step('stores a report and responds with its crash ID', async () => {
    const [status, text] = await ask(edge, submitRequest(body))
    equal(status, 200)
    id = text
    const { rawCrash, dumps } = await read(edge, text)
    equal(
      [rawCrash.ProductName, dumps[0]!.name, hash(dumps[0]!.bytes)],
      ['Firefox', 'upload_file_minidump', hash(dump)],
    )
  })

  await t.step('accepts gzip, deflate and zstd in chunks, with the same result', async () => {
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
      const headers = { 'content-encoding': encoding }
      for (const chunkSize of [3000, 1 << 20]) {
        equal(await ask(edge, submitRequest(bytes, { headers, chunkSize })), [200, id])
      }
    }
  })

  await t.step('refuses damaged and unbounded bodies', async () => {
    const zipped = await gzip(body)
    const gz = { 'content-encoding': 'gzip' }
    const bad = [400, 'Discarded=malformed_bad_gzip']
    equal(await ask(edge, submitRequest(zipped.subarray(0, zipped.length - 20), { headers: gz })), bad)
    equal(await ask(edge, submitRequest(bytesOf('no gzip'), { headers: gz })), bad)
    const bomb = multipart([T('a', '1'), F('f', new Uint8Array(30 << 20))])
    equal(await ask(edge, submitRequest(await gzip(bomb), { headers: gz })), [
      413,
      'Discarded=malformed_compression_ratio',
    ])
    const cut = nodeCodecs.compressZstd(body).subarray(0, 5000)
    equal(await ask(edge, submitRequest(cut, { headers: { 'content-encoding': 'zstd' } })), [
      400,
      'Discarded=malformed_bad_zstd',
    ])
    const large = new Uint8Array((25 << 20) + 1)
    equal(await ask(edge, submitRequest(large)), [413, 'Discarded=malformed_body_too_large'])
    equal(await ask(edge, submitRequest(large, { chunkSize: 1 << 20 })), [
      413,
      'Discarded=malformed_body_too_large',
    ])
  })

  await t.step('accepts its own stored report, sent unchanged', async () => {
    const key = rawKey(id.trim().slice('CrashID=bp-'.length))
    const bytes = await (await edge.crashes.get(key))!.bytes()
    const contentType = `multipart/form-data; boundary=${storedBoundary}`
    equal(await ask(edge, submitRequest(bytes, { contentType, headers: { 'content-encoding': 'zstd' } })), [
      200,
      id,
    ])
  })

  await t.step('reports a healthy store', async () => {
    const response = await fetch(`${edge.url}/__heartbeat__`)
    const health = (await response.json()) as { errors: unknown }
    equal([response.status, health.errors], [200, []])
  })

  await t.step('finishes requests in flight before it ends, and refuses new ones', async () => {
    const connection = await openSubmission(edge, body.length)
    edge.process.kill('SIGTERM')
    await until(async () => {
      const answer = await fetch(`${edge.url}/__lbheartbeat__`)
      await answer.body?.cancel()
      return answer.status === 503 && answer.headers.get('retry-after') === '1'
    })
    await connection.writable.getWriter().write(body)
    const answer = await new Response(connection.readable).text()
    equal([answer.slice(0, 15), answer.endsWith(`\r\n\r\n${id}`)], ['HTTP/1.1 200 OK', true])
    equal((await edge.process.status).code, 0)
  })
  await Deno.remove(folder, { recursive: true })
})

Deno.test('an edge that cannot start logs one line and exits with 1', async () => {
  const folder = await Deno.makeTempDir()
  using taken = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  const port = String(taken.addr.port)
  const cases: [Record<string, string>, RegExp][] = [
    [{ CRASH_ID_KEY: 'x' }, /CRASH_ID_KEY must be at least 16 characters/],
    [{ PORT: port }, new RegExp(`AddrInUse.*"port":${port}`)],
    [{ PORT: '8787', HTTP10_PORT: port }, new RegExp(`AddrInUse.*"http10_port":${port}`)],
  ]
  for (const [env, expected] of cases) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['run', '--allow-all', new URL('../../../../edge/runtime/deno-server.ts', import.meta.url).href],
      env: {
        HOST: '127.0.0.1',
        MAYDAY_STORE: `file:${folder}`,
        CRASH_ID_KEY: 'the key of the tests',
        ...env,
      },
    }).output()
    const last = new TextDecoder().decode(stdout).trim().split('\n').at(-1)!
    equal([code, new TextDecoder().decode(stderr), JSON.parse(last).event], [1, '', 'not_started'])
    if (!expected.test(last)) throw new Error(last)
  }
  await Deno.remove(folder, { recursive: true })
})
