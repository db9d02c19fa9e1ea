// Endpoints over tables: first dates, versions of builds, signatures, where a crash is.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { type OpenStore, openFiles } from '../../../batch/lake/open-store.ts'
import { buildsTable, crashesTable, signaturesTable } from '../../../batch/lake/tables.ts'
import { createKnownProducts } from '../../../batch/serve/known-products.ts'
import { openLiveTables } from '../../../batch/serve/live-tables.ts'
import { createTablesApi } from '../../../batch/serve/tables-api.ts'
import { createQueryRunner } from '../../../batch/sql/sandbox/query-runner.ts'
import type { TablesApi, TablesEndpointName } from '../../../shared/api/calls.ts'
import { ApiProblem } from '../../../shared/api/problems.ts'
import { processedKey, rawKey } from '../../../shared/keys.ts'
import { memoryStores, putRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-tables-api-'))
const resources = new AsyncDisposableStack()
let api: TablesApi
const id = '00000000-0000-0000-0000-000000261002'

beforeAll(async () => {
  const stores = memoryStores()
  const open: OpenStore = { url: 'memory:', stores, cacheDir: dir, config: readConfig({}) }
  await using files = await openFiles(open)
  const seen = (signature: string, date: string, first_build: string | null) => ({
    ...{ signature, date, first_build, product: 'A', count: 1, weighted: 1 },
  })
  await putRows(files, signaturesTable, '2026-10-01', [seen('old', '2026-10-01', '9')])
  await putRows(files, signaturesTable, '2026-10-02', [
    seen('old', '2026-10-02', '10'),
    seen('new', '2026-10-02', '20261002000000'),
  ])
  await putRows(files, crashesTable, '2026-10-02', [
    {
      crash_id: id,
      date: '2026-10-02',
      signature: 'new',
      submitted_at: '2026-10-02T12:00:00.250000+00:00',
    },
  ])
  const built = (version: string, release_channel: string, build_id: string, source: string) => ({
    ...{
      date: '2026-10-01',
      product: 'A',
      version,
      release_channel,
      build_id,
      source,
      count: 1,
      weighted: 1,
    },
  })
  await putRows(files, buildsTable, '2026-10-01', [
    built('1.0b2', 'beta', '1', 'list'),
    built('1.0b2rc1', 'beta', '1', 'list'),
    built('1.0', 'beta', '1', 'crashes'),
    built('2.0', 'beta', '2', 'list'),
    built('2.0rc1', 'beta', '2', 'list'),
    built('3.0', 'release', '3', 'crashes'),
    built('3.0rc1', 'release', '3', 'crashes'),
  ])
  await stores.crashes.put(rawKey(id), new Uint8Array())
  await stores.crashes.put(processedKey(id), new Uint8Array())
  const tables = resources.use(await openLiveTables({ open, onFailure: () => {} }))
  const products = createKnownProducts(async () => [])
  const now = () => new Date('2026-10-03T00:00:00Z')
  const queries = createQueryRunner('memory:')
  api = createTablesApi({ tables, crashes: stores.crashes, queries, products, now })
})
afterAll(async () => {
  await resources.disposeAsync()
  rmSync(dir, { recursive: true, force: true })
})

const call = (name: TablesEndpointName, args: object, json?: unknown) =>
  (api[name] as (call: object) => Promise<unknown>)({
    args,
    body: new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
    signal: new AbortController().signal,
  })

test('SignatureFirstDate has the first crash of each known signature', async () => {
  expect(await call('SignatureFirstDate', { signatures: ['new', 'old', 'unknown', 'new'] })).toEqual({
    hits: [
      { signature: 'new', first_build: '20261002000000', first_date: '2026-10-02T12:00:00.250000+00:00' },
      { signature: 'old', first_build: '9', first_date: '2026-10-01T00:00:00+00:00' },
    ],
    total: 2,
  })
  expect(await call('SignatureFirstDate', { signatures: ['unknown'] })).toEqual({ hits: [], total: 0 })
})

test.each([
  ['beta', '1', ['1.0b2']],
  ['BETA', '1', ['1.0b2']],
  ['beta', '2', ['2.0rc1']],
  ['release', '3', ['3.0', '3.0rc1']],
  ['release', '4', []],
])('VersionString of channel %s, build %s is %j', async (channel, build_id, versions) => {
  expect(await call('VersionString', { product: 'A', channel, build_id })).toEqual({
    hits: versions.map((version_string) => ({ version_string })),
    total: versions.length,
  })
})

test('CrashVerify finds a crash in the store and in searches', async () => {
  const missing = '00000000-0000-0000-0000-000000261003'
  const places = (found: boolean) => ({
    ...{ raw_crash: found, processed_crash: found, elasticsearch_crash: found, telemetry_crash: false },
  })
  expect(await call('CrashVerify', { crash_id: id })).toEqual({ uuid: id, ...places(true) })
  expect(await call('CrashVerify', { crash_id: missing })).toEqual({ uuid: missing, ...places(false) })
})

test.each([undefined, 'x', `${id}x`])('CrashVerify refuses the ID %s', async (crash_id) => {
  const refused = new ApiProblem(400, { error: 'unknown crash id' })
  await expect(call('CrashVerify', { crash_id })).rejects.toEqual(refused)
})

describe('CrashSignature', () => {
  const frames = [{ frame: 0, function: 'alpha(int)', module: 'a.so' }]
  test('generates a signature for each job', async () => {
    const jobs = [{ os: 'Linux', crashing_thread: 0, threads: [{ frames }] }, {}]
    expect(await call('CrashSignature', {}, { jobs })).toMatchObject({
      results: [
        { signature: 'alpha', notes: [], extra: { proto_signature: 'alpha' } },
        { signature: 'EMPTY: no frame data available' },
      ],
    })
  })

  test.each([
    ['', /^\{"detail":"JSON parse error - /],
    ['{', /^\{"detail":"JSON parse error - /],
    ['[]', /"no jobs specified"/],
    ['{}', /"no jobs specified"/],
    ['{"jobs": []}', /"no jobs specified"/],
    ['{"jobs": {"__proto__": 1}}', /"no jobs specified"/],
    ['{"jobs": [1]}', /job 0 is not an object/],
  ])('refuses %j', async (body, expected) => {
    const error = await call('CrashSignature', {}, body).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiProblem)
    expect((error as ApiProblem).status).toBe(400)
    expect(JSON.stringify((error as ApiProblem).content)).toMatch(expected)
  })
})
