// A growing byte array: collects small chunks without retaining the larger buffers they are part of.

/** The collected bytes are `buffer.subarray(0, length)`; `reset` discards them and keeps the memory. */
export class ByteBuffer {
  length = 0
  private buffer: Uint8Array<ArrayBuffer>

  constructor(initialCapacity = 1024) {
    this.buffer = new Uint8Array(initialCapacity)
  }

  /** Bytes that fit before the buffer grows. */
  get capacity(): number {
    return this.buffer.length
  }

  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.max(end, this.buffer.length * 2))
      grown.set(this.buffer.subarray(0, this.length))
      this.buffer = grown
    }
    this.buffer.set(bytes, this.length)
    this.length = end
  }

  /** The collected bytes from `from` (inclusive); a view that the next `append` or `reset` invalidates. */
  view(from = 0): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(from, this.length)
  }

  reset(): void {
    this.length = 0
  }

  /** Discards the bytes and their memory. */
  free(): void {
    this.length = 0
    this.buffer = new Uint8Array(0)
  }
}

/**
 * Frees the memory of pieces immediately where they own it; they become empty. The garbage collector reacts late to
 * such memory: only after tens of megabytes.
 */
export function freeBytes(pieces: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of pieces) {
    const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    if (isOwn && byteLength > 0) buffer.transfer(0)
  }
}
