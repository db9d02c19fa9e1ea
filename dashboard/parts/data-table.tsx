// A table with caption, sortable columns and rows that become cards on narrow screens.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ScrollBox } from './scroll-box.tsx'
import { nextSort, type Sort, sortRows } from '../model/sorting.ts'

export interface Column<Row> {
  key: string
  title: string
  /** A longer name, read aloud and shown on hover. */
  hint?: string
  numeric?: boolean
  /** The column is the row header. */
  header?: boolean
  /** Takes the remaining width, and a whole line of a card. */
  wide?: boolean
  /** The sort value; without it the column is not sortable. */
  value?: (row: Row) => string | number | null
  /** Sort order of the first click; numbers default to descending. */
  first?: 'ascending' | 'descending'
  /** Omitted from a card when empty. */
  isEmpty?: (row: Row) => boolean
  cell: (row: Row) => ComponentChildren
}

interface TableProps<Row> {
  caption: string
  columns: Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** The sort and its setter, if the page stores it. */
  sort?: Sort | null
  onSort?: (sort: Sort) => void
  /** Rows shown initially; a button shows as many more. */
  pageSize?: number
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, pageSize = Infinity } = props
  const [ownSort, setOwnSort] = useState<Sort | null>(null)
  const [pages, setPages] = useState(1)
  const sort = props.onSort ? (props.sort ?? null) : ownSort
  const sorted = sortedBy(rows, columns, sort)
  const shown = sorted.slice(0, pages * pageSize)
  const setSort = (column: Column<Row>) => {
    const descending = column.first ? column.first === 'descending' : column.numeric === true
    const next = nextSort(sort, column.key, descending)
    if (props.onSort) props.onSort(next)
    else setOwnSort(next)
  }
  return (
    <>
      <ScrollBox label={caption}>
        <table class="data-table">
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeaderCell key={column.key} column={column} sort={sort} onSort={() => setSort(column)} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column) => (
                  <BodyCell key={column.key} column={column} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {shown.length < rows.length && (
        <p class="more">
          <button type="button" class="button" onClick={() => setPages(pages + 1)}>
            Show {Math.min(pageSize, rows.length - shown.length)} more of {rows.length}
          </button>
        </p>
      )}
    </>
  )
}

function sortedBy<Row>(rows: readonly Row[], columns: Column<Row>[], sort: Sort | null): readonly Row[] {
  const value = columns.find((column) => column.key === sort?.key)?.value
  return sort && value ? sortRows(rows, value, sort.descending) : rows
}

function HeaderCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>
  sort: Sort | null
  onSort: () => void
}) {
  const sorted = sort?.key === column.key
  const classes = classesOf(column)
  if (!column.value)
    return (
      <th scope="col" class={classes} title={column.hint}>
        {column.title}
      </th>
    )
  return (
    <th
      scope="col"
      class={`${classes} sortable`}
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" onClick={onSort} title={column.hint}>
        {column.title}
        <span class="sort-sign" aria-hidden="true">
          {sorted ? (sort.descending ? '▾' : '▴') : ''}
        </span>
      </button>
    </th>
  )
}

function BodyCell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const empty = column.isEmpty?.(row) ? ' blank' : ''
  const attributes = { class: classesOf(column) + empty, 'data-label': column.title }
  return column.header ? (
    <th scope="row" {...attributes}>
      {column.cell(row)}
    </th>
  ) : (
    <td {...attributes}>{column.cell(row)}</td>
  )
}

const classesOf = <Row,>(column: Column<Row>) =>
  [`column-${column.key}`, column.numeric && 'numeric', column.wide && 'wide'].filter(Boolean).join(' ')
