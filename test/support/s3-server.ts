// A local S3 server for tests: s3rver behind a front that adds conditional writes, ordered lists and empty ranges.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// @ts-expect-error The package has no types.
import S3rver from '@20minutes/s3rver'

export interface S3Server {
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  /** Responses to send instead of the server's, each the given number of times; `late`: after executing the request. */
  failures: { status: number; times: number; late?: true }[]
  /** What the server does wrong, until it is changed back. */
  faults: { ignoresConditions: boolean; isReadOnly: boolean; isPublic: boolean }
  /** Requests seen so far, as `METHOD path`. */
  requests: string[]
  close(): Promise<void>
}

interface Entry {
  size: number
  etag: string
  modified: Date
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/**
 * Starts the server with empty buckets. s3rver checks signatures and keeps objects, but knows no conditional writes,
 * pages lists with a cipher that Node no longer has, escapes their keys twice, orders them by folder, and hangs on a
 * range of an empty object. So the front lets one request per key through at a time, remembers what was stored, and
 * answers these itself once s3rver has accepted the signature.
 */
export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'mayday-s3-'))
  const inner = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  })
  const { port } = (await inner.run()) as AddressInfo
  const stored = new Map<string, Entry>()
  const parts = new Map<string, number>()
  const failures: S3Server['failures'] = []
  const faults: S3Server['faults'] = { ignoresConditions: false, isReadOnly: false, isPublic: false }
  const requests: string[] = []
  let queue: Promise<unknown> = Promise.resolve()

  const outer = createServer(async (incoming, response) => {
    requests.push(`${incoming.method} ${incoming.url}`)
    const body = await readBody(incoming)
    const run = () => {
      const job = queue.then(() => handle({ port, stored, parts, faults }, incoming, body))
      queue = job.catch(() => {})
      return job
    }
    const isRead = incoming.method === 'GET' || incoming.method === 'HEAD'
    if ((faults.isReadOnly && !isRead) || (!faults.isPublic && !isSigned(incoming)))
      return send(response, { status: 403, headers: {}, body: errorBody('AccessDenied') })
    const failure = failures[0]
    if (failure) {
      if (--failure.times <= 0) failures.shift()
      if (failure.late) await run()
      return send(response, { status: failure.status, headers: {}, body: errorBody('Injected') })
    }
    send(response, await run(), incoming.method === 'HEAD')
  })
  await new Promise<void>((resume) => outer.listen(0, '127.0.0.1', resume))

  return {
    endpoint: `http://127.0.0.1:${(outer.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    failures,
    faults,
    requests,
    async close() {
      outer.closeAllConnections()
      await new Promise((resume) => outer.close(resume))
      await inner.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

interface Inside {
  port: number
  /** By `/bucket/key`, decoded. */
  stored: Map<string, Entry>
  /** Bytes of the parts of each multipart upload. */
  parts: Map<string, number>
  faults: S3Server['faults']
}

/** s3rver lets everyone read. */
const isSigned = ({ headers, url }: IncomingMessage) =>
  headers.authorization !== undefined || url?.includes('X-Amz-Signature=') === true

async function handle(inside: Inside, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const url = new URL(incoming.url ?? '/', 'http://host')
  const path = decodeURIComponent(url.pathname)
  const entry = inside.stored.get(path)
  if (url.searchParams.has('list-type')) return list(inside, incoming, url)
  if (url.searchParams.has('delete')) return deleteMany(inside, incoming, body, path)
  if (incoming.method === 'PUT' && !inside.faults.ignoresConditions) {
    const source = incoming.headers['x-amz-copy-source']
    const sourceTag = incoming.headers['x-amz-copy-source-if-match']
    const copied = typeof source === 'string' ? inside.stored.get(decodeURIComponent(source)) : undefined
    if (sourceTag !== undefined && copied && copied.etag !== sourceTag)
      return { status: 412, headers: {}, body: errorBody('PreconditionFailed') }
    const wanted = incoming.headers['if-match']
    const refused = incoming.headers['if-none-match'] ? entry : wanted !== undefined && entry?.etag !== wanted
    if (refused) return { status: entry ? 412 : 404, headers: {}, body: errorBody('PreconditionFailed') }
  }
  if (incoming.headers.range && entry?.size === 0) {
    return { status: 416, headers: {}, body: errorBody('InvalidRange') }
  }
  const answer = await forward(inside.port, incoming, body)
  if (answer.status === 200) remember(inside, incoming, { url, path, size: body.length, answer })
  return answer
}

interface Written {
  url: URL
  path: string
  size: number
  answer: Answer
}

/** Records an object that was written: at once, from parts, or as a copy. */
function remember(
  { stored, parts }: Inside,
  { method, headers }: IncomingMessage,
  { url, path, size, answer }: Written,
): void {
  const upload = url.searchParams.get('uploadId')
  const source = headers['x-amz-copy-source']
  const etag = /ETag>(?:&quot;|")?(\w[\w-]*)/.exec(answer.body.toString('latin1'))?.[1]
  const put = (bytes: number, tag: string) =>
    stored.set(path, { size: bytes, etag: tag, modified: new Date() })
  if (method === 'PUT' && upload) parts.set(upload, (parts.get(upload) ?? 0) + size)
  else if (method === 'POST' && upload) put(parts.get(upload) ?? 0, `"${etag}"`)
  else if (method === 'PUT' && typeof source === 'string')
    put(stored.get(decodeURIComponent(source))?.size ?? 0, `"${etag}"`)
  else if (method === 'PUT') put(size, String(answer.headers.etag))
}

/** Keys per page of a list, fewer than the 1000 of other servers, so that tests of several pages are fast. */
export const pageKeys = 100

async function list(inside: Inside, incoming: IncomingMessage, url: URL): Promise<Answer> {
  const checked = await forward(inside.port, incoming, Buffer.alloc(0))
  if (checked.status >= 400 && checked.status < 500) return checked
  const { searchParams: query } = url
  const bucket = `${url.pathname.replace(/\/$/, '')}/`
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const keys = [...inside.stored.keys()]
    .filter((path) => path.startsWith(bucket + (query.get('prefix') ?? '')))
    .map((path) => path.slice(bucket.length))
    .filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const isFolder = (name: string) => query.has('delimiter') && name.endsWith('/')
  const names = query.has('delimiter') ? namesBelow(keys, query.get('prefix') ?? '', after) : keys
  const page = names.slice(0, pageKeys)
  const contents = page.map((key) => {
    if (isFolder(key)) return `<CommonPrefixes><Prefix>${encodeURIComponent(key)}</Prefix></CommonPrefixes>`
    const { size, etag, modified } = inside.stored.get(bucket + key)!
    const quoted = etag.replaceAll('"', '&quot;')
    return `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${quoted}</ETag><Size>${size}</Size></Contents>`
  })
  const next =
    names.length > page.length
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${escapeXml(page.at(-1)!)}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>'
  const xml = `<ListBucketResult><EncodingType>url</EncodingType>${next}${contents.join('')}</ListBucketResult>`
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) }
}

/** Keys below a prefix, those with a further slash cut after it, each once; without the one in `after`. */
function namesBelow(keys: readonly string[], prefix: string, after: string): string[] {
  const names = keys.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1 || Infinity))
  return [...new Set(names)].filter((name) => name !== after)
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

async function deleteMany(
  inside: Inside,
  incoming: IncomingMessage,
  body: Buffer,
  bucket: string,
): Promise<Answer> {
  const answer = await forward(inside.port, incoming, body)
  if (answer.status !== 200) return answer
  const unescaped = body
    .toString()
    .replace(
      /&(lt|gt|quot|apos|amp);/g,
      (_, name: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]!,
    )
  for (const match of unescaped.matchAll(/<Key>(.*?)<\/Key>/gs)) {
    inside.stored.delete(`${bucket.replace(/\/$/, '')}/${match[1]}`)
  }
  return answer
}

function forward(port: number, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url, headers } = incoming
  const sent = { ...headers }
  if (url?.endsWith('?delete=')) sent['content-md5'] = createHash('md5').update(body).digest('base64')
  return new Promise((resolve, reject) => {
    const passed = request({ port, host: '127.0.0.1', method, path: url, headers: sent }, async (answer) => {
      resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: await readBody(answer) })
    })
    passed.on('error', reject).end(body)
  })
}

function send(response: ServerResponse, answer: Answer, isHead = false): void {
  const { 'transfer-encoding': _, connection: __, ...headers } = answer.headers
  response.writeHead(
    answer.status,
    isHead ? headers : { ...headers, 'content-length': String(answer.body.length) },
  )
  response.end(answer.body)
}

const errorBody = (code: string) => Buffer.from(`<Error><Code>${code}</Code></Error>`)

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of incoming) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
