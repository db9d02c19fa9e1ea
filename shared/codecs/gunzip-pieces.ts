// Symbol files as streams: text, or gzip.
import { concatBytes } from '../bytes/concat.ts'
import { formatBytes, formatOf } from '../bytes/format.ts'
import { CrashError } from '../errors.ts'

interface Options {
  /** The sender states that it is gzip: then it must be. */
  mustBeGzip?: boolean
}

/**
 * The content of a stream, inflated when it starts as gzip. Pieces of the stream may be reused by its source once the
 * next one is requested.
 * @throws CrashError 'bad-symbols' when it is damaged; errors of the stream
 */
export async function* gunzipPieces(
  pieces: AsyncIterable<Uint8Array>,
  { mustBeGzip = false }: Options = {},
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  let first: Uint8Array = new Uint8Array(0)
  while (first.length < formatBytes) {
    const { done, value } = await iterator.next()
    if (done) break
    first = concatBytes([first, value])
  }
  if (first.length === 0) return
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => iterator }
  if (formatOf(first) === 'gzip') {
    yield* inflate(first, rest)
    return
  }
  if (mustBeGzip) throw new CrashError('bad-symbols', 'It is not gzip, as its Content-Encoding states')
  yield first
  yield* rest
}

async function* inflate(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  let failure: unknown
  const feed = async () => {
    const writer = writable.getWriter()
    try {
      await writer.write(first as Uint8Array<ArrayBuffer>)
      for await (const piece of rest) await writer.write(piece.slice() as Uint8Array<ArrayBuffer>)
      await writer.close()
    } catch (error) {
      failure = error
      await writer.abort(error).catch(() => {})
    }
  }
  const fed = feed()
  try {
    for await (const piece of readable) yield piece
  } catch (cause) {
    await fed
    if (failure instanceof Error && !(failure instanceof TypeError)) throw failure
    throw new CrashError('bad-symbols', 'Its gzip data is damaged or ends early', { cause })
  }
  await fed
}
