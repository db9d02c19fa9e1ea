// The annotations that Crashpad wrote into the minidump of a report.
import type { AnnotationRow } from '../../model/report/crashpad-annotations.ts'
import { type Column, DataTable, usedColumns } from '../../parts/tables/data-table.tsx'

type NumberedRow = AnnotationRow & { place: number }

const columns: Column<NumberedRow>[] = [
  {
    key: 'name',
    title: 'Name',
    header: true,
    value: ({ name }) => name ?? '',
    cell: ({ name }) => <span class="code">{name ?? '–'}</span>,
  },
  { key: 'value', title: 'Value', wide: true, value: ({ value }) => value },
  {
    key: 'module',
    title: 'Module',
    optional: true,
    value: ({ module }) => module,
    cell: ({ module }) => module ?? 'process',
  },
]

export function AnnotationTable({ rows }: { rows: readonly AnnotationRow[] }) {
  const numbered = rows.map((row, place) => ({ ...row, place }))
  return (
    <DataTable
      caption="Annotations that Crashpad wrote into the minidump"
      columns={usedColumns(columns, numbered)}
      rows={numbered}
      rowKey={({ place }) => String(place)}
      pageSize={100}
    />
  )
}
