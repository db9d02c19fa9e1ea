// What is around every page: colors, the palette, keys, links.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hasSingleKeys, recordText, setSingleKeys } from '../../../dashboard/parts/header/keyboard.ts'
import { named, nodesIn, plainDocument, PlainNode, textIn } from '../../support/plain-dom.ts'
import type { RenderedPages } from '../../support/rendered-pages.ts'
import { expectGolden, openSamplePages, partOf, sampleDocuments } from '../../support/sample-pages.ts'

let pages: RenderedPages
beforeAll(async () => {
  pages = await openSamplePages(sampleDocuments())
})
afterAll(() => pages[Symbol.dispose]())

const golden = (nodes: PlainNode | PlainNode[], name: string) => expectGolden(nodes, `frame/${name}`)
const openPage = async () => (await pages.open('/help/')).root
const dialog = (root: PlainNode) => nodesIn(root, ({ localName }) => localName === 'dialog')[0]
const press = (key: string, more: object = {}) => pages.press('keydown', { key, target: null, ...more })

test('the colors change in turn and are kept', async () => {
  const root = await openPage()
  const seen: unknown[] = []
  for (let step = 0; step < 3; step++) {
    const toggle = partOf(root, 'theme-toggle')
    await golden(toggle, `theme-${step}`)
    await pages.fire(toggle, 'click')
    seen.push([plainDocument.documentElement.dataset.theme, pages.effects.stored.get('theme')])
  }
  expect(seen).toEqual([
    ['light', 'light'],
    ['dark', 'dark'],
    [undefined, 'system'],
  ])
})

test('the color that was kept is shown', async () => {
  plainDocument.documentElement.dataset.theme = 'dark'
  const root = await openPage()
  expect(named(root, 'Colors: dark. Change to system.').localName).toBe('button')
  delete plainDocument.documentElement.dataset.theme
})

describe('the palette', () => {
  const openPalette = async () => {
    const root = await openPage()
    await pages.fire(partOf(root, 'palette-button'), 'click')
    return { root, input: partOf(root, 'palette-input') }
  }
  const current = (root: PlainNode) =>
    nodesIn(root, (node) => node.getAttribute('aria-selected') === 'true').map(textIn)

  test('finds entries of every kind', async () => {
    const { root, input } = await openPalette()
    await golden(dialog(root)!, 'palette')
    await pages.fire(input, 'input', { value: 'lumen' })
    await golden(dialog(root)!, 'palette-lumen')
    await pages.fire(input, 'input', { value: 'nothing matches this' })
    await golden(dialog(root)!, 'palette-nothing')
  })

  test('moves with keys and opens entries', async () => {
    const { root, input } = await openPalette()
    await pages.fire(input, 'input', { value: 'lumen' })
    const texts = nodesIn(root, (node) => node.getAttribute('role') === 'option').map(textIn)
    const seen: unknown[] = []
    for (const key of ['ArrowDown', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'PageDown', 'PageUp', 'PageUp', 'x']) {
      await pages.fire(input, 'keydown', { key })
      seen.push(texts.indexOf(current(root)[0]!))
    }
    const last = texts.length - 1
    expect(seen).toEqual([1, 0, last, 0, Math.min(8, last), Math.max(Math.min(8, last) - 8, 0), 0, 0])
    await pages.fire(input, 'keydown', { key: 'Enter', ctrlKey: true })
    expect([pages.effects.opened.length, dialog(root)]).toEqual([1, undefined])
    expect(pages.href).toBe('/help/')
  })

  test('opens the first entry', async () => {
    const { root, input } = await openPalette()
    await pages.fire(input, 'input', { value: 'lumen' })
    const [first] = nodesIn(root, (node) => node.getAttribute('role') === 'option')
    await pages.fire(input, 'keydown', { key: 'Enter' })
    expect([pages.href, dialog(root)]).toEqual([first!.getAttribute('href'), undefined])
  })

  test.each([
    ['its button', (root: PlainNode) => pages.fire(named(root, 'Close'), 'click')],
    ['a click beside it', (root: PlainNode) => pages.fire(dialog(root)!, 'click')],
    ['Esc', (root: PlainNode) => pages.fire(dialog(root)!, 'close')],
    ['an entry', (root: PlainNode) => pages.fire(partOf(root, 'palette-option'), 'click')],
  ])('closes by %s', async (_, close) => {
    const { root } = await openPalette()
    expect(dialog(root)!.getAttribute('open')).toBe('')
    await close(root)
    expect(dialog(root)).toBeUndefined()
  })
})

