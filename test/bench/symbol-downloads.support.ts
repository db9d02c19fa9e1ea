// Downloads of symbol files from the edge, beside a handler in the same runtime that only reads the stored file.
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { symbolFileKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { storeFile } from '../../shared/symbol-store/store-file.ts'
import { median, withDeno, withDenoServer, withWorkerd } from './edge.support.ts'
import { benchId, benchPath, symbolText } from './symbol-text.support.ts'

interface Kind {
  textBytes: number
  /** Downloads per round. */
  count: number
}

const kinds: Readonly<Record<string, Kind>> = {
  '100 kB of text': { textBytes: 100_000, count: 300 },
  '4 MB of text': { textBytes: 4_000_000, count: 40 },
  '40 MB of text': { textBytes: 40_000_000, count: 6 },
}
const modules = Object.values(kinds).map(({ textBytes }, i) => ({
  ...{ name: `libbench${i}.so`, id: benchId(i) },
  bytes: textBytes,
}))
const concurrency = 4
const rounds = 3

/** Stores the files, as an upload does. */
async function store(url: string): Promise<void> {
  const { stores, close } = await openStores(url, {})
  for (const module of modules) {
    const file = { path: parseFilePath(benchPath(module))!, isTry: false, content: symbolText(module) }
    await storeFile({ ...file, maxBytes: 2 ** 31 }, { symbols: stores.symbols, codecs: nodeCodecs })
  }
  await close()
}

const keyOf = (path: string) => symbolFileKey(parseFilePath(path)!, false)

export async function downloadsInDeno(dir: string): Promise<Record<string, unknown>> {
  await store(`file:${dir}`)
  return withDeno(dir, {}, (url) =>
    withDenoServer(
      'test/edge/runtime/deno/download-baseline.ts',
      { FOLDER: join(dir, 'symbols') },
      (plainUrl) => besidePlainRead(url, (path) => `${plainUrl}/${keyOf(path)}`),
    ),
  )
}

export async function downloadsInWorkerd(dir: string): Promise<Record<string, unknown>> {
  await store(`r2:${dir}`)
  return withWorkerd(dir, (url) => besidePlainRead(url, (path) => `${url}/baseline/${keyOf(path)}`))
}

/** Megabytes per second of stored, compressed files, in alternating rounds. */
async function besidePlainRead(
  url: string,
  plainUrlOf: (path: string) => string,
): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {}
  for (const [i, [name, { count }]] of Object.entries(kinds).entries()) {
    const path = benchPath(modules[i]!)
    const [edgeUrl, plainUrl] = [`${url}/symbols/${path}`, plainUrlOf(path)]
    const edge: Download[] = []
    const plain: Download[] = []
    for (let round = -1; round < rounds; round++) {
      const both = [await download(plainUrl, count), await download(edgeUrl, count)] as const
      if (round < 0) continue
      plain.push(both[0])
      edge.push(both[1])
    }
    const [edgeRate, plainRate] = [edge, plain].map((all) => median(all.map((one) => one.mbPerSecond)))
    results[name] = {
      stored_bytes: edge[0]!.bytes / count,
      edge_mb_per_second: round1(edgeRate!),
      plain_read_mb_per_second: round1(plainRate!),
      ratio: Number((edgeRate! / plainRate!).toFixed(3)),
      edge_p50_ms: round1(median(edge.map((one) => one.p50Ms))),
      plain_read_p50_ms: round1(median(plain.map((one) => one.p50Ms))),
    }
  }
  return results
}

interface Download {
  bytes: number
  mbPerSecond: number
  p50Ms: number
}

async function download(url: string, count: number): Promise<Download> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const latencies: number[] = []
  let bytes = 0
  let next = 0
  const started = performance.now()
  const client = async () => {
    while (next++ < count) {
      const sent = performance.now()
      const received = await get(agent, url)
      bytes += received
      latencies.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  return { bytes, mbPerSecond: bytes / 1e6 / seconds, p50Ms: median(latencies) }
}

/** Bytes of the body, which is discarded. */
function get(agent: Agent, url: string): Promise<number> {
  return new Promise((done, fail) => {
    const sent = request(url, { agent, headers: { 'accept-encoding': 'gzip' } })
    sent.on('response', (response) => {
      let bytes = 0
      response.on('data', (chunk: Uint8Array) => {
        bytes += chunk.length
      })
      response.on('error', fail).on('end', () => {
        if (response.statusCode === 200) done(bytes)
        else fail(new Error(`${url} answered ${response.statusCode}`))
      })
    })
    sent.on('error', fail).end()
  })
}

const round1 = (value: number) => Number(value.toFixed(1))
