// Forwarding between a store in memory and a collector with given answers: order, limits, counts, progress.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type ForwardOptions, forwardReports, isSampled } from '../../../batch/exchange/forward.ts'
import { openForwardState } from '../../../batch/exchange/forward-state.ts'
import { CrashError } from '../../../shared/errors.ts'
import { rawKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { storeReport } from '../../support/stored-reports.ts'

let crashes: Storage
beforeEach(() => {
  crashes = createMemoryStorage()
})

/** The ID of the report of a place in a day of October. */
const idOf = (day: number, place = 0) =>
  `${place.toString(16).padStart(8, '0')}-0000-8000-8000-0000002610${day}`

async function store(day: number, count = 1): Promise<void> {
  for (let place = 0; place < count; place++)
    await storeReport(crashes, { annotations: { ProductName: 'App' }, crashId: idOf(day, place) })
}

const to = {
  accept: { status: 200, text: `CrashID=bp-${idOf(19)}\n` },
  refuse: { status: 400, text: 'Discarded=too_old' },
  refuseElse: { status: 400, text: 'Discarded=other' },
  fail: { status: 404, text: 'not here' },
}
type Answer = keyof typeof to

/** Forwards to a collector that gives these answers, then accepts; also returns the crash IDs that it received. */
async function forward(answers: readonly Answer[] = [], options: Partial<ForwardOptions> = {}) {
  const sent: string[] = []
  const server = createServer(async (request, response) => {
    const id = /[0-9a-f]{8}-0000-8000-8000-[0-9a-f]{12}/.exec(await text(request))!
    sent.push(id[0])
    const answer = to[answers[sent.length - 1] ?? 'accept']
    response.writeHead(answer.status).end(answer.text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const progress: object[] = []
  const target = { to: url, percent: 100, ...options }
  const report = await forwardReports(crashes, {
    ...{ since: null, concurrency: 1, token: 'token', now: new Date('2026-10-22T00:00:00Z') },
    ...{ onProgress: (event: object) => progress.push(event), ...target },
  })
  const state = await openForwardState(crashes, target)
  const done = [18, 19, 20, 21, 22].filter((day) => state.isDone(`2026-10-${day}`))
  return { report, sent, progress, done, url, state }
}

const nothing = { seen: 0, sampled: 0, before: 0, accepted: 0, refused: {}, unreadable: [], failed: 0 }

test('all reports are sent, oldest day first; days before yesterday are done', async () => {
  for (const day of [21, 19, 22, 20]) await store(day)
  const { report, sent, progress, done, url } = await forward()
  const counts = { seen: 4, sampled: 4, accepted: 4, last_failure: null }
  expect(report).toEqual({ to: url, percent: 100, ...nothing, ...counts })
  expect(sent).toEqual([19, 20, 21, 22].map((day) => idOf(day)))
  expect(progress).toEqual(
    Array(4)
      .fill([{ planned: 1 }, { done: 1 }])
      .flat(),
  )
  expect(done).toEqual([18, 19, 20])
  const { report: next, sent: none } = await forward([], { to: url })
  expect(next).toMatchObject({ seen: 2, sampled: 2, before: 2, accepted: 0 })
  expect(none).toEqual([])
})

test('days before the first one to forward are left, and not done', async () => {
  for (const day of [18, 19, 20]) await store(day)
  const { report, sent, done } = await forward([], { since: '2026-10-19' })
  expect(report).toMatchObject({ seen: 2, accepted: 2 })
  expect(sent).toEqual([idOf(19), idOf(20)])
  expect(done).toEqual([19, 20])
})

test.each<[name: string, first: number, Answer[], sent: number, counts: object, done: number[]]>([
  ['a failure keeps the day open', 4, ['fail'], 5, { failed: 1, accepted: 4 }, []],
  ['two failures do not end it', 2, ['fail', 'fail'], 3, { failed: 2, accepted: 1 }, []],
  ['three failures end it', 3, ['fail', 'fail', 'fail'], 3, { failed: 3, accepted: 0 }, []],
  [
    'failures with an acceptance between do not end it',
    5,
    ['fail', 'fail', 'accept', 'fail', 'fail'],
    6,
    { failed: 4, accepted: 2 },
    [],
  ],
  [
    'failures with a refusal between do not end it',
    4,
    ['fail', 'fail', 'refuse', 'fail'],
    5,
    { failed: 3, accepted: 1, refused: { too_old: 1 } },
    [],
  ],
  [
    'refusals are counted by reason',
    4,
    ['refuse', 'refuseElse', 'refuse'],
    5,
    { failed: 0, accepted: 2, refused: { too_old: 2, other: 1 } },
    [18, 19, 20],
  ],
])('%s', async (_name, first, answers, count, counts, days) => {
  await store(19, first)
  await store(20)
  const { report, sent, done, url } = await forward(answers)
  expect(report).toMatchObject(counts)
  expect(report.last_failure).toBe(answers.includes('fail') ? 'HTTP 404: not here' : null)
  expect(sent).toHaveLength(count)
  expect(done).toEqual(days)
  const answered = sent.filter((_, place) => answers[place] !== 'fail')
  expect((await forward([], { to: url })).report.before).toBe(days.length > 0 ? 0 : answered.length)
})

test('after three failures in a row, only what is in flight is sent', async () => {
  await store(19, 10)
  const { sent, progress } = await forward(Array(10).fill('fail'))
  expect(sent.length).toBeLessThanOrEqual(4)
  expect(progress).toEqual([{ planned: 10 }, ...Array(10).fill({ done: 1 })])
})

test.each([
  [50, [50]],
  [51, [50, 1]],
])('of %d answers, progress is written after each 50 and at the end: %j', async (count, written) => {
  await store(21, count)
  const writes: number[] = []
  const put: Storage['put'] = async (key, body, options) => {
    if (key.includes('/20261021/'))
      writes.push(
        Buffer.from(body as Uint8Array)
          .toString()
          .trimEnd()
          .split('\n').length,
      )
    return memory.put(key, body, options)
  }
  const memory = crashes
  crashes = { ...memory, put }
  expect((await forward([], { concurrency: 4 })).report.accepted).toBe(count)
  expect(writes).toEqual(written)
})

test('a report that cannot be read is named and not tried again; a deleted one is not counted', async () => {
  await store(21, 3)
  await crashes.put(rawKey(idOf(21, 0)), new Uint8Array([1, 2, 3]))
  await crashes.put('raw/20261021/else', new Uint8Array(1))
  const memory = crashes
  const get: Storage['get'] = (key, options) =>
    key === rawKey(idOf(21, 1)) ? Promise.resolve(null) : memory.get(key, options)
  crashes = { ...memory, get }
  const { report, sent, url } = await forward()
  expect(report).toMatchObject({ ...nothing, seen: 3, sampled: 3, accepted: 1, unreadable: [idOf(21)] })
  expect(sent).toEqual([idOf(21, 2)])
  expect((await forward([], { to: url })).report).toMatchObject({ before: 3, unreadable: [] })
})

test('a store that fails ends it', async () => {
  await store(21)
  const memory = crashes
  const get: Storage['get'] = async (key, options) => {
    if (key === rawKey(idOf(21))) throw new CrashError('storage', 'broken')
    return memory.get(key, options)
  }
  crashes = { ...memory, get }
  await expect(forward()).rejects.toThrow('broken')
})

test('a percentage chooses the reports', async () => {
  await store(21, 20)
  const { report, sent } = await forward([], { percent: 40 })
  const chosen = Array.from({ length: 20 }, (_, place) => idOf(21, place)).filter((id) => isSampled(id, 40))
  expect(sent).toEqual(chosen)
  expect(report).toMatchObject({ percent: 40, seen: 20, sampled: chosen.length, accepted: chosen.length })
})
