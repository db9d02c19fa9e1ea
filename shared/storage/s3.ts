// A store in any S3-compatible bucket, over HTTP. https://docs.aws.amazon.com/AmazonS3/latest/API/
import { AwsClient } from 'aws4fetch'
import { pMapIterable } from 'p-map'
import { batchesOf } from '../batches.ts'
import { CrashError, reasonOf } from '../errors.ts'
import { setOwn } from '../own.ts'
import { present } from '../present.ts'
import { type RetryOptions, retry } from '../retry.ts'
import {
  arriving,
  arrivingObject,
  type Body,
  boundsOf,
  encodingKey,
  objectOf,
  piecesOf,
  sizeOf,
} from './body.ts'
import { isKey, requireKey } from './keys.ts'
import { optionsAtStart, putByParts, type Staging, stagingKey } from './put-stream.ts'
import {
  completeRequest,
  deleteRequest,
  failedDeletes,
  type ListPage,
  readErrorCode,
  readListPage,
  readUploadId,
} from './s3-xml.ts'
import type { ByteRange, ObjectInfo, PutOptions, Storage, StoredObject, StreamOptions } from './storage.ts'
import { storedBefore } from './stored-before.ts'

export interface S3Options {
  /** URL of the service, for example `https://s3.eu-central-1.amazonaws.com`; buckets are paths below it. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  fetch?: typeof fetch
  retry?: Partial<RetryOptions>
}

const maxDelete = 1000
const headsAtOnce = 16
const metadataPrefix = 'x-amz-meta-'
/** A query that requests bytes as stored: runtimes inflate responses with a Content-Encoding. */
const asStored = { 'response-content-encoding': 'identity' }

/** A response that a retry may improve. */
class TransientError extends Error {}

type Send = (method: string, key: string, init?: SendInit) => Promise<Response>
interface SendInit {
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array<ArrayBuffer> | Blob
  /** Statuses besides 2xx that the caller handles. */
  expect?: readonly number[]
  /** Called before the request is sent again. */
  onRetry?: () => void
}

/**
 * A store in one bucket. Requests are signed, and retried a few times after network errors, 429 and 5xx. Listings
 * include metadata only with `withMetadata`, which costs one request per object.
 */
export function createS3Storage(options: S3Options): Storage {
  const send = createSend(options)

  const storage: Storage = {
    async get(key, { range } = {}) {
      return isKey(key) ? getObject(send, key, range) : null
    },

    async head(key) {
      return isKey(key) ? headObject(send, key) : null
    },

    async put(key, body, putOptions = {}) {
      requireKey(key)
      const { response, retried } = await putObject(send, key, body, putOptions)
      if (!response.ok) return retried ? storedBefore(storage, key, body, putOptions) : null
      return writtenInfo(key, body, { response, putOptions })
    },

    async putStream(key, ...stream) {
      requireKey(key)
      const put = (body: Body, putOptions: StreamOptions) => storage.put(key, body, putOptions)
      return putByParts(stream, {
        put,
        stage: () => stageInS3(send, key, { bucket: options.bucket, known: optionsAtStart(stream[1]) }),
      })
    },

    async copy(from, to, { ifMatch } = {}) {
      requireKey(to)
      if (!isKey(from)) return false
      const headers = {
        'x-amz-copy-source': copySource(options.bucket, from),
        ...(ifMatch !== undefined && { 'x-amz-copy-source-if-match': `"${ifMatch}"` }),
      }
      const response = await send('PUT', to, { headers, expect: [404, 409, 412] })
      if (response.ok) await requireDone(response)
      else await response.body?.cancel()
      return response.ok
    },

    list: (prefix, listOptions = {}) => listObjects(send, prefix, listOptions),

    folders: (prefix) => listFolders(send, prefix),

    async delete(keys) {
      const valid = (typeof keys === 'string' ? [keys] : keys).filter(isKey)
      for (const batch of batchesOf(valid, maxDelete)) await deleteMany(send, batch)
    },
  }
  return storage
}

async function putObject(send: Send, key: string, body: Body, options: PutOptions) {
  const pieces = piecesOf(body)
  let retried = false
  const response = await send('PUT', key, {
    headers: putHeaders(options),
    body: pieces.length === 1 ? pieces[0]! : new Blob([...pieces]),
    expect: unmetStatuses(options),
    onRetry: () => {
      retried = true
    },
  })
  await response.body?.cancel()
  return { response, retried }
}

async function* listObjects(
  send: Send,
  prefix: string,
  { startAfter, withMetadata }: { startAfter?: string; withMetadata?: boolean },
) {
  let page: ListPage | undefined
  do {
    page = await listPage(send, prefix, page?.next ? { token: page.next } : { startAfter })
    if (withMetadata) yield* describeAll(send, page.objects)
    else yield* page.objects
  } while (page.next !== undefined)
}

function writtenInfo(
  key: string,
  body: Body,
  { response, putOptions }: { response: Response; putOptions: PutOptions },
): ObjectInfo {
  const { contentType, contentEncoding, metadata } = putOptions
  return {
    key,
    size: sizeOf(body),
    etag: unquote(response.headers.get('etag') ?? ''),
    uploaded: dateOf(response.headers.get('date')),
    ...present({ contentType, contentEncoding }),
    metadata: { ...metadata },
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
async function stageInS3(
  send: Send,
  key: string,
  { bucket, known }: { bucket: string; known: StreamOptions | null },
): Promise<Staging> {
  const stagedKey = known ? key : stagingKey(crypto.randomUUID())
  const begun = await send('POST', stagedKey, { query: { uploads: '' }, headers: putHeaders(known ?? {}) })
  const uploadId = readUploadId(await arriving(key, begun.text()))
  const etags: string[] = []
  let isComplete = false
  return {
    async putPart(number, bytes) {
      const query = { partNumber: `${number}`, uploadId }
      // The buffer is used again for the next part.
      const part = await send('PUT', stagedKey, { query, body: bytes.slice() })
      await part.body?.cancel()
      etags.push(part.headers.get('etag') ?? '')
    },
    async finish(options) {
      const body = new TextEncoder().encode(completeRequest(etags))
      await send('POST', stagedKey, { query: { uploadId }, body }).then((done) => requireDone(done))
      isComplete = true
      if (known) return headObject(send, key)
      const headers = {
        ...putHeaders(options),
        'x-amz-copy-source': copySource(bucket, stagedKey),
        'x-amz-metadata-directive': 'REPLACE',
      }
      await send('PUT', key, { headers }).then((done) => requireDone(done))
      return headObject(send, key)
    },
    async clear() {
      if (isComplete) return known ? undefined : deleteMany(send, [stagedKey])
      await (await send('DELETE', stagedKey, { query: { uploadId } })).body?.cancel()
    },
  }
}

/** Long operations of S3 may report an error in an answer with status 200. */
async function requireDone(response: Response): Promise<void> {
  const code = readErrorCode(await arriving('the result of a write', response.text()))
  if (code) throw new CrashError('storage', `S3 answered ${code} to the end of a write`)
}

async function* listFolders(send: Send, prefix: string): AsyncGenerator<string> {
  let page: ListPage | undefined
  do {
    page = await listPage(send, prefix, { delimiter: '/', ...(page?.next && { token: page.next }) })
    yield* page.folders
  } while (page.next !== undefined)
}

function createSend(options: S3Options): Send {
  const client = new AwsClient({ ...options, service: 's3', retries: 0 })
  const base = `${options.endpoint.replace(/\/+$/, '')}/${encodeURIComponent(options.bucket)}`
  const fetchSigned = options.fetch ?? fetch

  return async (method, key, init = {}) => {
    const query = new URLSearchParams(init.query).toString()
    const url = `${base}${key && `/${encodeKey(key)}`}${query && `?${query}`}`
    const { headers = {}, body, expect = [], onRetry = () => {} } = init
    const attempt = async () => {
      const request = await client.sign(url, { method, headers, ...present({ body }) })
      const response = await fetchSigned(request)
      const expected = response.ok || expect.includes(response.status)
      if (expected && response.status !== 404) return response
      const code = readErrorCode(await response.text())
      // A missing object is a valid response; a missing bucket is an error.
      if (expected && code !== 'NoSuchBucket') return new Response(null, { status: 404 })
      const message = `S3 answered ${response.status} ${code} to ${method} ${key || options.bucket}`
      if (response.status >= 500 || response.status === 429) throw new TransientError(message)
      throw new CrashError('storage', `${message}. Check endpoint, bucket and credentials.`)
    }
    try {
      const isTransient = (error: unknown) => !(error instanceof CrashError)
      return await retry(attempt, { isTransient, onRetry, ...options.retry })
    } catch (cause) {
      if (cause instanceof CrashError) throw cause
      throw new CrashError('storage', `S3 at ${options.endpoint} failed: ${reasonOf(cause)}`, { cause })
    }
  }
}

/** Encodes everything but unreserved characters and slashes, as S3 signatures require. */
function encodeKey(key: string): string {
  const encoded = encodeURIComponent(key).replaceAll('%2F', '/')
  return encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A path with `=` and similar characters unencoded: some servers decode the header incompletely. */
const copySource = (bucket: string, key: string) =>
  encodeURI(`/${bucket}/${key}`).replace(/[+?#]/g, encodeURIComponent)

/**
 * Statuses for a condition that did not hold. 409: another write of the same key intervened; 404: `ifMatch` for a
 * missing object.
 */
function unmetStatuses({ ifMatch, ifNoneMatch }: PutOptions): readonly number[] {
  if (ifMatch !== undefined) return [404, 409, 412]
  return ifNoneMatch === undefined ? [] : [409, 412]
}

function putHeaders(options: PutOptions): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': options.contentType ?? 'application/octet-stream',
  }
  if (options.contentEncoding) {
    headers['content-encoding'] = options.contentEncoding
    setOwn(headers, metadataPrefix + encodingKey, options.contentEncoding)
  }
  if (options.ifNoneMatch) headers['if-none-match'] = options.ifNoneMatch
  if (options.ifMatch !== undefined) headers['if-match'] = `"${options.ifMatch}"`
  for (const [name, value] of Object.entries(options.metadata ?? {}))
    setOwn(headers, metadataPrefix + name, value)
  return headers
}

async function getObject(
  send: Send,
  key: string,
  range: ByteRange | undefined,
): Promise<StoredObject | null> {
  if (range?.length === 0) {
    const info = await headObject(send, key)
    return info && objectOf(info, new Uint8Array())
  }
  const headers: Record<string, string> = {}
  if (range) headers.range = `bytes=${range.offset}-${range.length ? range.offset + range.length - 1 : ''}`
  const response = await send('GET', key, { headers, query: asStored, expect: [404, 416] })
  if (response.status === 404 || response.status === 416) {
    await response.body?.cancel()
    if (response.status === 404) return null
    const info = await headObject(send, key)
    return info && objectOf(info, new Uint8Array())
  }
  return objectFrom(key, response, range)
}

async function objectFrom(
  key: string,
  response: Response,
  range: ByteRange | undefined,
): Promise<StoredObject> {
  const encoding = response.headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity') {
    await response.body?.cancel()
    throw new CrashError(
      'storage',
      `S3 did not return ${key} as stored: it ignores response-content-encoding`,
    )
  }
  const info = infoFrom(key, response.headers, sizeFrom(response.headers))
  if (range && response.status === 200) {
    const whole = new Uint8Array(await arriving(key, response.arrayBuffer()))
    return objectOf(info, whole.subarray(...boundsOf(range, whole.length)))
  }
  return arrivingObject(info, response)
}

function sizeFrom(headers: Headers): number {
  const whole = /\/(\d+)$/.exec(headers.get('content-range') ?? '')
  return Number(whole ? whole[1] : (headers.get('content-length') ?? 0))
}

async function headObject(send: Send, key: string): Promise<ObjectInfo | null> {
  const response = await send('HEAD', key, { expect: [404] })
  if (response.status === 404) return null
  return infoFrom(key, response.headers, sizeFrom(response.headers))
}

function infoFrom(key: string, headers: Headers, size: number): ObjectInfo {
  const contentType = headers.get('content-type')
  const contentEncoding = headers.get(metadataPrefix + encodingKey) ?? headers.get('content-encoding')
  const metadata: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (name.startsWith(metadataPrefix) && name !== metadataPrefix + encodingKey)
      setOwn(metadata, name.slice(metadataPrefix.length), value)
  }
  return {
    key,
    size,
    etag: unquote(headers.get('etag') ?? ''),
    uploaded: dateOf(headers.get('last-modified')),
    ...(contentType && contentType !== 'application/octet-stream' && { contentType }),
    ...(contentEncoding && contentEncoding !== 'identity' && { contentEncoding }),
    metadata,
  }
}

const dateOf = (text: string | null) => new Date(text ?? 0)
const unquote = (etag: string) => etag.replace(/^(?:W\/)?"(.*)"$/, '$1')

async function listPage(
  send: Send,
  prefix: string,
  from: { token?: string; startAfter?: string | undefined; delimiter?: string },
): Promise<ListPage> {
  const query: Record<string, string> = { 'list-type': '2', 'encoding-type': 'url', prefix }
  if (from.delimiter !== undefined) query.delimiter = from.delimiter
  if (from.token !== undefined) query['continuation-token'] = from.token
  else if (from.startAfter !== undefined) query['start-after'] = from.startAfter
  const response = await send('GET', '', { query })
  return readListPage(await arriving(`the list of ${prefix}`, response.text()))
}

/** Objects removed since the listing are skipped. */
async function* describeAll(send: Send, objects: readonly ObjectInfo[]): AsyncGenerator<ObjectInfo> {
  const describe = ({ key }: ObjectInfo) => headObject(send, key)
  for await (const info of pMapIterable(objects, describe, { concurrency: headsAtOnce })) if (info) yield info
}

async function deleteMany(send: Send, keys: readonly string[]): Promise<void> {
  const body = new TextEncoder().encode(deleteRequest(keys))
  const checksum = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  const headers = {
    'content-type': 'application/xml',
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': btoa(String.fromCharCode(...checksum)),
  }
  const response = await send('POST', '', { query: { delete: '' }, headers, body })
  const failed = failedDeletes(await arriving('the result of a delete', response.text()))
  if (failed.length) {
    throw new CrashError('storage', `S3 could not delete ${failed.length} objects, the first ${failed[0]}`)
  }
}
