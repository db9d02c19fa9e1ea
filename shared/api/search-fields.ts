// SuperSearchFields: the fields of searches in the form of Crash Stats.
import { hasHistogram, type Matching, type SearchField, searchFields } from '../search/fields.ts'

/** Names of types in Elasticsearch, which clients may show. */
const storageTypes: Readonly<Record<Matching, string>> = {
  text: 'text',
  keyword: 'keyword',
  items: 'text',
  bool: 'boolean',
  int: 'long',
  float: 'double',
  date: 'date',
}

function queryType({ matching, validation }: SearchField): string {
  if (validation === 'enum') return 'enum'
  if (matching === 'int') return 'integer'
  return matching === 'bool' || matching === 'date' || matching === 'float' ? matching : 'string'
}

function described(field: SearchField): object {
  const { name, column, matching, validation, description } = field
  const needed = field.public ? [] : ['crashstats.view_pii']
  return {
    ...{ name, query_type: queryType(field), data_validation_type: validation },
    ...{ has_full_version: matching === 'text', is_exposed: true, is_returned: true, form_field_choices: [] },
    ...{ namespace: 'processed_crash', in_database_name: column },
    storage_mapping: { type: storageTypes[matching] },
    permissions_needed: needed,
    webapp_permissions_needed: needed,
    description,
    /** Whether `_histogram` takes the field. */
    has_histogram: hasHistogram(field),
  }
}

/** Every field by its name in searches. */
export const describeSearchFields = (): object =>
  Object.fromEntries(searchFields.map((field) => [field.name, described(field)]))
