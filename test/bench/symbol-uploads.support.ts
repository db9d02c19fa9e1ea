// Memory of the edge while symbols are uploaded by each protocol: uploads of four times the size must not need more.
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ZipWriter } from '@zip.js/zip.js'
import { changeTokens } from '../../batch/access/token-store.ts'
import { hashToken } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { withDeno, withWorkerd } from './edge.support.ts'
import { watchHeap, workerdMemory } from './heap.support.ts'
import { benchId, benchPath, type SymbolText, symbolText } from './symbol-text.support.ts'

const token = 'b'.repeat(32)
const sizes: Readonly<Record<string, number>> = { '50 MB': 50_000_000, '200 MB': 200_000_000 }
/** So much of the text is left after compression. */
const ratio = 0.67

/** Sends a body of about this size. */
type Protocol = (url: string, module: SymbolText, dir: string) => Promise<{ sent: number }>

const protocols: Readonly<Record<string, Protocol>> = {
  'zip in a form': sendZip,
  'gzip, listed in a manifest': sendListed,
  "text, as Breakpad's sym_upload sends it": sendText,
}

interface Memory {
  reset(): Promise<void>
  /** In MB, since `reset`. */
  read(): Promise<Record<string, number>>
}

export async function uploadsToDeno(dir: string): Promise<Record<string, unknown>> {
  await addToken(`file:${dir}`)
  return withDeno(dir, {}, (url, child) => measureAll(url, dir, rssOf(child)))
}

export async function uploadsToWorkerd(dir: string): Promise<Record<string, unknown>> {
  await addToken(`r2:${dir}`)
  return withWorkerd(dir, (url, inspector) => measureAll(url, dir, isolateAt(inspector)))
}

async function addToken(store: string): Promise<void> {
  const { stores, close } = await openStores(store, {})
  const added = { sha256: hashToken(token, nodeCodecs), label: 'bench', created_at: '2026-01-01T00:00:00Z' }
  await changeTokens(stores.crashes, async (tokens) => [
    ...tokens,
    { ...added, permissions: ['upload_symbols'] },
  ])
  await close()
}

async function measureAll(url: string, dir: string, memory: Memory): Promise<Record<string, unknown>> {
  const scratch = join(dir, 'bodies')
  mkdirSync(scratch, { recursive: true })
  const results: Record<string, unknown> = {}
  let made = 0
  const module = (bytes: number) => ({ name: `libupload${made}.so`, id: benchId(++made), bytes })
  for (const [name, send] of Object.entries(protocols)) {
    const compressed = send === sendText ? 1 : ratio
    await send(url, module(20_000_000), scratch)
    const bySize: Record<string, unknown> = {}
    for (const [size, bytes] of Object.entries(sizes)) {
      const text = module(bytes / compressed)
      await memory.reset()
      const started = performance.now()
      const { sent } = await send(url, text, scratch)
      const seconds = (performance.now() - started) / 1000
      bySize[size] = {
        body_bytes: sent,
        text_bytes: Math.round(text.bytes),
        seconds: Number(seconds.toFixed(1)),
        ...(await memory.read()),
      }
      await checkStored(url, text)
    }
    results[name] = bySize
  }
  return results
}

/** Resident memory of a process (proc_pid_status(5)): at the start of an upload, and its peak. */
function rssOf({ pid }: ChildProcess): Memory {
  const read = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Math.round(Number(found![1]) / 1024)
  }
  let before = 0
  return {
    async reset() {
      writeFileSync(`/proc/${pid}/clear_refs`, '5')
      before = read('VmRSS')
    },
    async read() {
      const peak = read('VmHWM')
      return { rss_before_mb: before, rss_peak_mb: peak, rss_growth_mb: peak - before }
    },
  }
}

function isolateAt(inspector: URL): Memory {
  let heap: Awaited<ReturnType<typeof watchHeap>>
  return {
    async reset() {
      workerdMemory.reset()
      heap = await watchHeap(inspector)
    },
    async read() {
      const { peakMb } = await heap.stop()
      return {
        isolate_peak_mb: Math.round(peakMb),
        bar_isolate_mb: 128,
        process_with_store_peak_mb: Math.round(workerdMemory.peakMb()),
      }
    },
  }
}

