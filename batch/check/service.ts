// Checks of the edge itself: health, version, clock, the pages.
import * as z from 'zod/mini'
import type { Millis } from '../../shared/units.ts'
import { type CheckContext, waitFor } from './context.ts'
import { type Answer, type Deployment, jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'

const heartbeatForm = z.object({
  errors: z.array(z.object({ name: z.string(), msg: z.string() })),
  store_ms: z.number(),
})
const versionForm = z.object({ version: z.optional(z.string()), commit: z.optional(z.string()) })

/** The rounds of `mayday serve` begin some seconds after its edge. */
const startTime: Millis = 20_000

export async function* checkService(context: CheckContext): AsyncIterable<Finding> {
  const { deployment } = context
  const heartbeat = await startedHeartbeat(context)
  yield heartbeatFinding(heartbeat.answer)
  yield clockFinding('clock of the edge', heartbeat)
  yield versionFinding(await deployment.ask('/__version__'))
  yield await dashboardFinding(deployment)
}

/** Asked again for a while where only the rounds do not run. */
async function startedHeartbeat(context: CheckContext): Promise<{ answer: Answer; from: Date; to: Date }> {
  const { deployment, now } = context
  const ask = async () => {
    const from = now()
    return { answer: await deployment.ask('/__heartbeat__'), from, to: now() }
  }
  let heartbeat = await ask()
  const isStarting = () => {
    const errors = jsonOf(heartbeat.answer, heartbeatForm)?.errors ?? []
    return errors.length > 0 && errors.every(({ name }) => name === 'rounds')
  }
  if (isStarting())
    await waitFor({ ...context, wait: Math.min(context.wait, startTime) }, 'the rounds to run', async () => {
      heartbeat = await ask()
      return !isStarting()
    })
  return heartbeat
}

function heartbeatFinding(answer: Answer): Finding {
  const state = jsonOf(answer, heartbeatForm)
  if (state && answer.status === 200)
    return ok('heartbeat', `the store was read and written in ${state.store_ms} ms`)
  const problems = state?.errors.map(({ name, msg }) => `${name}: ${msg}`).join('; ')
  return failed('heartbeat', {
    text: problems ?? summaryOf(answer),
    cure: state
      ? 'the log of the edge has the cause as "heartbeat"; check store, credentials and that rounds run'
      : 'is this the URL of a Mayday edge?',
  })
}

const seconds = (ms: number) => Math.round(ms / 1000)
const warnBeyond = 30_000
const failBeyond = 300_000

/** Compares the header `Date` of an answer with this machine's clock. */
function clockFinding(
  check: string,
  { answer, from, to }: { answer: Pick<Answer, 'headers'>; from: Date; to: Date },
): Finding {
  const time = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(time))
    return skipped(check, { text: 'its answers have no Date', cure: 'compare its clock by hand' })
  // Dates are cut to whole seconds.
  const behind = from.getTime() - time - 1000
  const ahead = time - to.getTime()
  const skew = Math.max(0, behind, ahead)
  if (skew <= warnBeyond) return ok(check, 'agrees with that of this machine')
  const text = `${seconds(skew)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine`
  const cure = 'synchronize the clocks (NTP): crash IDs contain dates, tokens and signed requests expire'
  return (skew > failBeyond ? failed : warning)(check, { text, cure })
}

function versionFinding(answer: Answer): Finding {
  const form = jsonOf(answer, versionForm)
  if (!form || answer.status !== 200)
    return failed('version', {
      text: summaryOf(answer),
      cure: 'a proxy must pass on all paths, also /__version__',
    })
  if (form.version === undefined && form.commit === undefined)
    return warning('version', { text: 'not known', cure: 'set MAYDAY_VERSION of the edge' })
  return ok('version', [form.version, form.commit].filter((one) => one !== undefined).join(' '))
}

/** The page, and the script that it loads. */
async function dashboardFinding(deployment: Deployment): Promise<Finding> {
  const page = await deployment.ask('/')
  if (page.status !== 200 || !page.headers.get('content-type')?.startsWith('text/html'))
    return failed('dashboard', {
      text: summaryOf(page),
      cure: 'build the dashboard before the deployment: npm run build',
    })
  const script = /<script[^>]+src="([^"]+\.js)"/.exec(page.text)?.[1]
  const path = script === undefined ? null : new URL(script, `${deployment.url}/`).pathname
  const file = path === null ? null : await deployment.ask(path)
  if (file?.status === 200) return ok('dashboard', 'the page and its script are served')
  return failed('dashboard', {
    text: file ? `${path}: ${summaryOf(file)}` : 'the page loads no script',
    cure: 'deploy the whole folder dashboard/dist of one build',
  })
}
