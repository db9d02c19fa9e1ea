// A regression planted among simulated crashes is marked on the pages; noise does not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { homeWith } from '../../dashboard/model/freshness.ts'
import { overviewOf } from '../../dashboard/model/overview.ts'
import { type CrasherRow, rankCrashers } from '../../dashboard/model/ranking.ts'
import { productDays } from '../../dashboard/model/series.ts'
import { aggregateStore } from '../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../batch/config.ts'
import { deriveDays } from '../../batch/derived/derive.ts'
import { type Lake, openLake } from '../../batch/lake/views.ts'
import { fixed, regression } from '../../batch/simulate/plantings.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import type { HomeAggregate, TopCrashersAggregate, TopCrashersDays } from '../../shared/aggregates.ts'
import { homeKey, topCrashersKey } from '../../shared/keys.ts'
import { type Bench, memoryStores, openBench } from '../batch/support/rows.ts'

const planted = regression.signature
const stores = memoryStores()
let bench: Bench
let lake: Lake
let home: HomeAggregate

const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))

async function rowsOf(slug: string, days: TopCrashersDays): Promise<CrasherRow[]> {
  const document = await read<TopCrashersAggregate>(topCrashersKey(slug, days))
  return rankCrashers([document], {}, productDays(home)).rows
}

beforeAll(async () => {
  bench = await openBench(stores)
  await simulateCrashes(bench.files, { crashes: 30_000, days: 28, seed: 2, to: '2026-11-28' })
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: new Map(),
    now: new Date('2026-11-29T00:10:00Z'),
    mostSignatures: 0,
  })
  home = await read<HomeAggregate>(homeKey)
}, 300_000)
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

const named = (rows: readonly CrasherRow[], test: (row: CrasherRow) => boolean) =>
  rows.filter(test).map(({ signature }) => signature)
const isColored = ({ change, signature }: CrasherRow) =>
  change.kind !== 'unknown' && change.isSignificant && signature !== fixed.signature

describe('in a list of hundreds of signatures', () => {
  test.each([7, 14, 28] as const)('of %d days, only the planted regression is new', async (days) => {
    const rows = await rowsOf('simbrowser', days)
    expect(rows.length).toBeGreaterThan(200)
    expect(named(rows, ({ isNew }) => isNew)).toEqual([planted])
  })

  test('only its share has a color when the period before did not have it', async () => {
    expect(named(await rowsOf('simbrowser', 14), isColored)).toEqual([planted])
    expect(named(await rowsOf('simbrowser', 7), isColored)).toEqual([])
  })

  test('nothing is marked in products without a regression', async () => {
    for (const slug of ['simeditor', 'simmail'])
      expect(named(await rowsOf(slug, 14), (row) => row.isNew || isColored(row))).toEqual([])
  })

  test('the usual rate of crashes at start-up marks no signature', async () => {
    for (const slug of ['simbrowser', 'simeditor', 'simmail'])
      expect(named(await rowsOf(slug, 28), ({ isStartup }) => isStartup)).toEqual([])
  })
})

test('home marks only the planted regression', () => {
  const { top, week } = overviewOf(homeWith(home, null), home.products, 30)
  expect(top.filter(({ trend }) => trend !== null).map(({ signature, trend }) => [signature, trend])).toEqual(
    [[planted, 'new']],
  )
  expect(week!.isDifferent).toBe(false)
})

test('the headline of a product has only the planted regression and the planted fix, those of others nothing', () => {
  const findings = home.products.map(({ name, headline }) => [
    name,
    headline!.name,
    headline!.against,
    headline!.findings.map(({ kind, signature, only, since }) => [kind, signature, only, since]),
  ])
  expect(findings).toEqual([
    [
      'SimBrowser',
      '103.0',
      '102.0',
      [
        ['new', planted, 'Windows NT', null],
        ['gone', 'sim::Journal::Replay', null, null],
      ],
    ],
    ['SimEditor', '102.0', '101.0.1', []],
    ['SimMail', '102.0', '101.0.1', []],
  ])
  expect(home.products.every(({ headline }) => headline!.rate_change === null)).toBe(true)
})
