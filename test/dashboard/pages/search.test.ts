// The search page: every state of a search, and what each control does. The test answers in place of the worker.
import { resolveObjectURL } from 'node:buffer'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FromWorker } from '../../../dashboard/model/search/messages.ts'
import { setToken } from '../../../dashboard/session-token.ts'
import type { Answer } from '../../../shared/search/answer.ts'
import { named, nodesIn, PlainNode, textIn } from '../../support/plain-dom.ts'
import { PlainWorker, type RenderedPages } from '../../support/rendered-pages.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'
import { expectGolden, openSamplePages, partOf, sampleDocuments } from '../../support/sample-pages.ts'

let pages: RenderedPages
const documents = sampleDocuments()
beforeAll(async () => {
  pages = await openSamplePages(documents)
})
afterAll(() => {
  setToken('')
  pages[Symbol.dispose]()
})

const worker = () => PlainWorker.all.findLast(({ isEnded }) => !isEnded)!
const lastId = () => (worker().sent.at(-1) as { id: number }).id
const status = { days: 2, allDays: 7, bytes: 1_500_000, allBytes: 4_000_000, rows: 1200 }
type Message = FromWorker extends infer One ? (One extends FromWorker ? Omit<One, 'id'> : never) : never
const say = (message: Message, id = lastId()) =>
  pages.after(() => worker().listeners.get('message')!({ data: { id, ...message } }))

const golden = (nodes: PlainNode | PlainNode[], name: string) => expectGolden(nodes, `search/${name}`)

const facets =
  '_facets=signature&_facets=version&_facets=address&_facets=_cardinality.install_time&_aggs.signature=platform&_aggs.signature.platform=_cardinality.cpu_arch&_aggs.version=reason'
const columns =
  '_columns=date&_columns=signature&_columns=product&_columns=uptime&_columns=build_id&_columns=addons&_columns=client_crash_date&_columns=uuid'
const whole = `/search/?product=Lumen&${facets}&${columns}`

async function done(path: string, answer: Partial<Answer> = {}): Promise<PlainNode> {
  const { root } = await pages.open(path)
  await say({ kind: 'done', status, answer: { ...sampleAnswer, ...answer } })
  return root
}

describe('the page', () => {
  test('asks the worker, and shows its answer with links, facets and reports', async () => {
    const root = await done(whole)
    expect(worker().about).toEqual([
      expect.stringContaining('search-worker'),
      { type: 'module', name: 'search' },
    ])
    expect(worker().sent.at(-1)).toMatchObject({ kind: 'search', maxBytes: 8e6, query: { limit: 50 } })
    await golden(partOf(root, 'result'), 'done')
  })

  test('shows filters with every kind of operator, and warnings', async () => {
    const { root } = await pages.open(
      '/search/?product=Lumen&signature=~alloc&uptime=%3E60&reason=!__null__&version=%40a.*&date=%3E%3D2026-11-08&date=%3C2026-11-10&_facets=nothing&x=1',
    )
    await golden(named(root, 'main'), 'filters')
  })

  test.each([
    [
      'ordered by crashes, counted with duplicates',
      '_measure=weight&_duplicates=include&_facets=version',
      {},
    ],
    ['split by a field', '_histogram.date=platform&_facets=version', {}],
    ['without facets of values', '_facets=_histogram.date', {}],
    ['a later page', '_columns=signature&page=2', { total: 104 }],
    ['the last page', '_columns=date&page=2', { total: 53 }],
    ['a page without reports', 'page=3', { hits: [] }],
    ['nothing found', 'signature=x', { total: 0, weighted: 0, hits: [], facets: {} }],
    ['as many crashes as reports', 'product=x', { weighted: 104.5 }],
  ])('shows an answer: %s', async (name, query, answer) => {
    const root = await done(`/search/?${query}`, answer)
    const shown = ['search-status', 'search-results', 'empty'].flatMap((part) => partOf(root, part) ?? [])
    await golden(shown, name.replaceAll(/\W+/g, '-'))
  })

  test.each([
    ['a filter that cannot be read', 'uptime=>abc'],
    ['names that are not applied', '_no=1&url=x&email=~y'],
    ['nothing was asked yet', ''],
  ])('explains what is wrong: %s', async (name, query) => {
    const { root } = await pages.open(`/search/?${query}`)
    const main = named(root, 'main').childNodes.filter(
      ({ localName, attributes }) => localName !== 'form' && attributes.get('class') !== 'result',
    )
    await golden(main, name.replaceAll(/\W+/g, '-'))
  })
})

