// A submission: receive → decide → store → respond.
import { freeDump } from '../../shared/report/body/encoded-dump.ts'
import type { RefusalReason } from '../../shared/report/refusals.ts'
import type { EdgeDeps } from '../deps.ts'
import { type Failure, RateLimited } from '../errors.ts'
import type { Health } from '../reads/health.ts'
import { answer, type Family, familyOf, outcomeOf, type Outcome } from './answers.ts'
import { TimedOut } from './body.ts'
import { decide, describe, describeCounted } from './decide.ts'
import { type InFlight, whileInFlight } from './in-flight.ts'
import { limitsOf } from './policy.ts'
import { type OpenReader, receive } from './receive.ts'
import { type Stored, storeReport, type Submitted } from './store-report.ts'

/** How a request is read and answered. */
export interface Protocol {
  family: Family
  /** Opens the reader for its body; multipart by default. */
  openReader?: OpenReader
}

interface SubmitTools {
  health: Health
  protocol: Protocol
}

/** Responds to every submission; throws only for bugs and missing settings. `protocol`: by default by User-Agent. */
export async function submit(
  request: Request,
  deps: EdgeDeps,
  { health, protocol = { family: familyOf(request) } }: Partial<SubmitTools> & { health: Health },
): Promise<Response> {
  const started = deps.clock()
  deps.metrics.record('submissions_total', 1, {})
  try {
    const outcome = await outcomeFor(request, deps, { health, protocol })
    return answer(outcome, request, protocol.family)
  } finally {
    deps.metrics.record('submit_ms', deps.clock() - started, {})
  }
}

async function outcomeFor(request: Request, deps: EdgeDeps, tools: SubmitTools): Promise<Outcome> {
  try {
    return await whileInFlight(deps, async (bounds) => {
      if (!(await deps.maySubmit(request))) throw new RateLimited()
      return accept(request, deps, { ...tools, ...bounds })
    })
  } catch (error) {
    const outcome = outcomeOf(error)
    if (!outcome) throw error
    if (error instanceof TimedOut) deps.metrics.record('timed_out_total', 1, { kind: error.kind })
    if (outcome.is !== 'acknowledged') recordFailure(outcome, deps)
    return outcome
  }
}

function recordFailure(failure: Failure, deps: EdgeDeps): void {
  if (failure.is === 'malformed') {
    recordRefusal(failure.reason, deps)
    return
  }
  deps.metrics.record(`${failure.is}_total`, 1, {})
  if (failure.is === 'overloaded') deps.log('warning', 'overloaded', { held_bytes: deps.budget.heldBytes })
  else if (failure.is !== 'rate_limited') deps.log('info', failure.is)
}

function recordRefusal(reason: RefusalReason, deps: EdgeDeps): void {
  deps.metrics.record('malformed_total', 1, { reason })
  deps.log('info', 'refused', { reason })
  deps.refusals.count({ ...describeCounted({}), rule: `malformed_${reason}` }, deps.now())
}

async function accept(
  request: Request,
  deps: EdgeDeps,
  { health, protocol: { openReader }, ...bounds }: SubmitTools & InFlight,
): Promise<Outcome> {
  const receivedAt = deps.now()
  const policy = await deps.policy.current()
  const received = await receive(request, { ...deps, ...bounds, limits: limitsOf(policy), openReader })
  deps.metrics.record('wire_bytes', received.wireBytes, {})
  if (received.encoding) deps.metrics.record('compressed_total', 1, { encoding: received.encoding })
  const decision = await decide(request, received, { policy, receivedAt }, deps)
  const { rule, result } = decision.verdict
  deps.metrics.record('throttle_total', 1, { rule, verdict: result })
  const userAgent = request.headers.get('user-agent')
  const report = { userAgent, receivedAt, received, decision }
  const ending =
    result === 'accept' || result === 'defer'
      ? await storeReport(report, { ...deps, ...bounds })
      : refuse(result, report, deps)
  logEnding(ending, report, deps)
  if (ending === 'stored') health.reportStored(receivedAt)
  if (ending === 'failed') return { is: 'not_stored' }
  const { eventId = null } = received.submission
  return ending === 'reject'
    ? { is: 'rejected', rule, eventId }
    : { is: 'accepted', crashId: decision.crashId, eventId }
}

/** `fakeaccept`: answered like an accepted report. */
type Refused = 'reject' | 'fakeaccept'

/** Frees a report that the policy rejects, and counts it. */
function refuse(result: Refused, { received, decision, receivedAt }: Submitted, deps: EdgeDeps): Refused {
  received.submission.dumps.forEach(freeDump)
  const { annotations, verdict } = decision
  deps.refusals.count({ ...describeCounted(annotations), rule: verdict.rule }, receivedAt)
  return result
}

function logEnding(ending: Stored | Refused, { received, decision }: Submitted, deps: EdgeDeps): void {
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
