// Store URLs: the stores they open, and messages for invalid ones.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { openStores } from '../../../shared/storage/open.node.ts'
import { startS3Server } from '../../support/s3-server.ts'

const body = new TextEncoder().encode('x')

test('openStores opens three folders, by path or by file URL', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-open-'))
  const { stores, close } = await openStores(`file:${dir}`, {})
  await stores.crashes.put('a', body)
  await stores.lake.put('a', body)
  expect(readFileSync(join(dir, 'crashes/a'), 'utf8')).toBe('x')
  expect(await stores.symbols.head('a')).toBeNull()
  await close()
  const again = await openStores(pathToFileURL(dir).href, {})
  expect(await again.stores.lake.head('a')).toMatchObject({ size: 1 })
  rmSync(dir, { recursive: true })
})

test('openStores opens buckets of an S3 service', async () => {
  const server = await startS3Server(['mayday-crashes', 'mayday-lake', 'mayday-symbols', 'other-lake'])
  try {
    const { accessKeyId, secretAccessKey } = server.credentials
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const { stores } = await openStores(`s3:${server.endpoint}/?region=us-east-1`, env)
    for (const store of [stores.crashes, stores.lake, stores.symbols]) {
      expect(await store.put('a', body)).toMatchObject({ size: 1 })
    }
    const other = await openStores(`s3:${server.endpoint}/?region=us-east-1&prefix=other-`, env)
    expect(await other.stores.lake.head('a')).toBeNull()
  } finally {
    await server.close()
  }
})

test.each([
  ['', 'Not a store URL: ""'],
  ['data', 'Not a store URL'],
  ['file:', 'Not a store URL'],
  ['gcs:bucket', 'Use one like file:./data, r2:local, s3:'],
  ['s3:nonsense', 'Not an S3 endpoint: "nonsense"'],
  ['s3:https://s3.example.com', 'needs AWS_ACCESS_KEY_ID in the environment'],
])('openStores rejects %j and suggests valid forms', async (url, message) => {
  await expect(openStores(url, {})).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining(message),
  })
})
