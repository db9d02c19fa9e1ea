// Inflates gzip with a limit on the output, using Web APIs only.
import { concatBytes } from '../../bytes/concat.ts'
import { formatOf } from '../../bytes/format.ts'
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'

/**
 * The content of a gzip file, or the bytes themselves when they are not gzip.
 * @throws CrashError 'limit' when the output exceeds `maxBytes`; 'bad-symbols' when the gzip data is damaged.
 */
export async function gunzip(bytes: Uint8Array, maxBytes: Bytes): Promise<Uint8Array> {
  if (formatOf(bytes) !== 'gzip') return bytes
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      length += chunk.length
      if (length > maxBytes)
        throw new CrashError('limit', `A symbol file inflates to more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof CrashError) throw error
    throw new CrashError('bad-symbols', 'The gzip data of a symbol file is damaged', { cause: error })
  }
  return concatBytes(chunks)
}
