// Bugs of trackers, read from a local server that speaks each API.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SyncOptions, syncTracker } from '../../../batch/bugs/sync.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import type { BugTracker } from '../../../batch/products/product-file.ts'
import { startTrackers, type TrackerBug, type Trackers } from '../../support/bug-trackers.ts'
import { openBugStore } from './bugs.support.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-20T12:00:00Z')

let trackers: Trackers
let store: ReturnType<typeof openBugStore>
let now: number
beforeEach(async () => {
  trackers = await startTrackers()
  store = openBugStore()
  now = start
})
afterEach(async () => {
  await trackers[Symbol.asyncDispose]()
  store[Symbol.dispose]()
})

const kinds = {
  bugzilla: {
    path: '/bugzilla',
    page: (id: number) => `/bugzilla/show_bug.cgi?id=${id}`,
    states: 'NEW RESOLVED',
  },
  github: {
    path: '/example/ledger',
    page: (id: number) => `/example/ledger/issues/${id}`,
    states: 'open closed',
  },
  gitlab: {
    path: '/example/group/ledger',
    page: (id: number) => `/example/group/ledger/-/issues/${id}`,
    states: 'opened closed',
  },
} as const
const names = ['bugzilla', 'github', 'gitlab'] as const

const trackerOf = (
  kind: keyof typeof kinds,
  private_bugs: BugTracker['private_bugs'] = 'omit',
): BugTracker => ({
  kind,
  url: trackers.url + kinds[kind].path,
  private_bugs,
})

const bugOf = (id: number, changes: Partial<TrackerBug> = {}): TrackerBug => ({
  id,
  title: `Bug ${id}`,
  text: `[@ signature ${id}]`,
  open: true,
  created: start - 500 * 24 * hour,
  changed: start - 10 * hour + id * 1000,
  ...changes,
})

async function sync(tracker: BugTracker, options: Partial<SyncOptions> = {}) {
  await using files = await openFiles(store.open)
  const client = { sleep: async () => {} }
  return await syncTracker(files, tracker, {
    tokens: new Map(),
    now: () => new Date(now),
    client,
    ...options,
  })
}

const withToken = () => ({ tokens: new Map([[new URL(trackers.url).host, trackers.token]]) })
const stored = () => store.rowsOf('SELECT id, signatures FROM bugs ORDER BY id::INT')

