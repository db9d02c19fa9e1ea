// Searches: the messages to the worker and from it, the server, and workers that fail or do not react.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { SearchState } from '../../dashboard/model/search/messages.ts'
import type { Query } from '../../shared/search/query.ts'
import { PlainWorker } from '../support/rendered-pages.ts'
import { sampleAnswer } from '../support/sample-answer.ts'

type Searching = typeof import('../../dashboard/searching.ts')
let searching: Searching
let isCoarse = false
let answer: () => Response | Promise<Response>
const asked: [string, RequestInit][] = []
const query = {
  where: [],
  from: 0,
  to: 1,
  facets: [],
  columns: ['uuid'],
  sort: [],
  limit: 1,
  offset: 0,
} as unknown as Query
const status = { days: 1, allDays: 2, bytes: 3, allBytes: 4, rows: 5 }

beforeAll(() => {
  vi.stubGlobal('Worker', PlainWorker)
  vi.stubGlobal('matchMedia', (media: string) => ({ matches: media === '(pointer: coarse)' && isCoarse }))
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push([path, init])
    return answer()
  })
})
beforeEach(async () => {
  vi.resetModules()
  searching = await import('../../dashboard/searching.ts')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  PlainWorker.all.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(() => {
  PlainWorker.all.length = 0
  vi.unstubAllGlobals()
  vi.resetModules()
})

function begin() {
  const states: SearchState[] = []
  const run = new searching.SearchRun(query, (state) => states.push(state))
  return { run, states }
}
const say = (data: object, worker = PlainWorker.all.at(-1)!) => worker.listeners.get('message')!({ data })
const turn = () => new Promise<void>((resume) => setImmediate(resume))

describe('a search of files', () => {
  test.each([
    [false, 8e6],
    [true, 3e6],
  ])('on a device with a coarse pointer: %s, reads at most %i bytes', (coarse, maxBytes) => {
    isCoarse = coarse
    const { run, states } = begin()
    run.start()
    isCoarse = false
    expect(PlainWorker.all[0]!.sent).toEqual([{ kind: 'search', id: 1, query, maxBytes }])
    expect(PlainWorker.all[0]!.about[1]).toEqual({ type: 'module', name: 'search' })
    expect(states).toEqual([{ state: 'starting' }])
  })

  test('reads everything without a limit', () => {
    const { run, states } = begin()
    run.start(null)
    expect(PlainWorker.all[0]!.sent).toMatchObject([{ maxBytes: null }])
    expect(states).toEqual([{ state: 'running', status: null, answer: null }])
  })

  test.each<[object, SearchState]>([
    [
      { kind: 'too-large', cost: { bytes: 1, rows: 2, days: 3 } },
      { state: 'asking', cost: { bytes: 1, rows: 2, days: 3 } },
    ],
    [
      { kind: 'progress', status, answer: sampleAnswer },
      { state: 'running', status, answer: sampleAnswer },
    ],
    [
      { kind: 'done', status, answer: sampleAnswer },
      { state: 'done', source: 'files', status, answer: sampleAnswer },
    ],
    [
      { kind: 'failed', message: 'x' },
      { state: 'failed', source: 'files', message: 'x', missing: false },
    ],
  ])('that answers %j', (message, state) => {
    const { run, states } = begin()
    run.start()
    say({ id: 1, ...message })
    expect(states).toEqual([{ state: 'starting' }, state])
  })

  test('ignores messages of others, and that it was cancelled', () => {
    const { run, states } = begin()
    run.start()
    say({ id: 9, kind: 'done', status, answer: sampleAnswer })
    say({ id: 1, kind: 'cancelled' })
    expect(states).toEqual([{ state: 'starting' }])
  })

  test('keeps what was found when it is cancelled', () => {
    const { run, states } = begin()
    run.start()
    say({ id: 1, kind: 'progress', status, answer: sampleAnswer })
    run.cancel()
    say({ id: 1, kind: 'progress', status, answer: sampleAnswer })
    expect(PlainWorker.all[0]!.sent.at(-1)).toEqual({ kind: 'cancel', id: 1 })
    expect(states.slice(2)).toEqual([{ state: 'cancelled', status, answer: sampleAnswer }])
    run.cancel()
    expect(states.at(-1)).toEqual({ state: 'cancelled', status: null, answer: null })
    expect(PlainWorker.all[0]!.sent).toHaveLength(2)
  })

  test('that does not react within a second ends its worker, and the others go to a new one', () => {
    const [first, second] = [begin(), begin()]
    first.run.start()
    second.run.start()
    first.run.end()
    vi.advanceTimersByTime(999)
    expect(PlainWorker.all.map(({ isEnded }) => isEnded)).toEqual([false])
    vi.advanceTimersByTime(1)
    expect(PlainWorker.all.map(({ isEnded }) => isEnded)).toEqual([true, false])
    expect(PlainWorker.all[1]!.sent).toEqual([{ kind: 'search', id: 2, query, maxBytes: 8e6 }])
    say({ id: 2, kind: 'done', status, answer: sampleAnswer })
    expect(second.states.at(-1)!.state).toBe('done')
    expect(first.states).toEqual([{ state: 'starting' }])
  })

  test('that reacts keeps its worker', () => {
    const { run } = begin()
    run.start()
    run.end()
    say({ id: 1, kind: 'cancelled' })
    vi.advanceTimersByTime(1000)
    expect(PlainWorker.all.map(({ isEnded }) => isEnded)).toEqual([false])
    begin().run.start()
    expect(PlainWorker.all).toHaveLength(1)
  })

  test('the last one to end needs no new worker', () => {
    const { run } = begin()
    run.start()
    run.end()
    vi.advanceTimersByTime(1000)
    expect(PlainWorker.all.map(({ isEnded }) => isEnded)).toEqual([true])
    begin().run.start()
    expect(PlainWorker.all).toHaveLength(2)
  })

  test.each([
    ['Out of memory', 'Out of memory'],
    ['', 'The search program could not be loaded.'],
  ])('whose worker fails with “%s”', (message, shown) => {
    const { run, states } = begin()
    run.start()
    let isPrevented = false
    PlainWorker.all[0]!.listeners.get('error')!({ message, preventDefault: () => (isPrevented = true) })
    expect([isPrevented, states.at(-1)]).toEqual([
      true,
      { state: 'failed', source: 'files', message: shown, missing: false },
    ])
    begin().run.start()
    expect(PlainWorker.all).toHaveLength(2)
  })

  test('gives the browser an address that it trusts', async () => {
    const made: unknown[] = []
    vi.stubGlobal('trustedTypes', {
      createPolicy(name: string, rules: { createScriptURL: (url: string) => string }) {
        made.push(name)
        return { createScriptURL: (url: string) => ({ trusted: rules.createScriptURL(url) }) }
      },
    })
    begin().run.start()
    vi.stubGlobal('trustedTypes', undefined)
    expect([made, PlainWorker.all[0]!.about[0]]).toEqual([
      ['mayday-search'],
      { trusted: expect.stringContaining('search-worker') },
    ])
  })
})

describe('a search of the server', () => {
  test.each([
    ['missing', true],
    ['asked', false],
    ['protected', false],
  ] as const)('because of “%s”, is done or fails', async (reason, missing) => {
    const { run, states } = begin()
    answer = () => Response.json(sampleAnswer)
    run.ask(reason)
    await turn()
    answer = () => Response.json({ error: 'Too large' }, { status: 400 })
    run.ask(reason, 'secret')
    await turn()
    expect(states).toEqual([
      { state: 'on-server', reason },
      { state: 'done', source: 'server', reason, answer: sampleAnswer },
      { state: 'on-server', reason },
      { state: 'failed', source: 'server', message: 'Too large', missing },
    ])
    expect(asked.slice(-2).map(([path, { headers }]) => [path.split('?')[0], headers])).toEqual([
      ['/api/SuperSearch/', {}],
      ['/api/SuperSearchUnredacted/', { 'auth-token': 'secret' }],
    ])
  })

  test('begins where there are no files', async () => {
    const { run, states } = begin()
    answer = () => Response.json(sampleAnswer)
    run.start()
    say({ id: 1, kind: 'missing' })
    await turn()
    expect(states.at(-1)).toEqual({
      state: 'done',
      source: 'server',
      reason: 'missing',
      answer: sampleAnswer,
    })
  })

  test('that was replaced or has ended changes nothing', async () => {
    for (const act of ['start', 'end', 'cancel'] as const)
      for (const response of [() => Response.json(sampleAnswer), () => Promise.reject(new Error('x'))]) {
        const { run, states } = begin()
        answer = response
        run.ask('asked')
        run[act]()
        const { length } = states
        await turn()
        expect([asked.at(-1)![1].signal!.aborted, states.length]).toEqual([true, length])
      }
  })

  test.each<[string, () => Response | Promise<Response>, string]>([
    ['an error', () => Response.json({ error: 'No' }, { status: 400 }), 'No'],
    [
      'another error',
      () => Response.json({ error: 7 }, { status: 500 }),
      'The server responded with status 500.',
    ],
    ['no JSON', () => new Response('<'), 'The server responded with status 200.'],
    ['no hits', () => Response.json({ ...sampleAnswer, hits: 1 }), 'The server responded with status 200.'],
    [
      'no total',
      () => Response.json({ ...sampleAnswer, total: '1' }),
      'The server responded with status 200.',
    ],
    [
      'no facets',
      () => Response.json({ ...sampleAnswer, facets: 1 }),
      'The server responded with status 200.',
    ],
    [
      'an answer with an error',
      () => Response.json(sampleAnswer, { status: 500 }),
      'The server responded with status 500.',
    ],
    ['nothing', () => Promise.reject(new Error('Offline')), 'Offline'],
  ])('with %s fails', async (_, response, message) => {
    answer = response
    const { signal } = new AbortController()
    await expect(searching.fetchAnswer(query, signal, null)).rejects.toThrow(new Error(message))
  })

  test('that is late fails', async () => {
    answer = () => Promise.reject(new Error('aborted'))
    const limit = vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(AbortSignal.abort())
    const { signal } = new AbortController()
    await expect(searching.fetchAnswer(query, signal, null)).rejects.toThrow(
      'The server did not answer in time.',
    )
    expect(limit).toHaveBeenCalledWith(40_000)
    limit.mockRestore()
  })
})
