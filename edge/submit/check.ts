// POST /submit/check: reports the outcome of a submission without storing it.
import { compressRest, heldBytesOf } from '../../shared/report/body/encoded-dump.ts'
import { describeFile } from '../../shared/report/file-names.ts'
import { type RefusalReason, refusals } from '../../shared/report/refusals.ts'
import type { PartSeen, Submission } from '../../shared/report/report-builder.ts'
import type { EdgeDeps } from '../deps.ts'
import { failureOf, RateLimited } from '../errors.ts'
import { jsonAnswer } from '../lib/http.ts'
import { familyOf, statusOf } from './answers.ts'
import { type Decision, decide } from './decide.ts'
import { whileInFlight } from './in-flight.ts'
import { limitsOf } from './policy.ts'
import { receive } from './receive.ts'

const maxParts = 500

/**
 * Responds with 200 and JSON to every body: `would` is the response that /submit would give.
 * @throws RateLimited; Overloaded
 */
export async function check(request: Request, deps: EdgeDeps): Promise<Response> {
  const parts: PartSeen[] = []
  const onPart = (part: PartSeen) => {
    if (parts.length < maxParts) parts.push(part)
  }
  deps.metrics.record('checks_total', 1, {})
  try {
    return await whileInFlight(deps, async (bounds) => {
      if (!(await deps.maySubmit(request))) throw new RateLimited()
      const policy = await deps.policy.current()
      const received = await receive(request, { ...deps, ...bounds, limits: limitsOf(policy), onPart })
      const decision = await decide(request, received, { policy, receivedAt: deps.now() }, deps)
      for (const dump of received.submission.dumps) compressRest(dump, deps.codecs)
      return jsonAnswer({ ...explain(received.submission, decision), policy: policy.name, parts })
    })
  } catch (error) {
    const failure = failureOf(error)
    if (failure?.is === 'malformed') return jsonAnswer({ would: refusedWith(failure.reason, request), parts })
    // No one reads this response.
    if (failure?.is === 'client_gone') return jsonAnswer({ would: null, parts })
    throw error
  }
}

function refusedWith(reason: RefusalReason, request: Request) {
  const { status } = statusOf({ is: 'malformed', reason }, familyOf(request))
  return { status, reason, because: refusals[reason].doc }
}

function explain(submission: Submission, { crashId, verdict, annotations, replaced, notes }: Decision) {
  const keeps = verdict.result === 'accept' || verdict.result === 'defer'
  return {
    would: { status: 200, verdict: verdict.result, rule: verdict.rule, stored: keeps },
    crash_id: verdict.result === 'reject' ? null : crashId,
    throttle: { percent: verdict.percent, weight: verdict.weight, trace: verdict.trace },
    notes,
    annotations,
    replaced,
    files: submission.dumps.map((dump) => ({
      ...describeFile(dump.name, dump.origin, dump.size),
      sha256: dump.sha256hex,
      stored_size: heldBytesOf(dump),
    })),
  }
}
