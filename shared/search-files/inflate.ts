// Inflates blocks with the platform's own decompressor, which every browser and runtime has.
import { CrashError } from '../errors.ts'
import { damagedBlock } from './packed.ts'

/**
 * Inflates raw DEFLATE data of exactly `length` bytes; memory is bounded by `length`.
 * @throws CrashError 'damaged'
 */
export async function inflateBlock(
  compressed: Uint8Array<ArrayBuffer>,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream('deflate-raw')
  const writer = writable.getWriter()
  // A failure reaches the reader, too.
  const written = writer.write(compressed).then(() => writer.close())
  written.catch(() => {})
  const reader = readable.getReader()
  const inflated = new Uint8Array(length)
  let at = 0
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new CrashError('damaged', 'A block of a search file cannot be inflated', { cause })
    })
    if (done) break
    if (value.length > length - at) {
      await reader.cancel().catch(() => {})
      throw damagedBlock('it inflates to too many bytes')
    }
    inflated.set(value, at)
    at += value.length
  }
  if (at < length) throw damagedBlock('it inflates to too few bytes')
  return inflated
}
