// What alerts are found in: the facts of each product, from the tables and the home document.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFacts } from '../../../../batch/aggregates/alerts/facts.ts'
import type { AggregateRun } from '../../../../batch/aggregates/run.ts'
import { readConfig } from '../../../../batch/config.ts'
import { missingModulesTable, refusalsTable } from '../../../../batch/lake/tables.ts'
import { openLake } from '../../../../batch/lake/views.ts'
import { productOf } from '../../../../batch/products/products.ts'
import type { HomeAggregate } from '../../../../shared/aggregates/documents.ts'
import { memoryStores, openBench, putRows } from '../../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-facts-'))
const stores = memoryStores()
const dates = Array.from({ length: 28 }, (_, day) => `2026-10-${String(day + 1).padStart(2, '0')}`)
const zeros = dates.map(() => 0)
const none = productOf('', new Map())
const known = new Map([['Idle', { ...none, name: 'Idle', slug: 'idle' }]])
const leading = [{ signature: 'f' }] as never

let lake: Awaited<ReturnType<typeof openLake>>
beforeAll(async () => {
  const bench = await openBench(stores)
  const refused = (date: string, product: string, rule: string, count: number) => ({
    ...{ date, product, rule, count, hour: `${date}T00:00:00+00:00` },
  })
  await putRows(bench.files, refusalsTable, '2026-10-02', [
    refused('2026-10-02', 'App', 'early', 100),
    refused('2026-10-02', 'Stranger', 'early', 100),
  ])
  await putRows(bench.files, refusalsTable, '2026-10-27', [
    refused('2026-10-27', 'App', 'b', 3),
    refused('2026-10-27', 'App', 'a', 3),
    refused('2026-10-27', '', 'malformed', 2),
  ])
  await putRows(bench.files, refusalsTable, '2026-10-28', [refused('2026-10-28', 'App', 'c', 3)])
  const lacking = (date: string, name: string, more: object) => ({
    ...{ date, filename: `${name}.dll`, debug_file: `${name}.pdb`, debug_id: 'AB1', product: 'App' },
    ...more,
  })
  const days: [string, object[]][] = [
    ['2026-10-13', [lacking('2026-10-13', 'old', { count: 9, weighted: 9 })]],
    ['2026-10-14', [lacking('2026-10-14', 'm', { count: 1, weighted: 1.004 })]],
    ['2026-10-15', [lacking('2026-10-15', 'm', { count: 2, weighted: 2.004 })]],
    ['2026-10-21', [lacking('2026-10-21', 'm', { count: 4, weighted: 40 })]],
    [
      '2026-10-22',
      [
        lacking('2026-10-22', 'n', { count: 5, weighted: 5, debug_file: null }),
        lacking('2026-10-22', 'z', { count: 0, weighted: 0 }),
      ],
    ],
    ['2026-10-27', [lacking('2026-10-27', 'm', { count: 8, weighted: 8 })]],
    ['2026-10-28', [lacking('2026-10-28', 'm', { count: 16, weighted: 16 })]],
  ]
  for (const [date, rows] of days) await putRows(bench.files, missingModulesTable, date, rows as never)
  await bench.close()
  lake = await openLake({ url: 'memory:', stores, cacheDir: dir, config: readConfig({}) })
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

const tallies = (counts: Record<number, number>) =>
  dates.map((_, day) => ({ count: counts[day] ?? 0, weighted: 10 * (counts[day] ?? 0) }))
const home = {
  products: [
    { name: 'App', platforms: [{ days: tallies({ 4: 1, 27: 2 }) }, { days: tallies({ 4: 3 }).slice(0, 5) }] },
  ],
} as unknown as HomeAggregate

const read = (generatedAt: string, more: Partial<AggregateRun> = {}) => {
  const products = [productOf('App', known), productOf('Other', known)]
  const releases = new Map([['App', 'the releases']]) as never
  const run = { database: lake.database, dates, generatedAt, products, releases, ...more } as AggregateRun
  return readFacts(run, { home, leading: new Map([['App', leading]]), known })
}

describe('the facts', () => {
  test('are of products with a file or crashes, and of reports without a product', async () => {
    const facts = await read('2026-10-29T00:00:00Z')
    expect(facts.map(({ product }) => product)).toEqual(['App', 'Idle', 'Unknown'])
    const [app, idle, unknown] = facts
    const days = (counts: Record<number, number>) =>
      dates.map((date, day) => ({ date, count: counts[day] ?? 0, weighted: 10 * (counts[day] ?? 0) }))
    expect(app).toEqual({
      ...{ product: 'App', rules: none.alerts.rules, storeBegan: '2026-10-02', isLastWhole: true },
      ...{ leading, releases: 'the releases', days: days({ 4: 4, 27: 2 }) },
      refused: { counts: zeros.with(1, 100).with(26, 6).with(27, 3), rule: 'a' },
      modules: [
        { name: 'm.pdb', now: { count: 24, weighted: 24 }, before: { count: 6, weighted: 42 } },
        { name: 'n.dll', now: { count: 5, weighted: 5 }, before: { count: 0, weighted: 0 } },
      ],
    })
    expect(idle).toEqual({
      ...{ product: 'Idle', rules: none.alerts.rules, storeBegan: '2026-10-02', isLastWhole: true },
      ...{ leading: [], releases: null, days: days({}), modules: [] },
      refused: { counts: zeros, rule: '' },
    })
    expect(unknown!.refused).toEqual({ counts: zeros.with(26, 2), rule: 'malformed' })
  })

  test('compare whole weeks while the last day is not over', async () => {
    const [app] = await read('2026-10-28T23:59:59Z')
    expect(app!.isLastWhole).toBe(false)
    expect(app!.modules.map(({ name, now, before }) => [name, now.count, before.count])).toEqual([
      ['m.pdb', 12, 3],
      ['n.dll', 5, 0],
    ])
  })

  test('begin with the last day when there are none', async () => {
    const run = { dates: ['2027-01-01', '2027-01-02'] }
    const facts = await readFacts(
      {
        database: lake.database,
        generatedAt: '2027-01-03T00:00:00Z',
        products: [],
        releases: new Map(),
        ...run,
      } as never,
      { home: { products: [] } as never, leading: new Map(), known: new Map() },
    )
    expect(facts).toMatchObject([{ product: 'Unknown', storeBegan: '2027-01-02', isLastWhole: true }])
  })
})
