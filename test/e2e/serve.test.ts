// `mayday serve` in an empty folder: everything on one machine, for the clients of Crash Stats, until SIGTERM under load.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hashToken } from '../../shared/access/tokens.ts'
import { aggregatesPrefix, rawKey, tokensKey } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { createFolderStorage } from '../../shared/storage/folder/folder.node.ts'
import { exchanges, type KnownCrash } from '../contract/crash-stats-clients.ts'
import { bytesOf } from '../support/crash-request.ts'
import { type RunningServe, startServe, submitFixture } from '../support/running-serve.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

const scratch = mkdtempSync(join(tmpdir(), 'mayday-serve-'))
const token = '0123456789abcdef0123456789abcdef'
const crashes = createFolderStorage(join(scratch, 'store/crashes'))

let served: RunningServe
let crash: KnownCrash

beforeAll(async () => {
  served = await startServe({
    store: `file:${scratch}/store`,
    env: { MAYDAY_CACHE: join(scratch, 'cache') },
    args: ['--every', '1s'],
  })
  const permissions = ['view_pii', 'view_rawdump', 'reprocess_crashes']
  const stored = {
    sha256: hashToken(token, nodeCodecs),
    label: 'ann',
    permissions,
    created_at: '2026-01-01T00:00:00Z',
  }
  await crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens: [stored] })))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const get = async (path: string) => {
  const answer = await fetch(served.url + path)
  return { status: answer.status, text: await answer.text() }
}

test('a crash that is sent is searchable one round later', async () => {
  const id = await submitFixture(served.url, '1.0')
  expect(id).not.toBeNull()
  const search = '/api/SuperSearch/?_columns=uuid&_columns=signature&_columns=platform'
  let hit: Record<string, string> | undefined
  await until(
    async () => {
      const { hits } = JSON.parse((await get(search)).text) as { hits: Record<string, string>[] }
      hit = hits[0]
      return hit !== undefined
    },
    { timeoutMs: 120_000 },
  )
  expect(hit!.uuid).toBe(id)
  crash = { id: id!, signature: hit!.signature!, product: 'Fixture', platform: hit!.platform! }
})

test('it is on the dashboard when the round has ended', async () => {
  const home = async () => (await get(`/${aggregatesPrefix}home.json`)).text
  await until(async () => (await home()).includes('"Fixture"'), { timeoutMs: 120_000 })
  expect((await get('/')).text).toContain('<html')
  expect((await get('/api/openapi.json')).text).toContain('"/api/SuperSearch/"')
})

test.each(exchanges)('$name', async ({ method = 'GET', path, headers, body, check }) => {
  const filled = (text: string) =>
    text
      .replace('ID', crash.id)
      .replace('SIGNATURE', encodeURIComponent(crash.signature))
      .replace('PRODUCT', crash.product)
  const given = Object.entries(headers).map(
    ([name, value]) => [name, value.replace('TOKEN', token)] as [string, string],
  )
  const answer = await fetch(served.url + filled(path), {
    method,
    headers: given.filter(([name]) => name !== 'connection'),
    ...(body !== undefined && { body: filled(body) }),
  })
  check({ status: answer.status, headers: answer.headers, text: await answer.text() }, crash)
})

test('health and metrics include the rounds', async () => {
  let metrics = ''
  // The dashboard is written before the round ends.
  const roundEnded = async () => {
    metrics = (await get('/__metrics__')).text
    return /mayday_run_rounds_total\{result="good"\} [1-9]/.test(metrics)
  }
  await until(roundEnded, { timeoutMs: 120_000 })
  const { status, text } = await get('/__heartbeat__')
  expect([status, JSON.parse(text).errors]).toEqual([200, []])
  expect(metrics).toMatch(
    /mayday_edge_api_calls_total\{endpoint="SuperSearch",client="crashstats-tools",status="200"\} [1-9]/,
  )
})

test('a requested crash is processed again by the next round', async () => {
  await until(async () => (await Array.fromAsync(crashes.list('reprocessing/'))).length === 0, {
    timeoutMs: 120_000,
  })
})

test('SIGTERM under load loses no report that was accepted', async () => {
  const accepted: string[] = []
  let refused = false
  const send = async (client: number) => {
    for (let i = 0; !refused; i++) {
      const id = await submitFixture(served.url, `${client}.${i}`)
      if (id === null) refused = true
      else accepted.push(id)
    }
  }
  const clients = [1, 2, 3, 4].map(send)
  await until(() => accepted.length > 20)
  const code = await served.end()
  await Promise.all(clients)
  expect(code).toBe(0)
  const stored = await Promise.all(accepted.map((id) => crashes.head(rawKey(id))))
  expect(stored.filter((object) => object === null)).toEqual([])
})
