// A store in an R2 bucket, through a binding. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
import { batchesOf } from '../batches.ts'
import { CrashError } from '../errors.ts'
import { present } from '../present.ts'
import { type RetryOptions, retry } from '../retry.ts'
import { arrivingObject, type Body, encodingKey, joined, objectOf, piecesOf, sizeOf } from './body.ts'
import { compareKeys, isKey, requireKey } from './keys.ts'
import { optionsAtStart, putByParts, type Staging, stagingKey } from './put-stream.ts'
import type { ByteRange, ObjectInfo, PutOptions, Storage, StoredObject, StreamOptions } from './storage.ts'
import { storedBefore } from './stored-before.ts'

/** The subset of `R2Bucket` used here, so the binding fits without an import. */
export interface R2BucketLike {
  head(key: string): Promise<R2ObjectLike | null>
  get(key: string, options?: { range?: ByteRange }): Promise<R2ObjectBodyLike | null>
  put(
    key: string,
    value: Uint8Array<ArrayBuffer> | ReadableStream,
    options: R2PutOptionsLike,
  ): Promise<R2ObjectLike | null>
  list(options: R2ListOptionsLike): Promise<R2ObjectsLike>
  delete(keys: string[]): Promise<void>
  /** Absent on the local R2 from Node, where large bodies are held in memory. */
  createMultipartUpload?(key: string, options: Omit<R2PutOptionsLike, 'onlyIf'>): Promise<R2MultipartLike>
}

interface R2MultipartLike {
  uploadPart(number: number, bytes: Uint8Array<ArrayBuffer>): Promise<R2PartLike>
  complete(parts: R2PartLike[]): Promise<R2ObjectLike>
  abort(): Promise<void>
}

interface R2PartLike {
  partNumber: number
  etag: string
}

interface R2ObjectLike {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly uploaded: Date
  readonly httpMetadata?: { readonly contentType?: string; readonly contentEncoding?: string }
  readonly customMetadata?: Record<string, string>
}

interface R2ObjectBodyLike extends R2ObjectLike {
  readonly body: ReadableStream
  arrayBuffer(): Promise<ArrayBuffer>
}

interface R2PutOptionsLike {
  onlyIf?: { etagMatches: string } | { etagDoesNotMatch: string }
  httpMetadata: { contentType?: string; contentEncoding?: string }
  customMetadata: Record<string, string>
}

interface R2ListOptionsLike {
  prefix: string
  cursor?: string
  startAfter?: string
  delimiter?: string
  include: ('httpMetadata' | 'customMetadata')[]
}

interface R2ObjectsLike {
  readonly objects: readonly R2ObjectLike[]
  /** With `delimiter` only. */
  readonly delimitedPrefixes?: readonly string[]
  readonly truncated: boolean
  readonly cursor?: string
}

const maxDelete = 1000
/** Split bodies up to this size are joined, which costs less than a stream. */
const joinUpTo = 256 * 1024

/** A store in `bucket`. Transient failures of R2 are retried a few times. */
export function createR2Storage(bucket: R2BucketLike, retryOptions: Partial<RetryOptions> = {}): Storage {
  const attempt = createAttempt(retryOptions)
  const listOf = (prefix: string) => (options: R2ListOptionsLike) =>
    attempt(`list ${prefix}`, () => bucket.list(options))
  const storage: Storage = {
    get: async (key, { range } = {}) =>
      isKey(key) ? attempt(`read ${key}`, () => getObject(bucket, key, range)) : null,

    async head(key) {
      const object = isKey(key) ? await attempt(`look up ${key}`, () => bucket.head(key)) : null
      return object && infoOf(object)
    },

    async put(key, body, options = {}) {
      requireKey(key)
      const { object, retried } = await attemptWrite(attempt, key, () =>
        putObject(bucket, key, body, options),
      )
      if (object) return infoOf(object)
      return retried ? storedBefore(storage, key, body, options) : null
    },

    async putStream(key, ...stream) {
      requireKey(key)
      const open = () => stageInR2(bucket, key, { attempt, known: optionsAtStart(stream[1]) })
      const stage = bucket.createMultipartUpload && open
      return putByParts(stream, { put: (body, options) => storage.put(key, body, options), stage })
    },

    async copy(from, to, { ifMatch } = {}) {
      requireKey(to)
      return isKey(from) && attempt(`copy ${from}`, () => copyObject(bucket, { from, to, ifMatch }))
    },

    list: (prefix, { startAfter } = {}) => listObjects(listOf(prefix), prefix, startAfter),

    folders: (prefix) => listFolders(listOf(prefix), prefix),

    async delete(keys) {
      const valid = (typeof keys === 'string' ? [keys] : keys).filter(isKey)
      for (const batch of batchesOf(valid, maxDelete)) await attempt('delete', () => bucket.delete(batch))
    },
  }
  return storage
}

