// Checks that protected data is visible to holders of tokens, and to no one else.
import { processedKey, rawKey, tokensKey } from '../../shared/keys.ts'
import { bucketUrl } from '../../shared/storage/open.node.ts'
import type { CheckContext } from './context.ts'
import { failed, type Finding, ok, skipped } from './findings.ts'

export async function* checkProtected(context: CheckContext): AsyncIterable<Finding> {
  const { crashId, processed } = context.left
  if (crashId !== null && processed) {
    yield await publicFinding(context, crashId)
    yield await holderFinding(context, crashId)
  } else
    yield skipped('protected data', {
      text: 'there is no processed test crash',
      cure: 'see the findings above',
    })
  yield* bucketFinding(context)
}

/** The mark of the test crash is in a protected annotation. */
async function publicFinding({ deployment, report }: CheckContext, crashId: string): Promise<Finding> {
  const paths = [
    `/api/report/${crashId}`,
    `/api/report/${crashId}/raw`,
    `/api/report/${crashId}/files`,
    `/api/ProcessedCrash/?crash_id=${crashId}`,
    `/api/RawCrash/?crash_id=${crashId}`,
    `/api/RawCrash/?crash_id=${crashId}&format=raw`,
    `/api/SuperSearch/?uuid=${crashId}&_columns=url&_facets=url`,
    `/api/SuperSearchUnredacted/?uuid=${crashId}&_columns=url`,
    ...[rawKey(crashId), processedKey(crashId), tokensKey].map((key) => `/${key}`),
  ]
  const open: string[] = []
  for (const path of paths) {
    const { status, text } = await deployment.ask(path)
    const isClosed = /\/(?:raw|files)$|format=raw$|Unredacted/.test(path)
    if (text.includes(report.mark) || (isClosed && status === 200)) open.push(path)
  }
  if (open.length === 0) return ok('protected data', `not public at ${paths.length} paths`)
  return failed('protected data', {
    text: `public at ${open.join(', ')}`,
    cure: 'find what adds a token to requests, such as a proxy, or serves the bucket of crashes',
  })
}

async function holderFinding(context: CheckContext, crashId: string): Promise<Finding> {
  const { deployment, token, report } = context
  const check = 'protected data with token'
  if (token === null) return skipped(check, { text: 'no token was given', cure: 'set MAYDAY_TOKEN' })
  const { status, text } = await deployment.ask(`/api/report/${crashId}`, { token })
  if (status === 401 || status === 403)
    return skipped(check, {
      text: `the token does not have view_pii: status ${status}`,
      cure: 'use a token that has it, or have its holder look',
    })
  if (text.includes(report.mark)) return ok(check, 'is there')
  return failed(check, {
    text: 'the protected annotation of the test crash is missing',
    cure: 'a policy may remove the annotation URL; else edge and batch have different versions',
  })
}

/** Buckets of S3 stores can be public by their own settings. */
async function* bucketFinding({ store, left }: CheckContext): AsyncIterable<Finding> {
  const bucket = store && bucketUrl(store.url, 'crashes')
  if (!bucket) return
  const key = left.crashId === null ? tokensKey : rawKey(left.crashId)
  const opened: string[] = []
  for (const url of [`${bucket}/${key}`, `${bucket}/?list-type=2`]) {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) })
    await answer.body?.cancel()
    if (answer.ok) opened.push(url)
  }
  yield opened.length === 0
    ? ok('private bucket', 'refuses requests without signature')
    : failed('private bucket', {
        text: `everyone may read ${opened.join(' and ')}`,
        cure: 'remove public access from the bucket of crashes',
      })
}
