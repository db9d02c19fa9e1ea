// Parts of the signature page: a facet as bars, and the table of recent reports.
import { useState } from 'preact/hooks'
import type { Facet, ReportRow, Tally } from '../../../shared/aggregates/documents.ts'
import type { Correlated } from '../../../shared/aggregates/correlations.ts'
import { type FieldName, labelOf } from '../../../shared/fields/fields.ts'
import { facetKey, sharesText } from '../../model/correlation-text.ts'
import { formatCount, formatEpoch, formatSeconds, formatShare } from '../../model/format.ts'
import { searchParameter, searchParameters } from '../../model/search/links.ts'
import { shareOf } from '../../model/tally.ts'
import { ClientText } from '../../parts/client-text.tsx'
import { Estimate } from '../../parts/figures.tsx'
import { Empty } from '../../parts/page.tsx'
import { BarTable } from '../../parts/tables/bar-table.tsx'
import { type Column, DataTable, textColumn, usedColumns } from '../../parts/tables/data-table.tsx'
import { Time } from '../../parts/time.tsx'
import { reportHref, searchPageHref } from '../../route.ts'

const shownAtFirst = 6

export interface FacetListProps {
  facet: Facet
  total: Tally
  /** The search over the crashes of the page, which links restrict further. */
  search: URLSearchParams
  /** Values that are more frequent than in other crashes of the product (`overRepresented`). */
  frequent: ReadonlyMap<string, Correlated>
}

/** One facet: its values as bars, the largest first. */
export function FacetList({ facet, total, search, frequent }: FacetListProps) {
  const [all, setAll] = useState(false)
  const values = all ? facet.values : facet.values.slice(0, shownAtFirst)
  const title = `facet-${facet.column}`
  const bars = values.map(({ value, total: part }) => ({
    key: value,
    name: (
      <>
        <FacetValue column={facet.column} value={value} search={search} />
        <FrequentMark of={frequent.get(facetKey(facet.column, value))} />
      </>
    ),
    count: <Estimate tally={part} />,
    share: shareOf(part.weighted, total.weighted),
  }))
  return (
    <section class="facet" aria-labelledby={title}>
      <h3 id={title}>{facet.title}</h3>
      <BarTable
        caption={`${facet.title}: crashes and percentage`}
        headers={[facet.title, 'Crashes']}
        bars={bars}
      />
      {facet.values.length > shownAtFirst && (
        <button type="button" class="link-button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${formatCount(facet.values.length)}`}
        </button>
      )}
    </section>
  )
}

/** The value is more frequent than in other crashes of the product. */
const FrequentMark = ({ of }: { of: Correlated | undefined }) =>
  of ? (
    <>
      {' '}
      <span class="mark mark-frequent" title={sharesText(of)}>
        {formatShare(of.reference)} elsewhere
      </span>
    </>
  ) : null

/** A value; most link to the search restricted to it. */
function FacetValue({ column, value, search }: { column: string; value: string; search: URLSearchParams }) {
  const text = <ClientText text={facetText(column, value)} />
  const parameter = searchParameter(column, value)
  if (!parameter) return text
  const others = [...search].filter(([name]) => name !== column)
  return <a href={searchPageHref(searchParameters([...others, parameter]))}>{text}</a>
}

/** A facet's value in readable form. */
function facetText(column: string, value: string): string {
  if (value === '') return '(none)'
  return (column === 'install_time' && formatEpoch(Number(value))) || value
}

const text = (key: TextKey, field: FieldName, className?: string): Column<ReportRow> =>
  textColumn(key, labelOf(field), className)

type TextKey = Exclude<keyof ReportRow, 'uptime' | 'install_time'>

interface TwoLinesProps {
  first: string | null
  second: string | null
  code?: boolean
}

const TwoLines = ({ first, second, code = false }: TwoLinesProps) => (
  <>
    {first && <ClientText text={first} />}
    {second && <ClientText className={code ? 'below code' : 'below'} text={second} />}
  </>
)

const columns: Column<ReportRow>[] = [
  {
    key: 'submitted_at',
    title: 'Report',
    header: true,
    wide: true,
    first: 'descending',
    value: (row) => row.submitted_at,
    cell: (row) => (
      <>
        <a class="nowrap" href={reportHref(row.crash_id)}>
          <Time at={row.submitted_at} />
        </a>{' '}
        <span class="code crash-id">{row.crash_id}</span>{' '}
        {row.duplicate_of && (
          <a class="mark" href={reportHref(row.duplicate_of)} title={`Duplicate of ${row.duplicate_of}`}>
            duplicate
          </a>
        )}
      </>
    ),
  },
  text('product', 'product'),
  text('version', 'version'),
  text('release_channel', 'release_channel'),
  text('build_id', 'build', 'code'),
  {
    ...text('platform_pretty_version', 'os_pretty_version'),
    cell: (row) => <TwoLines first={row.platform_pretty_version || row.platform} second={row.cpu_arch} />,
  },
  text('process_type', 'process_type'),
  {
    ...text('reason', 'reason'),
    cell: (row) => <TwoLines first={row.reason} second={row.address} code />,
  },
  {
    key: 'uptime',
    title: labelOf('uptime'),
    numeric: true,
    value: (row) => row.uptime,
    optional: true,
    cell: (row) =>
      row.uptime !== null && <span title={formatSeconds(row.uptime)}>{formatCount(row.uptime)} s</span>,
  },
  {
    key: 'install_time',
    title: labelOf('install_time'),
    first: 'descending',
    value: (row) => row.install_time,
    optional: true,
    cell: (row) => row.install_time !== null && <span class="nowrap">{formatEpoch(row.install_time)}</span>,
  },
]

export function ReportTable({ reports: rows }: { reports: ReportRow[] }) {
  if (rows.length === 0) return <Empty title="No reports listed" />
  const oneProduct = rows.every((row) => row.product === rows[0]?.product)
  const used = usedColumns(columns, rows).filter(({ key }) => key !== 'product' || !oneProduct)
  return (
    <DataTable
      caption="The newest reports of this signature"
      columns={used}
      rows={rows}
      rowKey={(row) => row.crash_id}
      pageSize={50}
    />
  )
}
