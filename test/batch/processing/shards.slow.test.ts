// Shards: what each asks of the store depends on its own crashes, not on the number of the others.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { parseTableKey, tableKey } from '../../../shared/keys.ts'
import { countingStores, noRequests } from '../../../shared/storage/counting.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { storeReport } from '../../support/stored-reports.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-shards-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const stores = memoryStores()
const store = async (from: number, to: number) => {
  for (let n = from; n < to; n++)
    await storeReport(stores.crashes, { annotations: { ProductName: 'P', n: String(n) } })
}

/** A run of one shard, with the requests that it sent and the table files that it read. */
async function play(shard: { index: number; count: number }, cache = `${shard.index}of${shard.count}`) {
  const requests = noRequests()
  const read = new Set<string>()
  const counted = countingStores(stores, requests)
  const noting = (bucket: Stores['lake']): Stores['lake'] => ({
    ...bucket,
    get(key, options) {
      const shardOfFile = parseTableKey(key)?.shard
      if (shardOfFile !== undefined) read.add(shardOfFile)
      return bucket.get(key, options)
    },
  })
  const { processed } = await processCrashes({
    stores: { ...counted, crashes: noting(counted.crashes), lake: noting(counted.lake) },
    ...{ dir: join(dir, cache), duckdbMemory: '256MB', workers: 1, shard },
  })
  return { processed, requests, read: [...read].sort() }
}

const shardsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ index, count }))

beforeAll(() => store(0, 40))

test('they process every crash once, and do not read files of each other', async () => {
  let processed = 0
  for (const shard of shardsOf(4)) {
    const result = await play(shard)
    processed += result.processed
    expect(result.read).toEqual([])
  }
  expect(processed).toBe(40)
})

test('with nothing new, each of four costs what one of two costs', async () => {
  const quiet = await play({ index: 1, count: 4 })
  const { list, head, get, put } = quiet.requests
  expect(quiet).toMatchObject({ processed: 0, read: [] })
  expect({ get, put }).toEqual({ get: 0, put: 0 })
  expect(head).toBe(0)
  expect(list).toBeLessThanOrEqual(15)
})

test('another number of shards takes over, also files of older versions', async () => {
  const { lake, crashes } = stores
  const date = '2026-10-21'
  // The names of a version that distributed crashes in another way.
  for (const [table, bucket] of [
    ['crashes', lake],
    ['modules', lake],
    ['protected', crashes],
  ] as const) {
    const old = await bucket.get(tableKey(table, date, '0in4', 0))
    if (!old) continue
    await bucket.put(tableKey(table, date, '0of4', 0), await old.bytes(), { metadata: old.metadata })
    await bucket.delete(old.key)
  }
  await store(40, 60)
  const results = []
  for (const shard of shardsOf(3)) results.push(await play(shard))
  expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(20)
  expect(results.map(({ read }) => read)).toEqual([
    ['0of4', '1in4'],
    ['0of4', '1in4', '2in4'],
    ['0of4', '2in4', '3in4'],
  ])
  const bench = await openBench(stores)
  expect(await verifyStore(bench.files)).toMatchObject({ crashes: 60, findings: [] })
  await bench.close()
})
