// Documents as state: every answer of a server, every refusal, with the text that readers see.
import { h, render } from 'preact'
import { act } from 'preact/test-utils'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod/mini'
import { callApi, maxShownBytes } from '../../dashboard/api-calls.ts'
import { aggregatePath, bySchema, type Loaded, type Request, useDocuments } from '../../dashboard/data.ts'
import { fetchReportFiles, requestReprocessing } from '../../dashboard/protected-data.ts'
import { PlainNode, plainDocument } from '../support/plain-dom.ts'

type Answer = (path: string, init: RequestInit) => Response | Promise<Response>
let answer: Answer
const asked: [string, RequestInit][] = []
beforeAll(() => {
  vi.stubGlobal('document', plainDocument)
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push([path, init])
    return answer(path, init)
  })
})
afterAll(() => vi.unstubAllGlobals())

const json = (value: unknown, init?: ResponseInit) => new Response(JSON.stringify(value), init)

let documents = 0
/** The states of a document that no one has requested before, and what retries it. */
async function load(request: Partial<Request> & { isAggregate?: boolean } = {}) {
  const name = `test-${documents++}.json`
  const path = request.path ?? (request.isAggregate === false ? `/other/${name}` : aggregatePath(name))
  const states: Loaded<unknown>[] = []
  let again = () => {}
  function Reader() {
    const { all, retry } = useDocuments([{ path, read: request.read ?? ((value) => ({ value })) }])
    again = retry
    states.push(all[0]!)
    return null
  }
  const root = new PlainNode('body')
  const turn = () => act(() => new Promise<void>((resume) => setTimeout(resume, 1)))
  await act(() => render(h(Reader, {}), root as never))
  await turn()
  const retry = async () => {
    await act(() => again())
    await turn()
    return states.at(-1)
  }
  return { path, states, last: states.at(-1)!, retry }
}

