// Top Crashers: the signatures of a period, ranked, filtered and compared with the previous period.
import { type ProductLists, useHome, useTopCrashers } from '../../data.ts'
import {
  countFilters,
  type Filters,
  filterNames,
  filterParameters,
  parseFilters,
} from '../../model/crashers/filters.ts'
import { type ProductDays, type Ranking, rankCrashers } from '../../model/crashers/ranking.ts'
import { formatCount, formatDay, formatShare, plural } from '../../model/format.ts'
import type { Home } from '../../model/freshness.ts'
import { productDays } from '../../model/series.ts'
import { Estimate, sampleText } from '../../parts/figures.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { lazyPage } from '../../parts/lazy-page.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, HowToSubmit, PageHead, Tile, Tiles } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { searchPageHref, topCrashersHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { FilterForm } from './filters.tsx'
import { CrashersTable } from './table.tsx'

/** It needs the code of searches. */
const PastCrashers = lazyPage(async () => (await import('./past.tsx')).PastCrashers, '20rem')

export function TopCrashersPage({ query }: { query: URLSearchParams }) {
  const filters = parseFilters(query)
  const home = useHome()
  return (
    <>
      <PageHead
        title={filters.product ? `Top Crashers: ${filters.product}` : 'Top Crashers'}
        over={filters.product ? 'Top Crashers' : undefined}
      >
        {filters.product}
      </PageHead>
      <UnusedParameters query={query} known={filterNames} />
      <Await resource={home} height="60rem" missing={<NothingYet />}>
        {(value) => (value.products.length ? <Chosen home={value} filters={filters} /> : <NothingYet />)}
      </Await>
    </>
  )
}

const NothingYet = () => (
  <Empty title="No crashes yet">
    <HowToSubmit />
  </Empty>
)

interface FilteredProps {
  filters: Filters
  onChange: (changes: Partial<Filters>, replace?: boolean) => void
}

function Chosen({ home, filters }: { home: Home; filters: Filters }) {
  const chosen = home.products.filter(({ name }) => !filters.product || name === filters.product)
  const crashers = useTopCrashers(filters.product ? (chosen[0] ?? null) : null, {
    products: home.products,
    days: filters.days,
  })
  const setFilters: FilteredProps['onChange'] = (changes, replace = false) =>
    navigate(topCrashersHref(filterParameters({ ...filters, ...changes })), { replace })
  return (
    <>
      <Notices home={home} />
      <FilterForm
        products={home.products.map(({ name }) => name)}
        documents={crashers.loaded.state === 'ready' ? crashers.loaded.value.documents : []}
        newest={home.dates.at(-1)}
        filters={filters}
        onChange={setFilters}
      />
      {filters.to !== undefined && filters.to !== home.dates.at(-1) ? (
        <PastCrashers
          filters={{ ...filters, to: filters.to }}
          onChange={(changes) => setFilters(changes, true)}
        />
      ) : chosen.length === 0 ? (
        <Empty title={`No crashes of “${filters.product}”`}>
          <p>
            Choose another product above, or see <a href={topCrashersHref()}>all products</a>.
          </p>
        </Empty>
      ) : (
        <Await resource={crashers} height="50rem" missing={<NotAggregated days={filters.days} />}>
          {(value) => <Result {...value} days={productDays(home)} filters={filters} onChange={setFilters} />}
        </Await>
      )}
    </>
  )
}

const NotAggregated = ({ days }: { days: number }) => (
  <Empty title={`No data for ${plural(days, 'day')}`}>
    <p>
      Run <code>mayday aggregate</code>, then reload this page.
    </p>
  </Empty>
)

interface ResultProps extends FilteredProps, ProductLists {
  days: ProductDays
}

function Result({ documents, lacking, days, filters, onChange }: ResultProps) {
  const ranking = rankCrashers(documents, filters, days)
  const text = filters.text?.toLowerCase()
  const rows = text ? ranking.rows.filter((row) => row.signature.toLowerCase().includes(text)) : ranking.rows
  return (
    <div class="result">
      {lacking.length > 0 && (
        <p class="late" role="status">
          <strong>Not counted here:</strong> the lists of <bdi>{lacking.join(', ')}</bdi> are missing.
        </p>
      )}
      <Summary ranking={ranking} />
      {text && (
        <p role="status">
          {plural(rows.length, 'signature')} of {formatCount(ranking.rows.length)} with{' '}
          <q class="code">{filters.text}</q> in the name.{' '}
          <a href={topCrashersHref(filterParameters({ ...filters, text: undefined }))}>Show all</a>
        </p>
      )}
      {rows.length === 0 ? (
        <NoMatch ranking={ranking} text={filters.text} />
      ) : (
        <CrashersTable
          rows={rows}
          ranking={ranking}
          filters={filters}
          showProduct={documents.length > 1}
          onChange={(changes) => onChange(changes, true)}
        />
      )}
      <Notes filters={filters} />
    </div>
  )
}

function NoMatch({ ranking, text }: { ranking: Ranking; text: string | undefined }) {
  return (
    <Empty title={ranking.total.count ? 'No signature matches' : 'No crashes match these filters'}>
      {text !== undefined ? (
        <p>
          Only signatures near the top of a version, channel, platform or process type are searched here;
          <a href={searchPageHref(new URLSearchParams({ signature: `~${text}` }))}>search all reports</a> for
          older and rarer ones. Search distinguishes upper and lower case.
        </p>
      ) : (
        <p>
          Choose a longer period or fewer filters:{' '}
          <a href={topCrashersHref({ days: '28' })}>28 days, no filters</a>.
        </p>
      )}
    </Empty>
  )
}

function Summary({ ranking }: { ranking: Ranking }) {
  const { total, margin, rows, covered, previousTotal } = ranking
  return (
    <Tiles>
      <Tile
        name={
          <>
            {formatDay(ranking.from)} to <Time at={ranking.until} />
          </>
        }
        value={<Estimate tally={total} />}
      >
        {plural(Math.round(total.weighted), 'crash', 'crashes').replace(/^\S+ /, '')},{' '}
        {sampleText(total, margin)}
      </Tile>
      <Tile name="Previous period" value={<Estimate tally={previousTotal} />}>
        {previousTotal.count ? (
          <>
            crashes until <Time at={ranking.previousUntil} />, equally long
          </>
        ) : (
          'not comparable'
        )}
      </Tile>
      <Tile name="Signatures listed" value={formatCount(rows.length)}>
        {formatShare(covered)} of the crashes
      </Tile>
    </Tiles>
  )
}

function Notes({ filters }: { filters: Filters }) {
  const narrowed = countFilters(filters)
  return (
    <div class="notes note">
      {narrowed > 1 && (
        <p>
          With two or more filters the list may lack a signature that ranks high only in their combination;
          percentages are exact nevertheless.
        </p>
      )}
      {narrowed > 0 && (
        <p>
          Installs, GC and the marks for start-up and hangs cover the whole product and period, independent of
          the filters.
        </p>
      )}
      <p>
        Ranks and percentages follow the number of crashes, estimated where reports are sampled. Diff compares
        with the previous period, which is as long. It has a color only where noise is an unlikely reason: in
        a whole list, noise colors anything with a probability of 5 %.{' '}
        <span class="mark mark-new">new since</span>, <span class="mark mark-new">rising</span> and{' '}
        <span class="mark mark-startup">start-up</span> follow the same rule, against the other crashes of the
        product.
      </p>
    </div>
  )
}
