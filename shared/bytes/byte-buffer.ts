// A byte array that grows: gathers small chunks without keeping the larger buffers they were cut from.

/** Bytes gathered so far are `buffer.subarray(0, length)`; `reset` forgets them and keeps the memory. */
export class ByteBuffer {
  length = 0
  private buffer: Uint8Array<ArrayBuffer>

  constructor(initialCapacity = 1024) {
    this.buffer = new Uint8Array(initialCapacity)
  }

  /** How much fits before the buffer grows. */
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

  /** What was gathered, from `from` (inclusive); a view that the next `append` or `reset` makes invalid. */
  view(from = 0): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(from, this.length)
  }

  reset(): void {
    this.length = 0
  }
}

/**
 * Gives the memory of pieces back at once, where it is their own; they become empty. The collector of garbage looks at
 * such memory late: when tens of megabytes of it wait.
 */
export function freeBytes(pieces: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of pieces) {
    const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    if (isOwn && byteLength > 0) buffer.transfer(0)
  }
}