describe('a key', () => {
  test.each<[string, object, string | null]>([
    ['k', { ctrlKey: true }, 'Find anything'],
    ['K', { metaKey: true }, 'Find anything'],
    ['k', { ctrlKey: true, altKey: true }, null],
    ['k', { ctrlKey: true, shiftKey: true }, null],
    ['/', {}, 'Find anything'],
    ['/', { defaultPrevented: true }, null],
    ['/', { altKey: true }, null],
    ['/', { target: Object.assign(new PlainNode('input'), { tagName: 'INPUT' }) }, null],
    ['/', { target: Object.assign(new PlainNode('div'), { tagName: 'DIV', isContentEditable: true }) }, null],
    ['/', { target: Object.assign(new PlainNode('div'), { tagName: 'DIV' }) }, 'Find anything'],
    ['?', {}, 'Keys'],
    ['x', {}, null],
    ['Escape', {}, null],
  ])('%s %j opens %s', async (key, more, window) => {
    const root = await openPage()
    expect(await press(key, more)).toBe(window !== null)
    const opened = dialog(root)
    expect(opened ? opened.getAttribute('aria-label') : null).toBe(window)
  })

  test('is listed, and can be turned off', async () => {
    const root = await openPage()
    await press('?')
    await golden(dialog(root)!, 'keys')
    const [box] = nodesIn(root, (node) => node.getAttribute('type') === 'checkbox')
    await pages.fire(box!, 'change', { checked: false })
    expect([hasSingleKeys(), pages.effects.stored.get('single-keys')]).toEqual([false, 'off'])
    await pages.fire(named(root, 'Close'), 'click')
    expect(await press('/')).toBe(false)
    setSingleKeys(true)
    expect([hasSingleKeys(), pages.effects.stored.get('single-keys')]).toEqual([true, 'on'])
  })

  test('moves through the rows of a list', async () => {
    await openPage()
    const focused: string[] = []
    const links = ['a', 'b', 'c', 'hidden'].map((name, place) => {
      const row = { querySelector: () => link }
      const link: object = {
        ...{ name, offsetParent: name === 'hidden' ? null : {}, closest: () => row },
        getBoundingClientRect: () => ({ top: place - 1 }),
        focus: () => focused.push(name),
      }
      return link
    })
    const all = vi.spyOn(plainDocument, 'querySelectorAll').mockReturnValue(links as unknown as PlainNode[])
    const document = plainDocument as { activeElement: unknown }
    await press('j')
    for (const [place, key] of [
      [0, 'j'],
      [1, 'k'],
      [0, 'k'],
      [2, 'j'],
    ] as const) {
      document.activeElement = links[place]
      await press(key)
    }
    expect(focused).toEqual(['b', 'b', 'a', 'a'])
    document.activeElement = null
    all.mockRestore()
  })

  test('leaves a list', async () => {
    await openPage()
    const blurs: string[] = []
    const document = plainDocument as { activeElement: unknown }
    const active = (matches: boolean) =>
      Object.assign(new PlainNode('a'), { matches: () => matches, blur: () => blurs.push('left') })
    document.activeElement = active(false)
    expect(await press('Escape')).toBe(false)
    document.activeElement = active(true)
    expect([await press('Escape'), blurs]).toEqual([true, ['left']])
    document.activeElement = null
  })

  test('is recorded while a window loads', async () => {
    await openPage()
    let escapes = 0
    const recorded = recordText(() => escapes++)
    for (const key of ['a', 'Shift', 'b', 'Enter', 'Escape']) await press(key)
    await press('c', { ctrlKey: true })
    expect([recorded.take(), escapes]).toEqual(['ab\n', 1])
    await press('d')
    expect(recorded.take()).toBe('ab\n')
  })
})

describe('a link', () => {
  class Link extends PlainNode {
    readonly origin = 'https://crash.example.org'
    readonly target: string = ''
    readonly pathname: string = '/status/'
    readonly search: string = '?a=1'
    readonly hash: string = ''
    constructor(more: object) {
      super('a')
      Object.assign(this, more)
    }
    closest = () => this
    hasAttribute = (name: string) => this.attributes.has(name)
  }

  test.each<[string, object, object, boolean]>([
    ['of the dashboard', {}, {}, true],
    ['with another button', {}, { button: 1 }, false],
    ['that another listener has followed', {}, { defaultPrevented: true }, false],
    ['with Ctrl', {}, { ctrlKey: true }, false],
    ['with the command key', {}, { metaKey: true }, false],
    ['with Shift', {}, { shiftKey: true }, false],
    ['with Alt', {}, { altKey: true }, false],
    ['of another host', { origin: 'https://other.example.org' }, {}, false],
    ['for another window', { target: '_blank' }, {}, false],
    ['to a download', { hasAttribute: () => true }, {}, false],
    ['to an answer of the API', { pathname: '/api/x' }, {}, false],
    ['to the page of the API', { pathname: '/api/' }, {}, true],
    ['to an aggregate', { pathname: '/aggregates/v4/home.json' }, {}, false],
    ['to a part of the page', { pathname: '/help/', search: '', hash: '#a' }, {}, false],
    ['to a part of the page with another query', { pathname: '/help/', hash: '#a' }, {}, true],
  ])('%s', async (_, link, event, isFollowed) => {
    await openPage()
    Object.defineProperty(globalThis, 'Element', { value: PlainNode, configurable: true })
    const listeners: [string, (event: object) => void][] = []
    const add = vi.spyOn(globalThis, 'addEventListener').mockImplementation(((
      name: string,
      listener: never,
    ) => {
      listeners.push([name, listener])
    }) as never)
    const { followLinks } = await import('../../../dashboard/router.ts')
    followLinks()
    add.mockRestore()
    let isPrevented = false
    const click = listeners.find(([name]) => name === 'click')![1]
    const scrolls = pages.effects.scrolls
    await pages.after(() =>
      click({ button: 0, target: new Link(link), ...event, preventDefault: () => (isPrevented = true) }),
    )
    Reflect.deleteProperty(globalThis, 'Element')
    expect([isPrevented, pages.href !== '/help/']).toEqual([isFollowed, isFollowed])
    expect(listeners.map(([name]) => name)).toEqual(['popstate', 'keydown', 'pointerdown', 'click'])
    expect(pages.effects.scrolls - scrolls).toBe(isFollowed && !pages.href.startsWith('/help/') ? 1 : 0)
  })
})
