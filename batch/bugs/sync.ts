// Keeps the table `bugs` up to date with a tracker: bugs that changed, and once a week all, so that those that were
// deleted or hidden leave the table.
import { isoTime } from '../../shared/time/iso-time.ts'
import type { IsoTime, Millis } from '../../shared/units.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { BugTracker } from '../products/product-file.ts'
import type { Bug } from './bug.ts'
import { storeBugs } from './bug-table.ts'
import { type Pass, readSyncState, type SyncState, writeSyncState } from './sync-state.ts'
import { type ClientOptions, trackerClient, TrackerBusy, type TrackerClient } from './tracker-client.ts'
import { trackerApis } from './trackers.ts'

export interface SyncOptions {
  /** For trackers by host. */
  tokens: ReadonlyMap<string, string>
  now?: () => Date
  /** Read all bugs, not only those that changed. */
  full?: boolean
  /** A sync that takes longer ends; the next one continues. */
  budget?: Millis
  /** Do nothing when the last sync ended less than this ago, or the tracker asked to wait. */
  minAge?: Millis
  client?: Omit<ClientOptions, 'headers'>
  /** Called with the number of bugs of each page. */
  onPage?(bugs: number): void
}

export interface SyncReport {
  tracker: string
  /** False: more bugs wait for the next sync. */
  done: boolean
  /** Whether all bugs were read. */
  full: boolean
  /** Bugs that the tracker sent. */
  read: number
  /** Rows that are new or changed. */
  stored: number
  removed: number
  /** Bugs that were read and not stored because they are private. */
  private: number
}

const hour: Millis = 3_600_000
const fullEvery: Millis = 7 * 24 * hour
/** Changes may become visible later than their time. */
const overlap: Millis = 600_000
/** Bugs that are stored together. */
const batchSize = 1000

/**
 * Reads what changed in a tracker. What was read is kept when it fails.
 * @returns null when `minAge` has not passed
 * @throws CrashError 'storage', 'limit', 'damaged'
 */
export async function syncTracker(
  files: TableFiles,
  tracker: BugTracker,
  options: SyncOptions,
): Promise<SyncReport | null> {
  const { now = () => new Date(), minAge = 0, tokens } = options
  const url = tracker.url.replace(/\/+$/, '')
  const { crashes } = files.stores
  const state = await readSyncState(crashes, url)
  const isRecent = state.checked_at !== null && now().getTime() - Date.parse(state.checked_at) < minAge
  const mustWait = state.not_before !== null && now() < new Date(state.not_before)
  if (minAge > 0 && (isRecent || mustWait)) return null
  const api = trackerApis[tracker.kind]
  const root = api.root(new URL(url))
  // The token belongs to the host of the tracker, also where its API has another.
  const token = tokens.get(new URL(url).host)
  const client = trackerClient(root, { ...options.client, headers: token ? api.headers(token) : {} })
  const sync: Sync = { files, client, url, tracker, now, hasToken: token !== undefined, state }
  try {
    return await readPass(sync, options)
  } catch (error) {
    if (error instanceof TrackerBusy)
      await writeSyncState(crashes, { ...sync.state, not_before: isoTime(error.until) })
    throw error
  }
}

interface Sync {
  files: TableFiles
  client: TrackerClient
  url: string
  tracker: BugTracker
  now: () => Date
  hasToken: boolean
  /** As last written. */
  state: SyncState
}

