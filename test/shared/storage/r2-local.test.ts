// The local R2 from Node; and a failing binding.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenStores, openStores } from '../../../shared/storage/open.node.ts'
import { openLocalR2 } from '../../../shared/storage/r2-local.node.ts'
import { createR2Storage, type R2BucketLike } from '../../../shared/storage/r2.ts'
import { storageContract } from '../../contract/storage.ts'

const state = mkdtempSync(join(tmpdir(), 'mayday-r2-'))
let opened: OpenStores
beforeAll(async () => {
  opened = await openStores(`r2:${state}`, {})
})
afterAll(async () => {
  await opened.close()
  rmSync(state, { recursive: true, force: true })
})

storageContract('local R2 from Node', () => opened.stores.crashes)

describe('openStores on the local R2', () => {
  test('separates three buckets, and keeps their content for later and concurrent users', async () => {
    await opened.stores.lake.put('kept', new Uint8Array([1]), { metadata: { a: '1' } })
    expect(await opened.stores.symbols.head('kept')).toBeNull()
    const second = await openStores(`r2:${state}`, {})
    try {
      expect(await second.stores.lake.head('kept')).toMatchObject({ size: 1, metadata: { a: '1' } })
      await second.stores.lake.put('back', new Uint8Array([2]))
      expect(await opened.stores.lake.head('back')).toMatchObject({ size: 1 })
    } finally {
      await second.close()
    }
  })
})

test('the local R2 starts once another process has created the databases it shares with it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayday-r2-'))
  const databases = join(folder, 'v3/r2/miniflare-R2BucketObject')
  mkdirSync(databases, { recursive: true })
  const other = new DatabaseSync(join(databases, 'metadata.sqlite'))
  other.exec('BEGIN EXCLUSIVE')
  let retries = 0
  const release = () => {
    if (retries++ === 0) other.close()
  }
  const { bucket, close } = await openLocalR2(folder, release)
  try {
    expect(retries).toBe(1)
    expect(await bucket('CRASHES')!.head('none')).toBeNull()
  } finally {
    await close()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('createR2Storage', () => {
  /** A bucket whose calls all fail like R2's do. */
  const failing = (message: string) => {
    let calls = 0
    const fail = async () => {
      calls++
      throw new Error(message)
    }
    const bucket = { head: fail, get: fail, put: fail, list: fail, delete: fail } as unknown as R2BucketLike
    return { storage: createR2Storage(bucket, { sleep: async () => {} }), calls: () => calls }
  }

  test('retries transient errors four times, then reports the failed operation', async () => {
    const { storage, calls } = failing('put: We encountered an internal error. Please try again. (10001)')
    await expect(storage.put('a', new Uint8Array())).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('R2 could not write a'),
    })
    expect(calls()).toBe(4)
  })

  test.each(['ifNoneMatch', 'ifMatch'] as const)(
    'reports a conditional put as written whose response was lost, with %s',
    async (condition) => {
      const stored = new Map<string, { etag: string; bytes: Uint8Array<ArrayBuffer>; metadata?: object }>()
      stored.set('a', { etag: 'old', bytes: new Uint8Array([0]) })
      const objectOf = (key: string) => {
        const { etag, bytes, metadata } = stored.get(key)!
        const info = { key, size: bytes.length, etag, uploaded: new Date(0), customMetadata: metadata }
        return { ...info, body: new Blob([bytes]).stream(), arrayBuffer: async () => bytes.slice().buffer }
      }
      let puts = 0
      const bucket = {
        head: async (key: string) => objectOf(key),
        get: async (key: string) => objectOf(key),
        async put(key: string, bytes: Uint8Array<ArrayBuffer>, options: { customMetadata: object }) {
          if (puts++ > 0) return null
          stored.set(key, { etag: 'new', bytes, metadata: options.customMetadata })
          throw new Error('Network connection lost.')
        },
      } as unknown as R2BucketLike
      const storage = createR2Storage(bucket, { sleep: async () => {} })
      const held = condition === 'ifMatch' ? { ifMatch: 'old' } : { ifNoneMatch: '*' as const }
      const info = await storage.put('a', new Uint8Array([1]), { metadata: { by: 'us' }, ...held })
      expect(info).toMatchObject({ key: 'a', etag: 'new', size: 1 })
      expect(puts).toBe(2)
    },
  )

  test('fails as a store when an object ends early, whether read at once or as a stream', async () => {
    const lost = new Error('Network connection lost.')
    const body = () => {
      const pieces = [new Uint8Array(3)]
      return new ReadableStream<Uint8Array>({
        pull: (controller) => (pieces.length ? controller.enqueue(pieces.pop()!) : controller.error(lost)),
      })
    }
    const get = async () => {
      const answer = new Response(body())
      const head = { key: 'a', size: 9, etag: 'e', uploaded: new Date(0) }
      return { ...head, body: answer.body!, arrayBuffer: () => answer.arrayBuffer() }
    }
    const storage = createR2Storage({ get } as unknown as R2BucketLike)
    const broken = {
      code: 'storage',
      message: 'The store stopped sending a: Network connection lost.',
    }
    await expect((await storage.get('a'))!.bytes()).rejects.toMatchObject(broken)
    await expect(new Response((await storage.get('a'))!.body).text()).rejects.toMatchObject(broken)
  })

  test('does not retry permanent errors', async () => {
    const { storage, calls } = failing('get: The specified bucket does not exist. (10006)')
    await expect(storage.get('a')).rejects.toMatchObject({ code: 'storage' })
    expect(calls()).toBe(1)
  })
})
