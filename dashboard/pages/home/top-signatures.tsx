// The top signatures of the home page.
import type { Tally } from '../../../shared/aggregates/documents.ts'
import type { SignatureCount } from '../../model/overview.ts'
import { isSampled, shareOf } from '../../model/tally.ts'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { formatDay } from '../../model/format.ts'
import { Estimate, ShareBar, Sparkline } from '../../parts/figures.tsx'
import { BugNumbers, bugsHint } from '../../parts/known-bugs.tsx'
import { Empty } from '../../parts/page.tsx'
import {
  productColumn,
  reportsColumn,
  signatureColumn,
  signatureKey,
} from '../../parts/tables/signature-columns.tsx'

type Row = SignatureCount & { rank: number; share: number }

interface SignatureTableProps {
  rows: SignatureCount[]
  total: Tally
  showProduct: boolean
}

export function SignatureTable({ rows, total, showProduct }: SignatureTableProps) {
  if (rows.length === 0) return <Empty title="No signatures in these days" />
  const ranked = rows.map((row, index) => ({
    ...row,
    rank: index + 1,
    share: shareOf(row.total.weighted, total.weighted),
  }))
  const columns: Column<Row>[] = [
    rankColumn,
    signatureColumn(trendMark),
    trendColumn,
    ...(showProduct ? [productColumn] : []),
    crashesColumn,
    ...(isSampled(total) ? [reportsColumn] : []),
    shareColumn(Math.max(...ranked.map(({ share }) => share))),
    ...(ranked.some(({ bugs }) => bugs !== undefined) ? [bugsColumn] : []),
  ]
  return <DataTable caption="Top signatures" columns={columns} rows={ranked} rowKey={signatureKey} />
}

const trendMark = ({ trend, first_seen }: Row) =>
  trend && (
    <>
      {' '}
      <span class={trend === 'falling' ? 'mark' : 'mark mark-new'}>
        {trend === 'new' ? `new since ${formatDay(first_seen)}` : trend}
      </span>
    </>
  )

const trendColumn: Column<Row> = {
  key: 'days',
  title: 'Trend',
  hint: 'Crashes per day',
  cell: (row) => <Sparkline values={row.days} />,
}

const bugsColumn: Column<Row> = {
  key: 'bugs',
  title: 'Bugs',
  hint: bugsHint,
  cell: (row) => <BugNumbers bugs={row.bugs ?? []} />,
}

const rankColumn: Column<Row> = {
  key: 'rank',
  title: '#',
  hint: 'Rank',
  numeric: true,
  cell: (row) => row.rank,
}

const crashesColumn: Column<Row> = {
  key: 'crashes',
  title: 'Crashes',
  numeric: true,
  value: (row) => row.total.weighted,
  cell: (row) => <Estimate tally={row.total} />,
}

const shareColumn = (most: number): Column<Row> => ({
  key: 'share',
  title: 'Share',
  cell: (row) => <ShareBar share={row.share} most={most} />,
})
