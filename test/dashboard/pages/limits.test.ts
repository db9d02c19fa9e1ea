// What pages show just below and just above a limit: of a number, a length, a share, an age.
import { h } from 'preact'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Home } from '../../../dashboard/model/freshness.ts'
import { homeKey } from '../../../shared/keys.ts'
import { named, nodesIn, type PlainNode, textIn } from '../../support/plain-dom.ts'
import type { RenderedPages } from '../../support/rendered-pages.ts'
import { openSamplePages, partOf, sampleDocuments } from '../../support/sample-pages.ts'

const documents = sampleDocuments()
let pages: RenderedPages
let parts: Awaited<ReturnType<typeof importParts>>
beforeAll(async () => {
  pages = await openSamplePages(documents)
  parts = await importParts()
})
afterAll(() => pages[Symbol.dispose]())

/** Pages use the browser while they are imported. */
async function importParts() {
  const all = await Promise.all([
    import('../../../dashboard/data.ts'),
    import('../../../dashboard/pages/home/alerts.tsx'),
    import('../../../dashboard/pages/home/news.tsx'),
    import('../../../dashboard/pages/home/product-picker.tsx'),
    import('../../../dashboard/pages/report/journey.tsx'),
    import('../../../dashboard/pages/report/missing.tsx'),
    import('../../../dashboard/pages/search/facet-card.tsx'),
    import('../../../dashboard/pages/search/status-bar.tsx'),
    import('../../../dashboard/pages/top-crashers/table.tsx'),
    import('../../../dashboard/parts/chart/chart.tsx'),
    import('../../../dashboard/parts/chart/day-brush.tsx'),
    import('../../../dashboard/parts/figures.tsx'),
    import('../../../dashboard/parts/known-bugs.tsx'),
    import('../../../dashboard/parts/client-text.tsx'),
    import('../../../dashboard/parts/tables/platform-bar.tsx'),
  ])
  return Object.assign({}, ...all) as UnionToIntersection<(typeof all)[number]>
}
type UnionToIntersection<T> = (T extends unknown ? (_: T) => void : never) extends (_: infer All) => void
  ? All
  : never

const show = (component: unknown, props?: object) => pages.show(component, props)

/** Opens a page with another document. */
async function openWith(path: string, key: string, document: unknown): Promise<PlainNode> {
  documents.set(key, document)
  await pages.after(parts.forgetDocuments)
  return (await pages.open(path)).root
}

const elements = (root: PlainNode, name: string) => nodesIn(root, ({ localName }) => localName === name)
const buttonsIn = (root: PlainNode) => elements(root, 'button').map(textIn)
const classOf = (node: PlainNode) => node.getAttribute('class')
const list = <One>(length: number, one: (place: number) => One) =>
  Array.from({ length }, (_, place) => one(place))

describe('a search', () => {
  const status = { allDays: 7, bytes: 0, allBytes: 10, rows: 0 }

  test.each([
    [0, 'Nothing was searched.'],
    [1, 'The numbers below are exact for 1 of 7 days.'],
  ])('stopped after %i days states what its numbers cover', async (days, text) => {
    const state = { state: 'cancelled', status: { ...status, days } }
    expect(textIn(await show(parts.SearchStatusBar, { state }))).toContain(`Stopped. ${text}`)
  })

  test.each([
    [100, '100 reports'],
    [100.5, '100 reports'],
    [99.4, '100 reports, an estimated 99 crashes'],
    [100.6, '100 reports, an estimated 101 crashes'],
  ])('of 100 reports for %d crashes has an estimate only where it differs', async (weighted, text) => {
    const state = {
      ...{ state: 'done', source: 'files', status: { ...status, days: 7 } },
      answer: { total: 100, weighted },
    }
    const question = { from: '0', to: '1' }
    expect(textIn(partOf(await show(parts.SearchStatusBar, { state, question }), 'search-total'))).toBe(text)
  })
})

