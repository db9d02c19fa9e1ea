// Reads a stream of byte arrays by counts.
import { concatBytes } from '../bytes/concat.ts'
import type { Bytes } from '../units.ts'

/** Pieces that it returns are views; the source may reuse their memory once the next piece is requested. */
export class PieceReader {
  private readonly pieces: AsyncIterator<Uint8Array>
  private current: Uint8Array = new Uint8Array(0)

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.pieces = pieces[Symbol.asyncIterator]()
  }

  /** The next `length` bytes, fewer at the end; they are read again by the next call. */
  async peek(length: Bytes): Promise<Uint8Array> {
    const found: Uint8Array[] = [this.current.slice()]
    let size = this.current.length
    while (size < length) {
      const { done, value } = await this.pieces.next()
      if (done) break
      found.push(value.slice())
      size += value.length
    }
    this.current = concatBytes(found)
    return this.current.subarray(0, length)
  }

  /** The next `length` bytes, fewer at the end. */
  async take(length: Bytes): Promise<Uint8Array> {
    const bytes = await this.peek(length)
    this.current = this.current.subarray(bytes.length)
    return bytes
  }

  /** The next `length` bytes as they arrive, fewer at the end. */
  async *next(length: Bytes): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.current.length === 0) {
        const { done, value } = await this.pieces.next()
        if (done) return
        this.current = value
      }
      const piece = this.current.subarray(0, left)
      this.current = this.current.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  rest(): AsyncGenerator<Uint8Array> {
    return this.next(Number.POSITIVE_INFINITY)
  }

  /** Ends the source, which may be read in part. */
  async close(): Promise<void> {
    await this.pieces.return?.()
  }
}
