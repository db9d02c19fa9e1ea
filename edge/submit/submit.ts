// POST /submit: receive → judge → store → answer. Answers: docs/clients.md.
import { rawKey } from '../../shared/keys.ts'
import { freeBytes } from '../../shared/bytes/byte-buffer.ts'
import { freeDump } from '../../shared/report/encoded-dump.ts'
import { makeRawCrash } from '../../shared/report/raw-crash.ts'
import { Refusal, refusals } from '../../shared/report/refusals.ts'
import { encodeStoredReport, storedContentType, storedMetadata } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { Overloaded, type Share } from '../lib/memory-budget.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Health } from '../reads/health.ts'
import { plainAnswer } from '../lib/http.ts'
import { describe, describeCounted, type Judgement, judge } from './decide.ts'
import { describeError } from '../lib/log.ts'
import { limitsOf } from './policy.ts'
import { ClientGone, type Received, receive } from './receive.ts'
import { storeReport } from './store-report.ts'

const cors = { 'access-control-allow-origin': '*' }

/** Answers every submission; throws only what is a bug or a missing setting. */
export async function submit(request: Request, deps: EdgeDeps, health: Health): Promise<Response> {
  const started = deps.clock()
  const share = deps.budget.open()
  deps.metrics.record('submissions_total', 1, {})
  try {
    if (!(await deps.maySubmit(request))) {
      deps.metrics.record('rate_limited_total', 1, {})
      return new Response(null, { status: 429, headers: { ...cors, 'retry-after': '60' } })
    }
    return await accept(request, deps, health, share)
  } catch (error) {
    if (error instanceof Refusal) return refuse(error, deps)
    if (error instanceof Overloaded) {
      deps.metrics.record('overloaded_total', 1, {})
      deps.log('warning', 'overloaded', { held_bytes: deps.budget.heldBytes })
      return new Response(null, { status: 503, headers: { ...cors, 'retry-after': '5' } })
    }
    if (error instanceof ClientGone) {
      deps.metrics.record('client_gone_total', 1, {})
      deps.log('info', 'client_gone')
      return new Response(null, { status: 400 })
    }
    throw error
  } finally {
    share.release()
    deps.metrics.record('submit_ms', deps.clock() - started, {})
  }
}

function refuse({ reason }: Refusal, deps: EdgeDeps): Response {
  const unauthorized = reason === 'unauthorized_uuid'
  deps.metrics.record('malformed_total', 1, { reason })
  deps.log('info', 'refused', { reason })
  deps.refusals.count({ ...describeCounted({}), rule: `malformed_${reason}` }, deps.now())
  return plainAnswer(`Discarded=${unauthorized ? '' : 'malformed_'}${reason}`, refusals[reason].status, cors)
}

async function accept(request: Request, deps: EdgeDeps, health: Health, share: Share): Promise<Response> {
  const receivedAt = deps.now()
  const policy = await deps.policy.current()
  const received = await receive(request, deps.codecs, limitsOf(policy), {
    bodyTimeoutMs: deps.config.bodyTimeoutMs,
    readsMustEnd: deps.readsMustEnd,
    share,
  })
  deps.metrics.record('wire_bytes', received.wireBytes, {})
  if (received.encoding) deps.metrics.record('compressed_total', 1, { encoding: received.encoding })
  const judgement = await judge(request, received, policy, receivedAt, deps)
  const { verdict, crashId } = judgement
  deps.metrics.record('throttle_total', 1, { rule: verdict.rule, verdict: verdict.result })
  const outcome =
    verdict.result === 'accept' || verdict.result === 'defer'
      ? await store(request, received, judgement, receivedAt, deps)
      : verdict.result
  logOutcome(outcome, received, judgement, deps)
  if (outcome === 'stored') health.reportStored(receivedAt)
  if (outcome === 'failed') return new Response(null, { status: 500, headers: cors })
  if (outcome === 'reject' || outcome === 'fakeaccept') {
    received.submission.dumps.forEach(freeDump)
    deps.refusals.count({ ...describeCounted(judgement.annotations), rule: verdict.rule }, receivedAt)
  }
  if (outcome === 'reject') return plainAnswer(`Discarded=rule_${verdict.rule}`, 200, cors)
  return plainAnswer(bareId.test(request.url) ? crashId : `CrashID=bp-${crashId}\n`, 200, cors)
}

/** Clients that show the answer as it is, or use it as a file name, can ask for the id alone. */
const bareId = /[?&]answer=id(?:&|$)/

/** `aside`: in the fallback store. */
type Outcome = 'stored' | 'duplicate' | 'aside' | 'failed' | 'reject' | 'fakeaccept'

async function store(
  request: Request,
  received: Received,
  { crashId, verdict, annotations, notes }: Judgement,
  receivedAt: Date,
  deps: EdgeDeps,
): Promise<Outcome> {
  const { submission, wireBytes, encoding } = received
  const { rule, percent, weight } = verdict
  const rawCrash = makeRawCrash(submission, annotations, notes, {
    crashId,
    receivedAt,
    throttle: { rule, percent, weight: Number.isFinite(weight) ? weight : 1 },
    wireBytes,
    compressed: encoding !== null,
    userAgent: request.headers.get('user-agent') ?? 'None',
  })
  const body = encodeStoredReport(rawCrash, submission.dumps, deps.codecs)
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
    // A try that was given up may still be reading.
    if (outcome === 'stored' && !retried) freeBytes(body)
    deps.metrics.record(outcome === 'stored' ? 'stored_total' : 'duplicates_total', 1, {})
    return outcome
  } catch (error) {
    deps.metrics.record('store_failures_total', 1, {})
    deps.log('error', 'store_failed', { crash_id: crashId, error: describeError(error) })
    return storeAside(put, deps)
  }
}

/** Crashpad and others send once: what the store does not take must be somewhere before they hear that it failed. */
async function storeAside(
  put: (storage: Storage) => Promise<unknown>,
  { fallback, metrics, log }: EdgeDeps,
): Promise<'aside' | 'failed'> {
  if (!fallback) return 'failed'
  try {
    await put(fallback)
    metrics.record('stored_aside_total', 1, {})
    return 'aside'
  } catch (error) {
    log('error', 'fallback_failed', { error: describeError(error) })
    return 'failed'
  }
}

const sizeOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0)

function logOutcome(outcome: Outcome, received: Received, judgement: Judgement, deps: EdgeDeps): void {
  const { crashId, verdict, annotations } = judgement
  const { product, version } = describe(annotations)
  deps.log('info', 'submission', {
    outcome,
    crash_id: crashId,
    product: product.slice(0, 100),
    version: version.slice(0, 100),
    rule: verdict.rule,
    wire_bytes: received.wireBytes,
  })
}
