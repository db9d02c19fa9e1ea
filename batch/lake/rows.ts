// Rows of a table as text: what threads exchange, and what DuckDB reads.
import { concatBytes } from '../../shared/bytes/concat.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { own, setOwn } from '../../shared/own.ts'
import type { Bytes } from '../../shared/units.ts'
import { cellOf, type Column } from './columns.ts'

/** Values by column name. A missing value is null. */
export type Row = Record<string, unknown>

/** Encoded rows of one table. */
export interface EncodedRows {
  count: number
  /** Frames of zstd. They inflate to lines, a JSON object each, without the columns that are null. Empty without rows. */
  bytes: Uint8Array
  /** Of the longest line, inflated: readers need as much memory. */
  longest: Bytes
}

/** Collects rows of one table. */
export interface RowWriter {
  append(row: Row): void
  /** Returns the rows appended since the last flush. */
  flush(): EncodedRows
}

/** Lines of this size are compressed together. */
const textLimit = 4 * 1024 * 1024
const encoder = new TextEncoder()

export function createRowWriter(columns: readonly Column[]): RowWriter {
  const writers = columns.map((column) => ({ name: column.name, toCell: cellOf(column) }))
  const frames: Uint8Array[] = []
  let lines = ''
  let count = 0
  let longest = 0
  const compress = () => {
    if (lines !== '') frames.push(nodeCodecs.compressZstd(encoder.encode(lines)))
    lines = ''
  }
  return {
    append(row) {
      const cells: Row = {}
      for (const { name, toCell } of writers) {
        const cell = toCell(own(row, name))
        if (cell !== null) setOwn(cells, name, cell)
      }
      const line = JSON.stringify(cells)
      longest = Math.max(longest, line.length * maxCharacterBytes)
      lines += `${line}\n`
      count++
      if (lines.length > textLimit) compress()
    },
    flush() {
      compress()
      const rows = { count, bytes: concatBytes(frames.splice(0)), longest }
      count = 0
      longest = 0
      return rows
    },
  }
}

/** UTF-8 of a UTF-16 code unit. */
const maxCharacterBytes = 3

/** Encodes rows of one table. */
export const rowsOfColumns = (columns: readonly Column[], rows: Iterable<Row>): EncodedRows => {
  const writer = createRowWriter(columns)
  for (const row of rows) writer.append(row)
  return writer.flush()
}
