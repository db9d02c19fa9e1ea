// Two edge processes under Deno share one S3 store, which sometimes fails.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawPrefix } from '../../../shared/keys.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { boundary, F, fakeDump, multipart, T } from '../../support/crash-request.ts'
import { type RunningEdge, startDenoEdge } from '../../support/running-edge.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-deno-s3-'))
let server: S3Server
let edges: RunningEdge[]
let crashes: Storage
let closeStores: () => Promise<void>

beforeAll(async () => {
  server = await startS3Server(['mayday-crashes', 'mayday-lake', 'mayday-symbols'])
  const { accessKeyId, secretAccessKey } = server.credentials
  const url = `s3:${server.endpoint}/?region=us-east-1`
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  edges = await Promise.all([1, 2].map(() => startDenoEdge(dir, { ...env, MAYDAY_STORE: url })))
  const opened = await openStores(url, env)
  crashes = opened.stores.crashes
  closeStores = opened.close
})
afterAll(async () => {
  await Promise.all((edges ?? []).map((edge) => edge.stop()))
  await closeStores?.()
  await server?.close()
  rmSync(dir, { recursive: true, force: true })
})

async function submit(edge: RunningEdge, seed: number): Promise<[number, string]> {
  const dump = fakeDump(50_000, seed)
  const answer = await fetch(`${edge.url}/submit`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: multipart([T('ProductName', 'App'), T('Seed', `${seed}`), F('upload_file_minidump', dump)]),
  })
  return [answer.status, await answer.text()]
}

const seedOf = (annotations: Record<string, unknown>) => annotations.Seed

async function storedSeeds(): Promise<unknown[]> {
  const seeds: unknown[] = []
  for await (const { key } of crashes.list(rawPrefix()))
    seeds.push(seedOf(readStoredReport(await (await crashes.get(key))!.bytes(), nodeCodecs).rawCrash))
  return seeds.sort()
}

describe('the edge under Deno with S3', () => {
  test('stores a report once that two processes receive at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => submit(edges[i % 2]!, 1)))
    expect(answers[0]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{36}\n$/)])
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await storedSeeds()).toEqual(['1'])
  })

  test('retries when the store fails briefly', async () => {
    server.failures.push({ status: 503, times: 2 })
    expect((await submit(edges[0]!, 2))[0]).toBe(200)
    expect(await storedSeeds()).toEqual(['1', '2'])
  })

  test('responds with 500 when it fails for longer, and stores the report when it is sent again', async () => {
    server.failures.push({ status: 500, times: 1000 })
    expect(await submit(edges[0]!, 3)).toEqual([500, ''])
    server.failures.length = 0
    expect((await submit(edges[1]!, 3))[0]).toBe(200)
    expect(await storedSeeds()).toEqual(['1', '2', '3'])
  })

  test('reports a healthy store and the time of the last report', async () => {
    const answer = await fetch(`${edges[1]!.url}/__heartbeat__`)
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ errors: [], newest_report_age_s: expect.any(Number) }),
    ])
  })
})
