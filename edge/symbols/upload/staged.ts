// A body that is needed as a whole: in memory while it is small, else in the storage until it was read.
import { ByteBuffer } from '../../../shared/bytes/byte-buffer.ts'
import { CrashError } from '../../../shared/errors.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { stagingKey } from '../../../shared/storage/put-stream.ts'
import type { ByteRanges } from '../../../shared/archives/byte-ranges.ts'
import type { Bytes } from '../../../shared/units.ts'

const maxInMemory: Bytes = 4 * 1024 * 1024

/** Read by range until `remove`. */
export interface Staged extends ByteRanges {
  remove(): Promise<void>
}

/** @param content each piece is valid until the next one is requested */
export async function stage(
  content: AsyncIterable<Uint8Array>,
  symbols: Storage,
  name: string = crypto.randomUUID(),
): Promise<Staged> {
  const pieces = content[Symbol.asyncIterator]()
  const start = new ByteBuffer(64 * 1024)
  for (;;) {
    const { done, value } = await pieces.next()
    if (done) return inMemory(start.view())
    start.append(value)
    if (start.length <= maxInMemory) continue
    const key = stagingKey(name)
    const info = await symbols.putStream(key, chained(start, pieces), {})
    if (!info) throw new CrashError('storage', `${key} was not written`)
    return inStorage(symbols, key, info.size)
  }
}

async function* chained(start: ByteBuffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start.view()
  start.free()
  for (;;) {
    const { done, value } = await rest.next()
    if (done) return
    yield value
  }
}

const inMemory = (bytes: Uint8Array<ArrayBuffer>): Staged => ({
  size: bytes.length,
  read: async (offset, length) => new Blob([bytes.subarray(offset, offset + length)]).stream(),
  remove: async () => {},
})

/** An object that `stage` or another request wrote. */
export const inStorage = (symbols: Storage, key: string, size: Bytes): Staged => ({
  size,
  async read(offset, length) {
    const object = await symbols.get(key, { range: { offset, length } })
    if (!object) throw new CrashError('storage', `${key} is missing`)
    return object.body
  },
  remove: () => symbols.delete(key),
})
