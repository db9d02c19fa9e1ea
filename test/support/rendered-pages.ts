// Pages of the dashboard without a browser: Preact renders them into a plain document, with documents from memory.
import { join, resolve } from 'node:path'
import { type ComponentType, h, options, render } from 'preact'
import { act } from 'preact/test-utils'
import { vi } from 'vitest'
import { sourceFiles } from './imports.ts'
import { PlainNode, plainDocument } from './plain-dom.ts'

const root = resolve(import.meta.dirname, '../..')
const origin = 'https://crash.example.org'
const names = [
  ...['document', 'location', 'history', 'addEventListener', 'removeEventListener', 'scrollTo', 'window'],
  ...['matchMedia', 'localStorage', 'fetch', 'ResizeObserver', 'HTMLElement', 'navigator', 'Worker'],
] as const

/** What a server answers; undefined: never. */
export type Answer = (init: RequestInit) => Response | Promise<Response> | undefined

/** A worker that keeps the messages it is sent, and answers when the test does. */
export class PlainWorker {
  static readonly all: PlainWorker[] = []
  readonly sent: unknown[] = []
  readonly listeners = new Map<string, (event: object) => void>()
  readonly about: readonly unknown[]
  isEnded = false

  constructor(...about: unknown[]) {
    this.about = about
    PlainWorker.all.push(this)
  }

  addEventListener(name: string, listener: (event: object) => void): void {
    this.listeners.set(name, listener)
  }

  postMessage(message: unknown): void {
    this.sent.push(message)
  }

  terminate(): void {
    this.isEnded = true
  }

  /** Ends all searches, so that none of their timers fires during a later test. */
  static endSearches(): void {
    for (const { sent, listeners } of PlainWorker.all)
      for (const message of sent as { kind: string; id: number }[])
        if (message.kind === 'search')
          listeners.get('message')?.({ data: { kind: 'cancelled', id: message.id } })
  }
}

/** What readers did beyond the page. */
interface Effects {
  copied: string[]
  scrolls: number
  /** Windows that were opened. */
  opened: string[]
  stored: Map<string, string>
  /** Paths that were requested. */
  asked: [path: string, init: RequestInit][]
}

/** What pages use of a browser. */
function browserOf(documents: ReadonlyMap<string, unknown>) {
  const effects: Effects = { copied: [], scrolls: 0, opened: [], stored: new Map(), asked: [] }
  const { location, history, go } = addressBar()
  const listeners = new Map<string, Set<(event: object) => void>>()
  const requests = requestsOf(documents, effects)
  const browser: Record<(typeof names)[number], unknown> = {
    document: plainDocument,
    location,
    history,
    addEventListener: (name: string, listener: (event: object) => void) =>
      listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
    removeEventListener: (name: string, listener: (event: object) => void) =>
      listeners.get(name)?.delete(listener),
    scrollTo: () => effects.scrolls++,
    window: { open: (href: string) => effects.opened.push(href) },
    matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} }),
    localStorage: {
      getItem: (name: string) => effects.stored.get(name) ?? null,
      setItem: (name: string, value: string) => effects.stored.set(name, value),
    },
    fetch: requests.fetch,
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
    HTMLElement: PlainNode,
    navigator: {
      userAgent: 'Plain',
      clipboard: { writeText: async (text: string) => void effects.copied.push(text) },
    },
    Worker: PlainWorker,
  }
  return { browser, go, location, listeners, effects, ...requests }
}

function addressBar() {
  const location = { href: '', pathname: '/', search: '', hash: '', origin }
  const go = (href: string) => {
    const { pathname, search, hash } = new URL(href || location.href, `${origin}${location.pathname}`)
    Object.assign(location, { href: pathname + search + hash, pathname, search, hash })
  }
  const history = {
    state: null as unknown,
    pushState(state: unknown, _title: string, href: string) {
      history.state = state
      go(href)
    },
    replaceState(state: unknown, _title: string, href: string) {
      history.state = state
      go(href)
    },
  }
  return { location, history, go }
}

function requestsOf(documents: ReadonlyMap<string, unknown>, { asked }: Effects) {
  let waiting = 0
  let started = 0
  const answerTo = (path: string, init: RequestInit) => {
    const document = documents.get(decodeURIComponent(path))
    if (typeof document === 'function') return (document as Answer)(init)
    return document === undefined ? new Response('{}', { status: 404 }) : Response.json(document)
  }
  const digest = crypto.subtle.digest.bind(crypto.subtle)
  /** Counts what is waited for. */
  const counted = async <T>(wanted: Promise<T>): Promise<T> => {
    started++
    waiting++
    return await wanted.finally(() => waiting--)
  }
  crypto.subtle.digest = (...given) => counted(digest(...given))
  const fetch = async (path: string, init: RequestInit = {}) => {
    asked.push([path, init])
    await counted(Promise.resolve())
    const resolved = await answerTo(path, init)
    if (resolved) {
      const json = resolved.json.bind(resolved)
      return Object.defineProperty(resolved, 'json', { value: () => counted(json()) })
    }
    return new Promise((_, reject) =>
      init.signal?.addEventListener('abort', () => reject(init.signal!.reason)),
    )
  }
  /** How many requests were made; NaN while one is open. */
  return { fetch, activity: () => (waiting > 0 ? Number.NaN : started) }
}

