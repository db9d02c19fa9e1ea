// Binary annotations of inlined calls (cvinfo.h of microsoft-pdb).
import { ByteCursor } from '../byte-cursor.ts'
import type { LineRow } from './lines.ts'

const operation = {
  codeOffset: 1,
  changeCodeOffsetBase: 2,
  changeCodeOffset: 3,
  changeCodeLength: 4,
  changeFile: 5,
  changeLineOffset: 6,
  changeLineEndDelta: 7,
  changeRangeKind: 8,
  changeColumnStart: 9,
  changeColumnEndDelta: 10,
  changeCodeOffsetAndLineOffset: 11,
  changeCodeLengthAndCodeOffset: 12,
  changeColumnEnd: 13,
} as const

export interface InlineStart {
  /** Of the function that the call is inlined into. */
  start: number
  end: number
  file: number
  line: number
}

/** The rows of an inlined call. One without a length ends where the next begins, or at the end of the function. */
export function inlineRows(annotations: Uint8Array, from: InlineStart): LineRow[] {
  const reader = new AnnotationReader(annotations, from)
  try {
    reader.run()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return reader.finish()
}

class AnnotationReader {
  private readonly cursor: ByteCursor
  private readonly from: InlineStart
  private readonly rows: (LineRow & { hasLength: boolean })[] = []
  private offset = 0
  private base = 0
  private file: number
  private line: number

  constructor(annotations: Uint8Array, from: InlineStart) {
    this.cursor = new ByteCursor(annotations)
    this.from = from
    this.file = from.file
    this.line = from.line
  }

  run(): void {
    while (this.cursor.at < this.cursor.end) if (!this.step(this.number())) return
  }

  finish(): LineRow[] {
    const { rows, from } = this
    rows.sort((a, b) => a.start - b.start)
    for (const [i, row] of rows.entries()) {
      const next = rows[i + 1]?.start ?? from.end
      row.end = row.hasLength ? Math.min(row.end, next, from.end) : Math.min(next, from.end)
    }
    return rows
      .filter(({ start, end }) => end > start)
      .map(({ start, end, line, file }) => ({ start, end, line, file }))
  }

  /** 1, 2 or 4 bytes, most significant first, with the size in the first bits. */
  private number(): number {
    const first = this.cursor.u8()
    if (first < 0x80) return first
    if (first < 0xc0) return ((first & 0x3f) << 8) | this.cursor.u8()
    if (first < 0xe0)
      return ((first & 0x1f) << 24) | (this.cursor.u8() << 16) | (this.cursor.u8() << 8) | this.cursor.u8()
    throw new RangeError('not a number')
  }

  private signed(): number {
    return toSigned(this.number())
  }

  /** False at the end, or at an unknown operation. */
  private step(code: number): boolean {
    switch (code) {
      case operation.codeOffset:
        this.offset = this.number()
        return true
      case operation.changeCodeOffsetBase:
        this.base = this.number()
        return true
      case operation.changeCodeOffset:
        return this.add(this.number())
      case operation.changeCodeLength:
        return this.endRow(this.number())
      case operation.changeFile:
        this.file = this.number()
        return true
      case operation.changeLineOffset:
        this.line += this.signed()
        return true
      case operation.changeCodeOffsetAndLineOffset: {
        const both = this.number()
        this.line += toSigned(both >>> 4)
        return this.add(both & 15)
      }
      case operation.changeCodeLengthAndCodeOffset: {
        const length = this.number()
        this.add(this.number())
        return this.setLength(length)
      }
      case operation.changeLineEndDelta:
      case operation.changeRangeKind:
      case operation.changeColumnStart:
      case operation.changeColumnEndDelta:
      case operation.changeColumnEnd:
        this.number()
        return true
      default:
        return false
    }
  }

  private add(delta: number): true {
    this.offset += delta
    const start = this.from.start + this.base + this.offset
    this.rows.push({ start, end: 0, line: this.line, file: this.file, hasLength: false })
    return true
  }

  private setLength(length: number): true {
    const row = this.rows.at(-1)
    if (row && !row.hasLength) {
      row.end = row.start + length
      row.hasLength = true
    }
    return true
  }

  private endRow(length: number): true {
    this.setLength(length)
    this.offset += length
    return true
  }
}

const toSigned = (value: number) => (value & 1 ? -(value >>> 1) : value >>> 1)