describe('a facet', () => {
  const facet = (rows: object[], key = 'version') => ({
    ...{ key, facet: { kind: 'terms', field: key }, title: key, distinct: null, rows, isCut: false },
  })
  const row = (text: string, more: object = {}) => ({
    ...{ text, count: 4, weighted: 4, share: 0.1, values: [text], below: [] },
    ...more,
  })
  const showFacet = (rows: object[]) =>
    show(parts.FacetCard, { facet: facet(rows), measure: 'count', parameters: new URLSearchParams() })

  test.each([
    [10, 10, []],
    [11, 10, ['Show all 11']],
  ])('of %i values shows %i at first', async (length, rows, buttons) => {
    const root = await showFacet(list(length, (place) => row(`v${place}`)))
    expect([elements(root, 'tr').length - 1, buttonsIn(root)]).toEqual([rows, buttons])
  })

  test.each([
    [5, 'platform: p0 4, p1 4, p2 4, p3 4, p4 4'],
    [6, 'platform: p0 4, p1 4, p2 4, p3 4, p4 4, 1 more'],
  ])('below a value has five values of %i', async (length, text) => {
    const below = facet(
      list(length, (place) => row(`p${place}`)),
      'platform',
    )
    expect(textIn(partOf(await showFacet([row('v', { below: [below] })]), 'below'))).toBe(text)
  })

  test.each([
    [4.5, null],
    [3.4, 'an estimated 3 crashes'],
    [4.6, 'an estimated 5 crashes'],
  ])(
    'has the estimate of 4 reports for %d crashes on hover only where it differs',
    async (weighted, title) => {
      const root = await showFacet([row('v', { weighted })])
      const count = elements(elements(root, 'td')[0]!, 'span')[0]!
      expect([textIn(count), count.getAttribute('title')]).toEqual(['4', title])
    },
  )
})

describe('a report that is not here', () => {
  const received = 'No report with this crash ID was received'
  test.each([
    ['261123', 'There is no such report', 'is still to come'],
    ['261122', received, 'appears here within a minute'],
    ['261121', received, 'appears here within a minute'],
    ['261120', 'This report has expired, or was never received', '2 days ago. Either it has expired'],
  ])('of the day %s', async (day, title, text) => {
    const root = await show(parts.MissingReport, { crashId: `0b34f1a2-6c1d-8a7e-9f00-5c2d1e${day}` })
    expect(textIn(root).startsWith(`${title}Its crash ID ends in `)).toBe(true)
    expect(textIn(root)).toContain(text)
  })
})

test.each([
  [5, 0],
  [6, 1],
])('%i names of a station are in %i elements to open', async (length, count) => {
  const lists = [{ title: 'Modules', items: list(length, (place) => `m${place}`) }]
  const root = await show(parts.Journey, { stations: [{ title: 'Received', at: null, facts: [], lists }] })
  expect([elements(root, 'details').length, elements(root, 'p').length]).toEqual([count, 1 - count])
})

