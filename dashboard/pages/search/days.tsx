// The days of the result as a chart: split by a field, and a way to a shorter period.
import type { Query } from '../../../shared/search/query.ts'
import type { DayCounts } from '../../model/search/answer-view.ts'
import { withValues } from '../../model/search/changes.ts'
import { titleOf } from '../../model/search/field-names.ts'
import { facetNames, type PageSearch, splitOf } from '../../model/search/page-search.ts'
import { writeDays } from '../../model/search/period.ts'
import { Chart } from '../../parts/chart/chart.tsx'
import { Section } from '../../parts/page.tsx'
import { searchPageHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { FieldOptions } from './search-form.tsx'

interface DaysProps {
  days: DayCounts
  search: PageSearch
  question: Query
}

const splitParameter = '_histogram.date'

export function Days({ days, search: { parameters }, question }: DaysProps) {
  const split = splitOf(question)
  const counted = question.measure === 'count' ? 'Reports' : 'Crashes'
  const title = `${counted} per day${split ? ` by ${titleOf(split.field)}` : ''}`
  const choose = (field: string) => {
    // Without a name in the URL the default facet applies, which stays.
    const kept = withValues(parameters, '_facets', facetNames(parameters))
    navigate(searchPageHref(withValues(kept, splitParameter, field ? [field] : [])))
  }
  return (
    <Section id="days" title={title} action={<SplitField field={split?.field ?? ''} onChange={choose} />}>
      <Chart
        title={title}
        {...days}
        byPlatform={split?.field === 'platform'}
        onChooseDays={(from, to) =>
          navigate(searchPageHref(withValues(parameters, 'date', writeDays({ from, to }))))
        }
      />
      <p class="note">Drag over days of the chart to search only them.</p>
    </Section>
  )
}

const SplitField = ({ field, onChange }: { field: string; onChange: (field: string) => void }) => (
  <div class="field split-field">
    <label for="search-split">Split by</label>
    <select id="search-split" value={field} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">nothing</option>
      <FieldOptions />
    </select>
  </div>
)
