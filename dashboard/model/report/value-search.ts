// Links from the values of a report to the searches of reports with the same value.
import { columnsOf } from '../../../shared/fields/columns.ts'
import { searchParameter, searchParameters } from '../search/links.ts'
import { searchPageHref } from '../../route.ts'

/** Longer values are of one report only. */
const longest = 300

/** Columns of `crashes` by the field that is in them alone. */
const columns: ReadonlyMap<string, string> = new Map(
  columnsOf('crashes').flatMap(({ name, field }) => (field.columns ? [] : [[field.name, name]])),
)

/** The search of the reports with a value of a field; null where no filter can, as for lists and protected fields. */
export function valueSearch(field: string, value: unknown): string | null {
  const column = columns.get(field)
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  if (column === undefined || !isPlain || value === '' || String(value).length > longest) return null
  const parameter = searchParameter(column, String(value))
  return parameter && searchPageHref(searchParameters([parameter]))
}
