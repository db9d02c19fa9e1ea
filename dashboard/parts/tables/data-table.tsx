// A table with caption, sortable columns and rows that become cards on narrow screens.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { nextSort, type Sort, sortRows } from '../../model/sorting.ts'
import { ClientText } from '../client-text.tsx'
import { ScrollBox } from './scroll-box.tsx'

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
  /** Shown only when the reader chooses it. */
  extra?: boolean
  /** Omitted where it has no value: from a card, and by `usedColumns` from the table. */
  optional?: boolean
  /** By default the sort value. */
  cell?: (row: Row) => ComponentChildren
}

/** A column of texts that some rows may not have. */
export const textColumn = <Key extends string>(
  key: Key,
  title: string,
  className?: string,
): Column<{ readonly [K in Key]?: string | null | undefined }> => ({
  key,
  title,
  optional: true,
  value: (row) => row[key] ?? null,
  cell: (row) => row[key] && <ClientText className={className} text={row[key]} />,
})

const isBlank = <Row,>({ optional, value }: Column<Row>, row: Row) =>
  optional === true && (value?.(row) ?? '') === ''

/** The columns that are not blank in all rows. */
export const usedColumns = <Row,>(columns: readonly Column<Row>[], rows: readonly Row[]) =>
  columns.filter((column) => !column.optional || !rows.every((row) => isBlank(column, row)))

interface TableProps<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  /** The sort and its setter, if the page stores it. */
  sort?: Sort | null
  onSort?: (sort: Sort) => void
  /** The rows are in this order already. */
  isSorted?: boolean
  /** Rows shown initially; a button shows as many more. */
  pageSize?: number
}

export function DataTable<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, pageSize = Infinity } = props
  const [ownSort, setOwnSort] = useState<Sort | null>(null)
  const [pages, setPages] = useKeptPages(caption)
  const { sort = null, onSort } = props.onSort ? props : { sort: ownSort, onSort: setOwnSort }
  const ordered = props.isSorted ? rows : sortedBy(rows, columns, sort)
  const shown = ordered.slice(0, pages * pageSize)
  const sortBy = (column: Column<Row>) => onSort?.(nextSort(sort, column.key, startsDescending(column)))
  return (
    <>
      <ScrollBox label={caption}>
        <table class="data-table">
          <caption class="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeaderCell key={column.key} column={column} sort={sort} onSort={() => sortBy(column)} />
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

/** How many pages of a table are shown; kept with the history entry, so that Back shows the same rows. */
function useKeptPages(caption: string): [pages: number, setPages: (pages: number) => void] {
  const [pages, setPages] = useState(() => keptPages().get(caption) ?? 1)
  return [
    pages,
    (more) => {
      setPages(more)
      const kept = Object.fromEntries(keptPages().set(caption, more))
      history.replaceState({ ...history.state, pages: kept }, '')
    },
  ]
}

function keptPages(): Map<string, number> {
  const { pages } = (history.state ?? {}) as { pages?: unknown }
  const entries = typeof pages === 'object' && pages !== null ? Object.entries(pages) : []
  return new Map(entries.flatMap(([caption, count]) => (Number.isInteger(count) ? [[caption, count]] : [])))
}

const startsDescending = <Row,>({ first, numeric }: Column<Row>) =>
  first ? first === 'descending' : numeric === true

function sortedBy<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null) {
  const value = columns.find((column) => column.key === sort?.key)?.value
  return sort && value ? sortRows(rows, value, sort.descending) : rows
}

interface HeaderProps<Row> {
  column: Column<Row>
  sort: Sort | null
  onSort: () => void
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderProps<Row>) {
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
  const blank = isBlank(column, row) ? ' blank' : ''
  const attributes = { class: classesOf(column) + blank, 'data-label': column.title }
  const content = column.cell ? column.cell(row) : plainCell(column.value?.(row))
  return column.header ? (
    <th scope="row" {...attributes}>
      {content}
    </th>
  ) : (
    <td {...attributes}>{content}</td>
  )
}

const plainCell = (value: string | number | null | undefined) =>
  typeof value === 'string' ? <ClientText text={value} /> : value

const classesOf = <Row,>(column: Column<Row>) =>
  [`column-${column.key}`, column.numeric && 'numeric', column.wide && 'wide'].filter(Boolean).join(' ')
