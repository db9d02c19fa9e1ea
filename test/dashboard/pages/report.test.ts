// A report: what its controls do, what a token shows, its neighbors, and reports of other kinds.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { setToken } from '../../../dashboard/session-token.ts'
import { pendingReport } from '../../../shared/report/report-answers.ts'
import { named, nodesIn, type PlainNode, textIn } from '../../support/plain-dom.ts'
import { type Answer, PlainWorker, type RenderedPages } from '../../support/rendered-pages.ts'
import { sampleAnswer } from '../../support/sample-answer.ts'
import { sampleReport } from '../../support/sample-report.ts'
import {
  expectGolden,
  openSamplePages,
  partOf,
  refused,
  sampleDocuments,
} from '../../support/sample-pages.ts'

const documents = sampleDocuments()
let pages: RenderedPages
let reports = 0
beforeAll(async () => {
  pages = await openSamplePages(documents)
})
afterEach(() => pages.after(() => setToken('')))
afterAll(() => pages[Symbol.dispose]())

const golden = (nodes: PlainNode | PlainNode[], name: string) => expectGolden(nodes, `report/${name}`)
const pathOf = (id: string) => `/api/report/${id}`

/** A crash ID that no test has used. */
const newId = (day = '261122') => `0b34f1a2-6c1d-8a7e-9f00-${(reports++).toString(16).padStart(6, '0')}${day}`

/** The sample with fewer modules. */
function shortReport(id: string): Record<string, unknown> {
  const { json_dump, ...crash } = sampleReport(id) as { json_dump: { modules: unknown[] } }
  return { ...crash, json_dump: { ...json_dump, modules: json_dump.modules.slice(0, 6) } }
}

interface Given {
  id?: string
  /** Fields that differ from the sample. */
  more?: object
  /** Fields that a token adds, or an answer to it. */
  full?: object | Answer
}

/** Opens a report; with a token, its answer is another one. */
async function openReport({ id = newId(), more = {}, full = {} }: Given = {}, query = '') {
  const crash = { ...shortReport(id), ...more }
  const answer: Answer = (init) => {
    const { 'auth-token': token } = (init.headers ?? {}) as Record<string, string>
    if (token === undefined) return Response.json(crash)
    return typeof full === 'function' ? (full as Answer)(init) : Response.json({ ...crash, ...full })
  }
  documents.set(pathOf(id), answer)
  const { root } = await pages.open(`/report/index/${id}${query}`)
  return { id, root }
}

async function useToken(root: PlainNode) {
  const form = named(root, 'Access to protected data')
  await pages.fire(named(form, 'token'), 'input', { value: 'secret' })
  await pages.fire(form, 'submit')
}