describe('the home page', () => {
  const home = documents.get(`/${homeKey}`) as Home
  const [sample] = home.products as [Home['products'][0]]

  const alert = (id: number, at: string, product = 'Lumen') => ({
    ...{ id: `${id}`, at, product, rule: 'spike', subject: '', day: '2026-11-20', value: 90, usual: 9 },
    ...{ version: null, against: null, only: null, more: 0 },
  })
  const showAlerts = (alerts: object[], product?: object) =>
    show(parts.Alerts, { alerts: { state: 'ready', value: { alerts } }, product, since: '2026-11-01' })

  test.each([
    [5, 5, []],
    [6, 5, ['Show 1 more alert']],
  ])('of %i alerts lists %i', async (length, shown, buttons) => {
    const root = await showAlerts(list(length, (place) => alert(place, '2026-11-20T10:00:00+00:00')))
    expect([elements(root, 'li').length, buttonsIn(root)]).toEqual([shown, buttons])
  })

  test('has the alerts from its first day on, of its product', async () => {
    const alerts = [
      alert(1, '2026-11-01'),
      alert(2, '2026-11-01T00:00:00+00:00', 'Atelier'),
      alert(3, '2026-10-31T23:59:59+00:00'),
    ]
    expect(elements(await showAlerts(alerts), 'li')).toHaveLength(2)
    expect(elements(await showAlerts(alerts, { name: 'Lumen', slug: 'lumen' }), 'li')).toHaveLength(1)
  })

  test.each([
    [5, 5, []],
    [6, 5, ['Show 1 more product']],
  ])('of %i products with news lists %i', async (length, shown, buttons) => {
    const headline = { name: '2', against: '1', age: 3, rate_change: null, findings: [], count: 0 }
    const root = await show(parts.News, {
      products: list(length, (place) => ({ name: `p${place}`, headline })),
    })
    expect([elements(root, 'li').length, buttonsIn(root)]).toEqual([shown, buttons])
  })

  test('marks news as quiet where nothing differs', async () => {
    const headline = { name: '2', against: '1', age: 3, rate_change: null, findings: [], count: 0 }
    const root = await show(parts.News, {
      products: [
        { name: 'more', headline: { ...headline, count: 1 } },
        { name: 'faster', headline: { ...headline, rate_change: 2 } },
        { name: 'none', headline },
      ],
    })
    expect(elements(root, 'li').map(classOf)).toEqual([null, null, 'quiet'])
  })

  test.each([
    [8, 9, 0],
    [9, 0, 1],
  ])('offers %i products as %i links, or %i lists', async (length, links, selects) => {
    const names = list(length, (place) => `p${place}`)
    const root = await show(parts.ProductPicker, { names, hrefOf: () => '/' })
    expect([elements(root, 'a').length, elements(root, 'select').length]).toEqual([links, selects])
  })

  afterAll(() => documents.set(`/${homeKey}`, home))

  /** Opens a page with other products. */
  const open = (path: string, products: readonly object[]) =>
    openWith(path, `/${homeKey}`, { ...home, products })
  const products = (length: number, more: object = {}) =>
    list(length, (place) => ({ ...sample, ...more, name: `p${place}`, slug: `p${place}` }))

  test.each([
    [1, 0, 1],
    [2, 1, 2],
    [8, 1, 8],
    [9, 0, 8],
  ])('of %i products has %i rows of links and %i cards', async (length, rows, cards) => {
    const root = await open('/', products(length))
    const found = nodesIn(root, (node) => /^(?:picker|card)$/.test(classOf(node) ?? '')).map(classOf)
    const more = buttonsIn(root).filter((text) => /^Show all \d/.test(text))
    expect(found.filter((one) => one === 'picker')).toHaveLength(rows)
    expect(found.filter((one) => one === 'card')).toHaveLength(cards)
    expect(more).toEqual(length > 8 ? ['Show all 9 products'] : [])
  })

  test.each([
    [12, []],
    [13, ['The 12 with the most crashes, of 13.']],
  ])('of a product with %i versions has at most twelve', async (length, notes) => {
    const versions = list(length, (place) => ({ ...sample.versions[0]!, version: `${place}` }))
    const root = await open('/?product=p0', products(2, { versions, channels: [] }))
    const part = named(root, 'versions')
    const found = elements(part.localName === 'section' ? part : part.parentNode!, 'p').map(textIn)
    expect(found).toEqual(notes)
  })

  test.each([
    ['the last full day', [0], true],
    ['the first of 14 full days', [13], true],
    ['no day', [], false],
    ['a day before these', [14], false],
  ])('has figures of the week with crashes on %s: %o', async (_, daysBack, isShown) => {
    const days = home.dates.map((__, day) => {
      const count = daysBack.includes(home.dates.length - 2 - day) ? 3 : 0
      return { count, weighted: count }
    })
    const root = await open('/', products(1, { platforms: [{ platform: 'Linux', days }] }))
    const text = textIn(root)
    expect(text.includes('7 full days to')).toBe(isShown)
  })

  const version = (name: string, featured?: true) => ({ ...sample.versions[0]!, version: name, featured })
  test.each([
    ['the featured ones', [version('3'), version('2', true), version('1', true)], '2, 1 and 1 more'],
    ['all, where none is featured', [version('2'), version('1')], '2, 1'],
    ['the newest four', list(5, (place) => version(`${5 - place}`)), '5, 4, 3, 2 and 1 more'],
    ['exactly four', list(4, (place) => version(`${4 - place}`)), '4, 3, 2, 1'],
  ])('leads to versions of products: %s', async (_, versions, text) => {
    const root = await open('/products/', products(1, { versions, channels: [] }))
    const cells = elements(root, 'td').map(textIn)
    expect(cells[2]).toBe(text)
  })
})

