// Rows of a fixed number of unsigned integers, compactly.

const rowsPerChunk = 0x4000

/** Values are below 2^32. Grows by chunks: nothing is copied. */
export class NumberList {
  rows = 0
  readonly width: number
  private readonly chunks: Uint32Array[] = []

  constructor(width: number) {
    this.width = width
  }

  push(...row: number[]): void {
    const at = this.rows % rowsPerChunk
    if (at === 0) this.chunks.push(new Uint32Array(rowsPerChunk * this.width))
    const chunk = this.chunks.at(-1)!
    for (let i = 0; i < this.width; i++) chunk[at * this.width + i] = row[i]!
    this.rows++
  }

  get(row: number, column: number): number {
    return this.chunks[Math.floor(row / rowsPerChunk)]![(row % rowsPerChunk) * this.width + column]!
  }

  /** Column `column` of row `row`, or `end` for the row after the last: where the next group starts. */
  getOr(row: number, column: number, end: number): number {
    return row < this.rows ? this.get(row, column) : end
  }
}
