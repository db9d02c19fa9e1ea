// Forms that filter what a page shows; every input takes effect at once.
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { plural } from '../../model/format.ts'

export function FilterBar({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <form class="filters" aria-label={label} onSubmit={(event) => event.preventDefault()}>
      {children}
    </form>
  )
}

interface FieldProps<Value extends string = string> {
  id: string
  label: string
  value: Value
  onChange: (value: Value) => void
}

export function SearchField({ id, label, value, onChange }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
        spellcheck={false}
      />
    </div>
  )
}

interface SelectFieldProps<Value extends string> extends Omit<FieldProps<Value>, 'onChange'> {
  /** `isAgain`: changed before without losing the focus, as arrow keys do at every step. */
  onChange: (value: Value, isAgain: boolean) => void
  options: readonly (readonly [value: Value, text: string])[]
  /** Why nothing can be selected. */
  disabled?: string | undefined
}

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { id, label, value, onChange, options, disabled } = props
  const isChanged = useRef(false)
  const choose = (text: string) => {
    const chosen = options.find(([option]) => option === text)
    if (!chosen) return
    onChange(chosen[0], isChanged.current)
    isChanged.current = true
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled !== undefined}
        title={disabled}
        onFocus={() => {
          isChanged.current = false
        }}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}

interface DateFieldProps extends FieldProps {
  /** The newest day that can be chosen. */
  max?: string | undefined
}

/** A day as `YYYY-MM-DD`; empty: none. */
export const DateField = ({ id, label, value, max, onChange }: DateFieldProps) => (
  <div class="field">
    <label for={id}>{label}</label>
    <input
      id={id}
      type="date"
      value={value}
      max={max}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  </div>
)

/** `12 fields shown`, announced when it changes. */
export const ShownCount = ({ count, noun }: { count: number; noun: string }) => (
  <p class="note" role="status">
    {plural(count, noun)} shown
  </p>
)
