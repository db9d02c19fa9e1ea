// The made-up history of the sample apps: what is hidden in it can be found, every report opens, later days continue it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { decodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import { writeHistory } from '../../../batch/simulate/history/history.ts'
import { shareAt } from '../../../batch/simulate/history/made-crash.ts'
import { madeApps } from '../../../batch/simulate/history/scenario.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import type { CorrelationsAggregate } from '../../../shared/aggregates/correlations.ts'
import { correlationsKey, homeKey, processedPrefix } from '../../../shared/keys.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const stores = memoryStores()
const now = new Date('2026-11-30T09:00:00Z')
let bench: Bench
let home: HomeAggregate

const openAll = () => openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))
const versions = async () => {
  const found: string[] = []
  for await (const { key, etag } of stores.lake.list('tables/')) found.push(`${key} ${etag}`)
  return found
}
const reports = async () => {
  const found: string[] = []
  for await (const { key } of stores.crashes.list(processedPrefix())) found.push(key)
  return found
}

async function extend(time: Date, complete = true) {
  await using lake = await openAll()
  const made = await writeHistory(lake.files, { now: time })
  if (complete) await made.storeReports()
  return { days: made.days, crashes: made.crashes }
}

beforeAll(async () => {
  bench = await openBench(stores)
  // The second one replaces the first, which was interrupted.
  const [first, second] = [await extend(now, false), await extend(now)]
  expect(second).toEqual(first)
  await deriveDays(bench.files)
  await using lake = await openAll()
  const { database } = lake
  await aggregateStore({ database, lake: stores.lake, products: sampleProducts(), now, mostSignatures: 0 })
  home = await read<HomeAggregate>(homeKey)
}, 300_000)
afterAll(() => bench.close())

test('the 27 days before the first start have crashes of all apps, all marked as made up', async () => {
  expect([home.dates.length, home.dates.at(-1)]).toEqual([28, '2026-11-29'])
  expect(home.products.map(({ name }) => name).sort()).toEqual(madeApps.map(({ product }) => product).sort())
  const count = home.products.reduce((sum, { total }) => sum + total.count, 0)
  expect(count).toBeGreaterThan(1500)
  expect(home.simulated).toBe(count)
})

test('every row has a report of the same signature', async () => {
  await using lake = await openAll()
  const rows = await rowsOf<{ crash_id: string; signature: string }>(
    lake.database.connection,
    'SELECT crash_id, signature FROM crashes ORDER BY crash_id',
  )
  const keys = await reports()
  expect(keys.map((key) => key.split('/').at(-1)).sort()).toEqual(rows.map(({ crash_id }) => crash_id))
  const signatureOf = new Map(rows.map(({ crash_id, signature }) => [crash_id, signature]))
  for (const key of keys.slice(0, 50)) {
    const crash = decodeProcessedCrash(await (await stores.crashes.get(key))!.bytes())
    expect(crash).toMatchObject({ vendor: 'simulated', signature: signatureOf.get(crash.crash_id) })
  }
})

test.each([
  ['Heron', '131.0', '130.0', 'new net::DiskCache::Evict Windows NT', 'gone layout::TextRun::Shape '],
  ['Quill', '4.3.0', '4.2.1', 'new quill::Clipboard::Paste '],
  ['Forge', '0.32.0', '0.31.0', 'gone forge::cache::Entry::decode '],
])('the headline of %s compares %s with %s and has what is hidden', (name, version, before, ...found) => {
  const { headline } = home.products.find((product) => product.name === name)!
  expect([headline?.name, headline?.against]).toEqual([version, before])
  const texts = headline!.findings.map(({ kind, signature, only }) => `${kind} ${signature} ${only ?? ''}`)
  expect(texts).toEqual(expect.arrayContaining(found))
})

test('the regression is correlated with a module and a graphics vendor', async () => {
  const id = signatureId('net::DiskCache::Evict')
  const { signatures } = await read<CorrelationsAggregate>(correlationsKey('heron', id[0]!))
  const values = signatures.find((one) => one.id === id)!.correlations.map(({ value }) => value)
  expect(values).toEqual(expect.arrayContaining(['glowbar64.dll', '0x10de']))
})

test('known bugs and use are listed', () => {
  const heron = home.products.find(({ name }) => name === 'Heron')!
  const evict = heron.top_signatures.find(({ signature }) => signature === 'net::DiskCache::Evict')!
  expect(evict.bugs).toEqual([{ id: 'HERON-412', url: null, open: true }])
  expect(heron.usage?.days.filter((day) => day !== null).length).toBe(27)
})

test('a start on the same day writes nothing, one after a week adds its days and keeps the others', async () => {
  const before = await versions()
  expect(await extend(new Date('2026-11-30T23:59:00Z'))).toEqual({ days: 0, crashes: 0 })
  expect(await versions()).toEqual(before)
  const { days, crashes } = await extend(new Date('2026-12-07T00:01:00Z'))
  expect(days).toBe(7)
  expect(crashes).toBeGreaterThan(300)
  expect(await versions()).toEqual(expect.arrayContaining(before))
  expect((await reports()).at(-1)).toContain('processed/20261206/')
})

test('a share changes in a straight line between its days', () => {
  const curve = [
    [-4, 1],
    [0, 3],
  ] as const
  expect([-9, -4, -3, 0, 5].map((day) => shareAt(curve, day))).toEqual([1, 1, 1.5, 3, 3])
})
