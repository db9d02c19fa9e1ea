// Object bodies: single or split bytes, streams, ranges.
import { concatBytes, sizeOfAll } from '../bytes/concat.ts'
import { CrashError } from '../errors.ts'
import type { ByteRange, ObjectInfo, StoredObject } from './storage.ts'

/**
 * Metadata key under which R2 and S3, which may be the same bucket, repeat `contentEncoding`: an S3 response that
 * must stay compressed cannot name it in its header.
 */
export const encodingKey = 'content-encoding'

export type Body = Uint8Array | readonly Uint8Array[]

/** The pieces of a body, not copied. */
export function piecesOf(body: Body): readonly Uint8Array<ArrayBuffer>[] {
  return (body instanceof Uint8Array ? [body] : body) as readonly Uint8Array<ArrayBuffer>[]
}

export const sizeOf = (body: Body): number => sizeOfAll(piecesOf(body))

/** The body as one piece, copied only when it has several. */
export const joined = (body: Body): Uint8Array<ArrayBuffer> => concatBytes(piecesOf(body))

/** Start (inclusive) and end (exclusive) of a range, clamped to an object of `size` bytes. */
export function boundsOf(range: ByteRange | undefined, size: number): [start: number, end: number] {
  if (!range) return [0, size]
  const start = Math.min(range.offset, size)
  return [start, Math.min(start + (range.length ?? size), size)]
}

/** An object whose content is in memory. */
export function objectOf(info: ObjectInfo, bytes: Uint8Array<ArrayBuffer>): StoredObject {
  return {
    ...info,
    get body() {
      return streamOf(bytes)
    },
    bytes: async () => bytes,
  }
}

/** The common part of R2 and HTTP responses. */
interface ResponseBody {
  readonly body: ReadableStream<Uint8Array> | null
  arrayBuffer(): Promise<ArrayBuffer>
}

/** An object whose content arrives over a network. */
export function arrivingObject(info: ObjectInfo, response: ResponseBody): StoredObject {
  return {
    ...info,
    ...(response.body && { native: response.body }),
    get body() {
      return response.body ? arrivingStream(info.key, response.body) : streamOf(new Uint8Array())
    },
    bytes: async () => new Uint8Array(await arriving(info.key, response.arrayBuffer())),
  }
}

/** Waits for a response body. @throws CrashError 'storage' when it ends early */
export async function arriving<T>(what: string, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CrashError('storage', `The store stopped sending ${what}: ${reason}`, { cause })
  }
}

function arrivingStream(what: string, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await arriving(what, reader.read())
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length) controller.enqueue(bytes)
      controller.close()
    },
  })
}
