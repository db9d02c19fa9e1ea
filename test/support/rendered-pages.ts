// Pages of the dashboard without a browser: Preact renders them into a plain document, with documents from memory.
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { vi } from 'vitest'
import { plainDocument, PlainNode } from './plain-dom.ts'

const origin = 'https://crash.example.org'
const names = [
  ...['document', 'location', 'history', 'addEventListener', 'removeEventListener', 'scrollTo'],
  ...['matchMedia', 'localStorage', 'fetch', 'ResizeObserver'],
] as const

/** What pages use of a browser. */
function browserOf(documents: ReadonlyMap<string, unknown>) {
  const location = { href: '', pathname: '/', search: '', hash: '', origin }
  const go = (href: string) => {
    const { pathname, search, hash } = new URL(href, `${origin}${location.pathname}`)
    Object.assign(location, { href, pathname, search, hash })
  }
  let waiting = 0
  const browser: Record<(typeof names)[number], unknown> = {
    document: plainDocument,
    location,
    history: {
      state: null,
      pushState: (_state: unknown, _title: string, href: string) => go(href),
      replaceState: (_state: unknown, _title: string, href: string) => go(href),
    },
    addEventListener() {},
    removeEventListener() {},
    scrollTo() {},
    matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} }),
    localStorage: { getItem: () => null, setItem() {} },
    async fetch(path: string) {
      waiting++
      await null
      waiting--
      const document = documents.get(decodeURIComponent(path))
      return document === undefined ? new Response('{}', { status: 404 }) : Response.json(document)
    },
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
  }
  return { browser, go, isWaiting: () => waiting > 0 }
}

export interface RenderedPages extends Disposable {
  /** The page at a path, once nothing changes any more: with the title of its tab. */
  open(path: string): Promise<{ title: string; root: PlainNode }>
}

/**
 * Takes the place of the browser until it is disposed.
 * @param documents by path
 * @param now the time of the reader
 */
export async function renderPages(
  documents: ReadonlyMap<string, unknown>,
  now: string,
): Promise<RenderedPages> {
  const globals = globalThis as Record<string, unknown>
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  const { browser, go, isWaiting } = browserOf(documents)
  for (const name of names)
    Object.defineProperty(globalThis, name, { value: browser[name], configurable: true, writable: true })
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
  const { App } = await import('../../dashboard/app.tsx')
  const turn = () => act(() => new Promise<void>((resume) => setImmediate(resume)))
  const root = new PlainNode('body')
  const settle = async () => {
    let text = ''
    for (let quiet = 0; quiet < 3; quiet++) {
      await turn()
      const next = textOf(root)
      if (next !== text || isWaiting() || next.includes('\u0000loading')) quiet = 0
      text = next
    }
  }
  return {
    async open(path) {
      await act(() => render(null, root as never))
      go(path)
      await act(() => render(h(App, {}), root as never))
      await settle()
      return { title: plainDocument.title, root }
    },
    [Symbol.dispose]() {
      render(null, root as never)
      vi.useRealTimers()
      for (const [name, descriptor] of before)
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else delete globals[name]
    },
  }
}

/** All texts, and a mark where something still loads. */
function textOf(node: PlainNode): string {
  if (node.nodeType === 3) return node.data
  const mark = node.getAttribute('class')?.includes('skeleton') ? '\u0000loading' : ''
  return mark + node.childNodes.map(textOf).join('')
}
