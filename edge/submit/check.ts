// POST /submit/check: says what would become of a submission, and stores nothing.
import { compressRest, heldBytesOf } from '../../shared/report/encoded-dump.ts'
import { Refusal, refusals } from '../../shared/report/refusals.ts'
import type { PartSeen, Submission } from '../../shared/report/report-builder.ts'
import type { EdgeDeps } from '../deps.ts'
import { Overloaded } from '../lib/memory-budget.ts'
import { jsonAnswer, problem } from '../lib/http.ts'
import { type Judgement, judge } from './decide.ts'
import { limitsOf } from './policy.ts'
import { ClientGone, receive } from './receive.ts'

const maxParts = 500

/** Answers 200 with JSON whatever it was sent: `would` says what /submit would answer. */
export async function check(request: Request, deps: EdgeDeps): Promise<Response> {
  const parts: PartSeen[] = []
  const onPart = (part: PartSeen) => {
    if (parts.length < maxParts) parts.push(part)
  }
  const share = deps.budget.open()
  deps.metrics.record('checks_total', 1, {})
  try {
    if (!(await deps.maySubmit(request))) return problem(429, undefined, { 'retry-after': '60' })
    const policy = await deps.policy.current()
    const received = await receive(request, deps.codecs, limitsOf(policy), {
      bodyTimeoutMs: deps.config.bodyTimeoutMs,
      readsMustEnd: deps.readsMustEnd,
      share,
      onPart,
    })
    const judgement = await judge(request, received, policy, deps.now(), deps)
    for (const dump of received.submission.dumps) compressRest(dump, deps.codecs)
    return answer({ ...explain(received.submission, judgement), policy: policy.name, parts })
  } catch (error) {
    if (error instanceof Overloaded) return problem(503, undefined, { 'retry-after': '5' })
    if (!(error instanceof Refusal) && !(error instanceof ClientGone)) throw error
    const reason = error instanceof Refusal ? error.reason : null
    return answer({
      would: reason ? { status: refusals[reason].status, reason, because: refusals[reason].doc } : null,
      parts,
    })
  } finally {
    share.release()
  }
}

const answer = (value: unknown) =>
  jsonAnswer(value, { headers: { 'access-control-allow-origin': '*', 'cache-control': 'no-store' } })

function explain(submission: Submission, { crashId, verdict, annotations, notes }: Judgement) {
  const keeps = verdict.result === 'accept' || verdict.result === 'defer'
  return {
    would: { status: 200, verdict: verdict.result, rule: verdict.rule, stored: keeps },
    crash_id: verdict.result === 'reject' ? null : crashId,
    throttle: { percent: verdict.percent, weight: verdict.weight, trace: verdict.trace },
    notes: [...submission.notes, ...notes],
    annotations,
    files: submission.dumps.map((dump) => ({
      name: dump.name,
      size: dump.size,
      sha256: dump.sha256hex,
      stored_size: heldBytesOf(dump),
    })),
  }
}
