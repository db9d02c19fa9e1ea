// The filters and the period as a form; submitting it changes the URL.
import { useEffect, useState } from 'preact/hooks'
import { withValues } from '../../model/search/changes.ts'
import { fieldOptions, titleOf } from '../../model/search/field-names.ts'
import {
  type FilterRow,
  needsValue,
  newRow,
  operatorsOf,
  readRows,
  withRows,
} from '../../model/search/filter-rows.ts'
import type { PageSearch } from '../../model/search/page-search.ts'
import { type DayRange, readDays, writeDays } from '../../model/search/period.ts'
import { searchPageHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { PeriodLinks } from './period-links.tsx'

export function SearchForm({ search }: { search: PageSearch }) {
  const { parameters } = search
  const text = parameters.toString()
  const [rows, setRows] = useState(() => readRows(parameters))
  const [days, setDays] = useState<DayRange | null>(null)
  useEffect(() => {
    setRows(readRows(parameters))
    setDays(null)
  }, [text])
  const shownDays = days ?? readDays(search.query)
  const submit = (event: Event) => {
    event.preventDefault()
    const filtered = withRows(parameters, rows)
    const changed = days ? withValues(filtered, 'date', writeDays(days)) : filtered
    navigate(searchPageHref(withValues(changed, '_results_after', [])))
  }
  const change = (index: number, row: FilterRow | null) =>
    setRows(rows.flatMap((old, i) => (i !== index ? [old] : row ? [row] : [])))
  return (
    <form class="search-form" aria-label="Search" onSubmit={submit}>
      <ul class="filter-rows">
        {rows.map((row, index) => (
          <FilterRowFields
            key={index}
            number={index + 1}
            row={row}
            onChange={(changed) => change(index, changed)}
          />
        ))}
      </ul>
      <div class="search-line">
        <button type="button" class="button" onClick={() => setRows([...rows, newRow('product')])}>
          Add a filter
        </button>
        <DayField
          id="search-from"
          label="From"
          value={shownDays.from}
          onChange={(from) => setDays({ ...shownDays, from })}
        />
        <DayField
          id="search-to"
          label="To"
          value={shownDays.to}
          onChange={(to) => setDays({ ...shownDays, to })}
        />
        <button type="submit" class="button primary">
          Search
        </button>
      </div>
      <PeriodLinks search={search} />
    </form>
  )
}

interface RowProps {
  number: number
  row: FilterRow
  /** Null: removed. */
  onChange: (row: FilterRow | null) => void
}

function FilterRowFields({ number, row, onChange }: RowProps) {
  const title = titleOf(row.field)
  return (
    <li>
      <select
        class="filter-field"
        aria-label={`Filter ${number}: field`}
        value={row.field}
        onChange={(event) => onChange({ ...newRow(event.currentTarget.value), value: row.value })}
      >
        <FieldOptions />
      </select>
      <select
        aria-label={`${title}: operator`}
        value={row.operator}
        onChange={(event) => onChange({ ...row, operator: event.currentTarget.value })}
      >
        {operatorsOf(row.field).map(([operator, text]) => (
          <option key={operator} value={operator}>
            {text}
          </option>
        ))}
      </select>
      {needsValue(row.operator) ? (
        <input
          type="text"
          aria-label={`${title}: value`}
          value={row.value}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange({ ...row, value: event.currentTarget.value })}
        />
      ) : (
        <span />
      )}
      <button
        type="button"
        class="icon-button small"
        aria-label={`Remove the filter ${title}`}
        title="Remove"
        onClick={() => onChange(null)}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  )
}

/** The fields that are filtered most, before all others. */
const frequent = [
  'product',
  'version',
  'signature',
  'platform',
  'release_channel',
  'process_type',
  'reason',
  'proto_signature',
]

export const FieldOptions = () => (
  <>
    <optgroup label="Frequent">
      {frequent.map((name) => (
        <option key={name} value={name}>
          {titleOf(name)}
        </option>
      ))}
    </optgroup>
    <optgroup label="All fields">
      {fieldOptions.map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </optgroup>
  </>
)

interface DayFieldProps {
  id: string
  label: string
  value: string
  onChange: (value: string) => void
}

const DayField = ({ id, label, value, onChange }: DayFieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    <input id={id} type="date" value={value} onInput={(event) => onChange(event.currentTarget.value)} />
  </div>
)
