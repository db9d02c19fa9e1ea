// Names of searchable fields for readers.
import { columnsOf } from '../../../shared/fields/columns.ts'
import { labelOf } from '../../../shared/fields/fields.ts'
import { findSearchField, searchFields } from '../../../shared/search/fields.ts'

const inWords = (name: string) => {
  const words = name.replaceAll('_', ' ')
  return words[0]!.toUpperCase() + words.slice(1)
}

const labels: ReadonlyMap<string, string> = new Map(
  columnsOf('crashes').map(({ name, field }) => [name, field.columns ? inWords(name) : labelOf(field.name)]),
)

/** The label of a field, as on the report page; an unknown name unchanged. */
export function titleOf(name: string): string {
  const field = findSearchField(name)
  if (!field) return name
  return labels.get(field.column) ?? inWords(name)
}

/** The fields that everyone may search, by label, each with its name. */
export const fieldOptions: readonly (readonly [name: string, text: string])[] = searchFields
  .filter((field) => field.public && field.name !== 'date')
  .map(({ name }) => {
    const title = titleOf(name)
    return [name, title === inWords(name) ? title : `${title} (${name})`] as const
  })
  .sort(([, a], [, b]) => a.localeCompare(b, 'en'))
