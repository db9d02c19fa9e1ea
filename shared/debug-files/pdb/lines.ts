// Line numbers of one object file in a PDB: C13 subsections.
import { ByteCursor } from '../byte-cursor.ts'
import { countBefore } from '../lists/search.ts'

const kinds = { lines: 0xf2, checksums: 0xf4, inlineeLines: 0xf6 } as const
/** Lines that hide code from debuggers. */
const noLines = new Set([0xfeefee, 0xf00f00])

/** A range (end exclusive) of one line. `file` is an offset in the list of checksums. */
export interface LineRow {
  start: number
  end: number
  line: number
  file: number
}

export interface ModuleLines {
  /** By section and original offset, sorted; of rows with one start the last counts. */
  rows: ReadonlyMap<number, LineRow[]>
  /** Where the source of an inlined function begins, by its ID. */
  inlinees: ReadonlyMap<number, { file: number; line: number }>
  /** Offset of a file's name among the names of the PDB; undefined when it is unknown. */
  fileName(file: number): number | undefined
}

export function readLines(bytes: Uint8Array): ModuleLines {
  const cursor = new ByteCursor(bytes)
  const rows = new Map<number, LineRow[]>()
  const inlinees = new Map<number, { file: number; line: number }>()
  const names = new Map<number, number>()
  while (cursor.at + 8 <= cursor.end) {
    const kind = cursor.u32()
    const length = cursor.u32()
    const from = cursor.at
    const part = new ByteCursor(bytes.subarray(from, from + length))
    tolerate(() => {
      if (kind === kinds.lines) readBlock(part, rows)
      else if (kind === kinds.checksums) readChecksums(part, names)
      else if (kind === kinds.inlineeLines) readInlinees(part, inlinees)
    })
    cursor.at = (from + length + 3) & ~3
  }
  for (const list of rows.values()) list.sort((a, b) => a.start - b.start)
  return { rows, inlinees, fileName: (file) => names.get(file) }
}

/** What is read before damage stays. */
function tolerate(read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

function readBlock(cursor: ByteCursor, rows: Map<number, LineRow[]>): void {
  const offset = cursor.u32()
  const section = cursor.u16()
  cursor.skip(2)
  const end = offset + cursor.u32()
  const list = rows.get(section) ?? []
  rows.set(section, list)
  const block: LineRow[] = []
  while (cursor.at + 12 <= cursor.end) {
    const from = cursor.at
    const file = cursor.u32()
    const count = cursor.u32()
    const size = cursor.u32()
    for (let i = 0; i < count; i++) {
      const start = offset + cursor.u32()
      block.push({ start, end, line: cursor.u32() & 0xff_ffff, file })
    }
    cursor.at = from + Math.max(size, 12)
  }
  block.sort((a, b) => a.start - b.start)
  for (const [i, row] of block.entries()) {
    row.end = block[i + 1]?.start ?? end
    if (row.end > row.start) list.push(noLines.has(row.line) ? { ...row, line: 0 } : row)
  }
}

function readChecksums(cursor: ByteCursor, names: Map<number, number>): void {
  while (cursor.at + 6 <= cursor.end) {
    const at = cursor.at
    names.set(at, cursor.u32())
    const size = cursor.u8()
    cursor.at = (at + 6 + size + 3) & ~3
  }
}

function readInlinees(cursor: ByteCursor, inlinees: Map<number, { file: number; line: number }>): void {
  const hasExtra = cursor.u32() === 1
  while (cursor.at + 12 <= cursor.end) {
    const inlinee = cursor.u32()
    inlinees.set(inlinee, { file: cursor.u32(), line: cursor.u32() })
    if (hasExtra) cursor.skip(4 * cursor.u32())
  }
}

/** The rows of a sorted list that overlap a range, clipped to it. */
export function rowsWithin(rows: readonly LineRow[], start: number, end: number): LineRow[] {
  const low = countBefore(rows.length, (middle) => rows[middle]!.end <= start)
  const found: LineRow[] = []
  for (let i = low; i < rows.length && rows[i]!.start < end; i++) {
    const row = rows[i]!
    found.push({ ...row, start: Math.max(start, row.start), end: Math.min(end, row.end) })
  }
  return found
}
