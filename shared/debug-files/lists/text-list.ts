// Many texts as UTF-8, outside the heap of the garbage collector.
import { NumberList } from './number-list.ts'

const chunkBytes = 1 << 20
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class TextList {
  /** Per text: chunk, start, end. */
  private readonly places = new NumberList(3)
  private readonly chunks: Uint8Array[] = []
  private used = chunkBytes

  push(text: string): void {
    const room = 3 * text.length
    if (this.used + room > (this.chunks.at(-1)?.length ?? 0)) {
      this.chunks.push(new Uint8Array(Math.max(chunkBytes, room)))
      this.used = 0
    }
    const { written } = encoder.encodeInto(text, this.chunks.at(-1)!.subarray(this.used))
    this.places.push(this.chunks.length - 1, this.used, this.used + written)
    this.used += written
  }

  get(index: number): string {
    const chunk = this.chunks[this.places.get(index, 0)]!
    return decoder.decode(chunk.subarray(this.places.get(index, 1), this.places.get(index, 2)))
  }
}
