// Links from the numbers of Top Crashers to searches of the crashes that they count.
import { missingName } from '../../../shared/aggregates/documents.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { searchPageHref } from '../../route.ts'
import { searchParameter, searchParameters } from '../search/links.ts'
import type { Filters } from './filters.ts'

/** A row of Top Crashers. */
interface Row {
  product: string
  signature: string
}

/** A further restriction: a column of `crashes` and its value, or a parameter of the search. */
type Further = readonly [column: string, value: string]

/**
 * The search of the crashes of a row since `from`, under the filters of the page; null where one of them means several
 * names, which no search can name.
 */
export function crasherSearch(
  { product, signature }: Row,
  { filters, from }: { filters: Filters; from: IsoDate },
  ...further: readonly Further[]
): string | null {
  const filtered: Further[] = [
    ['signature', signature],
    ['product', product],
    ...(filters.versions ?? []).map((version): Further => ['version', version]),
    ...given('release_channel', filters.channel),
    ...given('platform', filters.platform),
    ...given('process_type', filters.processType),
    ...given('report_type', filters.reportType),
  ]
  // Several values of a field would be alternatives.
  const replaced = new Set(further.map(([column]) => column))
  const restrictions = [...filtered.filter(([column]) => !replaced.has(column)), ...further]
  if (restrictions.some(([, value]) => value === others)) return null
  const parameters = restrictions.map(([column, value]) =>
    column.startsWith('_')
      ? ([column, value] as const)
      : searchParameter(column, value === missingName ? '' : value),
  )
  return searchPageHref(searchParameters([...parameters, ['date', `>=${from}`]]))
}

const given = (column: string, value: string | undefined): Further[] =>
  value === undefined ? [] : [[column, value]]

/** The name in aggregates for all names beyond their limits: no search can name them. */
export const others = 'Other'
