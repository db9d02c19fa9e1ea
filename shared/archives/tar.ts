// Files of tar archives, one after another, in constant memory.
import { createTarDecoder } from 'modern-tar'
import { streamOfPieces } from '../bytes/streams.ts'
import { CrashError, isCrashError } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** A file in an archive that is read from front to back. */
export interface PassingFile {
  /** As the archive states it. */
  name: string
  size: Bytes
  /** To be read before the next file is requested, or not at all. */
  content: AsyncIterable<Uint8Array>
}

/** Long names and other attributes of one file, which the decoder collects. */
const maxHeaderBytes: Bytes = 1024 * 1024
const pieceBytes: Bytes = 64 * 1024

/**
 * The regular files of a tar archive, without folders, links and devices.
 * @throws CrashError 'bad-symbols' when it is damaged; errors of `pieces`
 */
export async function* tarFiles(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<PassingFile> {
  const source = new LimitedSource(pieces)
  const entries = source
    .stream()
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader()
  try {
    for (;;) {
      const { done, value: entry } = await entries.read()
      if (done) return
      const { name, size, type } = entry.header
      source.allow(size)
      if (type === 'file' && !name.endsWith('/')) yield { name, size, content: contentOf(entry.body, source) }
      if (!entry.body.locked) await entry.body.cancel()
    }
  } catch (error) {
    throw source.problemOf(error)
  } finally {
    await entries.cancel().catch(() => {})
  }
}

async function* contentOf(
  body: ReadableStream<Uint8Array>,
  source: LimitedSource,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw source.problemOf(error)
  }
}

/** Feeds the decoder, and ends where it takes more for attributes than `maxHeaderBytes`. */
class LimitedSource {
  private readonly pieces: AsyncIterable<Uint8Array>
  private room = 2 * maxHeaderBytes
  private failure: unknown = null

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOfPieces(this.read())
  }

  /** The content of a file follows, then attributes of the next. */
  allow(size: Bytes): void {
    this.room = size + 2 * maxHeaderBytes
  }

  private async *read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of this.pieces) {
        for (let at = 0; at < piece.length; at += pieceBytes) {
          const part = piece.subarray(at, at + pieceBytes)
          this.room -= part.length
          if (this.room < 0) throw new CrashError('bad-symbols', 'The tar archive has too long attributes')
          yield part
        }
      }
    } catch (error) {
      this.failure = error
      throw error
    }
  }

  /** Errors of the source keep their meaning. */
  problemOf(error: unknown): unknown {
    if (this.failure !== null) return this.failure
    if (isCrashError(error)) return error
    return new CrashError('bad-symbols', 'The tar archive is damaged or ends early', { cause: error })
  }
}
