// The filters of Top Crashers as a form; every change navigates to a new URL.
import { labelOf } from '../../shared/fields/fields.ts'
import type { TopCrashersAggregate } from '../../shared/aggregates.ts'
import { countFilters, type Filters, periods } from '../model/filters.ts'
import { plural } from '../model/format.ts'
import { topCrashersHref } from '../route.ts'

interface Props {
  products: string[]
  documents: TopCrashersAggregate[]
  filters: Filters
  onChange: (changes: Partial<Filters>) => void
}

export function FilterForm({ products, documents, filters, onChange }: Props) {
  const values = (key: 'versions' | 'channels' | 'platforms' | 'process_types') => [
    ...new Set(documents.flatMap((document) => document[key])),
  ]
  const none = { version: undefined, channel: undefined, platform: undefined, processType: undefined }
  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        id="product"
        label={labelOf('product')}
        any="All products"
        values={products}
        value={filters.product}
        onChange={(product) => onChange({ ...none, product })}
      />
      <Choice
        id="version"
        label={labelOf('version')}
        any="All versions"
        values={filters.product ? values('versions') : []}
        value={filters.version}
        disabled={!filters.product}
        onChange={(version) => onChange({ version })}
      />
      <Choice
        id="channel"
        label={labelOf('release_channel')}
        any="All channels"
        values={values('channels')}
        value={filters.channel}
        onChange={(channel) => onChange({ channel })}
      />
      <Choice
        id="platform"
        label={labelOf('os_name')}
        any="All platforms"
        values={values('platforms')}
        value={filters.platform}
        onChange={(platform) => onChange({ platform })}
      />
      <Choice
        id="process-type"
        label={labelOf('process_type')}
        any="All processes"
        values={values('process_types')}
        value={filters.processType}
        onChange={(processType) => onChange({ processType })}
      />
      <div class="field">
        <label for="filter-days">Period</label>
        <select
          id="filter-days"
          value={String(filters.days)}
          onChange={(event) =>
            onChange({ days: periods.find((days) => String(days) === event.currentTarget.value) ?? 7 })
          }
        >
          {periods.map((days) => (
            <option key={days} value={String(days)}>
              {plural(days, 'day')}
            </option>
          ))}
        </select>
      </div>
      {countFilters(filters) > 0 && (
        <a class="reset" href={topCrashersHref({ product: filters.product })}>
          Reset
        </a>
      )}
    </form>
  )
}

/** A select whose first option is `any`; values are identified by index, because one of them may be empty. */
function Choice({
  id,
  label,
  any,
  values,
  value,
  disabled = false,
  onChange,
}: {
  id: string
  label: string
  any: string
  values: string[]
  value: string | undefined
  disabled?: boolean
  onChange: (value: string | undefined) => void
}) {
  const options = value === undefined || values.includes(value) ? values : [...values, value]
  return (
    <div class="field">
      <label for={`filter-${id}`}>{label}</label>
      <select
        id={`filter-${id}`}
        value={value === undefined ? '' : String(options.indexOf(value))}
        disabled={disabled}
        title={disabled ? 'Choose a product first' : undefined}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          onChange(chosen === '' ? undefined : options[Number(chosen)])
        }}
      >
        <option value="">{any}</option>
        {options.map((option, index) => (
          <option key={option} value={String(index)}>
            {option || '(none)'}
          </option>
        ))}
      </select>
    </div>
  )
}
