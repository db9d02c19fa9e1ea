// Keys that work on every page: the palette, the list of keys, and moving through lists.
import { useLayoutEffect } from 'preact/hooks'

export interface KeyActions {
  openPalette: () => void
  showKeys: () => void
}

/** The keys, for readers. `single`: without Ctrl, so they can be turned off. */
export const keyList: readonly { keys: readonly string[]; text: string; single: boolean }[] = [
  { keys: ['Ctrl K', '⌘ K'], text: 'Find anything', single: false },
  { keys: ['/'], text: 'Find anything', single: true },
  { keys: ['j'], text: 'Next row of a list', single: true },
  { keys: ['k'], text: 'Previous row', single: true },
  { keys: ['Enter'], text: 'Open the row', single: false },
  { keys: ['Esc'], text: 'Leave the list, close a window', single: false },
  { keys: ['?'], text: 'Show these keys', single: true },
]

const setting = 'single-keys'

/** Whether keys without Ctrl work: speech input and some screen readers need them off. */
export const hasSingleKeys = (): boolean => stored() !== 'off'
export function setSingleKeys(on: boolean): void {
  try {
    localStorage.setItem(setting, on ? 'on' : 'off')
  } catch {
    // Storage may be blocked; the keys then stay on.
  }
}
function stored(): string | null {
  try {
    return localStorage.getItem(setting)
  } catch {
    return null
  }
}

/** Listens as soon as the page is shown: passive effects run later, and would miss the first keys. */
export function usePageKeys(actions: KeyActions): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return
      const action = actionOf(event, actions)
      if (!action) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}

function actionOf(event: KeyboardEvent, { openPalette, showKeys }: KeyActions): (() => void) | undefined {
  const { key, target } = event
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
  if (isCommand && key.toLowerCase() === 'k') return openPalette
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return undefined
  if (key === 'Escape') return leaveList()
  if (!hasSingleKeys()) return undefined
  switch (key) {
    case '/':
      return openPalette
    case '?':
      return showKeys
    case 'j':
      return () => moveBy(1)
    case 'k':
      return () => moveBy(-1)
    default:
      return undefined
  }
}

/** Text typed while nothing has the focus yet. */
export interface RecordedText {
  /** Ends the recording. Returns the text, Enter as a line break. */
  take(): string
}

/** Records what is typed from now on, so that it is not lost while a window loads; Esc calls `onEscape`. */
export function recordText(onEscape: () => void): RecordedText {
  let text = ''
  const onKey = (event: KeyboardEvent) => {
    const isText = event.key.length === 1 || event.key === 'Enter'
    if (!(isText || event.key === 'Escape') || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (event.key === 'Escape') onEscape()
    else text += event.key === 'Enter' ? '\n' : event.key
  }
  addEventListener('keydown', onKey, { capture: true })
  return {
    take() {
      removeEventListener('keydown', onKey, { capture: true })
      return text
    },
  }
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const rows = 'main .data-table tbody th a, main .more button'

/** Focuses the first link of the next or previous row; at first, that of the row at the top of the window. */
function moveBy(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(rows)].filter(
    (link) => link.offsetParent !== null && (link.closest('tr')?.querySelector(rows) ?? link) === link,
  )
  const current = document.activeElement
  const own = current?.closest('tr')?.querySelector<HTMLElement>(rows) ?? current
  const at = links.indexOf(own as HTMLElement)
  const next = at >= 0 ? at + step : links.findIndex((link) => link.getBoundingClientRect().top >= 0)
  links[Math.max(0, next)]?.focus()
}

/** Where a row has the focus: gives it back to the page. */
function leaveList(): (() => void) | undefined {
  const current = document.activeElement
  return current instanceof HTMLElement && current.matches(rows) ? () => current.blur() : undefined
}
