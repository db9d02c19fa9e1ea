// The answer to a search: chart, facets, reports, and the same elsewhere.
import type { Answer } from '../../../shared/search/answer.ts'
import type { Query } from '../../../shared/search/query.ts'
import { dayCounts, type FacetView, facetViews } from '../../model/search/answer-view.ts'
import { isHistogramOfDate, type PageSearch } from '../../model/search/page-search.ts'
import { Empty, Section } from '../../parts/page.tsx'
import { Days } from './days.tsx'
import { Elsewhere } from './elsewhere.tsx'
import { FacetCard } from './facet-card.tsx'
import { ReportList } from './report-list.tsx'

interface ResultsProps {
  search: PageSearch
  /** The query of `answer`. */
  question: Query
  answer: Answer
  /** False: some days are missing, or another search is running. */
  isComplete: boolean
  token: string | null
}

export function Results({ search, question, answer, isComplete, token }: ResultsProps) {
  const days = dayCounts(question, answer)
  const asked = new Set(search.query!.facets.map((facet) => JSON.stringify(facet)))
  // The days are in the chart.
  const isShown = ({ facet }: FacetView) =>
    asked.has(JSON.stringify(facet)) && !(days && isHistogramOfDate(facet))
  const facets = facetViews(question, answer).filter(isShown)
  const { parameters } = search
  if (isComplete && answer.total === 0)
    return <NothingFound search={search} question={question} token={token} />
  return (
    <div class={isComplete ? 'search-results' : 'search-results search-partial'} aria-busy={!isComplete}>
      {days && <Days days={days} search={search} question={question} />}
      {facets.length > 0 && (
        <Section id="facets" title="Facets">
          <div class="facets">
            {facets.map((facet) => (
              <FacetCard key={facet.key} facet={facet} measure={question.measure} parameters={parameters} />
            ))}
          </div>
        </Section>
      )}
      {isComplete && question.limit > 0 && (
        <Section id="reports" title="Reports">
          <ReportList search={search} question={question} answer={answer} />
        </Section>
      )}
      {isComplete && <Elsewhere question={question} answer={answer} facets={facets} token={token} />}
    </div>
  )
}

const NothingFound = ({ question, token }: Pick<ResultsProps, 'search' | 'question' | 'token'>) => (
  <>
    <Empty title="No report matches">
      <p>
        Choose a longer period or fewer filters. <q>is exactly</q> compares the whole text with its case;{' '}
        <q>contains</q> finds a part.
      </p>
    </Empty>
    <Elsewhere question={question} answer={null} facets={[]} token={token} />
  </>
)