/** Calls R2, with retries. @throws CrashError 'storage' */
type Attempt = <T>(what: string, action: () => Promise<T>, onRetry?: () => void) => Promise<T>

const createAttempt =
  (retryOptions: Partial<RetryOptions>): Attempt =>
  async (what, action, onRetry = () => {}) => {
    try {
      return await retry(action, { isTransient, onRetry, ...retryOptions })
    } catch (cause) {
      if (cause instanceof CrashError) throw cause
      throw new CrashError('storage', `R2 could not ${what}: ${messageOf(cause)}`, { cause })
    }
  }

/** https://developers.cloudflare.com/r2/api/workers/workers-multipart-usage/ */
async function stageInR2(
  bucket: R2BucketLike,
  key: string,
  { attempt, known }: { attempt: Attempt; known: StreamOptions | null },
): Promise<Staging> {
  const stagedKey = known ? key : stagingKey(crypto.randomUUID())
  const begin = () => bucket.createMultipartUpload!(stagedKey, putOptionsOf(known ?? {}))
  const upload = await attempt(`begin to write ${key}`, begin)
  const parts: R2PartLike[] = []
  let isComplete = false
  return {
    async putPart(number, bytes) {
      const put = () => upload.uploadPart(number, bytes as Uint8Array<ArrayBuffer>)
      parts.push(await attempt(`write part ${number} of ${key}`, put))
    },
    async finish(options) {
      const whole = await attempt(`complete ${key}`, () => upload.complete(parts))
      isComplete = true
      if (known) return infoOf(whole)
      const move = async () => {
        const staged = await bucket.get(stagedKey)
        if (!staged) throw new Error('The staged object is missing')
        return passOn(bucket, key, staged, options)
      }
      const object = await attempt(`write ${key}`, move)
      return object && infoOf(object)
    },
    async clear() {
      if (!isComplete) await attempt(`abandon ${key}`, () => upload.abort())
      else if (!known) await attempt(`remove ${stagedKey}`, () => bucket.delete([stagedKey]))
    },
  }
}

async function attemptWrite<T>(attempt: Attempt, key: string, write: () => Promise<T>) {
  let retried = false
  const object = await attempt(`write ${key}`, write, () => {
    retried = true
  })
  return { object, retried }
}

async function* listObjects(list: R2BucketLike['list'], prefix: string, startAfter: string | undefined) {
  let page: R2ObjectsLike | undefined
  do {
    const options: R2ListOptionsLike = { prefix, include: ['httpMetadata', 'customMetadata'] }
    if (page?.cursor !== undefined) options.cursor = page.cursor
    else if (startAfter !== undefined) options.startAfter = startAfter
    page = await list(options)
    for (const object of page.objects) {
      if (startAfter === undefined || compareKeys(object.key, startAfter) > 0) yield infoOf(object)
    }
  } while (page.truncated)
}

