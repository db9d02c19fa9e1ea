// The signatures of two releases: shares with intervals, and what differs.
import type { UsageMeasure } from '../../../shared/aggregates/documents.ts'
import type { ComparedSignature, Part, ReleaseComparison, Side } from '../../../shared/releases/compare.ts'
import type { FindingKind } from '../../../shared/releases/headline.ts'
import { formatDate, formatPoints, formatShare, plural } from '../../model/format.ts'
import { formatRate, unitOf } from '../../model/rate.ts'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { Estimate } from '../../parts/figures.tsx'
import { Empty } from '../../parts/page.tsx'
import { signatureHref } from '../../route.ts'

interface TableProps {
  product: string
  measure: UsageMeasure | null
  comparison: ReleaseComparison
}

/** Differences first, then by share. */
export function SignatureTable({ product, measure, comparison }: TableProps) {
  const { now, before, rows } = comparison
  if (rows.length === 0) return <Empty title="No crashes at this age" />
  const isPlain = ({ kind }: ComparedSignature) => kind === null
  const byShare = rows.filter(isPlain).sort((a, b) => b.now.share - a.now.share)
  return (
    <DataTable
      caption={`Signatures of ${now.release.name} and ${before.release.name}`}
      columns={[...columnsOf(product, comparison), ...sizeColumns(comparison, measure), firstSeenColumn]}
      rows={[...rows.filter((row) => !isPlain(row)), ...byShare]}
      rowKey={(row) => row.signature}
      pageSize={25}
    />
  )
}

const worse: ReadonlySet<FindingKind | null> = new Set(['new', 'rising'])

/** The signature, its shares and their difference. */
function columnsOf(product: string, { now, before }: ReleaseComparison): Column<ComparedSignature>[] {
  const version = now.release.kind === 'version' ? now.release.name : undefined
  return [
    {
      key: 'signature',
      title: 'Signature',
      header: true,
      wide: true,
      value: (row) => row.signature,
      cell: (row) => (
        <>
          <a
            class="code"
            href={signatureHref(row.signature, {
              product,
              version: row.now.tally.count > 0 ? version : undefined,
            })}
          >
            <bdi>{row.signature}</bdi>
          </a>{' '}
          <Marks {...row} />
        </>
      ),
    },
    shareColumn('now', now.release.name),
    shareColumn('before', before.release.name),
    {
      key: 'difference',
      title: 'Difference',
      hint: 'Percentage points; colored where chance does not explain it',
      numeric: true,
      value: differenceOf,
      cell: (row) => (
        <span class={row.kind === null ? 'note' : worse.has(row.kind) ? 'worse' : 'better'}>
          {formatPoints(differenceOf(row))}
        </span>
      ),
    },
  ]
}

const firstSeenColumn: Column<ComparedSignature> = {
  key: 'first-seen',
  title: 'First seen',
  first: 'descending',
  value: (row) => row.first_seen,
  cell: (row) => <span class="nowrap">{formatDate(row.first_seen)}</span>,
}

/** Rates where use of both is known, else crashes. */
const sizeColumns = ({ now, before }: ReleaseComparison, measure: UsageMeasure | null) =>
  measure && now.rate && before.rate
    ? [rateColumn('now', now, measure), rateColumn('before', before, measure)]
    : [crashesColumn('now', now.release.name), crashesColumn('before', before.release.name)]

const differenceOf = ({ now, before }: ComparedSignature) => 100 * (now.share - before.share)

/** Only differences beyond chance have a mark. */
function Marks({ kind, only }: ComparedSignature) {
  if (kind === null) return null
  return (
    <>
      <span class={worse.has(kind) ? 'mark mark-new' : 'mark'}>{kind}</span>{' '}
      {only !== null && <span class="mark">{only} only</span>}
    </>
  )
}

const shareColumn = (side: 'now' | 'before', name: string): Column<ComparedSignature> => ({
  key: `share-${side}`,
  title: name,
  hint: `Share of the crashes of ${name}, with the 95 % interval`,
  numeric: true,
  value: (row) => row[side].share,
  cell: (row) => <ShareCell part={row[side]} />,
})

function ShareCell({ part: { share, interval, tally } }: { part: Part }) {
  if (tally.count === 0) return <span class="note">–</span>
  return (
    <>
      {formatShare(share)}
      <span class="below note">
        {formatShare(interval.low)} to {formatShare(interval.high)}
      </span>
    </>
  )
}

const crashesColumn = (side: 'now' | 'before', name: string): Column<ComparedSignature> => ({
  key: `crashes-${side}`,
  title: `Crashes, ${name}`,
  numeric: true,
  value: (row) => row[side].tally.weighted,
  cell: (row) => (
    <span title={plural(row[side].tally.count, 'report')}>
      <Estimate tally={row[side].tally} />
    </span>
  ),
})

const rateColumn = (
  side: 'now' | 'before',
  { release, rate }: Side,
  measure: UsageMeasure,
): Column<ComparedSignature> => ({
  key: `rate-${side}`,
  title: `Rate, ${release.name}`,
  hint: `Crashes per ${unitOf[measure]}`,
  numeric: true,
  value: (row) => row[side].share * (rate?.value ?? 0),
  cell: (row) => (
    <span title={plural(row[side].tally.count, 'report')}>
      {row[side].tally.count === 0 ? '–' : formatRate(1000 * row[side].share * (rate?.value ?? 0))}
    </span>
  ),
})