describe('a token', () => {
  const frame = {
    frame: 0,
    module: 'lumen',
    function: 'main',
    trust: 'context',
    registers: { rax: '0x1', rbx: null },
  }
  const thread = { threads_index: 0, thread_name: 'main', frame_count: 1, frames: [frame] }
  const accesses = [
    { address: '0x10', size: 8, access_type: 'Write', is_likely_guard_page: true },
    { address: null, size: null },
  ]
  const breadcrumbs = [
    { timestamp: '2026-11-22T09:40:00Z', category: 'ui', level: 'info', message: 'Opened', data: { a: 1 } },
    { timestamp: null, type: 'http', message: '', data: null },
  ]

  test('shows protected parts, until it is forgotten', async () => {
    const json_dump = {
      crash_info: { crashing_thread: 0, memory_accesses: accesses },
      crashing_thread: thread,
      threads: [thread],
    }
    const { root } = await openReport({ full: { breadcrumbs, json_dump, url: 'https://secret.example.org' } })
    await useToken(root)
    await golden(
      ['stack', 'breadcrumbs', 'protected'].map((part) => named(root, part)),
      'with-token',
    )
    await golden(partOf(root, 'contents'), 'contents-with-token')
    expect(textIn(named(root, 'fields-title'))).toBe('All fields')
    await pages.fire(named(root, 'Forget the token'), 'click')
    expect(textIn(named(root, 'fields-title'))).toBe('All public fields')
    await golden(named(root, 'protected'), 'without-token')
  })

  test('that the server refuses shows why', async () => {
    const { root } = await openReport({ full: refused(403, 'Requires the permission view_pii') })
    await useToken(root)
    await golden(named(root, 'protected'), 'token-refused')
  })

  test('waits for the protected fields', async () => {
    const { root } = await openReport({ full: () => undefined })
    await useToken(root)
    expect(textIn(named(root, 'protected'))).toContain('The protected fields are loading. Forget the token')
  })

  test('lists the files', async () => {
    const { id, root } = await openReport()
    await useToken(root)
    const file = { kind: 'dump', filename: 'a.dmp', content_type: 'application/x-dmp', size: 12_345 }
    documents.set(`${pathOf(id)}/files`, {
      ...{ crash_id: id, links_expire_at: '2026-11-22T14:20:00Z', report: { size: 999, link: '/x/whole' } },
      files: [
        { ...file, name: 'upload_file_minidump', link: '/x/dump' },
        { ...file, name: 'log', kind: 'attachment', filename: null, size: 0, link: '/x/log' },
      ],
    })
    await pages.fire(named(root, 'List the files'), 'click')
    await golden(named(root, 'protected'), 'files')
    documents.set(`${pathOf(id)}/files`, refused(403, 'Requires view_rawdump'))
    await pages.fire(named(root, 'List the files'), 'click')
    expect(textIn(named(root, 'protected'))).toContain('List the filesRequires view_rawdump')
  })

  test('requests that the report is processed again', async () => {
    const { id, root } = await openReport()
    await useToken(root)
    documents.set('/api/Reprocessing/', [])
    await pages.fire(named(root, 'Generate the signature again'), 'click')
    await golden(named(root, 'protected'), 'reprocessing')
    expect(String(pages.effects.asked.at(-1)![1].body)).toBe(`crash_ids=${id}%3Aregenerate_signature`)
    documents.set('/api/Reprocessing/', refused(403, 'Requires reprocess_crashes'))
    await pages.fire(named(root, 'Process again'), 'click')
    expect(textIn(named(root, 'protected'))).toContain('Not requested: Requires reprocess_crashes')
    expect(String(pages.effects.asked.at(-1)![1].body)).toBe(`crash_ids=${id}%3Adefault`)
  })
})

describe('a control', () => {
  test('opens and closes the stacks of other threads', async () => {
    const { root } = await openReport()
    const threads = named(root, 'threads')
    const open = () => nodesIn(threads, ({ localName }) => localName === 'table').length
    const [first] = nodesIn(threads, ({ localName }) => localName === 'details')
    await pages.fire(first!, 'toggle', { open: true })
    await pages.fire(first!, 'toggle', { open: true })
    await golden(threads, 'one-thread-open')
    await pages.fire(named(threads, 'Open all'), 'click')
    expect(open()).toBe(7)
    await pages.fire(first!, 'toggle', { open: false })
    expect([open(), textIn(threads).includes('Open all')]).toEqual([6, true])
    await pages.fire(named(threads, 'Open all'), 'click')
    await pages.fire(named(threads, 'Close all'), 'click')
    expect(open()).toBe(0)
  })

  test('unfolds the frames of the system', async () => {
    const { root } = await openReport()
    const rows = () => nodesIn(named(root, 'stack'), ({ localName }) => localName === 'tr').slice(-6)
    await golden(rows(), 'folded')
    await pages.fire(named(root, '3 system frames'), 'click')
    await golden(rows(), 'unfolded')
  })

  test.each([
    ['lumen', 'all', 2],
    ['a3f19', 'all', 5],
    [' LIBC.SO ', 'all', 1],
    ['', 'stack', 4],
    ['', 'missing', 2],
    ['libc', 'missing', 1],
    ['nothing', 'all', 0],
  ])('filters modules by “%s”, %s: %i', async (text, only, count) => {
    const { root } = await openReport()
    const modules = named(root, 'modules')
    await pages.fire(named(modules, 'module-text'), 'input', { value: text })
    await pages.fire(named(modules, 'module-only'), 'change', { value: only })
    const [shown] = nodesIn(modules, (node) => node.getAttribute('role') === 'status')
    expect(textIn(shown!)).toBe(`${count} ${count === 1 ? 'module' : 'modules'} shown`)
    expect(textIn(modules).includes('No module matches')).toBe(count === 0)
  })

  test.each([
    ['address', 1],
    ['0X0000000000000010 ', 1],
    ['nothing at all', 0],
  ])('filters fields by “%s”', async (text, count) => {
    const { root } = await openReport()
    const fields = named(root, 'fields')
    await pages.fire(named(fields, 'field-text'), 'input', { value: text })
    const rows = nodesIn(fields, (node) => node.getAttribute('class') === 'field-row')
    expect([rows.length, textIn(fields).includes('No field matches')]).toEqual([count, count === 0])
  })

  test('copies the crash ID and the stack', async () => {
    const { id, root } = await openReport()
    await pages.fire(named(root, 'Copy the crash ID'), 'click')
    expect([pages.effects.copied.at(-1), textIn(partOf(root, 'copy'))]).toEqual([id, 'Copied'])
    await pages.fire(named(root, 'Copy as text'), 'click')
    await expect(pages.effects.copied.at(-1)).toMatchFileSnapshot(
      '../../golden/pages/report/copied-stack.txt',
    )
  })
})

