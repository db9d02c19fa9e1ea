// POST /submit: receive → identify → throttle → store → answer. Answers: docs/clients.md.
import { type CrashIdDigit, identifyReport, isCrashId, makeCrashId } from '../shared/crash-id.ts'
import { bannedAnnotations } from '../shared/fields/annotations.ts'
import { rawKey } from '../shared/keys.ts'
import { makeRawCrash, removeAnnotations } from '../shared/report/raw-crash.ts'
import { Refusal, refusals } from '../shared/report/refusals.ts'
import { encodeStoredReport, storedContentType, storedMetadata } from '../shared/report/stored.ts'
import { resolveProduct } from '../shared/throttle/product.ts'
import { type ThrottleResult, throttle } from '../shared/throttle/throttle.ts'
import { hasBearer } from './auth.ts'
import { crashIdKeyFor } from './config.ts'
import type { EdgeDeps } from './deps.ts'
import type { Health } from './health.ts'
import { plainAnswer } from './http.ts'
import { describeError } from './log.ts'
import { limitsOf } from './policy.ts'
import { ClientGone, type Received, receive } from './receive.ts'
import { storeReport } from './store-report.ts'

const digits = { accept: 0, defer: 1, reject: 2, fakeaccept: 3 } as const satisfies Record<
  string,
  CrashIdDigit
>
const cors = { 'access-control-allow-origin': '*' }

/** Answers every submission; throws only what is a bug or a missing setting. */
export async function submit(request: Request, deps: EdgeDeps, health: Health): Promise<Response> {
  const started = deps.clock()
  deps.metrics.record('submissions_total', 1, {})
  try {
    return await accept(request, deps, health)
  } catch (error) {
    if (error instanceof Refusal) return refuse(error, deps)
    if (error instanceof ClientGone) {
      deps.metrics.record('client_gone_total', 1, {})
      deps.log('info', 'client_gone')
      return new Response(null, { status: 400 })
    }
    throw error
  } finally {
    deps.metrics.record('submit_ms', deps.clock() - started, {})
  }
}

function refuse({ reason }: Refusal, deps: EdgeDeps): Response {
  const unauthorized = reason === 'unauthorized_uuid'
  deps.metrics.record('malformed_total', 1, { reason })
  deps.log('info', 'refused', { reason })
  return plainAnswer(`Discarded=${unauthorized ? '' : 'malformed_'}${reason}`, refusals[reason].status, cors)
}

/** What is decided about a report before anything is stored. */
interface Judgement {
  crashId: string
  verdict: ThrottleResult
  /** With product names resolved, without what may not be kept. */
  annotations: Readonly<Record<string, unknown>>
  notes: string[]
}

async function accept(request: Request, deps: EdgeDeps, health: Health): Promise<Response> {
  const receivedAt = deps.now()
  const policy = await deps.policy.current()
  const received = await receive(request, deps.codecs, limitsOf(policy))
  deps.metrics.record('wire_bytes', received.wireBytes, {})
  if (received.encoding) deps.metrics.record('compressed_total', 1, { encoding: received.encoding })
  const all = resolveProduct(Object.fromEntries(received.submission.annotations))
  const { kept, notes } = removeAnnotations(all, bannedAnnotations)
  const identity = await identifyReport({
    dumps: received.submission.dumps,
    annotations: kept,
    key: crashIdKey(request, deps),
  })
  const verdict = throttle(policy, all, { now: receivedAt, draw: identity.draw })
  const chosen = await chosenId(request, received, deps)
  const crashId = chosen ?? makeCrashId(identity, { digit: digits[verdict.result], now: receivedAt })
  deps.metrics.record('throttle_total', 1, { rule: verdict.rule, verdict: verdict.result })
  const judgement = { crashId, verdict, annotations: kept, notes }
  const outcome =
    verdict.result === 'accept' || verdict.result === 'defer'
      ? await store(request, received, judgement, receivedAt, deps)
      : verdict.result
  logOutcome(outcome, received, judgement, deps)
  if (outcome === 'reject') return plainAnswer(`Discarded=rule_${verdict.rule}`, 200, cors)
  if (outcome === 'failed') return new Response(null, { status: 500, headers: cors })
  if (outcome === 'stored') health.reportStored(receivedAt)
  return plainAnswer(`CrashID=bp-${crashId}\n`, 200, cors)
}

const warned = new WeakSet<EdgeDeps>()

function crashIdKey(request: Request, deps: EdgeDeps): string {
  const { key, development } = crashIdKeyFor(deps.config, request.url)
  if (development && !warned.has(deps)) {
    warned.add(deps)
    deps.log('warning', 'development_key', { hint: 'CRASH_ID_KEY is not set: crash ids can be guessed' })
  }
  return key
}

/**
 * The id that an authorised sender chose, by the annotation `uuid` or by sending a stored report again; null when the
 * id is ours to make.
 * @throws Refusal 'unauthorized_uuid', 'invalid_uuid'
 */
async function chosenId(request: Request, { submission }: Received, deps: EdgeDeps): Promise<string | null> {
  const asked = submission.annotations.has('uuid')
  if (!asked && submission.replayedId === undefined) return null
  const authorised = await hasBearer(request, deps.config.submitToken)
  if (!authorised && asked) throw new Refusal('unauthorized_uuid')
  if (!authorised) return null
  const id = asked ? submission.annotations.get('uuid') : submission.replayedId
  if (!isCrashId(id)) throw new Refusal('invalid_uuid')
  return id
}

type Outcome = 'stored' | 'duplicate' | 'failed' | 'reject' | 'fakeaccept'

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
  const metadata = storedMetadata({
    ...describe(annotations),
    dumpBytes: submission.dumps.reduce((sum, dump) => sum + dump.size, 0),
    dumpCount: submission.dumps.length,
  })
  const started = deps.clock()
  const options = { metadata, contentType: storedContentType, timeoutMs: deps.config.storeTimeoutMs }
  try {
    const outcome = await storeReport(deps.stores.crashes, rawKey(crashId), body, options, {
      ...deps,
      onRetry: (error) => {
        deps.metrics.record('store_retries_total', 1, {})
        deps.log('warning', 'store_retry', { crash_id: crashId, error: describeError(error) })
      },
    })
    deps.metrics.record('store_ms', deps.clock() - started, {})
    deps.metrics.record(
      'stored_bytes',
      body.reduce((sum, piece) => sum + piece.length, 0),
      {},
    )
    deps.metrics.record(outcome === 'stored' ? 'stored_total' : 'duplicates_total', 1, {})
    return outcome
  } catch (error) {
    deps.metrics.record('store_failures_total', 1, {})
    deps.log('error', 'store_failed', { crash_id: crashId, error: describeError(error) })
    return 'failed'
  }
}

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

/** What is told of a report outside of it. */
function describe(annotations: Readonly<Record<string, unknown>>) {
  const text = (name: string) => {
    const value = annotations[name]
    return typeof value === 'string' ? value : ''
  }
  return { product: text('ProductName'), version: text('Version'), channel: text('ReleaseChannel') }
}
