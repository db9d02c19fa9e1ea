// Names in use, each with a link that removes it, and a form to add one.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { FieldOptions } from './search-form.tsx'

/** One name: what is shown, and the address of the search without it; null: it cannot be removed. */
export interface ListedName {
  key: string
  text: string
  without: string | null
}

interface NameListProps {
  title: string
  id: string
  names: readonly ListedName[]
  /** Adds names. */
  children: ComponentChildren
}

export function NameList({ title, id, names, children }: NameListProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset with a legend cannot be one line
    <div class="name-list" role="group" aria-labelledby={`${id}-list`}>
      <span class="name-list-title" id={`${id}-list`}>
        {title}
      </span>
      {names.length > 0 && (
        <ul class="chips">
          {names.map(({ key, text, without }) => (
            <li key={key}>
              {without === null ? (
                <span class="chip">{text}</span>
              ) : (
                <a href={without} title={`Remove ${text}`}>
                  {text}
                  <span aria-hidden="true"> ×</span>
                  <span class="visually-hidden">: remove</span>
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  )
}

/** Choices before the field, each `[value, text]`; the first is chosen at first. */
export type Choices = readonly (readonly [value: string, text: string])[]

interface AddNameProps {
  id: string
  label: string
  choices?: { label: string; options: Choices }
  onAdd: (name: string, choice: string) => void
}

/** A button adds the field: choosing by keyboard passes other fields. */
export function AddName({ id, label, choices, onAdd }: AddNameProps) {
  const [name, setName] = useState('')
  const [choice, setChoice] = useState('')
  const options = choices?.options ?? []
  const chosen = options.some(([value]) => value === choice) ? choice : (options[0]?.[0] ?? '')
  return (
    <form
      class="add-name"
      onSubmit={(event) => {
        event.preventDefault()
        if (name) onAdd(name, chosen)
        setName('')
      }}
    >
      {choices && (
        <select
          aria-label={choices.label}
          value={chosen}
          onChange={(event) => setChoice(event.currentTarget.value)}
        >
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
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
