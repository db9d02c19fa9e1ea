// The S3 store, over HTTP against a local server.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createS3Storage, type S3Options } from '../../../shared/storage/s3.ts'
import { storageContract } from '../../contract/storage.ts'
import { pageKeys, type S3Server, startS3Server } from '../../support/s3-server.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3Server(['test'])
})
afterAll(() => server.close())

const open = (change: Partial<S3Options> = {}) =>
  createS3Storage({
    endpoint: server.endpoint,
    bucket: 'test',
    region: 'us-east-1',
    ...server.credentials,
    retry: { sleep: async () => {} },
    ...change,
  })

storageContract('S3', () => open(), { pageKeys })

describe('createS3Storage', () => {
  const body = new TextEncoder().encode('x')

  test.each([500, 503, 429])('retries after %s', async (status) => {
    server.failures.push({ status, times: 2 })
    expect(await open().put(`retry/${status}`, body)).toMatchObject({ size: 1 })
    expect(await open().head(`retry/${status}`)).toMatchObject({ size: 1 })
  })

  test('gives up after four attempts with growing pauses, and names the failed operation', async () => {
    const pauses: number[] = []
    const sleep = async (ms: number) => void pauses.push(ms)
    server.failures.push({ status: 503, times: 4 })
    const before = server.requests.length
    await expect(open({ retry: { sleep, random: () => 1 } }).put('retry/never', body)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('503 Injected to PUT retry/never'),
    })
    expect(server.requests.length - before).toBe(4)
    expect(pauses).toEqual([100, 200, 400])
    expect(await open().head('retry/never')).toBeNull()
  })

  describe('a conditional put whose response was lost', () => {
    const options = { metadata: { by: 'us' }, contentType: 'text/plain' } as const
    const late = { status: 500, times: 1, late: true } as const

    test.each(['ifNoneMatch', 'ifMatch'])('is reported as written, with %s', async (condition) => {
      const key = `lost/${condition}`
      const before = await open().put(key, new Uint8Array([9]))
      if (condition === 'ifNoneMatch') await open().delete(key)
      const held = condition === 'ifMatch' ? { ifMatch: before!.etag } : { ifNoneMatch: '*' as const }
      server.failures.push(late)
      const info = await open().put(key, [new Uint8Array([1]), new Uint8Array([2])], { ...options, ...held })
      expect(info).toMatchObject({ key, size: 2, metadata: { by: 'us' }, contentType: 'text/plain' })
      expect(info!.etag).toBe((await open().head(key))!.etag)
    })

    test.each([
      ['other bytes', new Uint8Array([2]), options],
      ['another size', new Uint8Array([1, 1]), options],
      ['other metadata', body, { ...options, metadata: { by: 'others' } }],
      ['another type', body, { ...options, contentType: 'text/html' }],
    ])('is reported as not written when the stored object has %s', async (_what, content, others) => {
      const key = `lost/${_what}`
      await open().put(key, content, others)
      server.failures.push({ status: 500, times: 1 })
      expect(await open().put(key, body, { ...options, ifNoneMatch: '*' })).toBeNull()
    })

    test('is reported as not written when the first attempt failed its condition, even for the same object', async () => {
      await open().put('lost/same', body, options)
      expect(await open().put('lost/same', body, { ...options, ifNoneMatch: '*' })).toBeNull()
    })
  })

  test('does not retry permanent errors', async () => {
    const before = server.requests.length
    const wrong = open({ secretAccessKey: 'wrong' })
    await expect(wrong.put('refused', body)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    })
    expect(server.requests.length - before).toBe(1)
  })

  test('reports a missing bucket, not a missing object', async () => {
    const storage = open({ bucket: 'no-such-bucket' })
    const absent = { code: 'storage', message: expect.stringContaining('NoSuchBucket') }
    await expect(storage.put('a', body)).rejects.toMatchObject(absent)
    await expect(storage.put('a', body, { ifNoneMatch: '*' })).rejects.toMatchObject(absent)
    await expect(storage.get('a')).rejects.toMatchObject(absent)
  })

  test('names an endpoint that does not respond', async () => {
    await expect(open({ endpoint: 'http://127.0.0.1:9' }).head('a')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('http://127.0.0.1:9'),
    })
  })

  test('omits metadata from lists by default, and requests it with one call per object', async () => {
    await open().put('listed/a', body, { metadata: { a: '1' } })
    const before = server.requests.length
    for await (const info of open().list('listed/')) expect(info.metadata).toEqual({})
    expect(server.requests.length - before).toBe(1)
    for await (const info of open().list('listed/', { withMetadata: true }))
      expect(info.metadata).toEqual({ a: '1' })
    expect(server.requests.length - before).toBe(3)
  })
})

describe('a response that ends early', () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000', etag: '"e"' })
    response.write('<ListBucketResult>', () => response.socket!.end())
  })
  beforeAll(() => new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume)))
  afterAll(() => new Promise((resume) => server.close(resume)))

  const broken = () => open({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const first = (items: AsyncIterable<unknown>) => items[Symbol.asyncIterator]().next()
  const reads: [string, () => Promise<unknown>][] = [
    ['read at once', async () => (await broken().get('a'))!.bytes()],
    ['read as a stream', async () => new Response((await broken().get('a'))!.body).text()],
    ['that ignores the range', async () => (await broken().get('a', { range: { offset: 1 } }))!.bytes()],
    ['that lists objects', () => first(broken().list('a'))],
    ['with the result of a delete', () => broken().delete('a')],
  ]
  test.each(reads)('%s fails as the store, naming the object', async (_, read) => {
    await expect(read()).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(
        /^The store stopped sending (a|the list of a|the result of a delete): ./,
      ),
    })
  })
})