describe('a search', () => {
  const statusOf = async (name: string, root: PlainNode) =>
    golden(partOf(root, 'search-status'), `state-${name}`)
  const partial = { hits: [], facets: { signature: [{ term: 'a', count: 1, weighted: 1 }] }, total: 1 }

  test('continues step by step, and stops when it is cancelled', async () => {
    const { root } = await pages.open('/search/?product=steps')
    const id = lastId()
    await say({ kind: 'progress', status, answer: { ...sampleAnswer, ...partial } })
    await statusOf('running', root)
    await golden(partOf(root, 'search-results'), 'partial')
    await pages.fire(named(root, 'Cancel'), 'click')
    expect(worker().sent.at(-1)).toEqual({ kind: 'cancel', id })
    await statusOf('stopped', root)
    await say({ kind: 'cancelled' }, id)
    await pages.fire(named(root, 'Search again'), 'click')
    expect(lastId()).toBe(id + 1)
  })

  test('that is stopped before any day has no numbers', async () => {
    const { root } = await pages.open('/search/?product=early')
    await say({ kind: 'too-large', cost: { bytes: 12_345_678, rows: 4321, days: 8 } })
    await pages.fire(named(root, 'Read all'), 'click')
    expect(worker().sent.at(-1)).toMatchObject({ kind: 'search', maxBytes: null })
    await statusOf('reading-all', root)
    await pages.fire(named(root, 'Cancel'), 'click')
    await statusOf('stopped-early', root)
  })

  test.each([
    [7, 0],
    [8, 1],
  ])('that reads much of %i days asks first', async (days, links) => {
    const { root } = await pages.open('/search/?product=large')
    await say({ kind: 'too-large', cost: { bytes: 12_345_678, rows: 4321, days } })
    await statusOf(`asking-${days}`, root)
    expect(nodesIn(partOf(root, 'search-status'), ({ localName }) => localName === 'a')).toHaveLength(links)
  })

  test('can be answered by the server', async () => {
    let respond = (_: Response) => {}
    const answer = () => new Promise<Response>((resolve) => (respond = resolve))
    documents.set('/api/SuperSearch/?', answer)
    const { root } = await pages.open('/search/?product=asked')
    await say({ kind: 'too-large', cost: { bytes: 12_345_678, rows: 4321, days: 8 } })
    vi.spyOn(documents, 'get').mockImplementationOnce(() => answer)
    await pages.fire(named(root, 'Ask the server'), 'click')
    await statusOf('on-server', root)
    await pages.after(() => respond(Response.json(sampleAnswer)))
    await statusOf('done-on-server', root)
  })

  test('is answered by the server where there are no files, or reports that it cannot', async () => {
    const { root } = await pages.open('/search/?product=missing')
    await say({ kind: 'missing' })
    await statusOf('missing', root)
    vi.spyOn(documents, 'get').mockImplementationOnce(() => sampleAnswer)
    await pages.fire(named(root, 'Try again'), 'click')
    await say({ kind: 'missing' })
    await statusOf('done-without-files', root)
  })

  test('that fails states why, and can be asked of the server', async () => {
    const { root } = await pages.open('/search/?product=failing')
    await say({ kind: 'failed', message: 'A file is damaged.' })
    await statusOf('failed', root)
    await pages.fire(named(root, 'Ask the server'), 'click')
    await statusOf('failed-on-server', root)
  })

  test('of protected fields is asked of the server with a token', async () => {
    const { root } = await pages.open('/search/?url=%7Ex')
    const form = named(root, 'Access to protected data')
    await pages.fire(named(form, 'search-token'), 'input', { value: ' secret ' })
    await pages.fire(form, 'submit')
    const [path, { headers }] = pages.effects.asked.at(-1)!
    expect([path.split('&')[0], headers]).toEqual([
      '/api/SuperSearchUnredacted/?url=%7Ex',
      { 'auth-token': 'secret' },
    ])
    await golden(named(root, 'main').childNodes.slice(2), 'protected')
    await pages.fire(named(root, 'Forget the token'), 'click')
    expect(textIn(root)).toContain('Search protected fields with a token')
  })
})

