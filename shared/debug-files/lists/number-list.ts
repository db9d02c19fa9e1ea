// Rows of a fixed number of unsigned integers, compactly.

const rowsPerChunk = 0x4000
const firstRows = 0x80

/** Values are below 2^32. Grows by chunks; only the first, which is small in most modules, is copied to grow. */
export class NumberList {
  rows = 0
  readonly width: number
  private readonly chunks: Uint32Array[] = []

  constructor(width: number) {
    this.width = width
  }

  push(...row: number[]): void {
    const at = this.rows % rowsPerChunk
    if (at === 0) this.chunks.push(new Uint32Array((this.rows === 0 ? firstRows : rowsPerChunk) * this.width))
    let chunk = this.chunks.at(-1)!
    if (at * this.width === chunk.length) {
      const larger = new Uint32Array(chunk.length * 2)
      larger.set(chunk)
      this.chunks[0] = chunk = larger
    }
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
