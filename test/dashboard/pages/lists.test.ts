// Lists and what readers choose on them: filters, columns, order, older days, what is explored of a signature.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { forgetDocuments } from '../../../dashboard/data.ts'
import { setToken } from '../../../dashboard/session-token.ts'
import type { MissingSymbolsAggregate } from '../../../shared/aggregates/documents.ts'
import { missingSymbolsKey } from '../../../shared/keys.ts'
import { named, nodesIn, type PlainNode, textIn } from '../../support/plain-dom.ts'
import { PlainWorker, type RenderedPages } from '../../support/rendered-pages.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'
import {
  expectGolden,
  openSamplePages,
  partOf,
  refused,
  sampleDocuments,
} from '../../support/sample-pages.ts'

const documents = sampleDocuments()
let pages: RenderedPages
beforeAll(async () => {
  pages = await openSamplePages(documents)
})
afterEach(() => pages.after(() => setToken('')))
afterAll(() => pages[Symbol.dispose]())

const golden = (nodes: PlainNode | PlainNode[], name: string) => expectGolden(nodes, `lists/${name}`)
const status = { days: 2, allDays: 7, bytes: 1_500_000, allBytes: 4_000_000, rows: 1200 }
const worker = () => PlainWorker.all.findLast(({ isEnded }) => !isEnded)!
const say = (message: object) => {
  const { id } = worker().sent.at(-1) as { id: number }
  return pages.after(() => worker().listeners.get('message')!({ data: { id, ...message } }))
}
const done = (answer: object = {}) => say({ kind: 'done', status, answer: { ...sampleAnswer, ...answer } })

/** Where each control leads, one line each. */
async function whereControlsLead(path: string, ids: RegExp): Promise<string> {
  const lines: string[] = []
  const { root } = await pages.open(path)
  const controls = nodesIn(
    root,
    (node) => /^(?:select|input)$/.test(node.localName) && ids.test(node.getAttribute('id') ?? ''),
  ).map((node) => ({
    id: node.getAttribute('id')!,
    values: node.localName === 'select' ? optionsOf(node) : ['2026-11-15', ''],
  }))
  for (const { id, values } of controls)
    for (const value of values) {
      const opened = await pages.open(path)
      const control = named(opened.root, id)
      await pages.fire(
        control,
        [...control.listeners.keys()].some((one) => /^input$/i.test(one)) ? 'input' : 'change',
        { value },
      )
      lines.push(`${id} = ${JSON.stringify(value)}: ${pages.href}`)
    }
  return `${lines.join('\n')}\n`
}

/** The first, second and last option. */
const optionsOf = (select: PlainNode): string[] => {
  const values = nodesIn(select, ({ localName }) => localName === 'option').map(
    (one) => one.getAttribute('value')!,
  )
  return [...new Set([...values.slice(0, 2), values.at(-1)!])]
}

const signature = '/signature/?signature=OOM+%7C+small&product=Lumen'

test.each([
  ['top-crashers', '/topcrashers/?product=Lumen&version=142.0.1&days=7&to=2026-11-20&q=x', /^filter-/],
  ['top-crashers-all', '/topcrashers/', /^filter-(?:product|days)/],
  ['signatures', '/signatures/?q=alloc&product=Lumen', /^filter-/],
  ['missing-symbols', '/missing-symbols/', /^filter-/],
  ['explore', `${signature}&graph=version`, /^(?:explore|trend|signature)-/],
  [
    'release',
    '/release/?product=Lumen&version=102.0&against=101.0.1',
    /(?:^|-)(?:product|kind|release|against)$/,
  ],
])('the controls of %s lead to other URLs', async (name, path, ids) => {
  await expect(await whereControlsLead(path, ids)).toMatchFileSnapshot(
    `../../golden/pages/lists/controls-${name}.txt`,
  )
})

test.each([
  [0, ''],
  [1, '; 1 with fewer crashes are not listed'],
])('of the modules without symbols, %i are not listed', async (more, text) => {
  const path = `/${missingSymbolsKey}`
  const document = documents.get(path) as MissingSymbolsAggregate
  documents.set(path, { ...document, all: document.modules.length + more })
  await pages.after(forgetDocuments)
  const { root } = await pages.open('/missing-symbols/')
  const notes = nodesIn(named(root, 'main'), (node) => node.getAttribute('class') === 'note').map(textIn)
  expect(notes.find((note) => note.includes(' modules, from '))).toMatch(new RegExp(`2026${text}$`))
  documents.set(path, document)
  await pages.after(forgetDocuments)
})

