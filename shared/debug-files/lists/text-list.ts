// Many texts as UTF-8, outside the heap of the garbage collector.
import { NumberList } from './number-list.ts'

/** Small modules need little; chunks double up to a megabyte. */
const firstBytes = 1 << 13
const doublings = 7
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class TextList {
  /** Per text: chunk, start, end. */
  private readonly places = new NumberList(3)
  private readonly chunks: Uint8Array[] = []
  private used = 0

  push(text: string): void {
    const room = 3 * text.length
    if (this.used + room >= (this.chunks.at(-1)?.length ?? 0)) {
      const grown = firstBytes << Math.min(doublings, this.chunks.length)
      this.chunks.push(new Uint8Array(Math.max(grown, room)))
      this.used = 0
    }
    const { written } = encoder.encodeInto(text, this.chunks.at(-1)!.subarray(this.used))
    this.places.push(this.chunks.length - 1, this.used, this.used + written)
    this.used += written
  }

  get(index: number): string {
    return decoder.decode(this.utf8(index))
  }

  /** The UTF-8 of a text; a view. */
  utf8(index: number): Uint8Array {
    const chunk = this.chunks[this.places.get(index, 0)]!
    return chunk.subarray(this.places.get(index, 1), this.places.get(index, 2))
  }
}
