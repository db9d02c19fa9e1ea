// One stored file as a response, with the encoding it is stored in.
import { formatOf } from '../../shared/bytes/format.ts'
import { symbolFileKey } from '../../shared/keys.ts'
import { encodeFilePath, type FilePath, isSymName } from '../../shared/symbol-store/file-path.ts'
import { factsOf } from '../../shared/symbol-store/stored-file.ts'
import { present } from '../../shared/present.ts'
import type { ObjectInfo, Storage } from '../../shared/storage/storage.ts'
import { isCached } from '../lib/http.ts'
import { mount } from './answers.ts'
import { parseRange } from './byte-range.ts'

export interface FoundFile {
  storage: Storage
  info: ObjectInfo
  path: FilePath
  isTry: boolean
}

/** A debug ID identifies the content. Files of try builds are deleted after some weeks. */
const cacheControl = (isTry: boolean) =>
  isTry ? 'public, max-age=86400, no-transform' : 'public, max-age=31536000, immutable, no-transform'

/** The file, part of it (206, 416), or 304. HEAD is answered with its own location, which some clients follow. */
export async function fileAnswer(
  request: Request,
  file: FoundFile,
  headers: Record<string, string>,
): Promise<Response> {
  const { info } = file
  const all = { ...headers, ...(await fileHeaders(file)) }
  if (isCached(request, all.etag)) return new Response(null, { status: 304, headers: all })
  if (request.method === 'HEAD') {
    const location = `${mount}/${file.isTry ? 'try/' : ''}${encodeFilePath(file.path)}`
    return new Response(null, { headers: { ...all, location, 'content-length': `${info.size}` } })
  }
  const range = rangeOf(request, file)
  if (range === 'unsatisfiable') {
    return new Response(null, {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${info.size}` },
    })
  }
  return range ? partAnswer(file, range, all) : wholeAnswer(file, all)
}

async function fileHeaders({ info, path, isTry, storage }: FoundFile) {
  const isSym = isSymName(path.leaf)
  const encoding = info.contentEncoding ?? (isSym ? await encodingOf(storage, path, isTry) : undefined)
  const { size, md5 } = factsOf(info)
  return {
    etag: `"${info.etag}"`,
    'content-type': isSym ? 'text/plain' : (info.contentType ?? 'application/octet-stream'),
    'cache-control': cacheControl(isTry),
    'accept-ranges': 'bytes',
    'last-modified': info.uploaded.toUTCString(),
    ...present({
      'content-encoding': encoding,
      'x-amz-meta-original_size': size === undefined ? undefined : `${size}`,
      'x-amz-meta-original_md5_hash': md5,
    }),
  }
}

/** Of a symbol file that another program stored, text or gzip. */
async function encodingOf(storage: Storage, path: FilePath, isTry: boolean): Promise<string | undefined> {
  const object = await storage.get(symbolFileKey(path, isTry), { range: { offset: 0, length: 2 } })
  const start = (await object?.bytes()) ?? new Uint8Array(0)
  return formatOf(start) === 'gzip' ? 'gzip' : undefined
}

function rangeOf(request: Request, { info }: FoundFile) {
  const header = request.headers.get('range')
  const ifRange = request.headers.get('if-range')
  if (header === null || (ifRange !== null && ifRange !== `"${info.etag}"`)) return null
  return parseRange(header, info.size)
}

async function wholeAnswer(file: FoundFile, headers: Record<string, string>): Promise<Response> {
  const object = await file.storage.get(file.info.key)
  // Deleted since it was found.
  if (!object) return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
  return encoded(object.body, 200, { length: object.size, headers })
}

async function partAnswer(
  file: FoundFile,
  range: { offset: number; length: number },
  headers: Record<string, string>,
): Promise<Response> {
  const object = await file.storage.get(file.info.key, { range })
  if (object?.etag !== file.info.etag) {
    await object?.body.cancel()
    return new Response(null, { status: 503, headers: { 'retry-after': '1' } })
  }
  const last = range.offset + range.length - 1
  return encoded(object.body, 206, {
    length: range.length,
    headers: { ...headers, 'content-range': `bytes ${range.offset}-${last}/${file.info.size}` },
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
