// Top Crashers of days that end before the newest ones: counted by a search, in the browser or by the server.
import { useMemo, useState } from 'preact/hooks'
import type { IsoDate } from '../../../shared/units.ts'
import { crasherSearch } from '../../model/crashers/crasher-search.ts'
import type { Filters } from '../../model/crashers/filters.ts'
import { type PastRow, pastPeriod, pastRows, pastSearch } from '../../model/crashers/past-list.ts'
import { formatCount, formatDate, formatShare } from '../../model/format.ts'
import { readPageSearch } from '../../model/search/page-search.ts'
import { parseSort, sortText } from '../../model/sorting.ts'
import { isSampled } from '../../model/tally.ts'
import { Estimate } from '../../parts/figures.tsx'
import { Empty } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { PlatformLegend, platformColumn } from '../../parts/tables/platform-bar.tsx'
import { reportsColumn, signatureColumn, signatureKey } from '../../parts/tables/signature-columns.tsx'
import { searchPageHref, topCrashersHref } from '../../route.ts'
import { SearchStatusBar } from '../search/status-bar.tsx'
import { useSearchRun } from '../search/use-search-run.ts'

interface Props {
  filters: Filters & { to: IsoDate }
  onChange: (changes: Partial<Filters>) => void
}

export function PastCrashers({ filters, onChange }: Props) {
  const parameters = pastSearch(filters)
  if (parameters === null)
    return (
      <Empty title="These filters cannot be counted for older days">
        <p>
          A filter is “Other”, or looks like an operator of searches.{' '}
          <a href={topCrashersHref({ to: filters.to, days: `${filters.days}` })}>These days, no filters</a>.
        </p>
      </Empty>
    )
  return <Counted filters={filters} onChange={onChange} parameters={parameters} />
}

function Counted({ parameters, ...props }: Props & { parameters: URLSearchParams }) {
  const [attempt, setAttempt] = useState(0)
  const search = useMemo(
    () => readPageSearch(parameters, { now: Date.now() * 1000, protected: 'drop' }),
    [String(parameters), attempt],
  )
  if (!search.query) return <Empty title="These days cannot be searched">{search.problems[0]?.message}</Empty>
  return <Searched {...props} search={search} query={search.query} onAgain={() => setAttempt(attempt + 1)} />
}

interface SearchedProps extends Props {
  search: ReturnType<typeof readPageSearch>
  query: NonNullable<ReturnType<typeof readPageSearch>['query']>
  onAgain: () => void
}

function Searched({ filters, onChange, search, query, onAgain }: SearchedProps) {
  const { state, run, shown } = useSearchRun(query, null)
  const text = filters.text?.toLowerCase() ?? ''
  const all = shown ? pastRows(shown.answer, filters.product) : []
  const rows = all.filter(({ signature }) => signature.toLowerCase().includes(text))
  const isOver = state.state === 'done'
  return (
    <div class="result">
      <SearchStatusBar state={state} run={run} question={query} search={search} onAgain={onAgain} />
      {rows.length > 0 && <PastTable rows={rows} filters={filters} onChange={onChange} />}
      {rows.length === 0 && isOver && <NoReports filters={filters} />}
      <p class="note">
        Older days have no list of their own: this one is counted from the reports that are still stored, by
        the time of processing, and is not compared with the days before.{' '}
        <a href={searchPageHref(search.parameters)}>The same as a search</a>.
      </p>
    </div>
  )
}

function NoReports({ filters }: Pick<Props, 'filters'>) {
  const { from, to } = pastPeriod(filters)
  return (
    <Empty title={`No crashes from ${formatDate(from)} to ${formatDate(to)}`}>
      <p>
        Reports of these days may have expired, or none matches the filters.{' '}
        <a href={topCrashersHref({ product: filters.product })}>Newest days, no filters</a>.
      </p>
    </Empty>
  )
}

function PastTable({ rows, filters, onChange }: Props & { rows: PastRow[] }) {
  const { from, to } = pastPeriod(filters)
  const sampled = rows.some(({ total }) => isSampled(total))
  return (
    <>
      <div class="table-tools">
        <PlatformLegend />
      </div>
      <DataTable
        caption={`Signatures from ${formatDate(from)} to ${formatDate(to)}, by number of crashes`}
        columns={[
          rankColumn,
          signatureColumn<PastRow>(),
          countColumn,
          ...(sampled ? [reportsColumn] : []),
          shareColumn,
          platformColumn((row: PastRow, platform) =>
            crasherSearch(row, { filters, from, to }, ['platform', platform]),
          ),
        ]}
        rows={rows}
        rowKey={signatureKey}
        sort={parseSort(filters.sort) ?? { key: 'rank', descending: false }}
        onSort={(sort) => onChange({ sort: sort.key === 'rank' && !sort.descending ? '' : sortText(sort) })}
        pageSize={50}
      />
    </>
  )
}

const rankColumn: Column<PastRow> = {
  key: 'rank',
  title: 'Rank',
  numeric: true,
  first: 'ascending',
  value: ({ rank }) => rank,
}

const countColumn: Column<PastRow> = {
  key: 'count',
  title: 'Crashes',
  numeric: true,
  value: ({ total }) => total.weighted,
  cell: ({ total }) => (isSampled(total) ? <Estimate tally={total} /> : formatCount(total.weighted)),
}

const shareColumn: Column<PastRow> = {
  key: 'percent',
  title: '%',
  hint: 'Percentage of all crashes that match the filters',
  numeric: true,
  value: ({ share }) => share,
  cell: ({ share }) => formatShare(share),
}
