import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveTables } from '../../../batch/derived/derive.ts'
import { gatherRefusals } from '../../../batch/derived/refusals.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { encodeLines } from '../../../shared/json/json-lines.ts'
import { homeKey, refusalsKey } from '../../../shared/keys.ts'
import { countOf } from '../../../shared/refusal-counts.ts'
import { countingStores, noRequests } from '../../../shared/storage/counting.ts'
import { plainRowsOf } from '../support/plain-rows.ts'
import { memoryStores, openBench, putRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-refusals-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const stores = memoryStores()
const bench = await openBench(stores)
afterAll(() => bench.close())
const kind = {
  product: 'P',
  version: '1',
  channel: 'release',
  platform: 'Linux',
  processType: 'parent',
  rule: 'tenth',
}
const at = (time: string) => new Date(`2026-10-${time}Z`)
const put = (date: string, name: string, ...counts: ReturnType<typeof countOf>[]) =>
  stores.crashes.put(refusalsKey(date, name), encodeLines(counts))

async function query(sql: string): Promise<unknown[][]> {
  const lake = await openLake({ url: 'memory:', stores, cacheDir: dir, config: readConfig({}) })
  const reader = await lake.database.connection.runAndReadAll(sql)
  const rows = plainRowsOf(reader)
  await lake[Symbol.asyncDispose]()
  return rows
}

test('sums batches of refused reports by hour and kind, and again when more arrive', async () => {
  await put('2026-10-20', 'a', countOf(kind, at('20T23:59:00'), 2))
  await put(
    '2026-10-21',
    'a',
    countOf(kind, at('21T00:10:00'), 3),
    countOf({ ...kind, rule: 'other' }, at('21T00:20:00'), 1),
  )
  await put('2026-10-21', 'b', countOf(kind, at('21T00:50:00'), 4))
  await stores.crashes.put(refusalsKey('2026-10-21', 'broken'), new TextEncoder().encode('no JSON\n'))
  expect(await gatherRefusals(bench.files, at('21T12:00:00'))).toBe(2)
  expect(await gatherRefusals(bench.files, at('21T12:00:00'))).toBe(0)
  const sql = 'SELECT hour, release_channel, rule, count FROM refusals ORDER BY ALL'
  const expected = [
    ['2026-10-20T23:00:00+00:00', 'release', 'tenth', 2],
    ['2026-10-21T00:00:00+00:00', 'release', 'other', 1],
    ['2026-10-21T00:00:00+00:00', 'release', 'tenth', 7],
  ]
  expect(await query(sql)).toEqual(expected)
  await put('2026-10-21', 'c', countOf(kind, at('21T05:00:00'), 9))
  expect(await gatherRefusals(bench.files, at('21T12:00:00'))).toBe(1)
  expect(await query(sql)).toEqual([...expected, ['2026-10-21T05:00:00+00:00', 'release', 'tenth', 9]])
})

test('a day is not listed any more from a day after its end', async () => {
  const requests = noRequests()
  const files = { ...bench.files, stores: countingStores(stores, requests) }
  const listsAt = async (time: string) => {
    const before = requests.list
    await gatherRefusals(files, at(time))
    return requests.list - before
  }
  // The days, the files of the table, and the batches of each open day.
  expect(await listsAt('21T23:00:00')).toBe(4)
  expect(await listsAt('22T00:00:00')).toBe(4)
  expect(await listsAt('22T00:10:00')).toBe(3)
  expect(await listsAt('23T00:00:00')).toBe(3)
  expect(await listsAt('23T00:10:00')).toBe(2)
  await stores.lake.delete('made-from/refusals.json')
})

async function readHome(): Promise<HomeAggregate> {
  const open = { url: 'memory:', stores, cacheDir: dir, config: readConfig({}) }
  await deriveTables(open)
  const lake = await openLake(open)
  const now = new Date('2026-10-22T00:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: sampleProducts(), now })
  await lake[Symbol.asyncDispose]()
  return JSON.parse(new TextDecoder().decode(await (await stores.lake.get(homeKey))!.bytes()))
}

test('the home document contains the refusals by product, even if nothing was stored', async () => {
  await put(
    '2026-10-21',
    'd',
    countOf({ ...kind, product: '', rule: 'malformed_bad_gzip' }, at('21T06:00:00'), 5),
  )
  const refused = {
    by_rule: [
      { rule: 'tenth', count: 18 },
      { rule: 'malformed_bad_gzip', count: 5 },
      { rule: 'other', count: 1 },
    ],
    by_product: [
      { product: 'P', count: 19 },
      { product: 'Unknown', count: 5 },
    ],
  }
  const empty = await readHome()
  expect(empty).toMatchObject({ products: [], newest_crash: null, refused })
  expect([empty.dates.length, empty.dates.at(-1)]).toEqual([28, '2026-10-21'])

  const date = '2026-10-21'
  const submitted_at = `${date}T00:00:00+00:00`
  await putRows(bench.files, crashesTable, date, [
    { crash_id: 'x', date, product: 'P', signature: 's', submitted_at },
  ])
  const home = await readHome()
  expect(home.refused).toEqual(refused)
  expect(home.products).toMatchObject([
    {
      name: 'P',
      total: { count: 1 },
      refused: [
        { rule: 'tenth', count: 18 },
        { rule: 'other', count: 1 },
      ],
    },
  ])
})
