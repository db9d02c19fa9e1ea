// Bodies of objects: one or many pieces of bytes, streams, ranges.
import { concatBytes, sizeOfAll } from '../bytes/concat.ts'
import { CrashError } from '../errors.ts'
import type { ByteRange, ObjectInfo, StoredObject } from './storage.ts'

/**
 * Metadata key under which the stores that may be one bucket, R2 and S3, repeat `contentEncoding`: an S3 answer that
 * is to be left compressed cannot name it in its header.
 */
export const encodingKey = 'content-encoding'

export type Body = Uint8Array | readonly Uint8Array[]

/** The pieces of a body, not copied. */
export function piecesOf(body: Body): readonly Uint8Array<ArrayBuffer>[] {
  return (body instanceof Uint8Array ? [body] : body) as readonly Uint8Array<ArrayBuffer>[]
}

export const sizeOf = (body: Body): number => sizeOfAll(piecesOf(body))

/** The body in one piece: itself when it is one already. */
export const joined = (body: Body): Uint8Array<ArrayBuffer> => concatBytes(piecesOf(body))

/** The first byte of a range and the one after its last, cut to an object of `size` bytes. */
export function boundsOf(range: ByteRange | undefined, size: number): [start: number, end: number] {
  if (!range) return [0, size]
  const start = Math.min(range.offset, size)
  return [start, Math.min(start + (range.length ?? size), size)]
}

/** An object whose content is at hand. */
export function objectOf(info: ObjectInfo, bytes: Uint8Array<ArrayBuffer>): StoredObject {
  return {
    ...info,
    get body() {
      return streamOf(bytes)
    },
    bytes: async () => bytes,
  }
}

/** What answers of R2 and of HTTP have in common. */
interface Answer {
  readonly body: ReadableStream<Uint8Array> | null
  arrayBuffer(): Promise<ArrayBuffer>
}

/** An object whose content is yet to come over a network. */
export function arrivingObject(info: ObjectInfo, answer: Answer): StoredObject {
  return {
    ...info,
    get body() {
      return answer.body ? arrivingStream(info.key, answer.body) : streamOf(new Uint8Array())
    },
    bytes: async () => new Uint8Array(await arriving(info.key, answer.arrayBuffer())),
  }
}

/** Waits for an answer to be read. @throws CrashError 'storage' when it breaks off */
export async function arriving<T>(what: string, read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CrashError('storage', `The store broke off while ${what} was read: ${reason}`, { cause })
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
