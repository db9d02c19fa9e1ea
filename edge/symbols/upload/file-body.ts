// One file as a body: text, or gzip.
import { formatOf } from '../../../shared/bytes/format.ts'
import { CrashError } from '../../../shared/errors.ts'

interface Form {
  /** The sender states that it is gzip. */
  isCompressed: boolean
  /** It is inflated when it starts as gzip: symbol files are text. */
  mayBeGzip: boolean
}

/** The content of a file. @throws CrashError 'bad-symbols' when it is damaged */
export async function* contentOf(
  pieces: AsyncIterable<Uint8Array>,
  { isCompressed, mayBeGzip }: Form,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  const { done, value: first } = await iterator.next()
  if (done) return
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => iterator }
  const isGzip = formatOf(first) === 'gzip'
  if (!isGzip || !(isCompressed || mayBeGzip)) {
    if (isCompressed) throw new CrashError('bad-symbols', 'It is not gzip, as its Content-Encoding states')
    yield first
    yield* rest
    return
  }
  yield* inflate(first.slice(), rest)
}

async function* inflate(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  let failure: unknown
  const feed = async () => {
    const writer = writable.getWriter()
    try {
      await writer.write(first as Uint8Array<ArrayBuffer>)
      // The sender's buffers are used again.
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
