// A stored object as a response: whole, a range of its bytes, its headers alone, or 304.
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import { parseRange } from './byte-range.ts'
import { isCached } from './http.ts'

export interface StoredAnswer {
  storage: Storage
  info: ObjectInfo
  /** Of every response, also 416. */
  common: Readonly<Record<string, string>>
  /** Of responses that describe the content. */
  content: Readonly<Record<string, string>>
  /** Of responses to HEAD, in addition. */
  head?: Readonly<Record<string, string>>
}

/** The strong entity tag of an object: ranges of two responses with the same one fit together. */
const etagOf = ({ etag }: ObjectInfo) => `"${etag}"`

/** Answers GET and HEAD with the stored bytes, in the encoding they are stored in (RFC 9110 §§13, 14). */
export async function storedAnswer(request: Request, answer: StoredAnswer): Promise<Response> {
  const { info, common, content, head } = answer
  const headers = {
    ...common,
    etag: etagOf(info),
    'accept-ranges': 'bytes',
    'last-modified': info.uploaded.toUTCString(),
    ...content,
  }
  if (isCached(request, headers.etag)) return new Response(null, { status: 304, headers })
  if (request.method === 'HEAD')
    return new Response(null, { headers: { ...headers, ...head, 'content-length': `${info.size}` } })
  const range = rangeOf(request, info)
  if (range === 'unsatisfiable')
    return new Response(null, {
      status: 416,
      headers: { ...common, 'content-range': `bytes */${info.size}` },
    })
  return range ? partAnswer(answer, range, headers) : wholeAnswer(answer, headers)
}

function rangeOf(request: Request, info: ObjectInfo) {
  const header = request.headers.get('range')
  const ifRange = request.headers.get('if-range')
  if (header === null || (ifRange !== null && ifRange !== etagOf(info))) return null
  return parseRange(header, info.size)
}

/** The object changed since it was found. */
const tryAgain = () => new Response(null, { status: 503, headers: { 'retry-after': '1' } })

async function wholeAnswer(
  { storage, info }: StoredAnswer,
  headers: Record<string, string>,
): Promise<Response> {
  const object = await storage.get(info.key)
  if (object?.etag !== info.etag) {
    await object?.body.cancel()
    return tryAgain()
  }
  return encoded(object.native ?? object.body, 200, { length: object.size, headers })
}

async function partAnswer(
  { storage, info }: StoredAnswer,
  range: { offset: number; length: number },
  headers: Record<string, string>,
): Promise<Response> {
  const object = await storage.get(info.key, { range })
  if (object?.etag !== info.etag) {
    await object?.body.cancel()
    return tryAgain()
  }
  const last = range.offset + range.length - 1
  return encoded(object.native ?? object.body, 206, {
    length: range.length,
    headers: { ...headers, 'content-range': `bytes ${range.offset}-${last}/${info.size}` },
  })
}

/**
 * workerd would compress a body with a Content-Encoding again without `encodeBody`, and sends a Content-Length only for
 * streams of its own.
 */
function encoded(
  body: ReadableStream<Uint8Array>,
  status: number,
  { length, headers }: { length: number; headers: Record<string, string> },
): Response {
  const init: ResponseInit & { encodeBody: 'manual' } = {
    status,
    headers: { ...headers, 'content-length': `${length}` },
    encodeBody: 'manual',
  }
  const { FixedLengthStream: Fixed } = globalThis as { FixedLengthStream?: FixedLengthStreamConstructor }
  if (!Fixed) return new Response(body, init)
  const { readable, writable } = new Fixed(length)
  // A client that leaves, or a store that stops sending, ends both.
  body.pipeTo(writable).catch(() => {})
  return new Response(readable, init)
}

type FixedLengthStreamConstructor = new (
  length: number,
) => { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> }
