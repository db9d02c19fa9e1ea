// Whether the system works: age of the data, last round, refused reports, calls of the API.
import type { RoundAggregate, RoundStep } from '../../../shared/aggregates/documents.ts'
import { useHome, useRound } from '../../data.ts'
import { formatCount, formatDuration, formatSize, formatTime, plural } from '../../model/format.ts'
import { ageText, freshnessOf, type Home } from '../../model/freshness.ts'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { useNow } from '../../parts/freshness.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, PageHead, Section, Skeleton, Tile, Tiles } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { ApiCalls, useApiCalls } from './api-calls.tsx'

export function StatusPage({ query }: { query: URLSearchParams }) {
  const [home, round, calls] = [useHome(), useRound(), useApiCalls()]
  // Together, so that nothing moves.
  const isLoading = home.loaded.state === 'loading' || round.loaded.state === 'loading' || calls === 'loading'
  return (
    <>
      <PageHead title="Status" under="Whether crashes arrive, are processed and counted" />
      <UnusedParameters query={query} known={[]} />
      {isLoading ? (
        <Skeleton height="60rem" />
      ) : (
        <>
          <Await resource={home} height="12rem" missing={<NoData />}>
            {(value) => <Freshness home={value} />}
          </Await>
          <Section id="round" title="Last round">
            <Await resource={round} height="20rem" missing={<NoRound />}>
              {(value) => <Round round={value} />}
            </Await>
          </Section>
          <ApiCalls calls={calls} />
        </>
      )}
    </>
  )
}

const NoData = () => (
  <Empty title="No crash was counted yet">
    <p>
      Run <code>mayday run</code>, then reload this page.
    </p>
  </Empty>
)

const NoRound = () => (
  <p class="note">
    Only <code>mayday run</code> and <code>mayday serve</code> write about their rounds.
  </p>
)

function Freshness({ home }: { home: Home }) {
  const now = useNow()
  const { age } = freshnessOf(home, now)
  const refused = home.refused?.by_rule.reduce((sum, { count }) => sum + count, 0)
  const accepted = home.products.reduce((sum, { total }) => sum + total.count, 0)
  const newest = home.newest_crash
  return (
    <>
      <Notices home={home} />
      <Tiles>
        <Tile name="Data checked" value={`${ageText(age)} ago`} text>
          {formatTime(home.checked_at)}
        </Tile>
        <Tile
          name="Newest crash"
          value={newest ? `${ageText(Math.max(0, now.getTime() - Date.parse(newest)))} ago` : 'none'}
          text
        >
          {newest && formatTime(newest)}
        </Tile>
        <Tile name="Accepted reports" value={formatCount(accepted)} text>
          of {plural(home.dates.length, 'day')}
        </Tile>
        <Tile
          name="Refused reports"
          value={refused === undefined ? 'not counted' : formatCount(refused)}
          text
        >
          {refused !== undefined && 'malformed, or rejected by the throttle'}
        </Tile>
      </Tiles>
    </>
  )
}

function Round({
  round: { good, began, generated_at, backlog, oldest_waiting, steps },
}: {
  round: RoundAggregate
}) {
  const now = useNow()
  const failed = steps.filter((step) => !step.good).map(({ name }) => name)
  return (
    <>
      <p class={good ? undefined : 'late'} role="status">
        {good ? (
          'All steps ended well'
        ) : (
          <strong>Failed, or found something: {failed.join(', ') || 'products'}</strong>
        )}
        , {ageText(Math.max(0, now.getTime() - Date.parse(generated_at)))} ago, after{' '}
        {formatDuration(Date.parse(generated_at) - Date.parse(began))}.{' '}
        {backlog === 0
          ? 'No report waits to be processed.'
          : `${plural(backlog, 'report')} wait to be processed${oldest_waiting ? `, the oldest since ${formatTime(oldest_waiting)}` : ''}.`}
      </p>
      <DataTable
        caption="Steps of the round"
        columns={columns}
        rows={steps}
        rowKey={({ name }) => name}
        isSorted
      />
    </>
  )
}

const columns: readonly Column<RoundStep>[] = [
  { key: 'name', title: 'Step', header: true, cell: ({ name }) => <code>{name}</code> },
  {
    key: 'good',
    title: 'Result',
    cell: ({ good }) => (good ? 'good' : <strong class="worse">failed or findings: see its log</strong>),
  },
  { key: 'ms', title: 'Time', numeric: true, cell: ({ ms }) => formatDuration(ms) },
  {
    key: 'requests',
    title: 'Requests',
    hint: 'To the store',
    numeric: true,
    cell: ({ requests }) => formatCount(requests),
  },
  { key: 'read', title: 'Read', numeric: true, cell: (step) => formatSize(step.bytes_read) },
  { key: 'written', title: 'Written', numeric: true, cell: (step) => formatSize(step.bytes_written) },
]