const signature = 'OOM | small'
const [, listed] = [...documents].find(
  ([path, one]) =>
    /signatures\/\w+\/lumen/.test(path) && (one as { signature: string }).signature === signature,
)! as [string, { reports: { crash_id: string }[]; total: { count: number } }]
const ids = listed.reports.map(({ crash_id }) => crash_id)

describe('stacks', () => {
  const other = newId()
  const compare = async (wanted: string, more: object = {}) => {
    const { root } = await openReport({ more: { signature, ...more } }, `?compare=${wanted}`)
    return named(root, 'compare')
  }

  test('are compared with the most frequent one', async () => {
    await golden(await compare('common'), 'compare-common')
  })

  test('are compared with another report', async () => {
    const frames = [
      { frame: 0, module: 'lumen', function: 'other' },
      { frame: 1, module: 'lumen', function: 'main' },
    ]
    const thread = { threads_index: 0, frame_count: 2, frames }
    const json_dump = { crash_info: { crashing_thread: 0 }, crashing_thread: thread, threads: [thread] }
    documents.set(pathOf(other), { ...sampleReport(other), signature: 'another', json_dump })
    await golden(await compare(other), 'compare-other')
  })

  test('are the same', async () => {
    const same = newId()
    documents.set(pathOf(same), { ...sampleReport(same), signature })
    const text = textIn(await compare(same))
    expect(text).toContain(`The other report: ${same}The same`)
  })

  test('are not compared without frames, or with a report that is missing', async () => {
    expect(textIn(await compare('common', { proto_signature: '' }))).toContain('One of the two has no stack.')
    expect(textIn(await compare(newId()))).toContain('There is no such report here.')
  })

  test('are chosen by a list or a crash ID', async () => {
    const { id, root } = await openReport({ more: { signature } })
    await pages.fire(named(root, 'compare-with'), 'change', { value: 'common' })
    expect(pages.href).toBe(`/report/index/${id}?compare=common`)
    await pages.fire(named(root, 'compare-id'), 'input', { value: 'bp-' })
    expect(pages.href).toBe(`/report/index/${id}?compare=common`)
    await pages.fire(named(root, 'compare-id'), 'input', { value: ` BP-${other.toUpperCase()} ` })
    expect(pages.href).toBe(`/report/index/${id}?compare=${other}`)
    await pages.fire(named(root, 'compare-with'), 'change', { value: '' })
    expect(pages.href).toBe(`/report/index/${id}`)
  })
})

