// The top signatures of the home page.
import type { Tally } from '../../shared/aggregates.ts'
import { formatCount } from '../model/format.ts'
import type { SignatureCount } from '../model/overview.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Estimate, ShareBar } from '../parts/figures.tsx'
import { Empty } from '../parts/page.tsx'
import { signatureHref } from '../route.ts'
import { isSampled, shareOf } from '../model/tally.ts'

type Row = SignatureCount & { rank: number }

export function SignatureTable({
  rows,
  total,
  showProduct,
}: {
  rows: SignatureCount[]
  total: Tally
  showProduct: boolean
}) {
  if (rows.length === 0) return <Empty title="No signatures in these days" />
  const ranked = rows.map((row, index) => ({ ...row, rank: index + 1 }))
  const most = Math.max(...rows.map((row) => shareOf(row.total.weighted, total.weighted)))
  const reports: Column<Row> = {
    key: 'reports',
    title: 'Reports',
    numeric: true,
    value: (row) => row.total.count,
    cell: (row) => formatCount(row.total.count),
  }
  const product: Column<Row> = {
    key: 'product',
    title: 'Product',
    value: (row) => row.product,
    cell: (row) => row.product,
  }
  const columns: Column<Row>[] = [
    { key: 'rank', title: '#', hint: 'Rank', numeric: true, cell: (row) => row.rank },
    {
      key: 'signature',
      title: 'Signature',
      header: true,
      wide: true,
      value: (row) => row.signature,
      cell: (row) => (
        <a class="code" href={signatureHref(row.signature, row.product)}>
          {row.signature}
        </a>
      ),
    },
    ...(showProduct ? [product] : []),
    {
      key: 'crashes',
      title: 'Crashes',
      numeric: true,
      value: (row) => row.total.weighted,
      cell: (row) => <Estimate tally={row.total} />,
    },
    ...(isSampled(total) ? [reports] : []),
    {
      key: 'share',
      title: 'Share',
      cell: (row) => <ShareBar share={shareOf(row.total.weighted, total.weighted)} most={most} />,
    },
  ]
  return (
    <DataTable
      caption="Top signatures"
      columns={columns}
      rows={ranked}
      rowKey={(row) => `${row.product} ${row.signature}`}
    />
  )
}
