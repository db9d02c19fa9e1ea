// The exceptions of a Java or Kotlin program, each with its frames.
import type { JavaException } from '../../model/report/java-stack.ts'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'

interface Row {
  number: number
  method: string
  source: string
  isOwn: boolean
}

const columns: readonly Column<Row>[] = [
  { key: 'number', title: 'Frame', numeric: true, cell: ({ number }) => number },
  {
    key: 'method',
    title: 'Method',
    header: true,
    wide: true,
    cell: ({ method, isOwn }) => (
      <>
        <bdi class="code">{method}</bdi>
        {isOwn && (
          <>
            {' '}
            <span class="mark">own</span>
          </>
        )}
      </>
    ),
  },
  { key: 'source', title: 'Source', cell: ({ source }) => <bdi class="code">{source}</bdi> },
]

export const JavaStack = ({ exceptions }: { exceptions: readonly JavaException[] }) => (
  <>
    {exceptions
      .map((exception, place) => ({ ...exception, place }))
      .map(({ type, frames, place }) => (
        <div key={place}>
          <h3>
            {place > 0 && 'Caused by '}
            <bdi class="code">{type}</bdi>
          </h3>
          <DataTable
            caption={`Frames of ${type}`}
            columns={columns}
            rows={frames.map((frame, number) => ({ ...frame, number }))}
            rowKey={({ number }) => `${number}`}
            pageSize={50}
          />
        </div>
      ))}
  </>
)
