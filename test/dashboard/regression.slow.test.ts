// A regression planted among simulated crashes is marked on the pages; noise does not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { homeWith } from '../../dashboard/model/freshness.ts'
import { overviewOf } from '../../dashboard/model/overview.ts'
import { type CrasherRow, rankCrashers } from '../../dashboard/model/crashers/ranking.ts'
import { productDays } from '../../dashboard/model/series.ts'
import { aggregateStore } from '../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../batch/config.ts'
import { deriveDays } from '../../batch/derived/derive.ts'
import { openLake } from '../../batch/lake/views.ts'
import { fixed, regression } from '../../batch/simulate/plantings.ts'
import { signatureId } from '../../batch/aggregates/run.ts'
import { crashesTable } from '../../batch/lake/tables.ts'
import { simulateCrashes } from '../../batch/simulate/rows.ts'
import type { HomeAggregate, PackedTopCrashers, TopCrashersDays } from '../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../shared/aggregates/crash-cells.ts'
import type { CorrelationsAggregate, SignatureCorrelations } from '../../shared/aggregates/correlations.ts'
import { correlationsKey, homeKey, topCrashersKey } from '../../shared/keys.ts'
import { type Bench, memoryStores, openBench, putRows } from '../batch/support/rows.ts'

const planted = regression.signature
const stores = memoryStores()
let bench: Bench
let home: HomeAggregate

const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))

async function rowsOf(slug: string, days: TopCrashersDays): Promise<CrasherRow[]> {
  const document = unpackTopCrashers(await read<PackedTopCrashers>(topCrashersKey(slug, days)))
  return rankCrashers([document], {}, productDays(home)).rows
}

async function aggregateAt(now: string): Promise<void> {
  await using lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: new Map(),
    now: new Date(now),
    mostSignatures: 0,
  })
}

beforeAll(async () => {
  bench = await openBench(stores)
  await simulateCrashes(bench.files, { crashes: 30_000, days: 28, seed: 2, to: '2026-11-28', modules: true })
  await deriveDays(bench.files)
  await aggregateAt('2026-11-29T00:10:00Z')
  home = await read<HomeAggregate>(homeKey)
}, 300_000)
afterAll(() => bench.close())

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

describe('correlations', () => {
  const documents = async (slug: string) =>
    Promise.all(
      [...'0123456789abcdef'].map((start) => read<CorrelationsAggregate>(correlationsKey(slug, start))),
    )
  const isPlanted = (id: string) => [planted, 'sim::Journal::Replay'].map(signatureId).includes(id)
  const textsOf = ({ correlations }: SignatureCorrelations) =>
    correlations.map(({ column, value }) => `${column}=${value}`)

  test('of the planted signature are what was planted, and the system explains its version', async () => {
    const all = (await documents('simbrowser')).flatMap(({ signatures }) => signatures)
    const own = all.find(({ id }) => id === signatureId(planted))!
    expect(textsOf(own).sort()).toEqual([
      'adapter_vendor_id=0x10de',
      'modules=simhook.dll',
      'platform=Windows NT',
      'version=102.0',
    ])
    const of = (name: string) => own.correlations.find(({ column }) => column === name)!
    expect(of('modules')).toMatchObject({ kind: 'module', prior: null })
    expect(of('modules').group).toBeGreaterThan(0.7)
    expect(of('modules').reference).toBeLessThan(0.06)
    expect(of('platform').explains.map(({ column }) => column)).toEqual(['platform_version'])
  })

  test('of all others are what the simulation derives from the signature, but for 3 % at most', async () => {
    const slugs = ['simbrowser', 'simeditor', 'simmail']
    const all = (await Promise.all(slugs.map(documents))).flat().flatMap(({ signatures }) => signatures)
    expect(all.length).toBeGreaterThan(100)
    const others = all.filter(({ id }) => !isPlanted(id)).flatMap(textsOf)
    const derived = others.filter((text) => /^(reason|report_type|is_garbage_collecting)=/.test(text))
    expect(derived.length).toBeGreaterThan(50)
    expect(others.length - derived.length).toBeLessThanOrEqual(0.03 * others.length)
  })

  test('are not computed again from the same files, and again when a file of the period changes', async () => {
    const key = correlationsKey('simbrowser', '0')
    const { generated_at, source } = await read<CorrelationsAggregate>(key)
    await aggregateAt('2026-11-29T01:10:00Z')
    expect(await read(key)).toMatchObject({ generated_at, source })
    const row = {
      crash_id: '00000000-0000-8000-8000-000000261120',
      date: '2026-11-20',
      submitted_at: '2026-11-20T08:00:00+00:00',
      product: 'SimBrowser',
    }
    await putRows(bench.files, crashesTable, '2026-11-20', [row])
    await aggregateAt('2026-11-29T02:10:00Z')
    expect((await read<CorrelationsAggregate>(key)).source).not.toBe(source)
  }, 600_000)
})