/** What a test changes of an event. */
interface Fired {
  /** Of the element. */
  value?: string
  checked?: boolean
  open?: boolean
  selectedIndex?: number
  key?: string
  ctrlKey?: boolean
}

export interface RenderedPages extends Disposable {
  /** The page at a path, once nothing changes any more: with the title of its tab. */
  open(path: string): Promise<{ title: string; root: PlainNode }>
  /** One component in place of a page. */
  show(component: unknown, props?: object): Promise<PlainNode>
  /** Calls a listener of an element, and waits until nothing changes any more. */
  fire(node: PlainNode, name: string, event?: Fired): Promise<void>
  /** Calls the listeners of the window. Returns whether one of them prevented the default. */
  press(name: string, event: object): Promise<boolean>
  /** Does something, and waits until nothing changes any more. */
  after(action: () => void): Promise<void>
  /** Path, query and part of the page. */
  readonly href: string
  readonly effects: Effects
}

/**
 * Takes the place of the browser until it is disposed.
 * @param documents by path; a function answers as a server
 * @param now the time of the reader
 */
export async function renderPages(
  documents: ReadonlyMap<string, unknown>,
  now: string,
): Promise<RenderedPages> {
  const globals = globalThis as Record<string, unknown>
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  const { browser, go, location, listeners, effects, activity } = browserOf(documents)
  for (const name of names)
    Object.defineProperty(globalThis, name, { value: browser[name], configurable: true, writable: true })
  // Effects of what arrives between two turns are not delayed to a frame.
  const { requestAnimationFrame } = options
  options.requestAnimationFrame = (callback) => void setImmediate(callback)
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) })
  const [{ App }, { forgetDocuments }, { setToken }] = await Promise.all([
    import('../../dashboard/app.tsx'),
    import('../../dashboard/data.ts'),
    import('../../dashboard/session-token.ts'),
  ])
  await loadPages()
  // Other tests of this process may have requested the same paths.
  const endVisit = () => {
    forgetDocuments()
    setToken('')
  }
  endVisit()
  const body = new PlainNode('body')
  const after = async (action: () => void) => {
    await act(action)
    await settle(body, activity)
  }
  return {
    effects,
    get href() {
      return location.href
    },
    after,
    async open(path) {
      await act(() => render(null, body as never))
      go(path)
      await after(() => render(h(App, {}), body as never))
      return { title: plainDocument.title, root: body }
    },
    async show(component, props = {}) {
      await act(() => render(null, body as never))
      await after(() => render(h(component as ComponentType, props), body as never))
      return body
    },
    fire: (node, name, event = {}) => after(() => fire(node, name, event)),
    async press(name, event) {
      let isPrevented = false
      const preventDefault = () => (isPrevented = true)
      const given = { ...event, preventDefault, stopImmediatePropagation() {} }
      await after(() => {
        for (const listener of listeners.get(name) ?? []) listener(given)
      })
      return isPrevented
    },
    [Symbol.dispose]() {
      render(null, body as never)
      PlainWorker.endSearches()
      endVisit()
      vi.useRealTimers()
      if (requestAnimationFrame) options.requestAnimationFrame = requestAnimationFrame
      else delete options.requestAnimationFrame
      Reflect.deleteProperty(crypto.subtle, 'digest')
      for (const [name, descriptor] of before)
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else delete globals[name]
    },
  }
}

/** Loads what pages import when they are opened: how long that takes depends on the load of the machine. */
async function loadPages(): Promise<void> {
  const lazy = sourceFiles(root, 'dashboard').filter((file) =>
    /\/pages\/.*\.tsx$|\/palette\/windows/.test(file),
  )
  await Promise.all(lazy.map((file) => import(join(root, file))))
}

/** Waits until nothing changes any more: longer where a document still loads, and until no code does. */
async function settle(root: PlainNode, activity: () => number): Promise<void> {
  let text = ''
  let requests = Number.NaN
  const isDone = (quiet: number) => !text.includes(importing) && quiet >= (text.includes(loading) ? 10 : 3)
  for (let quiet = 0; !isDone(quiet); quiet++) {
    await act(async () => {
      await vi.dynamicImportSettled()
      await new Promise<void>((resume) => setImmediate(resume))
    })
    const next = textOf(root)
    const made = activity()
    if (next === text && made === requests) continue
    quiet = 0
    text = next
    requests = made
  }
}

function fire(node: PlainNode, name: string, { key, ctrlKey, ...element }: Fired): void {
  const registered = [...node.listeners].find(([known]) => known.toLowerCase() === name)
  if (!registered) throw new Error(`<${node.localName}> has no listener for ${name}`)
  const [type, listener] = registered
  const target = Object.assign(Object.create(node), element)
  listener.call(node, {
    type,
    key,
    ctrlKey,
    target: node,
    currentTarget: target,
    preventDefault() {},
  } as object)
}

const loading = '\u0000loading'
const importing = `${loading} code`

/** All texts, and a mark where something still loads. */
function textOf(node: PlainNode): string {
  if (node.nodeType === 3) return node.data
  const placeholder = node.getAttribute('class')?.match(/skeleton-(\w+)/)
  const mark = placeholder ? (placeholder[1] === 'code' ? importing : loading) : ''
  return mark + node.childNodes.map(textOf).join('')
}
