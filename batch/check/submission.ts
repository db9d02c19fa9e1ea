// Checks of what the edge accepts and refuses, mostly by dry runs, which store and count nothing.
import * as z from 'zod/mini'
import { encodeSubmission } from '../exchange/client-requests.ts'
import type { CheckContext } from './context.ts'
import { type Answer, type AskOptions, type Deployment, jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped } from './findings.ts'

const dryRun = z.object({
  would: z.object({
    status: z.number(),
    verdict: z.optional(z.string()),
    rule: z.optional(z.string()),
    stored: z.optional(z.boolean()),
    reason: z.optional(z.string()),
  }),
  crash_id: z.optional(z.nullable(z.string())),
})

/** What `/submit` would do with a body; null for another answer. */
export const readDryRun = (answer: Answer) => (answer.status === 200 ? jsonOf(answer, dryRun) : null)

/** The request of a report as options of `ask`. */
export const postOf = ({ headers, body }: ReturnType<typeof encodeSubmission>) =>
  ({
    method: 'POST',
    headers: { ...headers, 'user-agent': 'mayday check' },
    body: new Uint8Array(body),
  }) satisfies AskOptions

export async function* checkSubmission(context: CheckContext): AsyncIterable<Finding> {
  yield await dryRunFinding(context)
  yield await rejectedFinding(context)
  yield await malformedFinding(context.deployment)
}

async function dryRunFinding({ deployment, report }: CheckContext): Promise<Finding> {
  const answer = await deployment.ask('/submit/check', postOf(report.request))
  const would = readDryRun(answer)?.would
  if (!would)
    return failed('dry run', {
      text: summaryOf(answer),
      cure: 'a proxy must pass on POST with bodies of 25 MiB to /submit and below',
    })
  if (would.stored) return ok('dry run', `the policy accepts ${report.product} by the rule ${would.rule}`)
  return failed('dry run', {
    text: `the policy does not store the product ${report.product}: rule ${would.rule ?? would.reason}`,
    cure: 'see mayday policy explain; if only listed products are accepted, name one of them with --product',
  })
}

/** Sent only where the policy would reject it: a stored report would have to be erased. */
async function rejectedFinding({ deployment, report }: CheckContext): Promise<Finding> {
  const annotations = {
    ...report.annotations,
    ProductName: `${report.product}-${report.mark.slice(0, 8)}`,
    Throttleable: '1',
  }
  const request = postOf(encodeSubmission({ client: 'breakpad', annotations, dump: null }))
  const would = readDryRun(await deployment.ask('/submit/check', request))?.would
  if (would?.verdict !== 'reject')
    return skipped('rejected report', {
      text: 'the policy accepts a report of any product',
      cure: 'nothing to do, unless the policy should be stricter',
    })
  const answer = await deployment.ask('/submit', request)
  const expected = `Discarded=rule_${would.rule}`
  if (answer.status === 200 && answer.text.trim() === expected)
    return ok('rejected report', `status 200, ${expected}`)
  return failed('rejected report', {
    text: `${summaryOf(answer)}, not 200 with ${expected}`,
    cure: 'a proxy or cache changes answers',
  })
}

interface Malformed {
  reason: string
  headers: Readonly<Record<string, string>>
  body: string
}

const boundary = 'mayday-check'
const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
const malformed: readonly Malformed[] = [
  { reason: 'wrong_content_type', headers: { 'content-type': 'text/plain' }, body: 'x' },
  { reason: 'no_boundary', headers: { 'content-type': 'multipart/form-data' }, body: 'x' },
  { reason: 'bad_gzip', headers: { ...multipart, 'content-encoding': 'gzip' }, body: 'not gzip' },
  { reason: 'invalid_payload_structure', headers: multipart, body: 'not multipart' },
  { reason: 'no_annotations', headers: multipart, body: `--${boundary}--\r\n` },
]

/** Each kind by a dry run; one is really sent, and counted as malformed. */
async function malformedFinding(deployment: Deployment): Promise<Finding> {
  const wrong: string[] = []
  for (const { reason, ...sent } of malformed) {
    const would = readDryRun(await deployment.ask('/submit/check', { method: 'POST', ...sent }))?.would
    if (would?.reason !== reason || would.status !== 400) wrong.push(`${reason}: ${would?.reason ?? 'none'}`)
  }
  const { reason, ...sent } = malformed[0]!
  const answer = await deployment.ask('/submit', { method: 'POST', ...sent })
  if (answer.status !== 400 || answer.text.trim() !== `Discarded=malformed_${reason}`)
    wrong.push(`${reason}: ${summaryOf(answer)}`)
  const get = await deployment.ask('/submit')
  if (get.status !== 405) wrong.push(`GET: ${summaryOf(get)}`)
  if (wrong.length === 0)
    return ok('malformed reports', `status 400 for ${malformed.length} kinds, 405 for GET`)
  return failed('malformed reports', {
    text: wrong.join('; '),
    cure: 'a proxy changes requests or answers: it must pass on bodies, Content-Type and Content-Encoding',
  })
}
