// Where search files are read from.
import { CrashError, isCrashError, reasonOf } from '../errors.ts'
import { searchManifestKey, searchPrefix } from '../keys.ts'
import type { ByteRange } from '../storage/storage.ts'
import type { Bytes, Millis } from '../units.ts'
import { type Manifest, parseManifest } from './manifest.ts'

/** Reads search files. Both functions throw CrashError 'missing', 'damaged', 'storage', or the reason of the signal. */
export interface SearchSource {
  /** The current manifest. */
  manifest(signal?: AbortSignal): Promise<Manifest>
  /** Exactly these bytes of a file; 'missing' for a file that a newer manifest has replaced. */
  read(key: string, range: Required<ByteRange>, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

export interface HttpSourceOptions {
  /** Where the edge serves search files, with a slash at the end. */
  base: string
  fetch(
    url: string,
    init: { headers?: Record<string, string>; signal: AbortSignal; cache?: 'no-cache' },
  ): Promise<Response>
  /** Longest time of a request with its body. */
  timeout?: Millis
}

const maxManifestBytes: Bytes = 32 * 1024 * 1024

/** Search files over HTTP, by range. A server that ignores `Range` costs the whole file. */
export function createHttpSource({ base, fetch, timeout = 60_000 }: HttpSourceOptions): SearchSource {
  const ask = async <T>(
    key: string,
    {
      headers = {},
      signal,
    }: { headers?: Record<string, string> | undefined; signal: AbortSignal | undefined },
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const limit = AbortSignal.timeout(timeout)
    const url = base + key.slice(searchPrefix.length)
    const cache = key === searchManifestKey ? { cache: 'no-cache' as const } : {}
    try {
      const response = await fetch(url, {
        headers,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        ...cache,
      })
      if (!response.ok) await refuse(response, key)
      return await read(response)
    } catch (error) {
      signal?.throwIfAborted()
      if (isCrashError(error)) throw error
      throw new CrashError('storage', `${key} cannot be read: ${reasonOf(error)}`, { cause: error })
    }
  }
  return {
    manifest: (signal) =>
      ask(searchManifestKey, { signal }, async (response) => parseManifest(await readManifest(response))),
    read: (key, { offset, length }, signal) => {
      const headers = { range: `bytes=${offset}-${offset + length - 1}` }
      return ask(key, { headers, signal }, (response) => {
        const skip = response.status === 206 ? 0 : offset
        return readBytes(response, { skip, length })
      })
    },
  }
}

async function refuse(response: Response, key: string): Promise<never> {
  await response.body?.cancel()
  if (response.status === 404) throw new CrashError('missing', `${key} does not exist`)
  throw new CrashError('storage', `${key} cannot be read: status ${response.status}`)
}

async function readManifest(response: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of piecesOf(response)) {
    size += piece.length
    if (size > maxManifestBytes)
      throw new CrashError('damaged', 'The manifest of the search files is too large')
    pieces.push(piece)
  }
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

/** `length` bytes after the first `skip`; the rest is not read. */
async function readBytes(
  response: Response,
  { skip, length }: { skip: number; length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  let at = -skip
  for await (const piece of piecesOf(response)) {
    const wanted = at < 0 ? piece.subarray(Math.min(piece.length, -at)) : piece
    if (at + piece.length > 0) bytes.set(wanted.subarray(0, length - Math.max(0, at)), Math.max(0, at))
    at += piece.length
    if (at >= length) break
  }
  if (at < length) throw new CrashError('storage', 'A search file ended early')
  return bytes
}

/** The pieces of a body. Leaving the loop cancels it. */
async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (!body) return
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
