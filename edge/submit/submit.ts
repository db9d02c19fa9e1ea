// A submission: receive → decide → store → respond.
import { rawKey } from '../../shared/keys.ts'
import { freeBytes } from '../../shared/bytes/byte-buffer.ts'
import { freeDump } from '../../shared/report/encoded-dump.ts'
import { makeRawCrash } from '../../shared/report/raw-crash.ts'
import type { RefusalReason } from '../../shared/report/refusals.ts'
import { encodeStoredReportPaced, storedContentType, storedMetadata } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { EdgeDeps } from '../deps.ts'
import { RateLimited } from '../errors.ts'
import type { Health } from '../reads/health.ts'
import { answer, type Family, familyOf, outcomeOf, type Outcome } from './answers.ts'
import { describe, describeCounted, type Decision, decide } from './decide.ts'
import { TimedOut } from './body.ts'
import { type InFlight, whileInFlight } from './in-flight.ts'
import { describeError } from '../lib/log.ts'
import { limitsOf } from './policy.ts'
import { type OpenReader, type Received, receive } from './receive.ts'
import { storeReport } from './store-report.ts'
import { present } from '../../shared/present.ts'

/** How a request is read and answered. */
export interface Protocol {
  family: Family
  /** Opens the reader for its body; multipart by default. */
  openReader?: OpenReader
}

interface SubmitTools {
  health: Health
  /** By default determined from the User-Agent. */
  protocol?: Protocol
}

/** Responds to every submission; throws only for bugs and missing settings. */
export async function submit(request: Request, deps: EdgeDeps, tools: SubmitTools): Promise<Response> {
  const { health, protocol = { family: familyOf(request) } } = tools
  const started = deps.clock()
  deps.metrics.record('submissions_total', 1, {})
  try {
    const outcome = await outcomeFor(request, deps, { health, openReader: protocol.openReader })
    return answer(outcome, request, protocol.family)
  } finally {
    deps.metrics.record('submit_ms', deps.clock() - started, {})
  }
}

interface AcceptTools {
  health: Health
  openReader: OpenReader | undefined
}

async function outcomeFor(request: Request, deps: EdgeDeps, tools: AcceptTools): Promise<Outcome> {
  try {
    return await whileInFlight(deps, async (bounds) => {
      if (!(await deps.maySubmit(request))) throw new RateLimited()
      return accept(request, deps, { ...tools, ...bounds })
    })
  } catch (error) {
    const outcome = outcomeOf(error)
    if (!outcome) throw error
    if (error instanceof TimedOut) deps.metrics.record('timed_out_total', 1, { kind: error.kind })
    recordFailure(outcome, deps)
    return outcome
  }
}

function recordFailure(outcome: Outcome, deps: EdgeDeps): void {
  switch (outcome.is) {
    case 'malformed':
      recordRefusal(outcome.reason, deps)
      break
    case 'rate_limited':
      deps.metrics.record('rate_limited_total', 1, {})
      break
    case 'overloaded':
      deps.metrics.record('overloaded_total', 1, {})
      deps.log('warning', 'overloaded', { held_bytes: deps.budget.heldBytes })
      break
    case 'evicted':
      deps.metrics.record('evicted_total', 1, {})
      deps.log('info', 'evicted')
      break
    case 'client_gone':
      deps.metrics.record('client_gone_total', 1, {})
      deps.log('info', 'client_gone')
      break
  }
}

function recordRefusal(reason: RefusalReason, deps: EdgeDeps): void {
  deps.metrics.record('malformed_total', 1, { reason })
  deps.log('info', 'refused', { reason })
  deps.refusals.count({ ...describeCounted({}), rule: `malformed_${reason}` }, deps.now())
}

