// Follows the test crash: from POST through processing to the API and the pages.
import * as z from 'zod/mini'
import { rawKey } from '../../shared/keys.ts'
import type { Millis } from '../../shared/units.ts'
import { type CheckContext, waitFor } from './context.ts'
import { jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'
import { postOf } from './submission.ts'
import { crashFunction } from './test-report.ts'

/** Sends it, twice: clients send a report again when the answer is lost. */
export async function* sendTestCrash(context: CheckContext): AsyncIterable<Finding> {
  const { deployment, report, left, now } = context
  const sentAt = now()
  const answer = await deployment.ask('/submit', postOf(report.request))
  const crashId = crashIdOf(answer.text)
  if (answer.status !== 200 || crashId === null) {
    yield failed('test crash', {
      text: summaryOf(answer),
      cure: answer.text.includes('rule_')
        ? 'the policy rejects it: see the dry run'
        : 'see the log of the edge: the store must be writable',
    })
    return
  }
  Object.assign(left, { crashId, sentAt })
  yield ok('test crash', `accepted as ${crashId}`)
  yield await resentFinding(context, crashId)
  yield* storedFinding(context, crashId)
}

const crashIdOf = (text: string) => /^CrashID=bp-([0-9a-f-]{36})\s*$/.exec(text)?.[1] ?? null

async function resentFinding({ deployment, report }: CheckContext, crashId: string): Promise<Finding> {
  const again = crashIdOf((await deployment.ask('/submit', postOf(report.request))).text)
  if (again === crashId) return ok('resent report', 'gets the same crash ID')
  return failed('resent report', {
    text: `gets another crash ID: ${again}`,
    cure: 'all edges must have the same CRASH_ID_KEY',
  })
}

async function* storedFinding({ store, deployment }: CheckContext, crashId: string): AsyncIterable<Finding> {
  if (!store) return
  yield (await store.stores.crashes.head(rawKey(crashId)))
    ? ok('store of the edge', 'has the test crash')
    : failed('store of the edge', {
        text: `${store.url} does not have the test crash`,
        cure: `--store or MAYDAY_STORE must be the store of ${deployment.url}; or the edge uses its fallback store`,
      })
}

const crashForm = z.object({ uuid: z.string(), signature: z.optional(z.nullable(z.string())) })

/** Waits until it was processed, and looks where people see it. */
export async function* followTestCrash(context: CheckContext): AsyncIterable<Finding> {
  const { deployment, left, wait } = context
  const { crashId } = left
  if (crashId === null) {
    yield skipped('processing', { text: 'there is no test crash', cure: 'see the findings above' })
    return
  }
  const path = `/api/report/${crashId}`
  const isProcessed = async () => (await deployment.ask(path)).status === 200
  left.processed = await waitFor(context, 'the test crash to be processed', isProcessed)
  yield left.processed ? await processedFinding(context, crashId) : waitedFinding(crashId, wait)
  if (!left.processed) return
  yield await searchFinding(context, crashId)
  yield await pageFinding(context, crashId)
}

function waitedFinding(crashId: string, wait: Millis): Finding {
  const cure = `run mayday process where the store is, or mayday run --every 10m; then see /report/index/${crashId}`
  if (wait === 0) return skipped('processing', { text: 'not waited for (--wait)', cure })
  return failed('processing', {
    text: `not within ${Math.round(wait / 1000)} s`,
    cure: `${cure}. Rounds that are further apart need a longer --wait`,
  })
}

async function processedFinding({ deployment, left }: CheckContext, crashId: string): Promise<Finding> {
  const crash = jsonOf(await deployment.ask(`/api/report/${crashId}`), crashForm)
  const signature = crash?.signature ?? ''
  const text = `the signature is ${signature}`
  if (signature.includes(crashFunction)) return ok('processing', `${text}, by the uploaded symbols`)
  if (left.symbols !== 'regular' && signature !== '') return ok('processing', text)
  return warning('processing', {
    text: `${signature === '' ? 'there is no signature' : text}, not by the uploaded symbols`,
    cure: 'edge and batch must use the same bucket of symbols; see docs/symbols.md',
  })
}

const searchForm = z.object({ total: z.number(), hits: z.array(z.object({ uuid: z.string() })) })

/** Tables are written after processed crashes, and edges without tables pass the API on. */
async function searchFinding(context: CheckContext, crashId: string): Promise<Finding> {
  const { deployment } = context
  const ask = () => deployment.ask(`/api/SuperSearch/?uuid=${crashId}&_columns=uuid&_facets_size=0`)
  const first = await ask()
  if (first.status === 503)
    return skipped('API', {
      text: 'this edge has no tables',
      cure: 'set API_ORIGIN to the address of a mayday serve, if the API is wanted',
    })
  const isFound = async () =>
    jsonOf(await ask(), searchForm)?.hits.some(({ uuid }) => uuid === crashId) === true
  if (await waitFor(context, 'the API to find the test crash', isFound))
    return ok('API', 'a search finds the test crash')
  return failed('API', {
    text: first.status === 200 ? 'a search does not find the test crash' : summaryOf(first),
    cure: 'the server of the API must use the same store; its log names what failed',
  })
}

async function pageFinding({ deployment }: CheckContext, crashId: string): Promise<Finding> {
  const path = `/report/index/${crashId}`
  const page = await deployment.ask(path)
  if (page.status === 200 && page.headers.get('content-type')?.startsWith('text/html'))
    return ok('page of the crash', path)
  return failed('page of the crash', {
    text: `${path}: ${summaryOf(page)}`,
    cure: 'every path that is not a file must lead to the page of the dashboard',
  })
}
