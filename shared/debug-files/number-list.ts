// Rows of a fixed number of unsigned integers, compactly.

/** Values are below 2^32. */
export class NumberList {
  rows = 0
  readonly width: number
  private values: Uint32Array

  constructor(width: number) {
    this.width = width
    this.values = new Uint32Array(width * 256)
  }

  push(...row: number[]): void {
    const at = this.rows * this.width
    if (at + this.width > this.values.length) {
      const grown = new Uint32Array(this.values.length * 2)
      grown.set(this.values)
      this.values = grown
    }
    for (let i = 0; i < this.width; i++) this.values[at + i] = row[i]!
    this.rows++
  }

  get(row: number, column: number): number {
    return this.values[row * this.width + column]!
  }

  set(row: number, column: number, value: number): void {
    this.values[row * this.width + column] = value
  }

  /** Column `column` of row `row`, or `end` for the row after the last: where the next group starts. */
  getOr(row: number, column: number, end: number): number {
    return row < this.rows ? this.get(row, column) : end
  }
}
