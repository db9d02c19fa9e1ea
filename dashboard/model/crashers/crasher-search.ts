// Links from the numbers of Top Crashers to searches of the crashes that they count.
import { missingName } from '../../../shared/aggregates/documents.ts'
import { addDays } from '../../../shared/time/dates.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { searchPageHref } from '../../route.ts'
import { searchParameter, searchParameters, uniqueReports } from '../search/links.ts'
import type { CubeFilter } from './cube.ts'

/** A row of Top Crashers. */
interface Row {
  /** Empty: all products. */
  product: string
  signature: string
}

/** A further restriction: a column of `crashes` and its value, or a parameter of the search. */
type Further = readonly [column: string, value: string]

interface Place {
  filters: CubeFilter
  /** First day of the period, inclusive. */
  from: IsoDate
  /** Last day, inclusive; default: the newest one. */
  to?: IsoDate | undefined
}

/**
 * The search of the crashes of a row in a period, under the filters of the page; null where one of them means several names,
 * which no search can name.
 */
export function crasherSearch(
  { product, signature }: Row,
  { filters, from, to }: Place,
  ...further: readonly Further[]
): string | null {
  const filtered: Further[] = [
    ['signature', signature],
    ...given('product', product || undefined),
    ...filterValues(filters),
  ]
  // Several values of a field would be alternatives.
  const replaced = new Set(further.map(([column]) => column))
  const restrictions = [...filtered.filter(([column]) => !replaced.has(column)), ...further]
  const parameters = restrictionParameters(restrictions)
  return (
    parameters &&
    searchPageHref(searchParameters([...parameters, uniqueReports, ...periodParameters({ from, to })]))
  )
}

/** The columns that filters restrict, with their values. */
export const filterValues = (filters: CubeFilter): Further[] => [
  ...(filters.versions ?? []).map((version): Further => ['version', version]),
  ...given('release_channel', filters.channel),
  ...given('platform', filters.platform),
  ...given('process_type', filters.processType),
  ...given('report_type', filters.reportType),
]

/** The parameters of restrictions, null for those that no search has; null if one of them means several names. */
export function restrictionParameters(
  restrictions: readonly Further[],
): ReturnType<typeof searchParameter>[] | null {
  if (restrictions.some(([, value]) => value === others)) return null
  return restrictions.map(([column, value]) =>
    column.startsWith('_') ? [column, value] : searchParameter(column, value === missingName ? '' : value),
  )
}

/** The parameters of a period of whole days; `to` is inclusive. */
export const periodParameters = ({
  from,
  to,
}: {
  from: IsoDate
  to?: IsoDate | undefined
}): [string, string][] => [
  ['date', `>=${from}`],
  ...(to ? [['date', `<${addDays(to, 1)}`] as [string, string]] : []),
]

export const given = (column: string, value: string | undefined): Further[] =>
  value === undefined ? [] : [[column, value]]

/** The name in aggregates for all names beyond their limits: no search can name them. */
const others = 'Other'
