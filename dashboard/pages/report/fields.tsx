// Every field of a report that the reader may see, by name.

import { useState } from 'preact/hooks'
import type { PartialCrash } from '../../../shared/crash.ts'
import { valueSearch } from '../../model/report/value-search.ts'
import { FilterBar, SearchField, ShownCount } from '../../parts/forms/filters.tsx'
import { Empty } from '../../parts/page.tsx'
import { ScrollBox } from '../../parts/tables/scroll-box.tsx'

/** Shown in other parts of the page, and in the raw JSON. */
const shownAbove = ['json_dump', 'signature_steps', 'telemetry_environment', 'breadcrumbs']

export function FieldTable({ crash }: { crash: PartialCrash }) {
  const [wanted, setWanted] = useState('')
  const text = wanted.trim().toLowerCase()
  const rows = Object.entries(crash)
    .filter(([name]) => !shownAbove.includes(name))
    .map(([name, value]) => ({ name, text: valueText(value), href: valueSearch(name, value) }))
    .filter((row) => [row.name, row.text].some((part) => part.toLowerCase().includes(text)))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return (
    <>
      <FilterBar label="Filter fields">
        <SearchField id="field-text" label="Name or value" value={wanted} onChange={setWanted} />
        <ShownCount count={rows.length} noun="field" />
      </FilterBar>
      {rows.length === 0 ? <Empty title="No field matches" /> : <Values rows={rows} />}
    </>
  )
}

interface FieldRow {
  name: string
  text: string
  /** The search of reports with the same value; null: none. */
  href: string | null
}

function Values({ rows }: { rows: readonly FieldRow[] }) {
  return (
    <table class="fields">
      <caption class="visually-hidden">All fields and their values</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, text, href }) => (
          <tr class="field-row" key={name}>
            <th scope="row" class="field-name code">
              {name}
            </th>
            <td class="field-value">
              {text.includes('\n') ? (
                <ScrollBox label={name} plain>
                  <pre>{text}</pre>
                </ScrollBox>
              ) : href === null ? (
                <bdi>{text}</bdi>
              ) : (
                <a class="quiet" href={href}>
                  <bdi>{text}</bdi>
                </a>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–'
  if (Array.isArray(value) && value.length === 0) return '–'
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join('\n')
  return JSON.stringify(value, null, 2)
}