async function readPass(sync: Sync, { full = false, budget, onPage }: SyncOptions): Promise<SyncReport> {
  const { client, url, tracker, hasToken } = sync
  const api = trackerApis[tracker.kind]
  const end = performance.now() + (budget ?? Number.POSITIVE_INFINITY)
  const isPublic = await api.isPublic(client, url, hasToken)
  if (!isPublic && tracker.private_bugs === 'omit') return hideAll(sync)
  let pass: Pass | null = passOf(sync, full)
  const report = { tracker: url, done: true, full: pass.full, read: 0, stored: 0, removed: 0, private: 0 }
  while (pass) {
    const bugs: Bug[] = []
    let next: Pass['cursor'] | null = pass.cursor
    while (next && bugs.length < batchSize && performance.now() < end) {
      const page = await api.page(client, url, next, hasToken)
      bugs.push(...page.bugs.map((bug) => ({ ...bug, is_private: bug.is_private || !isPublic })))
      next = page.next
      onPage?.(page.bugs.length)
    }
    report.read += bugs.length
    const newest = newestChange(bugs, pass.newest)
    await storeBatch(sync, pass, bugs, report)
    const following: Pass | null = next && { ...pass, newest, cursor: next }
    const { private_bugs } = tracker
    await save(
      sync,
      following ? { pass: following, private_bugs } : await finish(sync, { ...pass, newest }, report),
    )
    pass = following
    if (pass && performance.now() >= end) return { ...report, done: false }
  }
  return report
}

/** Continues the last pass, unless another one is due. */
function passOf({ tracker, state, now }: Sync, full: boolean): Pass {
  const { full_at, private_bugs } = state
  const isOld = full_at === null || now().getTime() - Date.parse(full_at) >= fullEvery
  const mustBeFull = full || isOld || private_bugs !== tracker.private_bugs
  if (state.pass && (state.pass.full || !mustBeFull) && private_bugs === tracker.private_bugs)
    return state.pass
  const since = mustBeFull ? null : state.changes_since
  const cursor = trackerApis[tracker.kind].first(since)
  return { full: since === null, began: isoTime(now()), newest: since, cursor }
}

const newestChange = (bugs: readonly Bug[], before: IsoTime | null): IsoTime | null =>
  bugs.reduce(
    (newest, { changed_at }) => (changed_at && changed_at > (newest ?? '') ? changed_at : newest),
    before,
  )

async function storeBatch(
  { files, url, tracker, now }: Sync,
  { full }: Pass,
  bugs: readonly Bug[],
  report: SyncReport,
): Promise<void> {
  const isShown = (bug: Bug) => !bug.is_private || tracker.private_bugs === 'include'
  const hidden = bugs.filter((bug) => !isShown(bug)).map(({ id }) => id)
  const changes = { bugs: bugs.filter(isShown), hidden, now: now(), touch: full }
  const { stored, removed } = await storeBugs(files, url, changes)
  report.stored += stored
  report.removed += removed
  report.private += hidden.length
}

/** Removes, after all bugs were read, those that were not among them. */
async function finish(
  { files, url, tracker, now }: Sync,
  { full, began, newest }: Pass,
  report: SyncReport,
): Promise<Partial<SyncState>> {
  // Without a recent change: clocks may differ by an hour.
  const seen = Math.max(Date.parse(newest ?? began), Date.parse(began) - hour)
  const changes_since = isoTime(new Date(seen - overlap))
  const ended = { pass: null, changes_since, checked_at: isoTime(now()), not_before: null }
  if (!full) return ended
  const { removed } = await storeBugs(files, url, { unseenSince: began, now: now() })
  report.removed += removed
  return { ...ended, full_at: began, private_bugs: tracker.private_bugs }
}

async function save(sync: Sync, changes: Partial<SyncState>): Promise<void> {
  sync.state = { ...sync.state, ...changes }
  await writeSyncState(sync.files.stores.crashes, sync.state)
}

/** The whole tracker is private: nothing of it stays. */
async function hideAll(sync: Sync): Promise<SyncReport> {
  const now = sync.now()
  const removed = await removeTracker(sync.files, sync.url, now)
  const nothing = { pass: null, changes_since: null, full_at: null, checked_at: isoTime(now) }
  await save(sync, { ...nothing, private_bugs: 'omit', not_before: null })
  return { tracker: sync.url, done: true, full: true, read: 0, stored: 0, removed, private: 0 }
}

/** Removes the bugs of a tracker; returns their number. */
export const removeTracker = async (files: TableFiles, tracker: string, now: Date): Promise<number> =>
  (await storeBugs(files, tracker, { unseenSince: '9999', now })).removed
