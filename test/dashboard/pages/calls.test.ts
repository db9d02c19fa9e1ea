// Pages that call the server with what readers enter: the API, and stacks to symbolicate.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { maxShownBytes } from '../../../dashboard/api-calls.ts'
import { setToken } from '../../../dashboard/session-token.ts'
import { named, type PlainNode, textIn } from '../../support/plain-dom.ts'
import type { Answer, RenderedPages } from '../../support/rendered-pages.ts'
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
afterAll(() => {
  setToken('')
  pages[Symbol.dispose]()
})

const golden = (nodes: PlainNode | PlainNode[], name: string) => expectGolden(nodes, `calls/${name}`)
/** The next request has this answer. */
const next = (answer: Answer) => vi.spyOn(documents, 'get').mockImplementationOnce(() => answer)

describe('a call of the API', () => {
  const formOf = async (name: string) => {
    const { root } = await pages.open(`/api/#${name}`)
    const form = named(root, `Call of ${name}`)
    return { root, form, result: form.parentNode! }
  }
  const text = (body: string, status = 200) =>
    new Response(body, { status, headers: { 'content-type': 'text/plain' } })

  test('has parameters, a token and an answer', async () => {
    const { root, form, result } = await formOf('ProcessedCrash')
    await pages.fire(named(root, 'token'), 'input', { value: 'secret' })
    await pages.fire(named(form, 'ProcessedCrash-crash_id'), 'input', { value: '0b34f1a2' })
    next(() => Response.json({ a: [1, { b: 2 }] }, { headers: { 'cache-control': 'no-store' } }))
    await pages.fire(form, 'submit')
    const [path, { method, headers }] = pages.effects.asked.at(-1)!
    expect([method, path, [...(headers as Headers)]]).toEqual([
      'GET',
      '/api/ProcessedCrash/?crash_id=0b34f1a2',
      [['auth-token', 'secret']],
    ])
    await golden(result, 'api-answer')
    await pages.fire(named(result, 'Copy the URL of ProcessedCrash'), 'click')
    await pages.fire(named(result, 'Copy the command for ProcessedCrash'), 'click')
    expect(pages.effects.copied.slice(-2)).toEqual([
      'https://crash.example.org/api/ProcessedCrash/?crash_id=0b34f1a2',
      expect.stringContaining('curl'),
    ])
    await pages.after(() => setToken(''))
  })

  test('of a search has examples', async () => {
    const { form, result } = await formOf('SuperSearch')
    const examples = named(form, 'Examples for SuperSearch')
    await pages.fire(examples.childNodes[1]!.childNodes[0]!, 'click')
    expect(textIn(result)).toContain(textIn(examples.childNodes[1]!))
    await pages.fire(named(form, 'SuperSearch-text'), 'input', { value: 'product=Lumen' })
    next(() => text('plain'))
    await pages.fire(form, 'submit')
    expect(pages.effects.asked.at(-1)![0]).toBe('/api/SuperSearch/?product=Lumen')
  })

  test.each<[string, Answer]>([
    ['bytes', () => new Response(new Uint8Array(3), { headers: { 'content-type': 'application/zip' } })],
    ['long', () => text('x'.repeat(maxShownBytes + 1))],
    ['no-server', () => Response.json({ error: 'Ask mayday serve' }, { status: 503 })],
    ['no-server-without-reason', () => Response.json({ error: 7 }, { status: 503 })],
    ['no-server-without-json', () => text('<html>', 503)],
    ['refused', refused(403, 'No')],
    ['failed', () => Promise.reject(new Error('Offline'))],
  ])('shows an answer: %s', async (name, answer) => {
    const { form, result } = await formOf('SuperSearch')
    next(answer)
    await pages.fire(form, 'submit')
    const shown = partOf(result, 'api-answer')
    if (name === 'long')
      expect(textIn(shown).slice(-60)).toBe(
        `xOnly the first 262,144 bytes (256.0 KiB) are shown.`.padStart(60, 'x'),
      )
    else await golden(shown, `api-${name}`)
  })

  test('can be cancelled, and a second one replaces the first', async () => {
    const { form, result } = await formOf('SuperSearch')
    next(() => undefined)
    await pages.fire(form, 'submit')
    await golden([partOf(form, 'actions'), partOf(result, 'api-answer')], 'api-waiting')
    const { signal } = pages.effects.asked.at(-1)![1]
    next(() => text('second'))
    await pages.fire(form, 'submit')
    expect([signal!.aborted, textIn(partOf(result, 'api-answer'))]).toEqual([
      true,
      'Status 200content-typetext/plainsecond',
    ])
    next(() => undefined)
    await pages.fire(form, 'submit')
    await pages.fire(named(form, 'Cancel'), 'click')
    expect(textIn(partOf(result, 'api-answer'))).toBe('Cancelled.')
  })
})

