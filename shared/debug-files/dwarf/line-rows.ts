// Rows of a line number program, as columns.
import { countBefore } from '../lists/search.ts'

/** A sequence covers addresses from its first row to `end` (exclusive) without gaps. */
export interface Sequence {
  start: number
  end: number
  firstRow: number
  /** Exclusive. */
  lastRow: number
}

/** Rows of one sequence are in the order of their addresses; a row reaches to the next, or to the sequence's end. */
export class LineRows {
  count = 0
  private addresses = new Float64Array(256)
  private lines = new Uint32Array(256)
  private files = new Uint32Array(256)
  readonly sequences: Sequence[] = []
  private open = 0

  /** A row with the address of the one before replaces it; one with a lower address is invalid and is skipped. */
  add(address: number, line: number, file: number): void {
    const before = this.count > this.open ? this.addresses[this.count - 1]! : -Infinity
    if (address < before) return
    if (address === before) this.count--
    if (this.count === this.addresses.length) this.grow()
    this.addresses[this.count] = address
    this.lines[this.count] = line
    this.files[this.count++] = file
  }

  /** Ends the sequence, and discards it unless `keep`. */
  endSequence(end: number, keep: (start: number) => boolean): void {
    const start = this.addresses[this.open]!
    const isUsable = this.count > this.open && end > start && keep(start)
    if (isUsable) this.sequences.push({ start, end, firstRow: this.open, lastRow: this.count })
    else this.count = this.open
    this.open = this.count
  }

  /** Call once after the last sequence. */
  sort(): void {
    this.sequences.sort((a, b) => a.start - b.start)
  }

  /** Calls `visit` for each row that overlaps a range, clipped to it. Lines of 0 are skipped, equal neighbors joined. */
  forRange(
    low: number,
    high: number,
    visit: (start: number, end: number, line: number, file: number) => void,
  ): void {
    let [start, end, line, file] = [0, 0, 0, 0]
    const flush = () => line > 0 && visit(start, end, line, file)
    for (let s = this.firstSequence(low); s < this.sequences.length; s++) {
      const sequence = this.sequences[s]!
      if (sequence.start >= high) break
      for (let row = this.firstRow(sequence, low); row < sequence.lastRow; row++) {
        const rowStart = Math.max(low, this.addresses[row]!, end)
        const rowEnd = Math.min(high, row + 1 < sequence.lastRow ? this.addresses[row + 1]! : sequence.end)
        if (rowStart >= high) break
        if (rowEnd <= rowStart) continue
        if (rowStart === end && line === this.lines[row] && file === this.files[row]) end = rowEnd
        else {
          flush()
          ;[start, end, line, file] = [rowStart, rowEnd, this.lines[row]!, this.files[row]!]
        }
      }
    }
    flush()
  }

  /** The first sequence that may overlap addresses from `low`: sequences of valid data do not overlap. */
  private firstSequence(low: number): number {
    return countBefore(this.sequences.length, (i) => this.sequences[i]!.end <= low)
  }

  private firstRow({ firstRow, lastRow }: Sequence, low: number): number {
    const before = countBefore(lastRow - firstRow, (i) => this.addresses[firstRow + i]! <= low)
    return Math.max(firstRow, firstRow + before - 1)
  }

  private grow(): void {
    const { addresses, lines, files } = this
    this.addresses = new Float64Array(2 * this.count)
    this.addresses.set(addresses)
    this.lines = new Uint32Array(2 * this.count)
    this.lines.set(lines)
    this.files = new Uint32Array(2 * this.count)
    this.files.set(files)
  }
}