describe('a row of Top Crashers', () => {
  const moved = (points: number, isSignificant: boolean) => ({ kind: 'moved', points, isSignificant })
  const row = {
    ...{ product: 'Lumen', signature: 'a', id: '0'.repeat(16), rank: 1, movement: null, share: 0.5 },
    ...{ change: moved(1, false), total: { count: 10, weighted: 10 }, margin: 0, installs: 0, hangs: 0 },
    ...{ families: { win: 10, mac: 0, lin: 0, other: 0 }, crashes: 10, startup: 0, isStartup: false },
    ...{
      garbageCollecting: 0,
      isNew: false,
      firstSeen: '2026-11-01',
      firstBuild: null,
      days: null,
      bugs: [],
    },
  }
  const showRow = (more: object) =>
    show(parts.CrashersTable, {
      rows: [{ ...row, ...more }],
      ranking: {
        ...{ rows: [{ ...row, ...more }], from: '2026-11-16', sampled: false },
        ...{ until: '2026-11-22T14:05:00+00:00' },
      },
      filters: { days: 7 },
      showProduct: false,
      onChange() {},
    })
  const marks = (root: PlainNode) =>
    nodesIn(root, (node) => /\bmark\b/.test(classOf(node) ?? '')).map((node) => [
      textIn(node),
      node.getAttribute('title'),
      classOf(node)!.trim(),
    ])

  test.each([
    ['five places up', { movement: 5 }, ['up 5 places', 'movement note']],
    ['five places down', { movement: -5 }, ['down 5 places', 'movement note']],
    ['four places, which is usual', { movement: 4 }, null],
    ['four places down, which is usual', { movement: -4 }, null],
    ['five places with nine reports', { movement: 5, total: { count: 9, weighted: 90 } }, null],
    [
      'one place up with more crashes',
      { movement: 1, change: moved(2, true) },
      ['up 1 place', 'movement worse'],
    ],
    [
      'one place down with fewer',
      { movement: -1, change: moved(-2, true) },
      ['down 1 place', 'movement better'],
    ],
    ['no place with more crashes', { movement: 0, change: moved(2, true) }, null],
  ])('shows how it moved: %s', async (_, more, expected) => {
    const found = partOf(await showRow(more), 'movement')
    expect(found ? [found.getAttribute('title'), classOf(found)] : null).toEqual(expected)
  })

  test.each([
    ['half of them hangs', { hangs: 5 }, [['hang', '5 of 10 crashes are hangs', 'mark']]],
    ['fewer hangs', { hangs: 4.9 }, []],
    ['only hangs', { hangs: 10 }, [['hang', 'All of 10 crashes are hangs', 'mark']]],
    ['more crashes than before', { change: moved(0.1, true) }, [['rising', null, 'mark mark-new']]],
    ['fewer crashes than before', { change: moved(-0.1, true) }, []],
    ['as many crashes as before', { change: moved(0, true) }, []],
    ['perhaps more crashes than before', { change: moved(3, false) }, []],
  ])('is marked: %s', async (_, more, expected) => {
    expect(marks(await showRow(more))).toEqual(expected)
  })

  const atStart = 'at start-up, more than in other crashes of the product'
  test.each([
    [9, 'start-up 90.0 %', `9 of 10 crashes ${atStart}`, 'mark mark-startup'],
    [10, 'start-up', `All of 10 crashes ${atStart}`, 'mark mark-startup mark-all'],
  ])('is marked with %i start-up crashes of 10', async (startup, ...expected) => {
    expect(marks(await showRow({ isStartup: true, startup }))).toEqual([expected])
  })

  test.each([
    [{ win: 1, mac: 3, lin: 0, other: 0 }, ['a Windows 25.0 %', 'a macOS 75.0 %']],
    [{ win: 24, mac: 0, lin: 76, other: 0 }, ['span Windows 24.0 %', 'a Linux 76.0 %']],
    [{ win: 0, mac: 0, lin: 0, other: 5 }, ['span Other platforms 100.0 %']],
    [{ win: 0, mac: 0, lin: 0, other: 0 }, []],
  ])('has the platforms %j as a bar, its wide parts as links', async (sums, expected) => {
    const column = parts.platformColumn(() => '/search/')
    const root = await show(() => column.cell!({ families: sums }))
    const found = nodesIn(root, (node) => /^platform-(?!bar)/.test(classOf(node) ?? ''))
    expect(found.map((node) => `${node.localName} ${node.getAttribute('title')}`)).toEqual(expected)
  })

  test.each([
    [[], 0],
    [[{ id: '1', url: 'https://bugs.example.org/1', status: 'NEW', open: true, summary: '' }], 1],
  ])('with the bugs %j', async (bugs, columns) => {
    const headers = elements(await showRow({ bugs }), 'th').map(textIn)
    expect(headers.filter((text) => text.startsWith('Bugs'))).toHaveLength(columns)
  })
})