describe('an answer', () => {
  test.each([
    [53, true],
    [52, false],
  ])('with 52 of %i reports shown has a next page: %s', async (total, hasNext) => {
    const root = await done('/search/?_columns=date&page=2', { total })
    const pagesOfReports = named(root, 'Pages of reports')
    expect(textIn(pagesOfReports)).toBe(`Previous51 to 52 of ${total}${hasNext ? 'Next' : ''}`)
  })

  test.each([
    ['', true],
    ['&_results_number=0', false],
  ])('to “product=Lumen%s” has a list of reports: %s', async (query, hasReports) => {
    const root = await done(`/search/?product=Lumen${query}`)
    expect(nodesIn(root, (node) => node.getAttribute('id') === 'reports').length > 0).toBe(hasReports)
  })
})

describe('a control', () => {
  test.each<[string, string, (root: PlainNode) => Promise<unknown>, string]>([
    [
      'adds a filter, with a field, an operator and a value',
      '/search/?product=Lumen&_results_after=x',
      async (root) => {
        await pages.fire(named(root, 'Add a filter'), 'click')
        await pages.fire(named(root, 'Filter 2: field'), 'change', { value: 'signature' })
        await pages.fire(named(root, 'Signature: operator'), 'change', { value: '~' })
        await pages.fire(named(root, 'Signature: value'), 'input', { value: 'alloc' })
        await pages.fire(partOf(root, 'search-form'), 'submit')
      },
      '/search/?product=Lumen&signature=%7Ealloc',
    ],
    [
      'removes a filter',
      '/search/?product=Lumen&signature=~x',
      async (root) => {
        await pages.fire(named(root, 'Remove the filter Product'), 'click')
        await pages.fire(partOf(root, 'search-form'), 'submit')
      },
      '/search/?signature=%7Ex',
    ],
    [
      'chooses days',
      '/search/?product=Lumen',
      async (root) => {
        await pages.fire(named(root, 'search-from'), 'input', { value: '2026-11-03' })
        await pages.fire(named(root, 'search-to'), 'input', { value: '2026-11-04' })
        await pages.fire(partOf(root, 'search-form'), 'submit')
      },
      '/search/?product=Lumen&date=%3E%3D2026-11-03&date=%3C2026-11-05',
    ],
    [
      'adds a facet',
      '/search/?product=Lumen',
      async (root) => {
        await pages.fire(named(root, 'add-facets'), 'change', { value: 'version' })
        await pages.fire(named(root, 'add-facets').parentNode!, 'submit')
      },
      '/search/?product=Lumen&_facets=signature&_facets=version',
    ],
    [
      'adds a number of values',
      '/search/?product=Lumen',
      async (root) => {
        await pages.fire(named(root, 'What is counted'), 'change', { value: '_cardinality.' })
        await pages.fire(named(root, 'add-facets'), 'change', { value: 'version' })
        await pages.fire(named(root, 'add-facets').parentNode!, 'submit')
      },
      '/search/?product=Lumen&_facets=signature&_facets=_cardinality.version',
    ],
    [
      'adds no facet twice, and none without a name',
      '/search/?product=Lumen',
      async (root) => {
        await pages.fire(named(root, 'add-facets').parentNode!, 'submit')
        await pages.fire(named(root, 'add-facets'), 'change', { value: 'signature' })
        await pages.fire(named(root, 'add-facets').parentNode!, 'submit')
        await pages.fire(named(root, 'add-columns'), 'change', { value: 'product' })
        await pages.fire(named(root, 'add-columns').parentNode!, 'submit')
      },
      '/search/?product=Lumen',
    ],
    [
      'adds a column',
      '/search/?_columns=date',
      async (root) => {
        await pages.fire(named(root, 'add-columns'), 'change', { value: 'version' })
        await pages.fire(named(root, 'add-columns').parentNode!, 'submit')
      },
      '/search/?_columns=date&_columns=version',
    ],
    [
      'adds a facet within a facet',
      '/search/?product=Lumen',
      async (root) => {
        await pages.fire(named(root, 'add-nested'), 'change', { value: 'version' })
        await pages.fire(named(root, 'add-nested').parentNode!, 'submit')
      },
      '/search/?product=Lumen&_aggs.signature=version',
    ],
    [
      'counts crashes',
      '/search/?product=Lumen',
      (root) => pages.fire(named(root, 'search-measure'), 'change', { value: 'weight' }),
      '/search/?product=Lumen&_measure=weight',
    ],
    [
      'counts reports again',
      '/search/?product=Lumen&_measure=weight',
      (root) => pages.fire(named(root, 'search-measure'), 'change', { value: 'count' }),
      '/search/?product=Lumen',
    ],
    [
      'counts duplicates',
      '/search/?product=Lumen',
      (root) => pages.fire(named(root, 'search-duplicates'), 'change', { value: 'include' }),
      '/search/?product=Lumen&_duplicates=include',
    ],
    [
      'counts no duplicates',
      '/search/?product=Lumen&_duplicates=include',
      (root) => pages.fire(named(root, 'search-duplicates'), 'change', { value: 'exclude' }),
      '/search/?product=Lumen',
    ],
    [
      'splits the days',
      '/search/?product=Lumen',
      (root) => pages.fire(named(root, 'search-split'), 'change', { value: 'version' }),
      '/search/?product=Lumen&_facets=signature&_histogram.date=version',
    ],
    [
      'splits the days no more',
      '/search/?product=Lumen&_histogram.date=version',
      (root) => pages.fire(named(root, 'search-split'), 'change', { value: '' }),
      '/search/?product=Lumen&_facets=signature',
    ],
    [
      'sorts by a column',
      '/search/?product=Lumen',
      (root) => pages.fire(named(root, 'Version'), 'click'),
      '/search/?product=Lumen&_sort=version',
    ],
  ])('%s', async (_, path, act, expected) => {
    const root = await done(path)
    await act(root)
    expect(pages.href).toBe(expected)
  })

  test('shows all values of a facet, then fewer', async () => {
    const root = await done(whole)
    const version = named(root, 'facet-version').parentNode!
    const rows = () => nodesIn(version, ({ localName }) => localName === 'tr').length - 1
    expect(rows()).toBe(10)
    await pages.fire(named(root, 'Show all 12'), 'click')
    expect(rows()).toBe(12)
    await pages.fire(named(root, 'Show fewer'), 'click')
    expect(rows()).toBe(10)
  })

  test.each([
    ['Reports as CSV', 'mayday-reports.csv', 'text/csv'],
    ['Facets as CSV', 'mayday-facets.csv', 'text/csv'],
    ['Everything as JSON', 'mayday-search.json', 'application/json'],
  ])('saves %s', async (name, file, type) => {
    const root = await done(whole)
    const saved: { href: string; download: string; blob: ReturnType<typeof resolveObjectURL> }[] = []
    const click = vi.spyOn(PlainNode.prototype, 'click').mockImplementation(function (this: PlainNode) {
      const { href, download } = this as unknown as HTMLAnchorElement
      saved.push({ href, download, blob: resolveObjectURL(href) })
    })
    await pages.fire(named(root, name), 'click')
    click.mockRestore()
    const [{ href, download, blob }] = saved as [(typeof saved)[0]]
    expect([download, blob!.type, resolveObjectURL(href)]).toEqual([file, type, undefined])
    await expect(await blob!.text()).toMatchFileSnapshot(`../../golden/pages/search/${file}.txt`)
  })

  test('copies the call of the API', async () => {
    const root = await done('/search/?product=Lumen')
    await pages.fire(named(root, 'Copy: API call'), 'click')
    expect(pages.effects.copied.at(-1)).toMatch(
      /^https:\/\/crash\.example\.org\/api\/SuperSearch\/\?product=Lumen&/,
    )
  })
})
