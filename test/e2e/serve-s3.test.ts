// `mayday serve` over an S3 server: a crash from the request to search, SQL and the dashboard.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hashToken } from '../../shared/access/tokens.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { aggregatesPrefix, tokensKey } from '../../shared/keys.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import { bytesOf } from '../support/crash-request.ts'
import { type RunningServe, startServe, submitFixture } from '../support/running-serve.ts'
import { type S3Server, startS3Server } from '../support/s3-server.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-serve-s3-'))
const token = '0123456789abcdef0123456789abcdef'
let s3: S3Server
let served: RunningServe
let id: string | null

beforeAll(async () => {
  s3 = await startS3Server(['mayday-crashes', 'mayday-lake', 'mayday-symbols'])
  const { accessKeyId, secretAccessKey } = s3.credentials
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const store = `s3:${s3.endpoint}?region=us-east-1`
  const { stores } = await openStores(store, env)
  const stored = {
    sha256: hashToken(token, nodeCodecs),
    label: 'ann',
    permissions: ['run_custom_queries'],
    created_at: '2026-01-01T00:00:00Z',
  }
  await stores.crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens: [stored] })))
  served = await startServe({
    store,
    env: { ...env, MAYDAY_CACHE: join(scratch, 'cache') },
    args: ['--every', '1s'],
  })
})
afterAll(async () => {
  await s3?.close()
  rmSync(scratch, { recursive: true, force: true })
})

const text = async (path: string, init?: RequestInit) => {
  const answer = await fetch(served.url + path, init)
  return { status: answer.status, text: await answer.text() }
}

test('a crash that is sent is found by a search one round later', async () => {
  id = await submitFixture(served.url, '1.0')
  expect(id).not.toBeNull()
  const found = async () => (await text('/api/SuperSearch/?_columns=uuid')).text.includes(id!)
  await until(found, { timeoutMs: 120_000 })
})

test('SQL reads the tables of the store', async () => {
  const answer = await text('/api/sql', {
    method: 'POST',
    headers: { 'auth-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ sql: 'SELECT crash_id, version FROM crashes' }),
  })
  expect({ ...answer, text: JSON.parse(answer.text) }).toEqual({
    status: 200,
    text: [{ crash_id: id, version: '1.0' }],
  })
})

test('the dashboard shows it', async () => {
  const home = async () => (await text(`/${aggregatesPrefix}home.json`)).text
  await until(async () => (await home()).includes('"Fixture"'), { timeoutMs: 120_000 })
  const { status, text: report } = await text(`/api/ProcessedCrash/?crash_id=${id}`)
  expect([status, JSON.parse(report).uuid]).toEqual([200, id])
})

test('it ends on SIGTERM, and reports no failure', async () => {
  expect(await served.end()).toBe(0)
  expect(served.words()).not.toMatch(/fail|error/i)
})
