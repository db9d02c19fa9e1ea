// Files that are read by ranges, asynchronously.
import type { Bytes } from '../units.ts'

/** A file in memory, on disk or in a store. */
export interface ByteRanges {
  size: Bytes
  read(offset: Bytes, length: Bytes): Promise<ReadableStream<Uint8Array>>
}

/** The whole file. @throws errors of the source */
export async function* piecesOf({ size, read }: ByteRanges): AsyncGenerator<Uint8Array> {
  if (size > 0) yield* await read(0, size)
}