describe('a document', () => {
  test('loads, then is ready, and is requested once', async () => {
    answer = () => json({ version: 4, x: 1 })
    const { path, states, retry } = await load()
    expect([states[0], states.at(-1)]).toEqual([
      { state: 'loading' },
      { state: 'ready', value: { version: 4, x: 1 } },
    ])
    const count = asked.length
    expect(await retry()).toMatchObject({ state: 'ready' })
    expect((await load({ path })).last).toMatchObject({ state: 'ready' })
    expect(asked.length).toBe(count)
  })

  const html = { headers: { 'content-type': 'text/html; charset=utf-8' } }
  const version = (path: string, text: string) =>
    `${path} has version ${text}; this page reads version 4. Reload the page; if that does not help, run “mayday aggregate” of the same release.`
  test.each<[string, Answer, (path: string) => Loaded<unknown>]>([
    ['that is missing', () => json({}, { status: 404 }), () => ({ state: 'missing' })],
    [
      'that is missing for a reason',
      () => json({ description: 'Gone' }, { status: 404 }),
      () => ({ state: 'missing', reason: 'Gone' }),
    ],
    [
      'that is missing with another reason',
      () => json({ description: 1 }, { status: 404 }),
      () => ({ state: 'missing' }),
    ],
    ['that is missing without JSON', () => new Response('<', { status: 404 }), () => ({ state: 'missing' })],
    [
      'in whose place is a page',
      () => new Response('<html>', html),
      (path) => ({
        state: 'failed',
        message: `The server has a page at ${path} instead of data: is this the right bucket?`,
      }),
    ],
    [
      'that the server refuses',
      () => json({}, { status: 403 }),
      (path) => ({ state: 'failed', message: `The server responded with status 403 to ${path}.` }),
    ],
    [
      'of another version',
      () => json({ version: 3 }),
      (path) => ({ state: 'failed', message: version(path, '3') }),
    ],
    [
      'without a version',
      () => json({}),
      (path) => ({ state: 'failed', message: version(path, 'undefined') }),
    ],
    ['that is null', () => json(null), (path) => ({ state: 'failed', message: version(path, 'undefined') })],
    [
      'that cannot be reached',
      () => Promise.reject(new Error('Offline')),
      (path) => ({ state: 'failed', message: `${path} could not be read: Offline.` }),
    ],
    [
      'that fails without an error',
      () => Promise.reject('x'),
      (path) => ({ state: 'failed', message: `${path} could not be read: x.` }),
    ],
  ])('%s', async (_, given, expected) => {
    answer = given
    const { path, last, retry } = await load()
    expect(last).toEqual(expected(path))
    answer = () => json({ version: 4 })
    expect(await retry()).toEqual({ state: 'ready', value: { version: 4 } })
  })

  test('elsewhere needs no version', async () => {
    answer = () => json({ a: 1 })
    expect((await load({ isAggregate: false })).last).toEqual({ state: 'ready', value: { a: 1 } })
  })

  const schema = z.object({ version: z.number(), x: z.number() })
  test.each<[string, Request['read'], string | null]>([
    ['of its form', bySchema(schema), null],
    ['of another form', bySchema(z.object({ y: z.number() })), 'y'],
    ['that is the right one', bySchema(schema, () => false), null],
    [
      'that is another one',
      bySchema(schema, ({ x }) => x === 1 && 'it is the wrong one'),
      'it is the wrong one',
    ],
    [
      'that breaks its reader',
      () => {
        throw new TypeError('broken')
      },
      'TypeError: broken',
    ],
  ])('%s', async (_, read, problem) => {
    answer = () => json({ version: 4, x: 1 })
    const { path, last } = await load({ read })
    if (problem === null) expect(last).toEqual({ state: 'ready', value: { version: 4, x: 1 } })
    else {
      const { message } = last as { message: string }
      expect(message.startsWith(`${path} is not readable: `) && message.endsWith('.')).toBe(true)
      expect(message).toContain(problem)
    }
  })

  test('that does not arrive within 45 seconds fails', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    answer = (_path, { signal }) =>
      new Promise((_, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted'))))
    const states: Loaded<unknown>[] = []
    const path = aggregatePath('late.json')
    function Reader() {
      states.push(useDocuments([{ path, read: (value) => ({ value }) }]).all[0]!)
      return null
    }
    await act(() => render(h(Reader, {}), new PlainNode('body') as never))
    await act(async () => void (await vi.advanceTimersByTimeAsync(44_999)))
    expect(states.at(-1)).toEqual({ state: 'loading' })
    await act(async () => void (await vi.advanceTimersByTimeAsync(1)))
    vi.useRealTimers()
    expect(states.at(-1)).toEqual({ state: 'failed', message: `${path} did not arrive within 45 seconds.` })
  })
})

describe('data of a token', () => {
  const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

  test('are requested with it, and not cached', async () => {
    answer = () => json({ files: [] })
    expect(await fetchReportFiles(id, 'secret')).toEqual({ files: [] })
    expect(asked.at(-1)).toEqual([
      `/api/report/${id}/files`,
      {
        headers: { 'auth-token': 'secret' },
        ...{ cache: 'no-store', credentials: 'omit', signal: expect.any(AbortSignal) },
      },
    ])
  })

  test('change by a POST', async () => {
    answer = () => json({})
    await requestReprocessing(id, { token: 'secret', ruleset: 'default' as never })
    const [path, { method, body }] = asked.at(-1)!
    expect([path, method, String(body)]).toEqual(['/api/Reprocessing/', 'POST', `crash_ids=${id}%3Adefault`])
  })

  test.each<[Answer, string]>([
    [() => json({ description: 'Not allowed', error: 'x' }, { status: 403 }), 'Not allowed'],
    [() => json({ error: 'No' }, { status: 400 }), 'No'],
    [() => json({}, { status: 500 }), 'The server responded with status 500.'],
    [() => new Response('<', { status: 502 }), 'The server responded with status 502.'],
    [() => new Response('null'), 'The server responded with status 200.'],
    [() => Promise.reject(new Error('Offline')), 'Offline'],
  ])('%#: are refused with a reason', async (given, message) => {
    answer = given
    await expect(fetchReportFiles(id, 'secret')).rejects.toThrow(new Error(message))
  })
})

describe('a call of the API', () => {
  const never = new AbortController().signal
  const call = (request: object = {}, token = '', signal = never) =>
    callApi({ method: 'GET', path: '/api/x', body: null, ...request } as never, { token, signal })

  test('has the method, the body and the token', async () => {
    answer = () => json({})
    await call({ method: 'POST', body: { type: 'application/json', text: '{}' } }, 'secret')
    const [path, { headers, signal: _, ...rest }] = asked.at(-1)!
    expect([path, rest, [...(headers as Headers)]]).toEqual([
      '/api/x',
      { method: 'POST', body: '{}', cache: 'no-store', credentials: 'omit' },
      [
        ['auth-token', 'secret'],
        ['content-type', 'application/json'],
      ],
    ])
    await call()
    const [, plain] = asked.at(-1)!
    expect([plain.method, plain.body, [...(plain.headers as Headers)]]).toEqual(['GET', null, []])
  })

  test.each<[string, boolean, boolean]>([
    ['text/plain', true, false],
    ['text/csv; charset=utf-8', true, false],
    ['application/json', true, true],
    ['application/json; charset=utf-8', true, true],
    ['application/problem+json', true, true],
    ['APPLICATION/JSON', true, true],
    ['application/jsonl', true, false],
    ['application/zip', false, false],
    ['', false, false],
  ])('of the type %s', async (type, isText, isJson) => {
    const headers = { ...(type && { 'content-type': type }), 'retry-after': '5', 'x-other': '1' }
    answer = () => new Response(new TextEncoder().encode('{}'), { status: 201, headers })
    expect(await call()).toEqual({
      status: 201,
      headers: [...(type ? [['content-type', type]] : []), ['retry-after', '5']],
      ...{ text: isText ? '{}' : null, isJson, isWhole: isText },
    })
  })

  test.each([
    [maxShownBytes, maxShownBytes, true],
    [maxShownBytes + 1, maxShownBytes, false],
  ])('of %i bytes shows %i', async (size, shown, isWhole) => {
    answer = () => new Response('x'.repeat(size), { headers: { 'content-type': 'text/plain' } })
    const found = await call()
    expect([found.text!.length, found.isWhole]).toEqual([shown, isWhole])
  })

  test('drops a character that was cut in two', async () => {
    answer = () =>
      new Response(`${'x'.repeat(maxShownBytes - 1)}ü`, { headers: { 'content-type': 'text/plain' } })
    expect((await call()).text).toBe('x'.repeat(maxShownBytes - 1))
  })

  test('without a body is whole', async () => {
    answer = () => new Response(null, { headers: { 'content-type': 'text/plain' } })
    expect(await call()).toMatchObject({ text: '', isWhole: true })
  })

  test.each<[string, unknown, AbortSignal, string]>([
    ['that fails', new Error('Offline'), never, 'The call failed: Offline.'],
    ['that fails without an error', 'x', never, 'The call failed: x.'],
    ['that is cancelled', new Error('aborted'), AbortSignal.abort(), 'Cancelled.'],
  ])('%s', async (_, error, signal, message) => {
    answer = () => Promise.reject(error)
    await expect(call({}, '', signal)).rejects.toThrow(new Error(message))
  })
})
