// Joining byte arrays.

/** All chunks in one array. A single chunk is returned as is, not copied. */
export function concatBytes<Buffer extends ArrayBufferLike>(
  chunks: readonly Uint8Array<Buffer>[],
): Uint8Array<Buffer | ArrayBuffer> {
  if (chunks.length === 1) return chunks[0]!
  const all = new Uint8Array(sizeOfAll(chunks))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

/** Bytes of all chunks together. */
export const sizeOfAll = (chunks: readonly Uint8Array[]): number =>
  chunks.reduce((size, chunk) => size + chunk.length, 0)
