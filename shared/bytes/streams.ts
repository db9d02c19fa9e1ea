// Streams of bytes within a limit, with Web APIs only.
import { CrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'
import { concatBytes } from './concat.ts'

/** All bytes of a stream. @throws CrashError 'limit' when it has more than `maxBytes`; `what` names it */
export async function collectBytes(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: Bytes,
  what: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > maxBytes) throw new CrashError('limit', `${what} has more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return concatBytes(chunks)
}

/** Inflates `bytes`. @throws CrashError 'limit' as `collectBytes`, 'bad-symbols' when the data is damaged */
export async function inflateBytes(
  bytes: Uint8Array,
  format: 'gzip' | 'deflate-raw',
  maxBytes: Bytes,
  what: string,
): Promise<Uint8Array> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
  try {
    return await collectBytes(
      source.pipeThrough(new DecompressionStream(format)),
      maxBytes,
      `${what}, inflated,`,
    )
  } catch (cause) {
    if (cause instanceof CrashError) throw cause
    throw new CrashError('bad-symbols', `${what} cannot be inflated`, { cause })
  }
}

/** Pieces as a stream, which reads them when it is read. A piece may be reused by its source after the next is read. */
export function streamOfPieces(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value.slice())
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}