async function* listFolders(list: R2BucketLike['list'], prefix: string): AsyncGenerator<string> {
  let page: R2ObjectsLike | undefined
  do {
    const options: R2ListOptionsLike = { prefix, delimiter: '/', include: [] }
    if (page?.cursor !== undefined) options.cursor = page.cursor
    page = await list(options)
    yield* page.delimitedPrefixes ?? []
  } while (page.truncated)
}

/** R2 fails, in several ways, for a range that starts at or beyond the end; the port returns an empty body. */
async function getObject(
  bucket: R2BucketLike,
  key: string,
  range: ByteRange | undefined,
): Promise<StoredObject | null> {
  let object: R2ObjectBodyLike | null
  try {
    if (range?.length === 0) throw new Error('R2 cannot read an empty range')
    object = await bucket.get(key, range ? { range } : {})
  } catch (error) {
    if (!range) throw error
    const info = await bucket.head(key)
    if (info && range.offset < info.size && range.length !== 0) throw error
    return info && objectOf(infoOf(info), new Uint8Array())
  }
  return object && arrivingObject(infoOf(object), object)
}

async function putObject(
  bucket: R2BucketLike,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<R2ObjectLike | null> {
  const { ifMatch, ifNoneMatch } = options
  const r2Options = putOptionsOf(options)
  if (ifNoneMatch) r2Options.onlyIf = { etagDoesNotMatch: '*' }
  else if (ifMatch !== undefined) r2Options.onlyIf = { etagMatches: ifMatch }
  if (ifNoneMatch && ifMatch !== undefined) return null
  const streams = (globalThis as { FixedLengthStream?: FixedLengthStreamConstructor }).FixedLengthStream
  const size = sizeOf(body)
  if (!streams || size <= joinUpTo || piecesOf(body).length === 1)
    return bucket.put(key, joined(body), r2Options)
  const { readable, writable } = new streams(size)
  const [object] = await Promise.all([bucket.put(key, readable, r2Options), writeAll(writable, body)])
  return object
}

/** R2 has no copy; its own stream has a known length and passes through without work of this program. */
const passOn = (bucket: R2BucketLike, key: string, { body }: R2ObjectBodyLike, options: StreamOptions) =>
  bucket.put(key, body, putOptionsOf(options))

async function copyObject(
  bucket: R2BucketLike,
  { from, to, ifMatch }: { from: string; to: string; ifMatch: string | undefined },
): Promise<boolean> {
  const object = await bucket.get(from)
  if (!object || (ifMatch !== undefined && object.etag !== ifMatch)) {
    await object?.body.cancel()
    return false
  }
  return (await passOn(bucket, to, object, infoOf(object))) !== null
}

const putOptionsOf = ({ contentType, contentEncoding, metadata }: StreamOptions): R2PutOptionsLike => ({
  httpMetadata: present({ contentType, contentEncoding }),
  customMetadata: { ...metadata, ...(contentEncoding && { [encodingKey]: contentEncoding }) },
})

type FixedLengthStreamConstructor = new (
  length: number,
) => { readable: ReadableStream; writable: WritableStream<Uint8Array> }

/** When a condition does not hold, R2 stops reading: not a failure. */
async function writeAll(writable: WritableStream<Uint8Array>, body: Body): Promise<void> {
  const writer = writable.getWriter()
  try {
    for (const piece of piecesOf(body)) await writer.write(piece)
    await writer.close()
  } catch {
    // The put reports the outcome.
  }
}

function infoOf(object: R2ObjectLike): ObjectInfo {
  const { contentType, contentEncoding } = object.httpMetadata ?? {}
  const { [encodingKey]: _, ...metadata } = object.customMetadata ?? {}
  return {
    key: object.key,
    size: object.size,
    etag: object.etag,
    uploaded: object.uploaded,
    ...present({ contentType, contentEncoding }),
    metadata,
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** https://developers.cloudflare.com/r2/api/error-codes/ */
const isTransient = (error: unknown) =>
  /\((?:10001|10043|10054|10058)\)|internal error|network connection lost|timeout|unavailable/i.test(
    messageOf(error),
  )
