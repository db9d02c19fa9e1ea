// The plantings of `mayday simulate`, and its sizes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import { correlation, fixed, newestMajor, newVersion, regression } from '../../../batch/simulate/plantings.ts'
import { simulateCrashes } from '../../../batch/simulate/rows.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const stores = memoryStores()
const shape = { products: 12, versions: 60, signatures: 900 }
let bench: Bench
let lake: Lake

beforeAll(async () => {
  bench = await openBench(stores)
  const options = { ...shape, crashes: 40_000, days: 20, seed: 2, to: '2026-11-28', modules: true }
  await simulateCrashes(bench.files, options)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
}, 300_000)
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

const rows = async <T>(sql: string) => rowsOf<T>(lake.database.connection, sql)
const numbers = async (sql: string) =>
  Object.values((await rows<Record<string, number>>(sql))[0]!).map(Number)

test('there are as many products, versions and signatures as wanted', async () => {
  const [products, versions, signatures, most] = await numbers(`
    SELECT count(DISTINCT product), count(DISTINCT version) FILTER (product = 'SimEditor'),
      count(DISTINCT signature), count(*) FILTER (product = 'SimBrowser') FROM crashes`)
  expect(products).toBe(shape.products)
  expect(versions).toBeGreaterThan(0.8 * shape.versions)
  expect(versions).toBeLessThanOrEqual(shape.versions)
  expect(signatures).toBeGreaterThan(0.8 * shape.signatures)
  expect(most).toBeGreaterThan((1.5 * 40_000) / shape.products)
})

test('the regression begins on the middle day, in the newest versions on one platform', async () => {
  const found = await rows(`
    SELECT min(date)::VARCHAR AS date, min(major_version) AS major, list(DISTINCT platform) AS platforms,
      list(DISTINCT product) AS products, count(*) > 100 AS frequent
    FROM crashes WHERE signature = '${regression.signature}'`)
  expect(found).toEqual([
    {
      date: '2026-11-19',
      major: newestMajor,
      platforms: [regression.platform],
      products: [regression.product],
      frequent: true,
    },
  ])
})

test('a module and a vendor are correlated with its signature', async () => {
  const [inside, outside, vendor, others] = await numbers(`
    SELECT 100 * avg((crash_id IN (SELECT crash_id FROM modules WHERE filename = '${correlation.module.name}'))::INT)
        FILTER (planted),
      100 * avg((crash_id IN (SELECT crash_id FROM modules WHERE filename = '${correlation.module.name}'))::INT)
        FILTER (NOT planted),
      100 * avg((adapter_vendor_id = '${correlation.vendor.id}')::INT) FILTER (planted),
      100 * avg((adapter_vendor_id = '${correlation.vendor.id}')::INT) FILTER (NOT planted)
    FROM (SELECT *, signature = '${correlation.signature}' AS planted FROM crashes)`)
  expect(Math.abs(inside! - correlation.module.inside)).toBeLessThan(10)
  expect(Math.abs(outside! - correlation.module.outside)).toBeLessThan(2)
  expect(vendor).toBeGreaterThan(others! + 20)
})

test('the new version is late and lacks the fixed signature', async () => {
  const [late, crashes, withFixed, before] = await numbers(`
    SELECT min(date) > '2026-11-22', count(*), count(*) FILTER (signature = '${fixed.signature}'),
      (SELECT count(*) FROM crashes WHERE signature = '${fixed.signature}' AND product = '${fixed.product}')
    FROM crashes WHERE product = '${newVersion.product}' AND major_version = ${newVersion.major}`)
  expect([late, withFixed]).toEqual([1, 0])
  expect(crashes).toBeGreaterThan(100)
  expect(before).toBeGreaterThan(100)
})
