// The browser's location as state: links navigate without a reload, filters change the query in place.
import { useLayoutEffect, useState } from 'preact/hooks'
import { fromSite, siteRoot } from './site.ts'

const listeners = new Set<() => void>()
let shownPath = location.pathname
let headingWanted = false

function changed(): void {
  if (location.pathname !== shownPath) headingWanted = true
  shownPath = location.pathname
  for (const listener of listeners) listener()
}

/**
 * Whether a new heading should take the focus: the page changed and the reader has not interacted since. Screen
 * readers then announce the change, also when the heading of the data replaces that of the placeholder.
 */
export const wantsFocus = () => headingWanted

/** Navigates to `href` (same origin). `replace`: no new history entry. Scrolls to the top if the path changes. */
export function navigate(href: string, { replace = false } = {}): void {
  const before = location.pathname
  if (replace) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  changed()
  if (location.pathname !== before) scrollTo(0, 0)
}

/** The current path and query; the component renders again when they change. */
export function useLocation(): { path: string; query: URLSearchParams } {
  const [, setCount] = useState(0)
  useLayoutEffect(() => {
    const listener = () => setCount((count) => count + 1)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, [])
  return { path: fromSite(location.pathname), query: new URLSearchParams(location.search) }
}

/** Makes plain clicks on links to dashboard pages navigate without a reload. */
export function followLinks(): void {
  addEventListener('popstate', changed)
  for (const input of ['keydown', 'pointerdown'])
    addEventListener(input, () => {
      headingWanted = false
    })
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return
    if (!link.pathname.startsWith(siteRoot)) return
    if (/^\/(api\/.|aggregates|search-data|submit|symbols|__)/.test(fromSite(link.pathname))) return
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return
    event.preventDefault()
    navigate(link.pathname + link.search + link.hash)
  })
}
