// Where a search is: progress, a question before a large one, what was read, failures.
import type { RefObject } from 'preact'
import type { Query } from '../../../shared/search/query.ts'
import { formatCount, formatSize, plural } from '../../model/format.ts'
import { withValues } from '../../model/search/changes.ts'
import type { SearchCost, SearchState, SearchStatus, ServerReason } from '../../model/search/messages.ts'
import type { PageSearch } from '../../model/search/page-search.ts'
import { newestDays } from '../../model/search/period.ts'
import { Empty, Skeleton } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'
import { searchPageHref } from '../../route.ts'
import type { SearchRun } from '../../searching.ts'
import { isoOfMicros } from '../../../shared/time/iso-time.ts'

interface StatusProps {
  state: SearchState
  run: RefObject<SearchRun | null>
  question: Query
  search: PageSearch
  /** Runs the search again, up to the current time. */
  onAgain: () => void
}

export function SearchStatusBar(props: StatusProps) {
  return (
    <div class="search-status" data-state={props.state.state}>
      <p class="visually-hidden" role="status">
        {announcement(props.state)}
      </p>
      <Status {...props} />
    </div>
  )
}

/** What screen readers announce: states, not every step. */
function announcement(state: SearchState): string {
  switch (state.state) {
    case 'done':
      return `${plural(state.answer.total, 'report')} found`
    case 'asking':
      return 'This search reads many bytes. Choose how to continue.'
    case 'cancelled':
      return 'Search stopped'
    case 'failed':
      return 'Search failed'
    default:
      return 'Searching'
  }
}

function Status({ state, run, question, search, onAgain }: StatusProps) {
  switch (state.state) {
    case 'starting':
      return <Skeleton height="20rem" />
    case 'running':
      return <Progress status={state.status} onCancel={() => run.current?.cancel()} />
    case 'on-server':
      return (
        <p class="search-progress">
          <span>Searching on the server{reasonText(state.reason)}</span>
          <progress aria-label="Searching on the server" />
          <CancelButton onCancel={() => run.current?.cancel()} />
        </p>
      )
    case 'asking':
      return <Question cost={state.cost} run={run} question={question} search={search} />
    case 'cancelled':
      return <Stopped status={state.status} onAgain={onAgain} />
    case 'failed':
      return <Failed state={state} run={run} onAgain={onAgain} />
    case 'done':
      return <Done state={state} question={question} onAgain={onAgain} />
  }
}

const statusText = ({ days, allDays, bytes, allBytes }: SearchStatus) =>
  `${formatCount(days)} of ${plural(allDays, 'day')}, ${formatSize(bytes)} of ${formatSize(allBytes)}`

function Progress({ status, onCancel }: { status: SearchStatus | null; onCancel: () => void }) {
  return (
    <p class="search-progress">
      <span>{status ? statusText(status) : 'Searching'}</span>
      <progress aria-label="Days searched" max={status?.allDays ?? 1} value={status?.days} />
      <CancelButton onCancel={onCancel} />
    </p>
  )
}

const CancelButton = ({ onCancel }: { onCancel: () => void }) => (
  <button type="button" class="button small" onClick={onCancel}>
    Cancel
  </button>
)

const reasonText = (reason: ServerReason) =>
  ({
    missing: ': this site has no search files.',
    asked: '.',
    protected: ': only it has protected fields.',
  })[reason]

interface QuestionProps {
  cost: SearchCost
  run: RefObject<SearchRun | null>
  question: Query
  search: PageSearch
}

function Question({ cost, run, question, search: { parameters } }: QuestionProps) {
  return (
    <Empty
      title={`This search reads ${formatSize(cost.bytes)}: ${plural(cost.rows, 'report')} of ${plural(cost.days, 'day')}.`}
    >
      <div class="search-choices">
        {cost.days > 7 && (
          <a class="button" href={searchPageHref(withValues(parameters, 'date', newestDays(question, 7)))}>
            Newest 7 days
          </a>
        )}
        <button type="button" class="button" onClick={() => run.current?.start(null)}>
          Read all
        </button>
        <button type="button" class="button" onClick={() => run.current?.ask('asked')}>
          Ask the server
        </button>
      </div>
      <p class="note">The server answers where the API runs: “mayday serve”.</p>
    </Empty>
  )
}

const AgainButton = ({ onAgain, children }: { onAgain: () => void; children: string }) => (
  <button type="button" class="button small" onClick={onAgain}>
    {children}
  </button>
)

const Stopped = ({ status, onAgain }: { status: SearchStatus | null; onAgain: () => void }) => (
  <p class="search-progress">
    <span>
      Stopped.{' '}
      {status && status.days > 0
        ? `The numbers below are exact for ${formatCount(status.days)} of ${plural(status.allDays, 'day')}.`
        : 'Nothing was searched.'}
    </span>
    <AgainButton onAgain={onAgain}>Search again</AgainButton>
  </p>
)

interface FailedProps {
  state: SearchState & { state: 'failed' }
  run: RefObject<SearchRun | null>
  onAgain: () => void
}

function Failed({ state, run, onAgain }: FailedProps) {
  return (
    <Empty title={state.missing ? 'There are no search files' : 'The search failed'}>
      {state.missing && (
        <p>
          They are written by <code>mayday aggregate</code> and <code>mayday run</code>. The server was asked
          instead, without success.
        </p>
      )}
      <p>{state.message}</p>
      <div class="search-choices">
        <AgainButton onAgain={onAgain}>Try again</AgainButton>
        {state.source === 'files' && (
          <button type="button" class="button small" onClick={() => run.current?.ask('asked')}>
            Ask the server
          </button>
        )}
      </div>
    </Empty>
  )
}

const serverReasons: Readonly<Record<ServerReason, string>> = {
  missing: 'answered by the server, as this site has no search files',
  asked: 'answered by the server',
  protected: 'answered by the server, which alone has protected fields',
}

const readText = ({ allDays, rows, bytes }: SearchStatus) =>
  `${formatSize(bytes)} read from files of ${plural(allDays, 'day')} with ${plural(rows, 'report')}`

interface DoneProps {
  state: SearchState & { state: 'done' }
  question: Query
  onAgain: () => void
}

function Done({ state, question, onAgain }: DoneProps) {
  const { total, weighted = total } = state.answer
  const estimate = Math.abs(weighted - total) > 0.5
  const how =
    state.source === 'server'
      ? serverReasons[state.reason]
      : `searched in this browser, ${readText(state.status)}`
  return (
    <div class="search-done">
      <p class="search-total">
        <strong>{plural(total, 'report')}</strong>
        {estimate && `, an estimated ${plural(Math.round(weighted), 'crash', 'crashes')}`}
      </p>
      <p class="note">
        Processed from <Time at={isoOfMicros(BigInt(question.from))} /> to{' '}
        <Time at={isoOfMicros(BigInt(question.to))} />; {how}. <AgainLink onAgain={onAgain} />
      </p>
    </div>
  )
}

const AgainLink = ({ onAgain }: { onAgain: () => void }) => (
  <button type="button" class="link-button" onClick={onAgain}>
    Search again
  </button>
)