async function accept(
  request: Request,
  deps: EdgeDeps,
  { health, openReader, ...bounds }: AcceptTools & InFlight,
): Promise<Outcome> {
  const receivedAt = deps.now()
  const policy = await deps.policy.current()
  const received = await receive(request, deps.codecs, limitsOf(policy), {
    ...deps,
    ...bounds,
    bodyTimeoutMs: deps.config.bodyTimeoutMs,
    ...present({ openReader }),
  })
  deps.metrics.record('wire_bytes', received.wireBytes, {})
  if (received.encoding) deps.metrics.record('compressed_total', 1, { encoding: received.encoding })
  const decision = await decide(request, received, policy, receivedAt, deps)
  const { verdict, crashId } = decision
  deps.metrics.record('throttle_total', 1, { rule: verdict.rule, verdict: verdict.result })
  const ending =
    verdict.result === 'accept' || verdict.result === 'defer'
      ? await store(request, received, decision, receivedAt, { ...deps, ...bounds })
      : verdict.result
  logEnding(ending, received, decision, deps)
  if (ending === 'stored') health.reportStored(receivedAt)
  if (ending === 'failed') return { is: 'not_stored' }
  if (ending === 'reject' || ending === 'fakeaccept') {
    received.submission.dumps.forEach(freeDump)
    deps.refusals.count({ ...describeCounted(decision.annotations), rule: verdict.rule }, receivedAt)
  }
  const { eventId = null } = received.submission
  return ending === 'reject'
    ? { is: 'rejected', rule: verdict.rule, eventId }
    : { is: 'accepted', crashId, eventId }
}

/** `fallback`: in the fallback store. */
type Ending = 'stored' | 'duplicate' | 'fallback' | 'failed' | 'reject' | 'fakeaccept'

async function store(
  request: Request,
  received: Received,
  { crashId, verdict, annotations, replaced, notes }: Decision,
  receivedAt: Date,
  deps: EdgeDeps & InFlight,
): Promise<Ending> {
  const { submission, wireBytes, encoding } = received
  const { rule, percent, weight } = verdict
  const rawCrash = makeRawCrash(
    { ...submission, annotations, replaced, notes },
    {
      crashId,
      receivedAt,
      throttle: { rule, percent, weight: Number.isFinite(weight) ? weight : 1 },
      wireBytes,
      compressed: encoding !== null,
      userAgent: request.headers.get('user-agent') ?? 'None',
    },
  )
  const body = await encodeStoredReportPaced(rawCrash, submission.dumps, deps)
  deps.turn.rest()
  const { product, version, channel } = describe(annotations)
  const metadata = storedMetadata({
    product,
    version,
    channel,
    dumpBytes: submission.dumps.reduce((sum, dump) => sum + dump.size, 0),
    dumpCount: submission.dumps.length,
  })
  const started = deps.clock()
  const options = { metadata, contentType: storedContentType, timeoutMs: deps.config.storeTimeoutMs }
  let retried = false
  const tools = {
    ...deps,
    onRetry: (error: unknown) => {
      retried = true
      deps.metrics.record('store_retries_total', 1, {})
      deps.log('warning', 'store_retry', { crash_id: crashId, error: describeError(error) })
    },
  }
  const put = (storage: Storage) => storeReport(storage, rawKey(crashId), body, options, tools)
  try {
    const outcome = await put(deps.stores.crashes)
    deps.metrics.record('store_ms', deps.clock() - started, {})
    deps.metrics.record('stored_bytes', sizeOf(body), {})
    // An abandoned attempt may still be reading.
    if (outcome === 'stored' && !retried) freeBytes(body)
    deps.metrics.record(outcome === 'stored' ? 'stored_total' : 'duplicates_total', 1, {})
    return outcome
  } catch (error) {
    deps.metrics.record('store_failures_total', 1, {})
    deps.log('error', 'store_failed', { crash_id: crashId, error: describeError(error) })
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
    metrics.record('stored_aside_total', 1, {})
    return 'fallback'
  } catch (error) {
    log('error', 'fallback_failed', { error: describeError(error) })
    return 'failed'
  }
}

const sizeOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0)

function logEnding(ending: Ending, received: Received, decision: Decision, deps: EdgeDeps): void {
  const { crashId, verdict, annotations } = decision
  const { product, version } = describe(annotations)
  deps.log('info', 'submission', {
    outcome: ending,
    crash_id: crashId,
    product: product.slice(0, 100),
    version: version.slice(0, 100),
    rule: verdict.rule,
    wire_bytes: received.wireBytes,
  })
}
