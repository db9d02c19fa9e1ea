// The bytes of a first view with 40 products and 200 versions, compressed as both runtimes send them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../batch/aggregates/aggregate.ts'
import { defaultNameLimits, readConfig } from '../../batch/config.ts'
import { deriveDays } from '../../batch/derived/derive.ts'
import { type Lake, openLake } from '../../batch/lake/views.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import type { HomeAggregate } from '../../shared/aggregates/documents.ts'
import { allCrashersKey, homeKey, statusKey, topCrashersKey } from '../../shared/keys.ts'
import { builtDashboard } from '../support/pages-server.ts'
import { type Bench, memoryStores, openBench } from '../batch/support/rows.ts'

const budget = 300_000
const stores = memoryStores()
let bench: Bench
let lake: Lake

beforeAll(async () => {
  bench = await openBench(stores)
  const shape = { products: 40, versions: 200, signatures: 13_000 }
  await simulateCrashes(bench.files, { ...shape, crashes: 150_000, days: 28, seed: 1, to: '2026-11-28' })
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: new Map(),
    now: new Date('2026-11-29T00:10:00Z'),
    nameLimits: { ...defaultNameLimits, products: 40, versions: 300 },
    mostSignatures: 0,
  })
}, 400_000)
afterAll(async () => {
  await lake?.[Symbol.asyncDispose]()
  await bench.close()
})

const read = async (key: string) => (await stores.lake.get(key))!.bytes()
const sizeOf = (bytes: Uint8Array | Buffer) => gzipSync(bytes).length

/** The page, its scripts and styles, and the chart that loads later. */
function shellSize(): number {
  const page = readFileSync(join(builtDashboard, 'index.html'), 'utf8')
  // The link to the feed of alerts loads nothing.
  const named = [...page.matchAll(/(?:src|href)="\/((?!aggregates\/)[^"]+)"/g)].map(([, path]) => path!)
  const charts = readdirSync(join(builtDashboard, 'assets')).filter((name) => /^chart-.*\.js$/.test(name))
  expect(charts.length).toBeGreaterThan(0)
  const paths = [...named, ...charts.map((name) => `assets/${name}`)]
  return [...new Set(paths)].reduce(
    (sum, path) => sum + sizeOf(readFileSync(join(builtDashboard, path))),
    sizeOf(Buffer.from(page)),
  )
}

describe('a first view with 40 products and 200 versions', () => {
  test('has that many products and versions', async () => {
    const home = JSON.parse(new TextDecoder().decode(await read(homeKey))) as HomeAggregate
    expect(home.products).toHaveLength(40)
    expect(home.products[0]!.versions.length).toBeGreaterThan(120)
  })

  test.each([
    ['the overview', []],
    ['Top Crashers of the largest product, 28 days', [topCrashersKey('simbrowser', 28)]],
    ['Top Crashers of all products, 28 days', [allCrashersKey(28)]],
  ])('%s stays within 300 kB', async (name, documents) => {
    const keys = [homeKey, statusKey, ...documents]
    const sizes = await Promise.all(keys.map(async (key) => sizeOf(await read(key))))
    const total = sizes.reduce((sum, size) => sum + size, shellSize())
    console.info(`${name}: shell ${shellSize()}, documents ${sizes.join(' ')}`)
    expect(total, `shell ${shellSize()}, documents ${sizes.join(' ')}`).toBeLessThan(budget)
  })
})
