// Links to the same search over another period.
import { withValues } from '../../model/search/changes.ts'
import type { PageSearch } from '../../model/search/page-search.ts'
import { isLast, lastDays, periods } from '../../model/search/period.ts'
import { searchPageHref } from '../../route.ts'

export function PeriodLinks({ search: { parameters, query } }: { search: PageSearch }) {
  const now = Date.now() * 1000
  return (
    <nav class="chips" aria-label="Period">
      {periods.map(([days, text]) => (
        <a
          key={days}
          href={searchPageHref(withValues(parameters, 'date', lastDays(days, now)))}
          aria-current={query && isLast(query, { days, now }) ? 'true' : undefined}
        >
          {text}
        </a>
      ))}
    </nav>
  )
}
