// Inflates gzip with a cap on what comes out, by Web APIs only.
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'

export const isGzip = (bytes: Uint8Array) => bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * The content of a gzip file, or the bytes themselves when they are not gzip.
 * @throws CrashError 'limit' when more than `maxBytes` come out; 'bad-symbols' when the gzip data is damaged.
 */
export async function gunzip(bytes: Uint8Array, maxBytes: Bytes): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes
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
  return concatenate(chunks, length)
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
