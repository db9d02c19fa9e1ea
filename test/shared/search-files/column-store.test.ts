// Columns that were read are kept; requests take turns.
import { describe, expect, test } from 'vitest'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import type { SearchSource } from '../../../shared/search-files/source.ts'
import { now } from '../search/parsed.ts'
import { sourceOfCrashes } from './memory-files.ts'

const crash = (file: number, uptime: number) => ({
  crash_id: `${file}0000000-0000-8000-8000-000000260820`,
  processed_at: now - file,
  ...{ product: 'A', signature: `s${file}`, uptime },
})
const source = sourceOfCrashes([1, 2, 3, 4, 5].map((file) => [crash(file, file)]))
const names = (...columns: string[]) => new Set(columns)

async function opened(maxBytes: number) {
  const store = new ColumnStore(source, { maxBytes })
  const manifest = await source.manifest()
  const file = manifest.files[0]!
  return {
    store,
    file,
    load: (...columns: string[]) => store.load({ manifest, file, columns: names(...columns) }),
  }
}

/** The source, and how many of its requests ran at the same time at most. */
function counted(): { counting: SearchSource; most: () => number } {
  let running = 0
  let most = 0
  const read: SearchSource['read'] = async (...request) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
    return source.read(...request)
  }
  return { counting: { ...source, read }, most: () => most }
}

describe('a store of columns', () => {
  test('fetches a column once, with the rest of the core', async () => {
    const { store, file, load } = await opened(2 ** 20)
    expect(store.has(file, 'product')).toBe(false)
    expect([...(await load('product', 'reason')).keys()]).toEqual(['product'])
    expect(store.fetched).toEqual({ requests: 1, bytes: file.core })
    expect(['product', 'signature', 'uptime', 'reason'].map((name) => store.has(file, name))).toEqual([
      ...[true, true, false, false],
    ])
    const { fetched } = store
    expect((await load('signature', 'product')).get('signature')).toMatchObject({ dictionary: ['s1'] })
    expect(fetched.requests).toBe(1)
    expect((await load('uptime')).get('uptime')).toEqual({ kind: 'numbers', values: Float64Array.of(1) })
    expect(fetched).toEqual({ requests: 2, bytes: file.core + file.blocks[2]![2] })
  })

  test('fetches a column again when it was too large to keep', async () => {
    const { store, load } = await opened(4)
    for (let i = 1; i <= 2; i++) {
      expect([...(await load('product', 'signature')).keys()]).toEqual(['product', 'signature'])
      expect(store.fetched.requests).toBe(i)
    }
  })

  test('fetches crash IDs once', async () => {
    const { store, file } = await opened(2 ** 20)
    const ids = await store.loadIds(file, 0)
    expect([ids.length, ids[0]]).toEqual([16, 0x10])
    expect(await store.loadIds(file, 0)).toBe(ids)
    expect(store.fetched).toEqual({ requests: 1, bytes: 16 })
  })

  test('does not fetch for a question that was stopped', async () => {
    const { store, file } = await opened(2 ** 20)
    const signal = AbortSignal.abort(new Error('another question'))
    await expect(store.loadIds(file, 0, signal)).rejects.toThrow('another question')
    expect(store.fetched).toEqual({ requests: 0, bytes: 0 })
  })

  test('needs the kind of a column', async () => {
    const { store, file } = await opened(2 ** 20)
    const manifest = { ...(await source.manifest()), columns: [] }
    await expect(store.load({ manifest, file, columns: names('product') })).rejects.toMatchObject({
      code: 'damaged',
      message: 'A block of a search file is damaged: the kind of product is not stated',
    })
  })

  test.each([
    [1, 1],
    [2, 2],
    [5, 5],
    [9, 5],
  ])('sends up to %d requests at once', async (concurrency, expected) => {
    const { files } = await source.manifest()
    const { counting, most } = counted()
    const store = new ColumnStore(counting, { maxBytes: 2 ** 20, concurrency })
    const first = await Promise.all(files.map((file) => store.loadIds(file, 0)))
    expect(first.map(([byte]) => byte)).toEqual([0x10, 0x20, 0x30, 0x40, 0x50])
    expect(most()).toBe(expected)
    // As many as before: every request has ended its turn.
    const again = new Map(files.map((file) => [file, names('uptime')]))
    const manifest = await source.manifest()
    await Promise.all([...again].map(([file, columns]) => store.load({ manifest, file, columns })))
    expect([most(), store.fetched.requests]).toEqual([expected, 10])
  })

  test('continues after a request that failed', async () => {
    const { files } = await source.manifest()
    const failing = { ...source, read: () => Promise.reject(new Error('no connection')) }
    const store = new ColumnStore(failing, { maxBytes: 2 ** 20, concurrency: 1 })
    const results = await Promise.allSettled(files.map((file) => store.loadIds(file, 0)))
    expect(results.map(({ status }) => status)).toEqual(files.map(() => 'rejected'))
    await expect(store.loadIds(files[0]!, 0)).rejects.toThrow('no connection')
  })
})
