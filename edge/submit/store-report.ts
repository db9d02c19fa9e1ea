// Stores one report: conditionally, with retries within a time limit, in the fallback store when the first one fails,
// and never reported as lost while it may be stored.
import { freeBytes } from '../../shared/bytes/byte-buffer.ts'
import type { RawCrash } from '../../shared/crash.ts'
import { CrashError } from '../../shared/errors.ts'
import { dateAt } from '../../shared/time/dates.ts'
import { dateOfCrashId, rawKey } from '../../shared/keys.ts'
import { createDayOpener, type OpenDay } from '../../shared/open-days.ts'
import { makeRawCrash } from '../../shared/report/raw-crash.ts'
import { encodeStoredReportPaced, storedContentType, storedMetadata } from '../../shared/report/stored.ts'
import { retry } from '../../shared/retry.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'
import type { EdgeDeps } from '../deps.ts'
import { describeError } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'
import { type Decision, describe } from './decide.ts'
import type { InFlight } from './in-flight.ts'
import type { Received } from './receive.ts'

/** A report and the decision to store it. */
export interface Submitted {
  userAgent: string | null
  receivedAt: Date
  received: Received
  decision: Decision
}

/**
 * `duplicate`: a report with this id was stored before. Ids depend on content, so it is the same report, possibly
 * written by an attempt whose response was lost. `fallback`: in the fallback store.
 */
export type Stored = 'stored' | 'duplicate' | 'fallback' | 'failed'

const attempts = 5
const firstPause: Millis = 200
const lookups = 3
const lookupTimeout: Millis = 1000

export async function storeReport(report: Submitted, deps: EdgeDeps & InFlight): Promise<Stored> {
  const { metrics, log } = deps
  const { crashId } = report.decision
  const body = await encodeStoredReportPaced(rawCrashOf(report), report.received.submission.dumps, deps)
  deps.turn.rest()
  const started = deps.clock()
  let retried = false
  const onRetry = (error: unknown) => {
    retried = true
    metrics.record('store_retries_total', 1, {})
    log('warning', 'store_retry', { crash_id: crashId, error: describeError(error) })
  }
  const put = async (storage: Storage) => {
    await openPastDay(storage, crashId, deps)
    return write(storage, { report, body }, { ...deps, onRetry })
  }
  try {
    const outcome = await put(deps.stores.crashes)
    metrics.record('store_ms', deps.clock() - started, {})
    metrics.record('stored_bytes', sizeOf(body), {})
    // An abandoned attempt may still be reading.
    if (outcome === 'stored' && !retried) freeBytes(body)
    metrics.record(outcome === 'stored' ? 'stored_total' : 'duplicates_total', 1, {})
    return outcome
  } catch (error) {
    metrics.record('store_failures_total', 1, {})
    log('error', 'store_failed', { crash_id: crashId, error: describeError(error) })
    return storeInFallback(put, deps)
  }
}

/**
 * Crashpad and other clients send once: a report that the store does not accept must be stored elsewhere before they
 * get an error.
 */
async function storeInFallback(
  put: (storage: Storage) => Promise<unknown>,
  { fallback, metrics, log }: EdgeDeps,
): Promise<'fallback' | 'failed'> {
  if (!fallback) return 'failed'
  try {
    await put(fallback)
    metrics.record('stored_in_fallback_total', 1, {})
    return 'fallback'
  } catch (error) {
    log('error', 'fallback_failed', { error: describeError(error) })
    return 'failed'
  }
}

function rawCrashOf({ userAgent, receivedAt, received, decision }: Submitted): RawCrash {
  const { submission, wireBytes, encoding } = received
  const { annotations, replaced, notes, crashId, verdict } = decision
  const { rule, percent, weight } = verdict
  return makeRawCrash(
    { ...submission, annotations, replaced, notes },
    {
      crashId,
      receivedAt,
      throttle: { rule, percent, weight: Number.isFinite(weight) ? weight : 1 },
      wireBytes,
      compressed: encoding !== null,
      userAgent: userAgent ?? 'None',
    },
  )
}

interface Written {
  report: Submitted
  body: readonly Uint8Array[]
}

type WriteTools = Pick<EdgeDeps, 'config' | 'clock' | 'sleep' | 'random'> & {
  /** Called before each attempt after the first. */
  onRetry(error: unknown): void
}

/** @throws CrashError 'storage' when the report could not be written and does not exist */
async function write(
  storage: Storage,
  { report: { decision, received }, body }: Written,
  { config, ...tools }: WriteTools,
): Promise<'stored' | 'duplicate'> {
  const { dumps } = received.submission
  const dumpBytes = dumps.reduce((sum, { size }) => sum + size, 0)
  const identity = describe(decision.annotations)
  const metadata = storedMetadata({ ...identity, dumpBytes, dumpCount: dumps.length })
  const key = rawKey(decision.crashId)
  const options = { metadata, contentType: storedContentType, ifNoneMatch: '*' } as const
  try {
    return await retry(
      async ({ remaining }) =>
        (await within(storage.put(key, body, options), remaining)) ? 'stored' : 'duplicate',
      { ...tools, attempts, firstPause, timeout: config.storeTimeoutMs },
    )
  } catch (cause) {
    if (await isStored(storage, key)) return 'duplicate'
    throw new CrashError('storage', `${key} could not be stored`, { cause })
  }
}

const openers = new WeakMap<Storage, OpenDay>()

/**
 * Before a report is written into a day that is over, as authorized senders may: marks the day as open, because batch
 * may have settled it.
 * @throws CrashError 'storage'; 'timeout' when the store does not respond in time
 */
async function openPastDay(
  storage: Storage,
  crashId: string,
  { now, clock, config }: EdgeDeps,
): Promise<void> {
  const date = dateOfCrashId(crashId)
  if (date >= dateAt(now())) return
  const openDay = openers.get(storage) ?? createDayOpener(storage, clock)
  openers.set(storage, openDay)
  await within(openDay(date), config.storeTimeoutMs)
}

/** Also false when the store fails. */
async function isStored(storage: Storage, key: string): Promise<boolean> {
  const look = () => within(storage.head(key), lookupTimeout)
  return retry(look, { attempts: lookups, firstPause: 0 }).then(
    (info) => info !== null,
    () => false,
  )
}

const sizeOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0)
