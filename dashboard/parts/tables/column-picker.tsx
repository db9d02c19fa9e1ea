// Chooses the columns of a list: a check box for each.
import { useState } from 'preact/hooks'
import { type ColumnChoice, columnsText, shownColumns } from '../../model/crashers/columns.ts'

interface PickerProps {
  columns: readonly (ColumnChoice & { title: string; hint?: string })[]
  /** The choice in the URL. */
  text: string | undefined
  onChange: (text: string | undefined) => void
}

export function ColumnPicker({ columns, text, onChange }: PickerProps) {
  const [isOpen, setOpen] = useState(false)
  const shown = new Set(shownColumns(columns, text).map(({ key }) => key))
  const toggle = (key: string) => {
    const changed = new Set(shown)
    if (!changed.delete(key)) changed.add(key)
    onChange(columnsText(columns, changed))
  }
  return (
    <details class="column-picker" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Columns</summary>
      {isOpen && (
        <fieldset>
          <legend class="visually-hidden">Columns of the list</legend>
          {columns.map(
            ({ key, title, hint, header = false }) =>
              !header && (
                <label class="check" key={key} title={hint}>
                  <input type="checkbox" checked={shown.has(key)} onChange={() => toggle(key)} />
                  {title}
                </label>
              ),
          )}
          {text !== undefined && (
            <button type="button" class="button small" onClick={() => onChange(undefined)}>
              Usual columns
            </button>
          )}
        </fieldset>
      )}
    </details>
  )
}
