// The bytes of a stored object, inflated piece by piece: they may be larger than memory.
import type { Codecs } from '../../shared/codecs/codecs.ts'
import { ZstdDecoder } from '../../shared/codecs/zstd.ts'
import { mayBeZstdFrame } from '../../shared/codecs/zstd-frames.ts'
import type { StoredObject } from '../../shared/storage/storage.ts'

/** The object as a stream; about 1 MiB of it is in memory at a time. Cancelling the stream releases the object. */
export function openInflated(object: StoredObject, codecs: Codecs): ReadableStream<Uint8Array> {
  const reader = object.body.getReader()
  return streamOf(readPieces(reader, codecs), (reason) => reader.cancel(reason))
}

/** The pieces as a stream. `cancelSource` ends a pending read of the pieces. */
export function streamOf(
  pieces: AsyncGenerator<Uint8Array>,
  cancelSource: (reason: unknown) => Promise<void>,
): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        await cancelSource(reason)
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}

async function* readPieces(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  codecs: Codecs,
): AsyncGenerator<Uint8Array> {
  const inflated: Uint8Array[] = []
  let decoder: ZstdDecoder | null = null
  let isFirst = true
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (value.length === 0) continue
      if (isFirst && mayBeZstdFrame(value)) {
        decoder = new ZstdDecoder(
          codecs,
          (bytes) => inflated.push(bytes.slice()),
          () => {},
        )
      }
      isFirst = false
      if (!decoder) yield value
      for (let at = 0; decoder && at < value.length; ) {
        at += await decoder.write(value.subarray(at))
        yield* inflated.splice(0)
      }
    }
    await decoder?.end()
  } finally {
    decoder?.close()
  }
}
