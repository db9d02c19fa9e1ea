// Store URLs: the stores they open, and messages for invalid ones.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { openStores } from '../../../shared/storage/open.node.ts'
import { freePort } from '../../support/free-port.ts'
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

test('openStores creates a store, reports it once, and refuses a missing one where asked to', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-open-'))
  const path = join(dir, 'deep/store')
  const refuse = () => openStores(`file:${path}`, {}, { missing: 'refuse' })
  await expect(refuse()).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining(`There is no store at ${path}: there is no such folder.`),
  })
  expect((await openStores(`file:${path}`, {})).created).toBe(true)
  expect((await openStores(`file:${path}`, {})).created).toBe(false)
  expect((await refuse()).created).toBe(false)
  rmSync(dir, { recursive: true })
})

test('openStores refuses what is not a store', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-open-'))
  mkdirSync(join(dir, 'mount'))
  writeFileSync(join(dir, 'file'), '')
  const refused = (url: string) => expect(openStores(url, {}, { missing: 'refuse' })).rejects
  await refused(`file:${join(dir, 'mount')}`).toThrow('that folder has none of crashes, lake, symbols. Check')
  await refused(`file:${join(dir, 'file')}`).toThrow('there is no such folder')
  await refused(`r2:${join(dir, 'mount')}`).toThrow(`There is no store at ${join(dir, 'mount')}`)
  for (const path of [join(dir, 'file'), '/proc/nope'])
    await expect(openStores(`file:${path}`, {})).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`The store ${path} cannot be used: `),
    })
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

test('a store that cannot be reached names the reason', async () => {
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }
  const failures = [
    [`http://127.0.0.1:${await freePort()}`, 'failed: connection refused (connect ECONNREFUSED 127.0.0.1:'],
    ['http://nowhere.invalid', 'failed: unknown host'],
  ]
  for (const [endpoint, reason] of failures) {
    const { stores } = await openStores(`s3:${endpoint}`, env)
    const message = expect.stringContaining(reason!)
    await expect(stores.lake.head('a')).rejects.toMatchObject({ code: 'storage', message })
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
