// Processing on an S3 store: two concurrent runs, failing requests, and downloads of changed objects only.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { openStores } from '../../../shared/storage/open.node.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-s3-batch-'))
let server: S3Server
let stores: Stores

beforeAll(async () => {
  server = await startS3Server(['mayday-crashes', 'mayday-lake', 'mayday-symbols'])
  const { accessKeyId, secretAccessKey } = server.credentials
  const opened = await openStores(`s3:${server.endpoint}?region=us-east-1`, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  })
  stores = opened.stores
  const bytes = fixtureDump('cpp-basics-O2-trap')
  for (let n = 0; n < 24; n++) {
    await storeReport(stores.crashes, {
      annotations: { ProductName: 'P', n: String(n) },
      dumps: [{ name: 'upload_file_minidump', bytes }],
    })
  }
})
afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const run = (name: string) =>
  processCrashes({ stores, dir: join(dir, name), duckdbMemory: '256MB', workers: 1, mergeEvery: 6 })

test('two concurrent runs with failing requests leave every crash exactly once', {
  timeout: 120_000,
}, async () => {
  server.failures.push({ status: 503, times: 2 })
  await Promise.all([run('one'), run('two')])
  const files = await openTableFiles({ stores, cacheDir: join(dir, 'verify'), duckdbMemory: '256MB' })
  expect(await verifyStore(files)).toMatchObject({ crashes: 24, findings: [] })
  await files.close()
})

test('a run with nothing to do fetches no object', async () => {
  const before = server.requests.length
  expect(await run('three')).toMatchObject({ planned: 0 })
  const objects = server.requests
    .slice(before)
    .filter((line) => /^GET .*\/(raw|processed|tables)\/\S+\.?\w*(?:$|\?)/.test(line))
  expect(objects.filter((line) => !line.includes('list-type'))).toEqual([])
})
