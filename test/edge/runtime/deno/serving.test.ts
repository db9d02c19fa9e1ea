// The table of methods and paths over sockets, and compression by the edge under Deno.
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { processedKey } from '../../../../shared/keys.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { fillStores, methodCases, pageCases } from '../../../contract/methods.ts'
import { boundary, bytesOf, F, multipart, T } from '../../../support/crash-request.ts'
import { startEdge, stopEdge } from './edge.support.ts'

function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value))
  if (a !== b) throw new Error(`Expected ${b}, got ${a}`)
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Uint8Array
}

/** Unlike Deno's `fetch`, this does not decode bodies. */
function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
  body?: Uint8Array,
): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(url, { method, headers }, async (response) => {
      const pieces = await Array.fromAsync(response)
      done({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) })
    })
    sent.on('error', fail).end(body)
  })
}

const reportId = 'de1bb258-cbbf-4589-a673-34f800160918'
const numbers = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i))
const report = `/api/report/${reportId}`
const aggregate = '/aggregates/v4/numbers.json'

/** Path, Accept-Encoding, Content-Encoding of the response. */
const compressed: readonly [string, string | undefined, string | undefined][] = [
  [aggregate, 'gzip', 'gzip'],
  [aggregate, 'gzip, deflate, br, zstd', 'gzip'],
  [aggregate, '*', 'gzip'],
  [aggregate, 'br, gzip;q=0.1', 'gzip'],
  [aggregate, 'GZIP', 'gzip'],
  [aggregate, 'gzip;q=0', undefined],
  [aggregate, 'gzip;q=0, *', undefined],
  [aggregate, 'identity', undefined],
  [aggregate, 'deflate', undefined],
  [aggregate, undefined, undefined],
  [report, 'gzip', 'gzip'],
  [report, undefined, undefined],
  ['/aggregates/v4/home.json', 'gzip', undefined],
  ['/aggregates/v4/picture.png', 'gzip', undefined],
]

const assets = new URL('../../../../dashboard/dist/assets/', import.meta.url)
const isBuilt = await Deno.stat(assets).then(
  () => true,
  () => false,
)

Deno.test('the edge under Deno serves', async (t) => {
  const folder = await Deno.makeTempDir()
  const running = await startEdge(folder)
  const lake = createFolderStorage(`${folder}/lake`)
  const edge = {
    crashes: running.crashes,
    lake,
    async ask(request: Request) {
      const { pathname, search } = new URL(request.url)
      const response = await fetch(new Request(running.url + pathname + search, request))
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
  }
  await fillStores(edge)
  for (const { name, run } of methodCases) await t.step(name, () => run(edge))
  for (const { name, run } of pageCases) await t.step({ name, ignore: !isBuilt, fn: () => run(edge) })

  await lake.put('aggregates/v4/numbers.json', bytesOf(numbers), { contentType: 'application/json' })
  await lake.put('aggregates/v4/picture.png', bytesOf(numbers), { contentType: 'image/png' })
  const crash = { crash_id: reportId, signature: 'main', reason: 'x'.repeat(5000), json_dump: {} }
  await running.crashes.put(processedKey(reportId), bytesOf(JSON.stringify(crash)))

  for (const [path, accepted, encoding] of compressed) {
    await t.step(`${path} ${encoding ?? 'uncompressed'} to a client that accepts ${accepted}`, async () => {
      const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted }
      const plain = await ask(running.url + path, {})
      const answer = await ask(running.url + path, headers)
      equal([answer.status, answer.headers['content-encoding']], [200, encoding])
      equal([answer.headers.etag, answer.headers.vary], [plain.headers.etag, plain.headers.vary])
      if (!/accept-encoding/i.test(String(answer.headers.vary))) throw new Error('Vary lacks Accept-Encoding')
      const body = encoding ? gunzipSync(answer.body) : answer.body
      equal(Buffer.from(body).equals(plain.body), true)
      const again = await ask(running.url + path, {
        ...headers,
        'if-none-match': String(answer.headers.etag),
      })
      equal([again.status, again.body.length, again.headers.etag], [304, 0, answer.headers.etag])
    })
  }

  await t.step('HEAD with the headers of GET, also for compressed responses', async () => {
    for (const path of [aggregate, report, '/aggregates/v4/home.json']) {
      const headers = { 'accept-encoding': 'gzip' }
      const [get, head] = [
        await ask(running.url + path, headers),
        await ask(running.url + path, headers, 'HEAD'),
      ]
      const ofAnswer = ({ headers }: Answer) =>
        Object.entries({ ...headers, date: '', 'transfer-encoding': '' }).sort()
      equal([ofAnswer(head), head.body.length], [ofAnswer(get), 0])
    }
  })

  await t.step({
    name: 'files of the dashboard, compressed by the build',
    ignore: !isBuilt,
    async fn() {
      const names = (await Array.fromAsync(Deno.readDir(assets))).map(({ name }) => name)
      // Small files are not compressed.
      const file = names.find((name) => name.endsWith('.js') && names.includes(`${name}.br`))!
      const plain = await Deno.readFile(new URL(file, assets))
      const decoders = { br: brotliDecompressSync, gzip: gunzipSync }
      for (const [accepted, decode] of Object.entries(decoders)) {
        const answer = await ask(`${running.url}/assets/${file}`, { 'accept-encoding': accepted })
        equal([answer.status, answer.headers['content-encoding']], [200, accepted])
        equal(answer.headers['content-type'], 'text/javascript; charset=utf-8')
        equal(decode(answer.body).equals(plain), true)
      }
    },
  })

  await t.step('responses to crash clients, uncompressed', async () => {
    const headers = {
      'accept-encoding': 'gzip',
      'content-type': `multipart/form-data; boundary=${boundary}`,
    }
    const parts = [T('prod', 'App'), T('note', 'x'.repeat(5000)), F('upload_file_minidump')]
    for (const path of ['/submit', '/submit/check']) {
      const answer = await ask(running.url + path, headers, 'POST', multipart(parts))
      equal([answer.status, answer.headers['content-encoding']], [200, undefined])
      equal(answer.headers['cache-control'], 'no-store, no-transform')
      equal(Number(answer.headers['content-length']), answer.body.length)
    }
  })

  await stopEdge(running)
  await Deno.remove(folder, { recursive: true })
})