describe('Top Crashers', () => {
  test('has columns to choose', async () => {
    const { root } = await pages.open('/topcrashers/?product=Lumen')
    const picker = partOf(root, 'column-picker')
    await pages.fire(picker, 'toggle', { open: true })
    await golden(picker, 'columns')
    const boxes = nodesIn(picker, ({ localName }) => localName === 'input')
    await pages.fire(boxes[0]!, 'change')
    const first = pages.href
    await pages.fire(
      nodesIn(partOf(root, 'column-picker'), ({ localName }) => localName === 'input').at(-1)!,
      'change',
    )
    await expect(`${first}\n${pages.href}\n`).toMatchFileSnapshot(
      '../../golden/pages/lists/columns-hrefs.txt',
    )
    await pages.fire(named(root, 'Usual columns'), 'click')
    expect(pages.href).toBe('/topcrashers/?product=Lumen')
  })

  test('is sorted by each column, in both orders', async () => {
    const lines: string[] = []
    const { root } = await pages.open('/topcrashers/?product=Lumen')
    const buttons = () =>
      nodesIn(root, (node) => node.localName === 'button' && node.parentNode?.localName === 'th')
    for (let place = 0; place < buttons().length; place++)
      for (let click = 0; click < 2; click++) {
        await pages.fire(buttons()[place]!, 'click')
        const rows = nodesIn(
          root,
          ({ localName, attributes }) => localName === 'th' && attributes.get('scope') === 'row',
        )
        lines.push(`${textIn(buttons()[place]!)} ${pages.href} ${rows.slice(0, 2).map(textIn).join(', ')}`)
      }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/pages/lists/sorted.txt')
  })

  test('shows more rows', async () => {
    const { root } = await pages.open('/topcrashers/')
    const rows = () => nodesIn(partOf(root, 'data-table'), ({ localName }) => localName === 'tr').length
    const before = rows()
    const more = nodesIn(root, (node) => node.localName === 'button' && textIn(node).startsWith('Show '))
    for (const button of more.slice(0, 1)) {
      const count = Number(/\d+/.exec(textIn(button))![0])
      await pages.fire(button, 'click')
      expect(rows()).toBe(before + count)
    }
  })

  describe('of older days', () => {
    const facets = {
      signature: [
        {
          term: 'a::b',
          count: 3,
          weighted: 30,
          facets: { product: [{ term: 'Lumen', count: 3, weighted: 30 }] },
        },
        {
          term: 'c::d',
          count: 2,
          weighted: 2,
          facets: { product: [{ term: 'Lumen', count: 2, weighted: 2 }] },
        },
      ],
    }

    test.each([
      ['past', '/topcrashers/?product=Lumen&to=2026-11-01', { facets, total: 5, weighted: 32 }],
      [
        'past-not-sampled',
        '/topcrashers/?product=Lumen&to=2026-11-01&sort=count',
        { facets: { signature: [facets.signature[1]!] }, total: 2, weighted: 2 },
      ],
      ['past-text', '/topcrashers/?to=2026-11-01&q=C%3A%3A&days=3', { facets, total: 5, weighted: 32 }],
      [
        'past-nothing',
        '/topcrashers/?product=Lumen&to=2026-11-01&days=3',
        { facets: {}, total: 0, weighted: 0 },
      ],
    ])('is counted: %s', async (name, path, answer) => {
      const { root } = await pages.open(path)
      await done(answer)
      await golden(partOf(root, 'result'), name)
    })

    test('cannot be counted with some filters', async () => {
      const { root } = await pages.open('/topcrashers/?product=Lumen&to=2026-11-01&version=~1')
      await golden(named(root, 'main').childNodes.slice(-1), 'past-impossible')
    })

    test('is counted again', async () => {
      const { root } = await pages.open('/topcrashers/?product=Lumen&to=2026-11-02')
      await done({ facets, total: 5, weighted: 32 })
      const { sent } = worker()
      const before = sent.length
      await pages.fire(named(root, 'Search again'), 'click')
      expect(sent.length).toBeGreaterThan(before)
    })
  })
})