async function checkStored(url: string, { bytes, ...module }: SymbolText): Promise<void> {
  const answer = await fetch(`${url}/symbols/${benchPath(module)}`, { method: 'HEAD' })
  const size = Number(answer.headers.get('x-amz-meta-original_size'))
  if (answer.status !== 200 || size < bytes)
    throw new Error(`${module.name} was not stored: ${answer.status}, ${size} bytes`)
}

async function sendZip(url: string, module: SymbolText, dir: string): Promise<{ sent: number }> {
  const path = join(dir, 'symbols.zip')
  const zip = new ZipWriter(Writable.toWeb(createWriteStream(path)) as WritableStream<Uint8Array>, {
    useWebWorkers: false,
  })
  await zip.add(benchPath(module), Readable.toWeb(Readable.from(symbolText(module))) as ReadableStream)
  await zip.close()
  const head = Buffer.from(
    '--xYz\r\nContent-Disposition: form-data; name="symbols.zip"; filename="symbols.zip"\r\n\r\n',
  )
  const tail = Buffer.from('\r\n--xYz--\r\n')
  async function* body() {
    yield head
    yield* createReadStream(path)
    yield tail
  }
  const length = head.length + statSync(path).size + tail.length
  await send(`${url}/symbols/upload/`, body(), {
    ...{ method: 'POST', expect: 201, 'auth-token': token, 'content-length': length },
    'content-type': 'multipart/form-data; boundary=xYz',
  })
  return { sent: length }
}

async function sendListed(url: string, module: SymbolText, dir: string): Promise<{ sent: number }> {
  const path = join(dir, 'symbols.gz')
  const md5 = createHash('md5')
  let size = 0
  async function* described() {
    for await (const piece of symbolText(module)) {
      md5.update(piece)
      size += piece.length
      yield piece
    }
  }
  await pipeline(described(), createGzip({ level: 1 }), createWriteStream(path))
  const listed = { key: benchPath(module), size, md5_hash: md5.digest('hex') }
  const manifest = [Buffer.from(JSON.stringify({ files: [listed] }))]
  const { files } = JSON.parse(
    await send(`${url}/symbols/upload/v2/`, manifest, { method: 'POST', expect: 201, 'auth-token': token }),
  )
  const length = statSync(path).size
  await send(files[0].action.url, createReadStream(path), {
    ...{ method: 'PUT', expect: 200, 'content-length': length, 'content-encoding': 'gzip' },
  })
  return { sent: length }
}

async function sendText(url: string, module: SymbolText): Promise<{ sent: number }> {
  const create = `${url}/symbols/v1/uploads:create?key=${token}`
  const { uploadUrl, uploadKey } = JSON.parse(await send(create, [], { method: 'POST', expect: 200 }))
  let sent = 0
  async function* body() {
    for await (const piece of symbolText(module)) {
      sent += piece.length
      yield piece
    }
  }
  await send(uploadUrl, body(), { method: 'PUT', expect: 200 })
  const complete = `${url}/symbols/v1/uploads/${uploadKey}:complete?key=${token}`
  const completion = `{ symbol_id: {debug_file: "${module.name}", debug_id: "${module.id}" }, symbol_upload_type: "BREAKPAD" }`
  await send(complete, [Buffer.from(completion)], { method: 'POST', expect: 200 })
  return { sent }
}

type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Without `content-length`, in chunks. Returns the text of the response. */
async function send(
  url: string,
  body: Body,
  { method, expect, ...headers }: { method: string; expect: number } & Record<string, string | number>,
): Promise<string> {
  const sending = request(url, { method, headers, agent: false })
  const answered = new Promise<string>((done, fail) => {
    sending.on('error', fail).on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', fail).on('end', () => {
        if (response.statusCode === expect) done(text)
        else fail(new Error(`${method} ${url} answered ${response.statusCode} ${text.slice(0, 300)}`))
      })
    })
  })
  await Promise.all([pipeline(body, sending), answered])
  return answered
}
