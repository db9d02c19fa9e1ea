// Rows stored by column.
import { own } from '../../shared/own.ts'
import { type Cell, cellOf, type Column } from './columns.ts'

/** Values by column name. A missing value is null. */
export type Row = Record<string, unknown>

/** Rows of one table in a form that threads can exchange: a list of cells for each column. */
export interface ColumnarRows {
  count: number
  columns: readonly (readonly Cell[])[]
}

/** Collects rows of one table. */
export interface RowWriter {
  append(row: Row): void
  /** Returns the rows appended since the last flush. */
  flush(): ColumnarRows
}

export function createRowWriter(columns: readonly Column[]): RowWriter {
  const writers = columns.map((column) => ({ name: column.name, toCell: cellOf(column) }))
  const empty = () => writers.map((): Cell[] => [])
  let cells = empty()
  let count = 0
  return {
    append(row) {
      for (let i = 0; i < writers.length; i++) {
        const { name, toCell } = writers[i]!
        cells[i]!.push(toCell(own(row, name)))
      }
      count++
    },
    flush() {
      const rows = { count, columns: cells }
      cells = empty()
      count = 0
      return rows
    },
  }
}

/** Converts rows of one table. */
export const rowsOfColumns = (columns: readonly Column[], rows: Iterable<Row>): ColumnarRows => {
  const writer = createRowWriter(columns)
  for (const row of rows) writer.append(row)
  return writer.flush()
}
