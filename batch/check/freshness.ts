// Checks of what batch makes of crashes: aggregates, search files, rounds.
import { roundSchema, statusSchema } from '../../shared/aggregates/documents.ts'
import { roundKey, statusKey } from '../../shared/keys.ts'
import { searchDataPath } from '../../shared/pages.ts'
import { dayMs } from '../../shared/time/dates.ts'
import { type CheckContext, waitFor } from './context.ts'
import { type Deployment, jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'

export async function* checkFreshness(context: CheckContext): AsyncIterable<Finding> {
  const { deployment, left } = context
  if (left.processed) await waitFor(context, 'the aggregates after the test crash', () => isWritten(context))
  yield await aggregatesFinding(context)
  yield await roundFinding(deployment)
  yield await searchFinding(deployment)
}

/** The search files are written some steps after the aggregates. */
async function isWritten({ deployment, left }: CheckContext): Promise<boolean> {
  const status = await readStatus(deployment)
  const isNewer = status !== null && Date.parse(status.generated_at) >= (left.sentAt?.getTime() ?? 0)
  return isNewer && (await deployment.ask(searchManifest)).status === 200
}

const searchManifest = `${searchDataPath}v1/manifest.json`
const runRounds = 'run mayday run --every 10m, or mayday serve --every 10m'

async function readStatus(deployment: Deployment) {
  const answer = await deployment.ask(`/${statusKey}`)
  return answer.status === 200 ? jsonOf(answer, statusSchema) : null
}

async function aggregatesFinding({ deployment, left, now }: CheckContext): Promise<Finding> {
  const answer = await deployment.ask(`/${statusKey}`)
  const status = answer.status === 200 ? jsonOf(answer, statusSchema) : null
  if (!status)
    return failed('aggregates', {
      text: answer.status === 404 ? 'there are none' : summaryOf(answer),
      cure:
        answer.status === 404 ? runRounds : 'edge and batch must have the same version, and the same store',
    })
  const age = now().getTime() - Date.parse(status.generated_at)
  const text = `${Math.round(age / 60_000)} minutes old`
  const limit = status.stale_after === null ? dayMs : status.stale_after * 1000
  if (age > limit) return failed('aggregates', { text, cure: `look at the last round: ${runRounds}` })
  if (left.processed && Date.parse(status.generated_at) < (left.sentAt?.getTime() ?? 0))
    return warning('aggregates', {
      text: `${text}: not written since the test crash was processed`,
      cure: 'run mayday aggregate after mayday process, or only mayday run',
    })
  return ok('aggregates', text)
}

async function roundFinding(deployment: Deployment): Promise<Finding> {
  const answer = await deployment.ask(`/${roundKey}`)
  const round = answer.status === 200 ? jsonOf(answer, roundSchema) : null
  if (!round)
    return skipped('last round', {
      text: 'no round of mayday run is recorded',
      cure: 'watch the jobs that run mayday process and mayday aggregate',
    })
  const bad = round.steps.filter(({ good }) => !good).map(({ name }) => name)
  const waiting = `${round.backlog} reports waiting`
  if (round.good && bad.length === 0) return ok('last round', `good, ${waiting}`)
  return warning('last round', {
    text: `not good: ${bad.join(', ') || 'product files'}; ${waiting}`,
    cure: 'the output of mayday run has the findings of these steps',
  })
}

async function searchFinding(deployment: Deployment): Promise<Finding> {
  const answer = await deployment.ask(searchManifest)
  if (answer.status === 200) return ok('search files', 'there is a manifest')
  if (answer.status === 404) return warning('search files', { text: 'there are none yet', cure: runRounds })
  return failed('search files', { text: summaryOf(answer), cure: 'edge and batch must use the same store' })
}
