// The table of methods and paths, compression, and symbols on the edge under Node, over sockets.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { fillStores, methodCases, pageCases, type ServedEdge } from '../../../contract/methods.ts'
import {
  storeVectorFiles,
  type SymbolicationEdge,
  symbolicationCases,
} from '../../../contract/symbolication.ts'
import { bytesOf } from '../../../support/crash-request.ts'
import { type RunningEdge, startNodeEdge } from '../../../support/running-edge.ts'

let folder: string
let running: RunningEdge
let edge: ServedEdge & SymbolicationEdge

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayday-node-'))
  running = await startNodeEdge(folder)
  const storage = (bucket: string) => createFolderStorage(join(folder, bucket))
  edge = {
    crashes: storage('crashes'),
    lake: storage('lake'),
    symbols: storage('symbols'),
    async ask(asked) {
      const path = asked.url.slice(new URL(asked.url).origin.length)
      const response = await fetch(new Request(running.url + path, asked))
      return { status: response.status, text: await response.text(), headers: response.headers }
    },
  }
  await fillStores(edge)
  await storeVectorFiles(edge)
})
afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true })
})

for (const { name, run } of [...methodCases, ...pageCases]) test(name, () => run(edge))
for (const { name, run } of symbolicationCases) test(name, () => run(edge))

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Unlike `fetch`, this does not decode bodies. */
function ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(running.url + path, { method, headers }, async (response) => {
      const pieces = await Array.fromAsync(response)
      done({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) })
    })
    sent.on('error', fail).end()
  })
}

const numbers = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i))
const aggregate = '/aggregates/v4/numbers.json'

test('large answers are compressed for clients that accept it, and HEAD has the headers of GET', async () => {
  await edge.lake.put(aggregate.slice(1), bytesOf(numbers), { contentType: 'application/json' })
  const accepted = { 'accept-encoding': 'gzip' }
  const [plain, zipped, head] = [
    await ask(aggregate, {}),
    await ask(aggregate, accepted),
    await ask(aggregate, accepted, 'HEAD'),
  ]
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.body.toString()).toBe(numbers)
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(zipped.body).toString()).toBe(numbers)
  const named = ({ headers }: Answer) => ({ ...headers, date: '', 'transfer-encoding': '' })
  expect([named(head), head.body.length]).toEqual([named(zipped), 0])
  const again = await ask(aggregate, { 'if-none-match': String(plain.headers.etag) })
  expect([again.status, again.body.length]).toEqual([304, 0])
})

test('files of the dashboard are sent as the build compressed them', async () => {
  const assets = resolve(import.meta.dirname, '../../../../dashboard/dist/assets')
  const names = await readdir(assets)
  // Small files are not compressed.
  const file = names.find((name) => name.endsWith('.js') && names.includes(`${name}.br`))!
  const plain = await readFile(join(assets, file))
  for (const [encoding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const answer = await ask(`/assets/${file}`, { 'accept-encoding': encoding })
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, encoding])
    expect(decode(answer.body).equals(plain)).toBe(true)
  }
})

test('SIGTERM finishes what is sent, and does not wait for connections without a request', async () => {
  const ending = await startNodeEdge(await mkdtemp(join(folder, 'ending-')))
  const { port } = new URL(ending.url)
  const unused = connect({ port: Number(port), host: '127.0.0.1' })
  await once(unused, 'connect')
  const closed = once(unused, 'close')
  const answer = await fetch(`${ending.url}/__version__`)
  const began = performance.now()
  const stopped = ending.stop()
  expect(await answer.text()).toBe('{}')
  await Promise.all([stopped, closed])
  // Far below the 25 s after which open connections are cut off.
  expect(performance.now() - began).toBeLessThan(15_000)
  expect(ending.output()).toContain('"shut_down"')
})
