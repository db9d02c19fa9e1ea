// Line records in about four bytes each: large programs have tens of millions.

const chunkBytes = 1 << 20
const firstBytes = 1 << 12

export interface LineRecord {
  start: number
  size: number
  line: number
  file: number
}

/** Each record is stored as its differences from the one before, in LEB128. */
export class LineList {
  rows = 0
  /** Where the next record begins, in bytes: pass it to `forEach`. */
  position = 0
  private readonly chunks: Uint8Array[] = []
  private last: LineRecord = { start: 0, size: 0, line: 0, file: 0 }

  /** Records from here can be read without those before. */
  restart(): void {
    this.last = { start: 0, size: 0, line: 0, file: 0 }
  }

  push(record: LineRecord): void {
    const { start, size, line, file } = this.last
    this.write(zigzag(record.start - (start + size)))
    this.write(record.size)
    this.write(zigzag(record.line - line))
    this.write(zigzag(record.file - file))
    this.last = record
    this.rows++
  }

  /** Calls `use` with each record between two positions, of which the first is one of a `restart`. The record is reused. */
  forEach({ from, to }: { from: number; to: number }, use: (record: Readonly<LineRecord>) => void): void {
    const cursor = { at: from }
    const record: LineRecord = { start: 0, size: 0, line: 0, file: 0 }
    while (cursor.at < to) {
      record.start += record.size + unzigzag(this.number(cursor))
      record.size = this.number(cursor)
      record.line += unzigzag(this.number(cursor))
      record.file += unzigzag(this.number(cursor))
      use(record)
    }
  }

  private write(value: number): void {
    let rest = value
    do {
      const byte = rest % 0x80
      rest = Math.floor(rest / 0x80)
      const at = this.position++ % chunkBytes
      this.chunkFor(at)[at] = rest > 0 ? byte + 0x80 : byte
    } while (rest > 0)
  }

  /** The last chunk, with room at `at`. Only the first, which is small in most modules, is copied to grow. */
  private chunkFor(at: number): Uint8Array {
    if (at === 0) this.chunks.push(new Uint8Array(this.chunks.length === 0 ? firstBytes : chunkBytes))
    const chunk = this.chunks.at(-1)!
    if (at < chunk.length) return chunk
    const larger = new Uint8Array(chunk.length * 2)
    larger.set(chunk)
    this.chunks[0] = larger
    return larger
  }

  private number(cursor: { at: number }): number {
    let value = 0
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.chunks[Math.floor(cursor.at / chunkBytes)]![cursor.at % chunkBytes]!
      cursor.at++
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
  }
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)
