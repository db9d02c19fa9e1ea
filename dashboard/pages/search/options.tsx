// Which facets and columns are shown, and what is counted; every choice changes the URL.
import { useState } from 'preact/hooks'
import { FieldOptions } from './search-form.tsx'
import { withValues } from '../../model/search/changes.ts'
import { titleOf } from '../../model/search/field-names.ts'
import { columnNames, facetNames, type PageSearch } from '../../model/search/page-search.ts'
import { SelectField } from '../../parts/filters.tsx'
import { searchPageHref } from '../../route.ts'
import { navigate } from '../../router.ts'

export function Options({ search: { parameters, query } }: { search: PageSearch }) {
  const go = (name: string, values: readonly string[]) =>
    navigate(searchPageHref(withValues(parameters, name, values)))
  return (
    <div class="search-options">
      <NameList
        title="Facets"
        id="facets"
        parameter="_facets"
        names={facetNames(parameters)}
        parameters={parameters}
      />
      <NameList
        title="Columns"
        id="columns"
        parameter="_columns"
        names={columnNames(parameters)}
        parameters={parameters}
      />
      <div class="search-line">
        <SelectField
          id="search-measure"
          label="Ordered and shared by"
          value={query?.measure ?? 'count'}
          options={[
            ['count', 'Reports received'],
            ['weight', 'Crashes, estimated'],
          ]}
          onChange={(measure) => go('_measure', measure === 'count' ? [] : [measure])}
        />
        <SelectField
          id="search-duplicates"
          label="Duplicates"
          value={query?.duplicates ?? 'exclude'}
          options={[
            ['exclude', 'not counted'],
            ['include', 'counted'],
          ]}
          onChange={(choice) => go('_duplicates', choice === 'exclude' ? [] : [choice])}
        />
      </div>
    </div>
  )
}

interface NameListProps {
  title: string
  id: string
  parameter: string
  names: readonly string[]
  parameters: URLSearchParams
}

/** Names in use, each with a link that removes it, and a list to add one. */
function NameList({ title, id, parameter, names, parameters }: NameListProps) {
  const hrefWith = (values: readonly string[]) => searchPageHref(withValues(parameters, parameter, values))
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset with a legend cannot be one line
    <div class="name-list" role="group" aria-labelledby={`${id}-list`}>
      <span class="name-list-title" id={`${id}-list`}>
        {title}
      </span>
      <ul class="chips">
        {names.map((name) => (
          <li key={name}>
            {names.length > 1 ? (
              <a href={hrefWith(names.filter((other) => other !== name))} title={`Remove ${name}`}>
                {shownName(name)}
                <span aria-hidden="true"> ×</span>
                <span class="visually-hidden">: remove</span>
              </a>
            ) : (
              <span class="chip">{shownName(name)}</span>
            )}
          </li>
        ))}
      </ul>
      <AddName
        id={`add-${id}`}
        label={`Add to ${title.toLowerCase()}`}
        onAdd={(name) => names.includes(name) || navigate(hrefWith([...names, name]))}
      />
    </div>
  )
}

/** A button adds the field: choosing by keyboard passes other fields. */
function AddName({ id, label, onAdd }: { id: string; label: string; onAdd: (name: string) => void }) {
  const [name, setName] = useState('')
  return (
    <form
      class="add-name"
      onSubmit={(event) => {
        event.preventDefault()
        if (name) onAdd(name)
        setName('')
      }}
    >
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <select id={id} value={name} onChange={(event) => setName(event.currentTarget.value)}>
        <option value="">Another field…</option>
        <FieldOptions />
      </select>
      <button type="submit" class="button small" disabled={name === ''} aria-label={label}>
        Add
      </button>
    </form>
  )
}

const kinds: readonly (readonly [prefix: string, text: string])[] = [
  ['_cardinality.', 'distinct'],
  ['_histogram.', 'histogram of'],
]

function shownName(name: string): string {
  const kind = kinds.find(([prefix]) => name.startsWith(prefix))
  return kind ? `${kind[1]} ${titleOf(name.slice(kind[0].length))}` : titleOf(name)
}
