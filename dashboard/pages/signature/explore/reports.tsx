// The newest reports with the columns that the reader chose.
import { own } from '../../../../shared/own.ts'
import type { Answer } from '../../../../shared/search/answer.ts'
import { columnOf, reportColumn } from '../../search/report-list.tsx'
import { DataTable } from '../../../parts/tables/data-table.tsx'
import { Empty } from '../../../parts/page.tsx'

export function ExploredReports({
  answer,
  columns,
  search,
}: {
  answer: Answer
  columns: readonly string[]
  /** That links of values restrict further. */
  search: URLSearchParams
}) {
  if (answer.hits.length === 0) return <Empty title="No reports in these days" />
  return (
    <DataTable
      caption="Reports with the chosen columns"
      columns={[reportColumn(false), ...columns.map((name) => columnOf(name, search))]}
      rows={answer.hits}
      rowKey={(hit) => String(own(hit, 'uuid'))}
      pageSize={50}
    />
  )
}
