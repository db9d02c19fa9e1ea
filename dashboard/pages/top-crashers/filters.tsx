// The filters of Top Crashers as a form; every change navigates to a new URL.

import type { TopCrashersAggregate } from '../../../shared/aggregates/documents.ts'
import { labelOf } from '../../../shared/fields/fields.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { countFilters, type Filters, periods } from '../../model/crashers/filters.ts'
import { plural } from '../../model/format.ts'
import { DateField, FilterBar, SelectField } from '../../parts/forms/filters.tsx'
import { topCrashersHref } from '../../route.ts'

interface FilterFormProps {
  products: string[]
  documents: TopCrashersAggregate[]
  /** The newest day with crashes. */
  newest: IsoDate | undefined
  filters: Filters
  onChange: (changes: Partial<Filters>, replace?: boolean) => void
}

/** Filters of the cube: the list of its values, and the field that it filters. */
const cubeFilters = [
  { name: 'versions', id: 'version', list: 'versions', field: 'version', any: 'All versions' },
  { name: 'channel', id: 'channel', list: 'channels', field: 'release_channel', any: 'All channels' },
  { name: 'platform', id: 'platform', list: 'platforms', field: 'os_name', any: 'All platforms' },
  {
    name: 'processType',
    id: 'process-type',
    list: 'process_types',
    field: 'process_type',
    any: 'All processes',
  },
  {
    name: 'reportType',
    id: 'report-type',
    list: 'report_types',
    field: 'report_type',
    any: 'Crashes and hangs',
  },
] as const

type List = (typeof cubeFilters)[number]['list']

const valuesOf = (documents: TopCrashersAggregate[], list: List) => [
  ...new Set(documents.flatMap((document) => document[list])),
]

/** Versions can only be compared within a product. */
const needsProduct = (name: string, { product }: Filters) => name === 'versions' && !product

const periodOptions = periods.map((days) => [`${days}`, plural(days, 'day')] as const)

export function FilterForm({ products, documents, newest, filters, onChange }: FilterFormProps) {
  const none = Object.fromEntries(cubeFilters.map(({ name }) => [name, undefined]))
  return (
    <FilterBar label="Filters">
      <Choice
        id="product"
        label={labelOf('product')}
        any="All products"
        values={products}
        value={filters.product}
        onChange={(product, isAgain) => onChange({ ...none, product }, isAgain)}
      />
      {cubeFilters.map(({ name, list, field, ...rest }) => (
        <Choice
          {...rest}
          key={name}
          label={labelOf(field)}
          values={needsProduct(name, filters) ? [] : valuesOf(documents, list)}
          value={shownValue(filters, name)}
          disabled={needsProduct(name, filters) ? 'Choose a product first' : undefined}
          onChange={(value, isAgain) =>
            onChange({ [name]: name === 'versions' && value !== undefined ? [value] : value }, isAgain)
          }
        />
      ))}
      <SelectField
        id="filter-days"
        label="Period"
        value={`${filters.days}`}
        options={periodOptions}
        onChange={(text, isAgain) =>
          onChange({ days: periods.find((days) => `${days}` === text) ?? filters.days }, isAgain)
        }
      />
      <DateField
        id="filter-to"
        label="Until"
        value={filters.to ?? newest ?? ''}
        max={newest}
        onChange={(text) => onChange({ to: text === newest ? undefined : text || undefined })}
      />
      {(countFilters(filters) > 0 || filters.to !== undefined) && (
        <a class="reset" href={topCrashersHref({ product: filters.product })}>
          Reset
        </a>
      )}
    </FilterBar>
  )
}

/** Several versions are one more option, with all their names. */
function shownValue(filters: Filters, name: (typeof cubeFilters)[number]['name']): string | undefined {
  return name === 'versions' ? filters.versions?.join(', ') : filters[name]
}

interface ChoiceProps {
  id: string
  label: string
  /** The first option, for no filter. */
  any: string
  values: string[]
  value: string | undefined
  disabled?: string | undefined
  onChange: (value: string | undefined, isAgain: boolean) => void
}

function Choice({ id, any, values, value, onChange, ...rest }: ChoiceProps) {
  const names = value === undefined || values.includes(value) ? values : [...values, value]
  return (
    <SelectField
      {...rest}
      id={`filter-${id}`}
      value={value ?? ''}
      options={[['', any], ...names.map((name) => [name, name] as const)]}
      onChange={(chosen, isAgain) => onChange(chosen || undefined, isAgain)}
    />
  )
}
