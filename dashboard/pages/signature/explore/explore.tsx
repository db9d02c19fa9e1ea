// Graphs, breakdowns and lists of reports by any public field, and the variants of the stack: from one search.
import type { RefObject } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { Answer } from '../../../../shared/search/answer.ts'
import type { Query } from '../../../../shared/search/query.ts'
import type { IsoDate } from '../../../../shared/units.ts'
import { facetViews } from '../../../model/search/answer-view.ts'
import { titleOf } from '../../../model/search/field-names.ts'
import { type PageSearch, readPageSearch } from '../../../model/search/page-search.ts'
import type { SearchState } from '../../../model/search/messages.ts'
import { type Exploration, explorationSearch, needsSearch } from '../../../model/signature/exploration.ts'
import { stackVariants, termSeries } from '../../../model/signature/term-series.ts'
import { Chart } from '../../../parts/chart/chart.tsx'
import type { Marker } from '../../../parts/chart/chart-drawing.ts'
import { Section } from '../../../parts/page.tsx'
import { searchPageHref } from '../../../route.ts'
import type { SearchRun } from '../../../searching.ts'
import { useToken } from '../../../session-token.ts'
import { FacetCard } from '../../search/facet-card.tsx'
import { SearchStatusBar } from '../../search/status-bar.tsx'
import { useSearchRun } from '../../search/use-search-run.ts'
import { Comments } from './comments.tsx'
import { ExploreForm } from './explore-form.tsx'
import { ExploredReports } from './reports.tsx'
import { StackVariants } from './stack-variants.tsx'

export interface ExploreProps {
  exploration: Exploration
  /** Navigates to the page with the change. */
  onChange: (change: Partial<Exploration>) => void
  /** The search over the crashes of the page. */
  filters: URLSearchParams
  dates: readonly IsoDate[]
  markers: readonly Marker[]
}

export function Explore(props: ExploreProps) {
  const { exploration, onChange, filters, dates } = props
  const [attempt, setAttempt] = useState(0)
  const key = JSON.stringify([exploration, String(filters), dates])
  const search = useMemo(
    () =>
      readPageSearch(explorationSearch(exploration, { filters, dates }), {
        now: Date.now() * 1000,
        protected: 'drop',
      }),
    [key, attempt],
  )
  const token = useToken()
  return (
    <Section id="explore" title="Explore">
      <ExploreForm exploration={exploration} dates={dates} onChange={onChange} />
      {needsSearch(exploration) && search.query && (
        <Explored {...props} search={search} query={search.query} onAgain={() => setAttempt(attempt + 1)} />
      )}
      <Comments search={search} token={token} />
    </Section>
  )
}

interface ExploredProps extends ExploreProps {
  search: PageSearch
  query: Query
  onAgain: () => void
}

/** The crash ID of each report is needed for links. */
const withIds = (query: Query): Query =>
  query.columns.includes('uuid') ? query : { ...query, columns: [...query.columns, 'uuid'] }

function Explored({ search, query, onAgain, ...props }: ExploredProps) {
  const question = useMemo(() => withIds(query), [query])
  const { state, run, shown } = useSearchRun(question, null)
  return (
    <>
      <Status state={state} run={run} question={question} search={search} onAgain={onAgain} />
      {shown && <Answered {...props} search={search} question={shown.question} answer={shown.answer} />}
    </>
  )
}

interface StatusProps {
  state: SearchState
  run: RefObject<SearchRun | null>
  question: Query
  search: PageSearch
  onAgain: () => void
}

const Status = (props: StatusProps) => <SearchStatusBar {...props} />

interface AnsweredProps extends ExploreProps {
  search: PageSearch
  question: Query
  answer: Answer
}

function Answered({ exploration, onChange, dates, markers, search, question, answer }: AnsweredProps) {
  const { graph, style, facets, columns, stacks, from, to } = exploration
  const days = dates.filter((date) => (from === null || date >= from) && (to === null || date <= to))
  const title = graph === null ? '' : `Crashes per day by ${titleOf(graph).toLowerCase()}`
  const views = facetViews(question, answer).filter(
    ({ facet }) => facet.kind === 'terms' && facets.includes(facet.field),
  )
  return (
    <div class="explored">
      {graph !== null && (
        <Chart
          title={title}
          dates={days}
          series={termSeries(answer, graph, days)}
          style={style}
          markers={markers.filter(({ date }) => days.includes(date))}
          onChooseDays={(first, last) => onChange({ from: first, to: last })}
        />
      )}
      {views.length > 0 && (
        <div class="facets">
          {views.map((view) => (
            <FacetCard
              key={view.key}
              facet={view}
              measure="weight"
              parameters={plainSearch(search)}
              suffix=", explored"
            />
          ))}
        </div>
      )}
      {stacks && <StackVariants variants={stackVariants(answer)} search={plainSearch(search)} />}
      {columns.length > 0 && (
        <ExploredReports answer={answer} columns={columns} search={plainSearch(search)} />
      )}
      <p class="note">
        <a href={searchPageHref(search.parameters)}>The same as a search</a>, with sort, pages, CSV and JSON.
        Days are those of processing.
      </p>
    </div>
  )
}

/** Links to searches need only the filters. */
const plainSearch = ({ parameters }: PageSearch) =>
  new URLSearchParams([...parameters].filter(([name]) => !name.startsWith('_')))