describe('small drawings', () => {
  test('have a line for days without crashes, and at least a little more for others', async () => {
    const bars = elements(await show(parts.Sparkline, { values: [0, 1, 50, 100] }), 'rect')
    expect(bars.map((bar) => bar.getAttribute('height'))).toEqual(['0.25', '0.6', '5', '10'])
  })

  test.each([
    [0, 'Crashes. No days.'],
    [1, 'Crashes. Most on 11 Nov: 3; on 11 Nov: 3. Total: a 3. The numbers follow as a table.'],
  ])('of %i days are named', async (length, label) => {
    const series = [{ name: 'a', values: list(length, () => 3) }]
    const dates = list(length, (day) => `2026-11-${11 + day}`)
    const root = await show(parts.Chart, { title: 'Crashes', dates, series })
    expect(nodesIn(root, (node) => node.getAttribute('role') === 'img')[0]!.getAttribute('aria-label')).toBe(
      label,
    )
  })
})

test('a bug names the other signatures that it has', async () => {
  const bug = { id: '1', url: 'https://bugs.example.org/1', status: '', open: true, summary: 's' }
  const root = await show(parts.KnownBugs, { bugs: [{ ...bug, others: ['a', 'b'] }] })
  expect(textIn(partOf(root, 'below'))).toBe('Also in a, b')
})

describe('a text of a client', () => {
  test.each([
    ['a:b:c:d:e:f:g:h:i:jk', 0],
    ['a:b:c:d:e:f:g:h:i:j:k', 10],
  ])('%s has %i places to break at', async (text, places) => {
    expect(elements(await show(parts.ClientText, { text }), 'wbr')).toHaveLength(places)
  })

  test.each([
    [300, 'x'.repeat(300)],
    [301, `${'x'.repeat(300)}…`],
  ])('of %i characters', (length, text) => {
    expect(parts.cutText('x'.repeat(length))).toBe(text)
  })
})

describe('days of a chart', () => {
  const dates = list(10, (day) => `2026-11-${11 + day}`)
  // 100 pixels for each day, after the margin of 44.
  const width = 1064

  async function drag(from: number, to: number, days: readonly string[] = dates) {
    const chosen: string[][] = []
    const onChoose = (...range: string[]) => chosen.push(range)
    const Brushed = () => {
      const { attributes, range } = parts.useDayBrush({ dates: days, width, onChoose })
      return h('div', attributes as object, range)
    }
    const box = (await show(Brushed)).childNodes[0]!
    const send = (name: string, clientX: number) =>
      pages.after(() => {
        const [type, listener] = [...box.listeners].find(([known]) => known.toLowerCase() === name)!
        const currentTarget = { getBoundingClientRect: () => ({ left: 0 }), setPointerCapture() {} }
        listener.call(box, { type, button: 0, clientX, currentTarget, pointerId: 1 })
      })
    await send('pointerdown', from)
    await send('pointermove', to)
    const shown = nodesIn(box, (node) => classOf(node) === 'day-range').map(textIn)
    await send('pointerup', to)
    return { shown, chosen }
  }

  test.each([
    ['a click', 60, 64.9, [], []],
    ['five pixels within a day', 60, 65, ['11 Nov'], [['2026-11-11', '2026-11-11']]],
    ['backwards over two days', 160, 100, ['11 Nov – 12 Nov'], [['2026-11-11', '2026-11-12']]],
  ])('are chosen by dragging: %s', async (_, from, to, shown, chosen) => {
    expect(await drag(from, to)).toEqual({ shown, chosen })
  })

  test('cannot be chosen where there are none', async () => {
    expect(await drag(60, 400, [])).toEqual({ shown: [], chosen: [] })
  })
})
