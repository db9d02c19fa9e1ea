// The search box of the header: a crash ID opens its report, other text searches signatures.
import { useEffect, useRef } from 'preact/hooks'
import { searchHref } from '../../route.ts'
import { navigate, useLocation } from '../../router.ts'

export function QuickSearch() {
  const input = useRef<HTMLInputElement>(null)
  const { path, query } = useLocation()
  const text = path.startsWith('/topcrashers') ? (query.get('q') ?? '') : ''
  useEffect(() => {
    if (input.current) input.current.value = text
  }, [text])
  useSlashKey(() => input.current?.focus())
  const search = (event: Event) => {
    event.preventDefault()
    const wanted = input.current?.value ?? ''
    if (wanted.trim()) navigate(searchHref(wanted, query.get('product') ?? undefined))
  }
  return (
    <search class="quick-search">
      <form onSubmit={search}>
        <label class="visually-hidden" for="quick-search">
          Crash ID or part of a signature
        </label>
        <input
          ref={input}
          id="quick-search"
          type="search"
          placeholder="Crash ID or signature"
          autocomplete="off"
          spellcheck={false}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  )
}

/** Calls `act` when `/` is pressed outside of inputs. */
function useSlashKey(act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
