// What to explore: every choice takes effect at once and is in the URL.
import type { IsoDate } from '../../../../shared/units.ts'
import { formatDate } from '../../../model/format.ts'
import { fieldOptions, titleOf } from '../../../model/search/field-names.ts'
import type { Exploration } from '../../../model/signature/exploration.ts'
import { FilterBar, SelectField } from '../../../parts/forms/filters.tsx'

interface FormProps {
  exploration: Exploration
  dates: readonly IsoDate[]
  onChange: (change: Partial<Exploration>) => void
}

export function ExploreForm({ exploration, dates, onChange }: FormProps) {
  const { graph, facets, columns, stacks } = exploration
  return (
    <>
      <FilterBar label="Explore">
        <SelectField
          id="explore-graph"
          label="Graph by"
          value={graph ?? ''}
          options={[['', 'No graph'], ...fieldOptions]}
          onChange={(field) => onChange({ graph: field || null })}
        />
        <AddField
          id="explore-facet"
          label="Add a breakdown"
          chosen={facets}
          onAdd={(field) => onChange({ facets: [...facets, field] })}
        />
        <AddField
          id="explore-column"
          label="Add a column of reports"
          chosen={columns}
          onAdd={(field) => onChange({ columns: [...columns, field] })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={stacks}
            onChange={(event) => onChange({ stacks: event.currentTarget.checked })}
          />{' '}
          Variants of the stack
        </label>
        <Days exploration={exploration} dates={dates} onChange={onChange} />
      </FilterBar>
      <Chosen title="Breakdowns" names={facets} onRemove={(rest) => onChange({ facets: rest })} />
      <Chosen title="Columns" names={columns} onRemove={(rest) => onChange({ columns: rest })} />
    </>
  )
}

interface AddFieldProps {
  id: string
  label: string
  chosen: readonly string[]
  onAdd: (field: string) => void
}

const AddField = ({ id, label, chosen, onAdd }: AddFieldProps) => (
  <SelectField
    id={id}
    label={label}
    value=""
    options={[['', 'Choose a field'], ...fieldOptions.filter(([name]) => !chosen.includes(name))]}
    onChange={(field) => field && onAdd(field)}
  />
)

function Days({ exploration: { from, to }, dates, onChange }: FormProps) {
  const options = (none: string) => [
    ['', none] as const,
    ...dates.map((date) => [date, formatDate(date)] as const),
  ]
  return (
    <>
      <SelectField
        id="explore-from"
        label="From"
        value={from ?? ''}
        options={options('First day')}
        onChange={(date) => onChange({ from: date || null })}
      />
      <SelectField
        id="explore-to"
        label="To"
        value={to ?? ''}
        options={options('Last day')}
        onChange={(date) => onChange({ to: date || null })}
      />
    </>
  )
}

interface ChosenProps {
  title: string
  names: readonly string[]
  onRemove: (rest: string[]) => void
}

function Chosen({ title, names, onRemove }: ChosenProps) {
  if (names.length === 0) return null
  return (
    <p class="chosen">
      <span class="note">{title}:</span>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class="button small"
          aria-label={`Remove ${titleOf(name)}`}
          onClick={() => onRemove(names.filter((other) => other !== name))}
        >
          {titleOf(name)} ×
        </button>
      ))}
    </p>
  )
}
