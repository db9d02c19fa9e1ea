// When a tracker is read again, and which answers are asked for again: each limit at its value and one beyond.
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { boundedBug } from '../../../batch/bugs/bug.ts'
import { type SyncOptions, syncTracker } from '../../../batch/bugs/sync.ts'
import { readSyncState, writeSyncState } from '../../../batch/bugs/sync-state.ts'
import { TrackerBusy, trackerClient } from '../../../batch/bugs/tracker-client.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { startTrackers, type Trackers } from '../../support/bug-trackers.ts'
import { openBugStore } from './bugs.support.ts'

let trackers: Trackers
let store: ReturnType<typeof openBugStore>
beforeEach(async () => {
  trackers = await startTrackers()
  store = openBugStore()
})
afterEach(async () => {
  await trackers[Symbol.asyncDispose]()
  store[Symbol.dispose]()
})

const start = Date.parse('2026-11-20T12:00:00Z')
const day = 86_400_000
const client = { sleep: async () => {} }
const url = () => `${trackers.url}/bugzilla`

async function sync(ms: number, options: Partial<SyncOptions> = {}) {
  await using files = await openFiles(store.open)
  const now = () => new Date(start + ms)
  const tracker = { kind: 'bugzilla', url: url(), private_bugs: 'omit' } as const
  return await syncTracker(files, tracker, { tokens: new Map(), now, client, ...options })
}

test('changes are read when the last sync is old enough, and all bugs once a week', async () => {
  expect(await sync(0)).toMatchObject({ done: true, full: true })
  expect(await sync(999, { minAge: 1000 })).toBeNull()
  expect(await sync(1000, { minAge: 1000 })).toMatchObject({ full: false })
  expect(await sync(1000)).toMatchObject({ full: false })
  expect(await sync(7 * day - 1)).toMatchObject({ full: false })
  expect(await sync(7 * day)).toMatchObject({ full: true })
  expect(await sync(7 * day + 1, { full: true })).toMatchObject({ full: true })
})

test('a tracker that asked to wait is not asked before, except by hand', async () => {
  await sync(0)
  const { crashes } = store.open.stores
  const wait = async () => {
    const state = await readSyncState(crashes, url())
    await writeSyncState(crashes, { ...state, not_before: isoTime(new Date(start + 5000)) })
  }
  await wait()
  expect(await sync(4999, { minAge: 1 })).toBeNull()
  expect(await sync(5000, { minAge: 1 })).not.toBeNull()
  await wait()
  expect(await sync(4999)).not.toBeNull()
})

test('changes are read from ten minutes before the newest one', async () => {
  const bug = { id: 1, title: 'a', text: '[@ f]', open: true, created: start - day, changed: start - 1000 }
  trackers.bugs = [bug]
  await sync(0)
  const { changes_since, full_at, checked_at } = await readSyncState(store.open.stores.crashes, url())
  expect(changes_since).toBe(isoTime(new Date(start - 1000 - 600_000)))
  expect([full_at, checked_at]).toEqual(Array(2).fill(isoTime(new Date(start))))
  trackers.bugs = [{ ...bug, changed: start - 2 * 3_600_000 }]
  await sync(day, { full: true })
  const later = await readSyncState(store.open.stores.crashes, url())
  expect(later.changes_since).toBe(isoTime(new Date(start + day - 3_600_000 - 600_000)))
})

test.each([
  [0, 0, false],
  [1, 1, false],
  [2, 2, false],
  [4, 4, false],
  [5, 5, true],
])('a budget of %d ms, where a page takes one, reads %d of 5 pages', async (budget, pages, done) => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  trackers.bugs = Array.from({ length: 601 }, (_, place) => ({
    ...{ id: place + 1, title: 'a', text: '[@ f]', open: true, created: start - day, changed: start - day },
  }))
  trackers.afterAnswer = () => void vi.advanceTimersByTime(1)
  const read: number[] = []
  const report = await sync(0, { budget, onPage: (bugs) => void read.push(bugs) })
  expect(read).toHaveLength(pages)
  expect(report).toMatchObject({ done, read: read.reduce((sum, bugs) => sum + bugs, 0) })
})

const refused = (status: number, more = '') => `refused a request with ${status}${more}`
const cure = '; BUG_TOKENS may have a token for its host'
test.each<[number, Record<string, string>, string, number, number]>([
  [400, {}, refused(400), 1, 0],
  [401, {}, refused(401, cure), 1, 0],
  [403, {}, refused(403, cure), 1, 0],
  [408, {}, 'answered 408', 5, 0],
  [429, {}, 'answered 429', 5, 0],
  [499, {}, refused(499), 1, 0],
  [500, {}, 'answered 500', 5, 0],
  [403, { 'retry-after': '7' }, 'answered 403', 5, 7000],
  [429, { 'retry-after': '60' }, 'answered 429', 5, 60_000],
  [429, { 'retry-after': '61' }, 'asks to wait until', 1, 0],
  [503, { 'retry-after': '61' }, 'answered 503', 5, 0],
])('an answer %d with %j', async (status, headers, error, attempts, least) => {
  trackers.failures = Array.from({ length: 5 }, () => ({ status, headers }))
  const slept: number[] = []
  const sleep = async (ms: number) => void slept.push(ms)
  const asked = trackerClient(trackers.url, { sleep, random: () => 0, timeout: 1e9 }).get('bugzilla/rest/bug')
  const failure = await asked.then(
    () => null,
    (reason: Error) => reason,
  )
  expect(failure?.message).toContain(`The bug tracker at ${trackers.url} ${error}`)
  expect(failure instanceof TrackerBusy).toBe(error.startsWith('asks'))
  expect(trackers.requests).toHaveLength(attempts)
  for (const ms of slept) expect(ms).toBeGreaterThanOrEqual(least)
})

test('an address of at most 2,000 characters stays', () => {
  const bug = {
    ...{ id: 'i'.repeat(101), status: 's'.repeat(101), resolution: 'r'.repeat(101), summary: null },
    ...{ is_open: true, signatures: [], is_private: false, reported_at: null, changed_at: null },
  }
  const web = (length: number) => 'https://h/'.padEnd(length, 'x')
  expect(boundedBug({ ...bug, url: web(2000) })).toMatchObject({
    ...{ url: web(2000), id: 'i'.repeat(100), status: 's'.repeat(100), resolution: 'r'.repeat(100) },
  })
  expect(boundedBug({ ...bug, url: web(2001) }).url).toBeNull()
})
