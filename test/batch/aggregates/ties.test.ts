// Entries with equal counts have a fixed order, so that unchanged data gives unchanged documents.
import { beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import type {
  HomeAggregate,
  PackedTopCrashers,
  SignatureAggregate,
} from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey, topCrashersKey } from '../../../shared/keys.ts'
import { idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
const stores = memoryStores()

/** One crash for each combination, so that every count of one kind is equal; in reverse order. */
const rows = ['Zebra', 'Aardvark'].flatMap((product) =>
  ['Windows NT', 'Mac OS X', 'Linux'].flatMap((platform) =>
    ['plugin', 'parent', 'content'].flatMap((process_type) =>
      ['sig c', 'sig b', 'sig a'].flatMap((signature) =>
        ['1.9', '1.10'].map((version) => ({ product, platform, process_type, signature, version })),
      ),
    ),
  ),
)

const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))

beforeAll(async () => {
  const bench = await openBench(stores)
  const crashes = rows.map((row, n) => ({
    ...row,
    crash_id: idOf(n),
    date,
    submitted_at: `${date}T00:00:00.000001+00:00`,
    release_channel: n % 2 === 0 ? 'release' : 'beta',
    weight: 1,
    duplicate_of: null,
  }))
  await putRows(bench.files, crashesTable, date, crashes)
  await deriveDays(bench.files)
  const lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-10-22T00:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: sampleProducts(), now })
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

test('home lists products, platforms and signatures by name', async () => {
  const { products } = await read<HomeAggregate>(homeKey)
  expect(products.map(({ name }) => name)).toEqual(['Aardvark', 'Zebra'])
  for (const { platforms, versions, channels, top_signatures } of products) {
    expect(platforms.map(({ platform }) => platform)).toEqual(['Linux', 'Mac OS X', 'Windows NT'])
    expect(versions.map(({ version }) => version)).toEqual(['1.10', '1.9'])
    expect(channels.map(({ channel }) => channel)).toEqual(['beta', 'release'])
    expect(top_signatures.map(({ signature }) => signature)).toEqual(['sig a', 'sig b', 'sig c'])
  }
})

test('top crashers lists platforms, process types and signatures by name', async () => {
  const document = await read<PackedTopCrashers>(topCrashersKey('zebra', 7))
  expect(document.platforms).toEqual(['Linux', 'Mac OS X', 'Windows NT'])
  expect(document.process_types).toEqual(['content', 'parent', 'plugin'])
  expect(document.signatures.map(({ signature }) => signature)).toEqual(['sig a', 'sig b', 'sig c'])
})

test('a signature lists the values of its facets by name, and its reports by crash ID', async () => {
  const { facets, reports } = await read<SignatureAggregate>(signatureKey(signatureId('sig a')))
  const valuesOf = (column: string) =>
    facets.find((facet) => facet.column === column)!.values.map(({ value }) => value)
  expect(valuesOf('platform')).toEqual(['Linux', 'Mac OS X', 'Windows NT'])
  expect(valuesOf('process_type')).toEqual(['content', 'parent', 'plugin'])
  const ids = reports.map(({ crash_id }) => crash_id)
  expect(ids).toEqual([...ids].sort())
})
