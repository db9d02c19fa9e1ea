// The crash ID of a report, and the verdict that depends on the same secret; over a change of the secret both stay.
import {
  type CrashId,
  type CrashIdDigit,
  identifyReport,
  type IdentityInput,
  makeCrashId,
  type ReportIdentity,
} from '../../shared/crash-id.ts'
import { rawKey } from '../../shared/keys.ts'
import type { ThrottleResult } from '../../shared/throttle/throttle.ts'
import { dateAt, daysUpTo } from '../../shared/time/dates.ts'
import { crashIdKeyFor } from '../config.ts'
import type { EdgeDeps } from '../deps.ts'
import { describeError } from '../lib/log.ts'
import { within } from '../lib/timeout.ts'

export interface Identified {
  crashId: CrashId
  verdict: ThrottleResult
}

export interface IdentifyInput extends Pick<IdentityInput, 'dumps' | 'annotations'> {
  request: Request
  receivedAt: Date
  throttle(draw: ReportIdentity['draw']): ThrottleResult
}

const digits = { accept: 0, defer: 1, reject: 2, fakeaccept: 3 } as const satisfies Record<
  string,
  CrashIdDigit
>

/**
 * With `CRASH_ID_KEY_PREVIOUS`, a report that was stored under it in the last week keeps the start of its ID.
 * @throws CrashError 'bad-config' without a key for crash IDs
 */
export async function identify(input: IdentifyInput, deps: EdgeDeps): Promise<Identified> {
  const { request, receivedAt } = input
  const withKey = (key: string): Identified => {
    const identity = identifyReport({ ...input, key, hmac: deps.codecs.hmacSha256 })
    const verdict = input.throttle(identity.draw)
    return { verdict, crashId: makeCrashId(identity, { digit: digits[verdict.result], now: receivedAt }) }
  }
  const key = crashIdKey(request, deps)
  const { previousCrashIdKey } = deps.config
  if (previousCrashIdKey !== null && input.dumps.some(({ size }) => size > 0)) {
    const before = withKey(previousCrashIdKey)
    if (await wasStored(before, receivedAt, deps)) return before
  }
  return withKey(key)
}

const warned = new WeakSet<EdgeDeps>()

function crashIdKey(request: Request, deps: EdgeDeps): string {
  const { key, development } = crashIdKeyFor(deps.config, deps.isLocal(request))
  if (development && !warned.has(deps)) {
    warned.add(deps)
    deps.log('warning', 'development_key', { hint: 'CRASH_ID_KEY is not set: crash IDs can be guessed' })
  }
  return key
}

/** How many days ago a report may have been sent first: each costs a request. */
const daysBack = 7
const lookTimeoutMs = 2000

/** Whether the same report was stored on one of the last days. False if the store does not respond. */
async function wasStored(
  { crashId, verdict: { result } }: Identified,
  receivedAt: Date,
  { stores: { crashes }, log }: EdgeDeps,
): Promise<boolean> {
  if (result !== 'accept' && result !== 'defer') return false
  const days = daysUpTo(dateAt(receivedAt), daysBack)
  const ids = days.map((date) => crashId.slice(0, 30) + date.replaceAll('-', '').slice(2))
  try {
    const found = await within(Promise.all(ids.map((id) => crashes.head(rawKey(id)))), lookTimeoutMs)
    return found.some((info) => info !== null)
  } catch (error) {
    log('error', 'previous_key_not_checked', { error: describeError(error) })
    return false
  }
}