describe('a pasted stack', () => {
  const ids = (...found: object[]) => ({ symbols: found })
  const symbols = (n: number) => ({
    debug_file: 'app',
    debug_id: `${n}`.repeat(32),
    stored_at: '2026-11-20T10:00:00Z',
  })
  const found = {
    function: 'app::run',
    function_offset: '0x1',
    file: 'git:github.com/a/b:src/app.cc:1',
    line: 7,
  }
  const result = (more: object = {}) => ({
    results: [
      {
        stacks: [
          [
            {
              frame: 0,
              module: 'app',
              module_offset: '0x1234',
              ...found,
              inlines: [{ function: 'app::inner', file: 'inner.h', line: 3 }],
            },
          ],
        ],
        found_modules: { [`app/${'1'.repeat(32)}`]: true, [`app/${'2'.repeat(32)}`]: false },
        ...more,
      },
    ],
  })
  const sent = () => JSON.parse(String(pages.effects.asked.at(-1)![1].body)) as object

  async function paste(text: string): Promise<PlainNode> {
    const { root } = await pages.open('/symbolicate/')
    await pages.fire(named(root, 'pasted'), 'input', { value: text })
    await pages.fire(partOf(root, 'paste'), 'submit')
    return root
  }

  test('gets functions from the only symbols of its module', async () => {
    documents.set('/symbols/api/ids/app', ids(symbols(1)))
    documents.set('/symbols/symbolicate/v5', result())
    const root = await paste('crashed\n#0 app + 0x1234\n')
    await golden(named(root, 'main'), 'symbolicated')
    expect(sent()).toEqual({ memoryMap: [['app', '1'.repeat(32)]], stacks: [[[0, 0x1234]]] })
    await pages.fire(named(root, 'Copy'), 'click')
    expect(pages.effects.copied.at(-1)).toContain('app::inner')
    await pages.fire(partOf(root, 'paste'), 'reset')
    expect(textIn(named(root, 'main'))).not.toContain('Modules')
  })

  test('offers several symbols, and any other ID', async () => {
    documents.set('/symbols/api/ids/app', ids(symbols(1), symbols(2)))
    const root = await paste('#0 app + 0x1234')
    await golden(named(root, 'modules'), 'several-symbols')
    const select = named(root, 'stored-0')
    await pages.fire(select, 'change', { selectedIndex: 2 })
    await golden(named(root, 'modules'), 'chosen-symbols')
    await pages.fire(select, 'change', { selectedIndex: 0 })
    expect(textIn(named(root, 'modules'))).toContain('Its debug ID is needed.')
    await pages.fire(named(root, 'id-0'), 'input', { value: 'xyz' })
    await pages.fire(named(root, 'id-0'), 'input', { value: '{11111111-1111-1111-1111-111111111111}' })
    await pages.fire(named(root, 'id-0').parentNode!.parentNode!, 'submit')
    await golden(named(root, 'modules'), 'typed-symbols')
  })

  test.each<[string, unknown, unknown]>([
    ['without-symbols', ids(), result()],
    ['without-an-edge', new Response('<html>', { status: 404 }), new Response('<html>')],
    ['refused', refused(400, 'Too many stacks'), refused(400, 'Too many stacks')],
    ['not-answered', () => Promise.reject(new Error('Offline')), () => Promise.reject(new Error('Offline'))],
  ])('shows what fails: %s', async (name, stored, answer) => {
    documents.set('/symbols/api/ids/app', stored instanceof Response ? () => stored.clone() : stored)
    documents.set('/symbols/symbolicate/v5', answer instanceof Response ? () => answer.clone() : answer)
    const root = await paste('#0 app + 0x1234')
    await golden(partOf(root, 'result'), `symbolicate-${name}`)
    if (name === 'without-symbols') return
    documents.set('/symbols/symbolicate/v5', result())
    await pages.fire(named(root, 'Try again'), 'click')
    expect(textIn(root)).not.toContain('Symbolication failed')
  })

  test('without a frame has no result', async () => {
    await golden(partOf(await paste('nothing here\nat all'), 'empty'), 'no-frame')
  })
})