describe.each(names)('%s', (kind) => {
  const { page, states } = kinds[kind]
  const [open, closed] = states.split(' ')

  test('all pages are read once, then only what changed', async () => {
    trackers.bugs = Array.from({ length: 450 }, (_, i) => bugOf(i + 1, { open: i % 2 === 0 }))
    const tracker = trackerOf(kind)
    expect(await sync(tracker)).toMatchObject({ done: true, full: true, stored: 450, removed: 0 })
    expect(await store.rowsOf('SELECT count(*), count(DISTINCT id) FROM bugs')).toEqual(['450 450'])
    expect(
      await store.rowsOf(
        "SELECT url, status, is_open, summary, signatures, reported_at FROM bugs WHERE id IN ('1', '2') ORDER BY id",
      ),
    ).toEqual([
      `${trackers.url}${page(1)} ${open} true Bug 1 [signature 1] 2025-07-08 12:00:00+00`,
      `${trackers.url}${page(2)} ${closed} false Bug 2 [signature 2] 2025-07-08 12:00:00+00`,
    ])
    now += hour
    trackers.requests.length = 0
    trackers.bugs[6] = bugOf(7, { changed: now - 1000, open: false, text: '[@ other]' })
    expect(await sync(tracker)).toMatchObject({ full: false, stored: 1, removed: 0 })
    expect(trackers.requests.length).toBeLessThan(5)
    expect(await store.rowsOf("SELECT status, signatures FROM bugs WHERE id = '7'")).toEqual([
      `${closed} [other]`,
    ])
  })

  test('a bug that lost its signatures leaves the table', async () => {
    trackers.bugs = [bugOf(1), bugOf(2)]
    const tracker = trackerOf(kind)
    await sync(tracker)
    now += hour
    trackers.bugs[0] = bugOf(1, { text: '', changed: now })
    expect(await sync(tracker)).toMatchObject({ full: false, removed: 1 })
    expect(await stored()).toEqual(['2 [signature 2]'])
  })

  test('a deleted or hidden bug leaves the table when all are read again, after a week', async () => {
    trackers.bugs = [bugOf(1), bugOf(2), bugOf(3)]
    const tracker = trackerOf(kind)
    await sync(tracker)
    trackers.bugs.splice(1, 1)
    trackers.bugs[0] = bugOf(1, { hidden: true })
    now += 8 * 24 * hour
    expect(await sync(tracker)).toMatchObject({ full: true, removed: 2 })
    expect(await stored()).toEqual(['3 [signature 3]'])
  })

  test('bugs that change during the reading are not missed', async () => {
    trackers.bugs = Array.from({ length: 300 }, (_, i) => bugOf(i + 1))
    let changes = 0
    trackers.afterAnswer = () => {
      // Moves bugs that were read behind those that were not.
      if (changes < 40) trackers.bugs[changes] = bugOf(++changes, { changed: start + changes })
    }
    await sync(trackerOf(kind))
    expect(await store.rowsOf('SELECT count(*) FROM bugs')).toEqual(['300'])
  })

  test('many bugs changed in the same second are all read', async () => {
    trackers.bugs = Array.from({ length: 260 }, (_, i) => bugOf(i + 1, { changed: start - hour }))
    await sync(trackerOf(kind))
    expect(await store.rowsOf('SELECT count(*) FROM bugs')).toEqual(['260'])
  })

  test('an interrupted reading continues where it ended, and what it read stays', async () => {
    trackers.bugs = Array.from({ length: 300 }, (_, i) => bugOf(i + 1))
    const tracker = trackerOf(kind)
    const first = await sync(tracker, { budget: 0 })
    expect(first).toMatchObject({ done: false })
    let reports = 0
    for (let done = false; !done; reports++) done = (await sync(tracker))!.done
    expect(reports).toBe(1)
    expect(await store.rowsOf('SELECT count(*) FROM bugs')).toEqual(['300'])
  })

  test('a token is sent to its host alone', async () => {
    trackers.bugs = [bugOf(1)]
    await sync(trackerOf(kind), {
      tokens: new Map([
        ['127.0.0.1', 'x'],
        ['example.org', 'y'],
      ]),
    })
    expect(trackers.requests.map(({ token }) => token)).toEqual(trackers.requests.map(() => null))
    await sync(trackerOf(kind), { ...withToken(), full: true })
    expect(trackers.requests.at(-1)!.token).toBe(trackers.token)
  })
})

describe.each(['bugzilla', 'gitlab'] as const)('private bugs of %s', (kind) => {
  test('are not stored although the token shows them, and leave the table', async () => {
    trackers.bugs = [bugOf(1), bugOf(2)]
    const tracker = trackerOf(kind)
    await sync(tracker)
    now += hour
    trackers.bugs = [
      bugOf(1, { hidden: true, changed: now }),
      bugOf(2),
      bugOf(3, { hidden: true, changed: now }),
    ]
    expect(await sync(tracker, withToken())).toMatchObject({ private: 2, removed: 1 })
    expect(await stored()).toEqual(['2 [signature 2]'])
  })

  test('are stored on request, and leave the table when the request ends', async () => {
    trackers.bugs = [bugOf(1, { hidden: true }), bugOf(2)]
    await sync(trackerOf(kind, 'include'), withToken())
    expect(await store.rowsOf('SELECT id, is_private FROM bugs ORDER BY id')).toEqual(['1 true', '2 false'])
    expect(await sync(trackerOf(kind), withToken())).toMatchObject({ full: true })
    expect(await stored()).toEqual(['2 [signature 2]'])
  })
})

