// The palette: finds products, versions, signatures, reports, fields and pages while the reader types.
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { useHome } from '../../data.ts'
import { plural } from '../../model/format.ts'
import { findEntries, type PaletteEntry, type PaletteGroup } from '../../model/palette.ts'
import { navigate } from '../../router.ts'
import { useSignatureIndex } from '../../signature-index.ts'
import { Dialog } from './dialog.tsx'

interface PaletteProps {
  /** Returns what was typed before the palette had the focus; with a line break, the first entry opens at once. */
  takeTyped: () => string
  onClose: () => void
}

export function Palette({ takeTyped, onClose }: PaletteProps) {
  const [text, setText] = useState('')
  const [active, setActive] = useState(0)
  const { groups, note } = useEntries(text)
  const entries = groups.flatMap((group) => group.entries)
  const current = Math.min(active, entries.length - 1)
  useEffect(() => document.getElementById(optionId(current))?.scrollIntoView({ block: 'nearest' }), [current])
  const open = (entry: PaletteEntry | undefined, inTab: boolean) => {
    if (!entry) return
    if (inTab) window.open(entry.href)
    else navigate(entry.href)
    onClose()
  }
  const isEntered = useTyped(takeTyped, setText)
  useEffect(() => (isEntered ? open(entries[0], false) : undefined), [isEntered])
  const onKeyDown = (event: KeyboardEvent) => {
    const next = placeAfter(event.key, current, entries.length)
    if (next === null && event.key !== 'Enter') return
    event.preventDefault()
    if (next !== null) setActive(next)
    else open(entries[current], event.ctrlKey || event.metaKey)
  }
  return (
    <Dialog label="Find anything" class="palette" onClose={onClose}>
      <div class="palette-line">
        <input
          type="text"
          class="palette-input"
          role="combobox"
          aria-label="Product, version, signature, crash ID, field or page"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          aria-activedescendant={entries.length > 0 ? optionId(current) : undefined}
          placeholder="Signature, crash ID, product, version, field, page"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
        />
        <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </div>
      <Options groups={groups} current={current} onClose={onClose} />
      <p class="palette-note note" role="status">
        {plural(entries.length, 'result')}
        {note && `. ${note}`}
      </p>
      <p class="palette-keys note" aria-hidden="true">
        <kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> open, <kbd>Esc</kbd> close
      </p>
    </Dialog>
  )
}

/** Sets the text typed before the input had the focus; from then on, keys reach it. True if it ended with Enter. */
function useTyped(takeTyped: () => string, setText: (text: string) => void): boolean {
  const [isEntered, setEntered] = useState(false)
  useLayoutEffect(() => {
    const typed = takeTyped()
    setText(typed.trimEnd())
    setEntered(typed.includes('\n'))
  }, [])
  return isEntered
}

const optionId = (place: number) => `palette-option-${place}`

/** The option that a key moves to; null for other keys. */
function placeAfter(key: string, current: number, count: number): number | null {
  const places = new Map([
    ['ArrowDown', current + 1],
    ['ArrowUp', current - 1],
    ['PageDown', Math.min(current + 8, count - 1)],
    ['PageUp', Math.max(current - 8, 0)],
  ])
  const next = places.get(key)
  return next === undefined || count === 0 ? null : (next + count) % count
}

/** The groups for a text, and what is still missing. */
function useEntries(text: string): { groups: PaletteGroup[]; note: string | null } {
  const home = useHome().loaded
  const index = useSignatureIndex().loaded
  const products = home.state === 'ready' ? home.value.products : none
  const signatures = index.state === 'ready' ? index.value.parts : none
  const groups = useMemo(
    () => findEntries(text, { products, signatures }),
    [text, products, signatures.length],
  )
  const isLoading = index.state === 'loading' || (index.state === 'ready' && index.value.isLoading)
  if (isLoading) return { groups, note: 'More signatures are loading' }
  const isIncomplete = index.state !== 'ready' || index.value.isIncomplete
  return { groups, note: isIncomplete ? 'The list of signatures is missing or incomplete' : null }
}

const none: never[] = []

interface OptionsProps {
  groups: readonly PaletteGroup[]
  current: number
  onClose: () => void
}

function Options({ groups, current, onClose }: OptionsProps) {
  let place = 0
  return (
    <div id="palette-list" class="palette-list" role="listbox" aria-label="Results">
      {groups.map(({ name, entries }, number) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
        <div key={name} role="group" aria-labelledby={`palette-group-${number}`}>
          <p class="palette-group" id={`palette-group-${number}`} role="presentation">
            {name}
          </p>
          {entries.map((entry) => {
            const own = place++
            return (
              <Option
                key={entry.href}
                entry={entry}
                place={own}
                isCurrent={own === current}
                onClose={onClose}
              />
            )
          })}
        </div>
      ))}
    </div>
  )
}

interface OptionProps {
  entry: PaletteEntry
  place: number
  isCurrent: boolean
  onClose: () => void
}

/** A link, so that it can be opened in another tab; the router follows it. */
const Option = ({ entry: { text, detail, href, code = false }, place, isCurrent, onClose }: OptionProps) => (
  <a
    id={optionId(place)}
    class="palette-option"
    role="option"
    aria-selected={isCurrent}
    tabIndex={-1}
    href={href}
    onClick={onClose}
  >
    <bdi class={code ? 'code' : undefined}>{text}</bdi>
    {detail && (
      <span class="note">
        <bdi>{detail}</bdi>
      </span>
    )}
  </a>
)