describe('neighbors', () => {
  const worker = () => PlainWorker.all.findLast(({ isEnded }) => !isEnded)!
  const say = (message: object) => {
    const { id } = worker().sent.at(-1) as { id: number }
    return pages.after(() => worker().listeners.get('message')!({ data: { id, ...message } }))
  }
  const status = { days: 1, allDays: 1, bytes: 1, allBytes: 1, rows: 1 }
  const peersOf = async (given: Given) =>
    partOf((await openReport({ more: { signature }, ...given })).root, 'peers')
  const more = { signature, product: 'Lumen' }

  test.each([
    ['first', 0],
    ['second', 1],
    ['last', ids.length - 1],
  ])('of the %s listed report', async (name, place) => {
    await golden(await peersOf({ id: ids[place]!, more }), `peers-${name}`)
  })

  test.each([
    ['that is not listed', {}],
    ['without a time', { submitted_timestamp: null }],
    ['without a signature', { signature: null }],
  ])('of a report %s', async (name, fields) => {
    await golden(await peersOf({ more: { ...more, ...fields } }), `peers-${name.replaceAll(' ', '-')}`)
  })

  test('beyond the list are searched', async () => {
    const nav = await peersOf({ more })
    await pages.fire(named(nav, '‹ Newer'), 'click')
    expect(textIn(nav)).toContain('Searching')
    await expect(worker().sent.at(-1)).toMatchObject({ maxBytes: 8e6, query: { facets: [], limit: 1 } })
    await say({ kind: 'progress', status, answer: sampleAnswer })
    await say({ kind: 'done', status, answer: sampleAnswer })
    expect(pages.href).toBe(`/report/index/${sampleAnswer.hits[0]!.uuid}`)
  })

  test('that do not exist have no links', async () => {
    const nav = await peersOf({ more })
    await pages.fire(named(nav, 'Older ›'), 'click')
    await say({ kind: 'done', status, answer: { ...sampleAnswer, hits: [] } })
    expect(textIn(nav)).toBe('‹ NewerNewest report of this signatureNo older report within half a year')
  })

  test('that cannot be searched have a link to a search', async () => {
    const nav = await peersOf({ more: { ...more, submitted_timestamp: '2026-11-22T09:41:07+00:00' } })
    await pages.fire(named(nav, 'Older ›'), 'click')
    await say({ kind: 'failed', message: 'A file is damaged.' })
    await golden(nav, 'peers-failed')
  })

  test('are asked of the server where the files are large', async () => {
    const nav = await peersOf({ more })
    await pages.fire(named(nav, 'Older ›'), 'click')
    await say({ kind: 'too-large', cost: { bytes: 9e6, rows: 1, days: 1 } })
    const [path] = pages.effects.asked.at(-1)!
    expect(path).toMatch(/^\/api\/SuperSearch\/\?product=%3DLumen&submitted_at=%3C/)
    expect(textIn(nav)).toContain('The server responded with status 404.')
  })
})

describe('a report', () => {
  const empty = Object.fromEntries(Object.keys(sampleReport('')).map((name) => [name, undefined]))

  test('without any field has the same parts', async () => {
    const { root } = await openReport({ more: empty })
    await golden(named(root, 'main'), 'empty')
  })

  test('of a Java program, a duplicate, made up', async () => {
    const { root } = await openReport({
      more: {
        ...empty,
        ...{ vendor: 'mayday simulate', duplicate_of: newId(), product: 'Lumen', os_name: 'Android' },
        java_stack_trace: 'x.Bad\n\tat a.B.c(B.kt:41)\nCaused by: y.Worse: text\n\tat g.H.i(H.java)',
        moz_crash_reason: 'MOZ_CRASH()',
        date_processed: '2026-11-22T09:41:07+00:00',
        list_field: ['a', 'b'],
        number_field: 7,
        empty_list: [],
        object_field: { a: [1] },
      },
    })
    await golden(named(root, 'main'), 'java')
  })

  test.each([
    ['still to come', '261123'],
    ['of the same day', '261122'],
    ['of the day before', '261121'],
    ['of two days ago', '261120'],
    ['of last year', '251120'],
  ])('that is missing, with a crash ID %s, explains that', async (name, day) => {
    const id = newId(day)
    const { root } = await pages.open(`/report/index/${id}`)
    await golden(partOf(root, 'empty'), `missing-${name.replaceAll(' ', '-')}`)
    documents.set(pathOf(id), shortReport(id))
    await pages.fire(named(root, 'Check again'), 'click')
    expect(textIn(partOf(root, 'crash-id'))).toBe(id)
  })

  test('that is not processed yet appears once it is', async () => {
    const id = newId()
    documents.set(pathOf(id), refused(404, pendingReport))
    const { root } = await pages.open(`/report/index/${id}`)
    await golden(named(root, 'main'), 'pending')
    documents.set(pathOf(id), shortReport(id))
    await pages.fire(named(root, 'Check now'), 'click')
    expect(textIn(partOf(root, 'crash-id'))).toBe(id)
  })

  test('that cannot be read can be requested again', async () => {
    const id = newId()
    documents.set(pathOf(id), [])
    const { root } = await pages.open(`/report/index/${id}`)
    await golden(named(root, 'main'), 'failed')
    documents.set(pathOf(id), shortReport(id))
    await pages.fire(named(root, 'Try again'), 'click')
    expect(textIn(partOf(root, 'crash-id'))).toBe(id)
  })
})
