// Compressed files as streams, in constant memory.
import { streamOfPieces } from '../bytes/streams.ts'
import { gunzipPieces } from '../codecs/gunzip-pieces.ts'
import type { Codecs } from '../codecs/codecs.ts'
import { ZstdDecoder } from '../codecs/zstd.ts'
import { CrashError, isCrashError } from '../errors.ts'
import { compilesWebAssembly, xzStream } from './xz.ts'

/**
 * The content of a compressed file. Of xz, one stream can be read at a time: read it whole before another is begun.
 * @throws CrashError 'bad-symbols' when the data is damaged; errors of `pieces`
 */
export function inflated(
  pieces: AsyncIterable<Uint8Array>,
  format: 'gzip' | 'xz' | 'zstd',
  codecs: Codecs,
): AsyncIterable<Uint8Array> {
  if (format === 'gzip') return gunzipPieces(pieces)
  return format === 'xz' ? inflateXz(pieces) : inflateZstd(pieces, codecs)
}

async function* inflateZstd(pieces: AsyncIterable<Uint8Array>, codecs: Codecs): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = []
  const decoder = new ZstdDecoder(
    codecs,
    (bytes) => output.push(bytes.slice()),
    () => {},
  )
  const attempt = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step()
    } catch (cause) {
      const problem = isCrashError(cause) ? `: ${cause.message}` : ''
      throw new CrashError('bad-symbols', `Its zstd data cannot be read${problem}`, { cause })
    }
  }
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const from = at
        at += await attempt(() => decoder.write(piece.subarray(from)))
        yield* output.splice(0)
      }
    }
    await attempt(() => decoder.end())
  } finally {
    decoder.close()
  }
}

async function* inflateXz(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!compilesWebAssembly())
    throw new CrashError('bad-symbols', 'xz cannot be read here: send zip, tar, tar.gz or tar.zst')
  let failure: unknown = null
  async function* watched() {
    try {
      yield* pieces
    } catch (error) {
      failure = error
      throw error
    }
  }
  try {
    yield* await xzStream(streamOfPieces(watched()))
  } catch (cause) {
    if (failure !== null) throw failure
    throw new CrashError('bad-symbols', 'Its xz data is damaged', { cause })
  }
}