describe.each(['github', 'gitlab'] as const)('a private project of %s', (kind) => {
  test('has no rows unless they are requested', async () => {
    trackers.bugs = [bugOf(1)]
    await sync(trackerOf(kind))
    trackers.isPrivate = true
    expect(await sync(trackerOf(kind), withToken())).toMatchObject({ read: 0, removed: 1 })
    expect(await stored()).toEqual([])
    await sync(trackerOf(kind, 'include'), withToken())
    expect(await store.rowsOf('SELECT id, is_private FROM bugs')).toEqual(['1 true'])
  })

  test('is an error without a token', async () => {
    trackers.isPrivate = true
    await expect(sync(trackerOf(kind))).rejects.toThrow(/has nothing at .*BUG_TOKENS/)
  })
})

test('pull requests are not bugs', async () => {
  trackers.bugs = [bugOf(1, { isPullRequest: true }), bugOf(2)]
  await sync(trackerOf('github'))
  expect(await stored()).toEqual(['2 [signature 2]'])
})

describe('failures', () => {
  test('a request is repeated after the pause that the tracker asks for', async () => {
    trackers.bugs = [bugOf(1)]
    trackers.failures = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }]
    const pauses: number[] = []
    const sleep = async (ms: number) => void pauses.push(ms)
    await sync(trackerOf('github'), { client: { sleep } })
    expect(pauses[0]).toBe(7000)
    expect(await stored()).toHaveLength(1)
  })

  test('a long pause ends the sync, and rounds do not ask before it has passed', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 1800)
    trackers.failures = [
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
    ]
    now = Date.now()
    await expect(sync(trackerOf('github'), { minAge: 1 })).rejects.toThrow(/asks to wait until/)
    expect(await sync(trackerOf('github'), { minAge: 1 })).toBeNull()
    expect(trackers.requests).toHaveLength(1)
    now += hour
    expect(await sync(trackerOf('github'), { minAge: 1 })).toMatchObject({ done: true })
  })

  test.each([
    [{ status: 401 }, /refused a request with 401; BUG_TOKENS/],
    [{ status: 200, body: '<html>' }, /not JSON/],
    [{ status: 200, body: '{"bugs":[{"id":"1"}]}' }, /unknown answer/],
    [{ status: 302, headers: { location: 'http://169.254.169.254/latest/' } }, /redirects to another server/],
    [{ status: 302, headers: { location: 'http://localhost:1/' } }, /redirects to another server/],
    [{ status: 200, body: `"${'x'.repeat(2000)}"` }, /has more than 1000 bytes/],
  ])('%j is an error without the token', async (failure, message) => {
    trackers.failures = [failure]
    const result = sync(trackerOf('bugzilla'), { ...withToken(), client: { maxBytes: 1000 } })
    await expect(result).rejects.toThrow(message)
    await expect(result).rejects.not.toThrow(trackers.token)
  })

  test('a server that repeats the same bugs does not keep the sync forever', async () => {
    trackers.failures = Array.from({ length: 3 }, () => ({
      status: 200,
      body: JSON.stringify({ bugs: [{ id: 5, cf_crash_signature: '[@ a]', groups: [] }] }),
    }))
    expect(await sync(trackerOf('bugzilla'))).toMatchObject({ done: true })
    expect(trackers.requests).toHaveLength(2)
  })
})

test('unchanged bugs do not cost a write of the table', async () => {
  trackers.bugs = [bugOf(1)]
  await sync(trackerOf('gitlab'))
  const etags = async () => {
    const found: string[] = []
    for await (const { etag } of store.open.stores.lake.list('tables/bugs/')) found.push(etag)
    return found
  }
  const before = await etags()
  now += hour
  await sync(trackerOf('gitlab'))
  expect(await etags()).toEqual(before)
})
