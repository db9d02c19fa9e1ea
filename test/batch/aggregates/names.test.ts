// Names that clients choose: forged ones cost the aggregates nothing, and rows keep them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { defaultNameLimits, type NameLimits, readConfig } from '../../../batch/config.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import type { HomeAggregate, PackedTopCrashers } from '../../../shared/aggregates/documents.ts'
import { aggregatesPrefix, homeKey, topCrashersKey } from '../../../shared/keys.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
const forged = 3000
const stores = memoryStores()
let bench: Bench
let lake: Lake

const [product] = [...sampleProducts().values()]
const { name, channels } = product!
let count = 0
const crash = (over: Record<string, unknown>) => ({
  crash_id: idOf(++count),
  date,
  submitted_at: '2026-10-21T12:00:00+00:00',
  product: name,
  version: '1.0',
  release_channel: channels[0],
  platform: 'Linux',
  process_type: 'parent',
  signature: 'main',
  ...over,
})
const numbers = Array.from({ length: forged }, (_, n) => n)

beforeAll(async () => {
  bench = await openBench(stores)
  await putRows(bench.files, crashesTable, date, [
    ...numbers.map((n) => crash({ product: `forged ${n}`, version: `${n}` })),
    ...numbers.map((n) =>
      crash({ version: `0.0.${n}`, release_channel: `forged ${n}`, platform: `${n}`, process_type: `${n}` }),
    ),
    ...['Honest', 'Honest', ''].map((other) => crash({ product: other })),
    crash({}),
    crash({}),
    crash({ release_channel: channels.at(-1) }),
  ])
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

async function read<T>(key: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))
}

async function aggregate(nameLimits: NameLimits): Promise<HomeAggregate> {
  const now = new Date('2026-10-22T03:00:00Z')
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: sampleProducts(),
    nameLimits,
    now,
  })
  return read<HomeAggregate>(homeKey)
}

const totalOf = (list: readonly { total: { count: number } }[]) =>
  list.reduce((sum, { total }) => sum + total.count, 0)

describe('3,000 forged names', () => {
  test.each([
    ['the defaults', defaultNameLimits],
    ['other limits', { products: 1, versions: 3, channels: 2 }],
  ])('fold into Other beyond %s, and no crash is lost', async (_what, limits) => {
    const { products } = await aggregate(limits)
    const names = products.map((one) => one.name)
    // Known products and missing names do not count.
    expect(names).toHaveLength(limits.products + 3)
    expect(names).toEqual(expect.arrayContaining([name, 'Honest', 'Unknown', 'Other']))
    expect(totalOf(products)).toBe(2 * forged + 6)

    const real = products.find((one) => one.name === name)!
    expect(real.versions).toHaveLength(limits.versions + 1)
    expect(real.versions.map(({ version }) => version)).toEqual(expect.arrayContaining(['1.0', 'Other']))
    expect(totalOf(real.versions)).toBe(forged + 3)
    const shown = real.channels.map(({ channel }) => channel)
    expect(shown).toHaveLength(limits.channels + 3)
    expect(shown).toEqual(expect.arrayContaining([channels[0], channels.at(-1), 'Other']))
    expect(real.platforms.length).toBe(limits.channels + 1)
    const top = await read<PackedTopCrashers>(topCrashersKey(product!.slug, 1))
    expect(top.process_types).toHaveLength(limits.channels + 1)
  })

  test('cost no documents, and rows keep them', async () => {
    await aggregate(defaultNameLimits)
    const keys: string[] = []
    for await (const { key } of stores.lake.list(aggregatesPrefix)) keys.push(key)
    expect(keys.length).toBeLessThan(160)
    const [row] = await rowsOf<{ names: number }>(
      lake.database.connection,
      `SELECT count(DISTINCT product)::INT AS names FROM crashes WHERE product LIKE 'forged %'`,
    )
    expect(row).toEqual({ names: forged })
  })
})
