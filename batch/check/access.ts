// Checks of tokens: what the given one may do, and that others are refused.
import { randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import type { Permission } from '../../shared/access/permissions.ts'
import { encodeSubmission } from '../exchange/client-requests.ts'
import type { CheckContext } from './context.ts'
import { type AskOptions, type Deployment, jsonOf, summaryOf } from './deployment.ts'
import { failed, type Finding, ok, skipped, warning } from './findings.ts'
import { postOf, readDryRun } from './submission.ts'

/** A valid crash ID that no report has. */
const noCrash = '00000000-0000-4000-8000-000000000101'

export async function* checkAccess(context: CheckContext): AsyncIterable<Finding> {
  const { deployment, token, symbolToken } = context
  yield await refusedFinding('requests without token', { deployment, token: null })
  yield await refusedFinding('wrong token', { deployment, token: randomBytes(16).toString('hex') })
  if (!deployment.isLocal) yield await metricsFinding(deployment)
  yield token === null
    ? skipped('token', {
        text: 'no token was given',
        cure: 'set MAYDAY_TOKEN: mayday tokens add --label check --permissions view_pii,upload_symbols',
      })
    : await permissionsFinding('token', context, token)
  if (symbolToken !== null && symbolToken !== token)
    yield await permissionsFinding('token for symbols', context, symbolToken)
}

/** Requests that need a permission; each finds out about it without any effect. */
const closed: readonly (AskOptions & { path: string; denial: number })[] = [
  { path: `/api/report/${noCrash}/raw`, denial: 401 },
  { path: '/symbols/upload/auth_info/', method: 'POST', denial: 403 },
  { path: '/api/Reprocessing/', method: 'POST', denial: 403 },
]

async function refusedFinding(
  check: string,
  { deployment, token }: { deployment: Deployment; token: string | null },
): Promise<Finding> {
  const wrong: string[] = []
  for (const { path, denial, ...init } of closed) {
    const answer = await deployment.ask(path, { ...init, token })
    if (answer.status !== denial) wrong.push(`${path}: ${summaryOf(answer)}`)
  }
  if (wrong.length === 0) return ok(check, `refused at ${closed.length} paths`)
  return failed(check, {
    text: `not refused: ${wrong.join('; ')}`,
    cure: 'find what adds a token to requests, such as a proxy; 503 means that the tokens cannot be read',
  })
}

async function metricsFinding(deployment: Deployment): Promise<Finding> {
  const answer = await deployment.ask('/__metrics__')
  if (answer.status === 404) return ok('metrics', 'only for operators')
  return failed('metrics', {
    text: `everyone may read /__metrics__: status ${answer.status}`,
    cure: 'set OPERATOR_TOKEN, and CLIENT_ADDRESS_HEADER behind a proxy',
  })
}

interface Probe {
  permission: Permission
  ask(context: CheckContext, token: string): Promise<boolean>
}

/** Whether a request got past the check of the permission. */
const passes =
  (path: string, init: AskOptions = {}) =>
  async ({ deployment }: CheckContext, token: string) =>
    ![401, 403].includes((await deployment.ask(path, { ...init, token })).status)

const uploader = z.object({ try_symbols: z.boolean() })
const uploadInfo = async ({ deployment }: CheckContext, token: string) =>
  jsonOf(await deployment.ask('/symbols/upload/auth_info/', { method: 'POST', token }), uploader)

const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
const probes: readonly Probe[] = [
  { permission: 'view_pii', ask: passes(`/api/report/${noCrash}`) },
  { permission: 'view_rawdump', ask: passes(`/api/report/${noCrash}/raw`) },
  { permission: 'reprocess_crashes', ask: passes('/api/Reprocessing/', { method: 'POST' }) },
  { permission: 'run_custom_queries', ask: passes('/api/sql/', json) },
  {
    permission: 'upload_symbols',
    ask: async (context, token) => (await uploadInfo(context, token))?.try_symbols === false,
  },
  {
    permission: 'upload_try_symbols',
    ask: async (context, token) => (await uploadInfo(context, token))?.try_symbols === true,
  },
  { permission: 'submit_ids', ask: maySubmitIds },
]

/** A dry run with a crash ID of its own. */
async function maySubmitIds({ deployment, report }: CheckContext, token: string): Promise<boolean> {
  const annotations = { ...report.annotations, uuid: noCrash }
  const request = postOf(encodeSubmission({ client: 'breakpad', annotations, dump: null }))
  return readDryRun(await deployment.ask('/submit/check', { ...request, token }))?.crash_id === noCrash
}

async function permissionsFinding(check: string, context: CheckContext, token: string): Promise<Finding> {
  const answer = await context.deployment.ask(`/api/report/${noCrash}`, { token })
  if (answer.status === 401)
    return failed(check, {
      text: summaryOf(answer),
      cure: 'see mayday tokens list; mayday tokens rotate replaces a token that expired',
    })
  const held: Permission[] = []
  for (const { permission, ask } of probes) if (await ask(context, token)) held.push(permission)
  if (held.length > 0) return ok(check, `has ${held.join(', ')}`)
  return warning(check, { text: 'is valid, but has no permission', cure: 'see mayday tokens list' })
}