describe('what is explored of a signature', () => {
  const explore = async () => {
    const { root } = await pages.open(signature)
    await pages.fire(
      nodesIn(partOf(root, 'explore-open'), ({ localName }) => localName === 'button')[0]!,
      'click',
    )
    return root
  }
  const explored = `${signature}&graph=version&facet=platform&column=reason&column=uptime&stacks=1&from=2026-11-10&to=2026-11-12`

  test('is the answer to one search', async () => {
    const root = await explore()
    await pages.fire(named(root, 'explore-graph'), 'change', { value: 'version' })
    await pages.fire(named(root, 'explore-facet'), 'change', { value: 'platform' })
    await pages.fire(named(root, 'explore-column'), 'change', { value: 'reason' })
    await pages.fire(named(root, 'explore-facet'), 'change', { value: 'cpu_arch' })
    const box = nodesIn(named(root, 'explore'), (node) => node.getAttribute('type') === 'checkbox')
    await pages.fire(box[0]!, 'change', { checked: true })
    const { query } = worker().sent.at(-1) as { query: object }
    await expect(`${JSON.stringify(query, null, 2)}\n`).toMatchFileSnapshot(
      '../../golden/pages/lists/explored-query.txt',
    )
    const stacks = {
      stack_key: [
        {
          term: '0123',
          count: 3,
          weighted: 6,
          facets: { proto_signature: [{ term: 'a | b | c | d', count: 3, weighted: 6 }] },
        },
      ],
    }
    const days = {
      histogram_date: [
        {
          term: '2026-11-11T00:00:00+00:00',
          count: 3,
          weighted: 6,
          facets: { version: [{ term: '142.0', count: 3, weighted: 6 }] },
        },
      ],
    }
    const platform = [{ term: 'Linux', count: 3, weighted: 6 }]
    await done({ facets: { ...stacks, ...days, platform, cpu_arch: platform, version: platform } })
    await golden(named(root, 'explore'), 'explored')
    await pages.fire(named(root, 'Remove Platform'), 'click')
    await pages.fire(named(root, 'Remove Reason'), 'click')
    expect([
      pages.href.includes('platform'),
      pages.href.includes('reason'),
      pages.href.includes('cpu_arch'),
    ]).toEqual([false, false, true])
  })

  test('may have no answer', async () => {
    const { root } = await pages.open(explored)
    if (!nodesIn(root, (node) => node.getAttribute('class') === 'search-status')[0]) return
    await done({ facets: {}, hits: [], total: 0, weighted: 0 })
    await golden(named(root, 'explore'), 'explored-nothing')
  })

  test('has comments for holders of a token', async () => {
    const root = await explore()
    const form = named(named(root, 'comments'), 'Access to protected data')
    const hits = [
      {
        uuid: '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122',
        date: '2026-11-22T09:41:07+00:00',
        user_comments: 'It broke',
        version: '1',
        useragent_locale: null,
      },
    ]
    await pages.fire(named(form, 'comments-token'), 'input', { value: 'secret' })
    const answers = [Response.json({ ...sampleAnswer, hits, total: 1 })]
    const get = documents.get.bind(documents)
    const spy = vi
      .spyOn(documents, 'get')
      .mockImplementation((path) =>
        path.startsWith('/api/SuperSearchUnredacted/')
          ? () => answers.shift() ?? refused(403, 'x')({})
          : get(path),
      )
    await pages.fire(form, 'submit')
    await golden(named(root, 'comments'), 'comments')
    const [path] = pages.effects.asked.findLast(([one]) => one.includes('Unredacted'))!
    await expect(`${path.replaceAll('&', '\n&')}\n`).toMatchFileSnapshot(
      '../../golden/pages/lists/comments-query.txt',
    )
    await pages.fire(named(named(root, 'comments'), 'Forget the token'), 'click')
    await pages.fire(named(named(root, 'comments'), 'Access to protected data'), 'submit')
    spy.mockRestore()
  })

  test('may have no comment', async () => {
    const root = await explore()
    const form = named(named(root, 'comments'), 'Access to protected data')
    await pages.fire(named(form, 'comments-token'), 'input', { value: 'secret' })
    const get = documents.get.bind(documents)
    const answer = { ...sampleAnswer, hits: [], total: 0 }
    const spy = vi
      .spyOn(documents, 'get')
      .mockImplementation((path) => (path.startsWith('/api/SuperSearchUnredacted/') ? answer : get(path)))
    await pages.fire(form, 'submit')
    spy.mockRestore()
    expect(textIn(named(root, 'comments'))).toBe(
      'Comments with a token0 reports with a comment. Forget the token',
    )
  })

  test('has comments that the server may refuse', async () => {
    const root = await explore()
    const form = named(named(root, 'comments'), 'Access to protected data')
    await pages.fire(named(form, 'comments-token'), 'input', { value: 'secret' })
    await pages.fire(form, 'submit')
    expect(textIn(named(root, 'comments'))).toBe(
      'Comments with a tokenComments are not shown: The server responded with status 404. Forget the token',
    )
  })
})
