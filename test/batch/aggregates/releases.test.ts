// The document of releases: starts, equal elapsed time, use, and what is chosen.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import { crashesTable, usageTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { check } from '../../../shared/json/schema.ts'
import { homeKey, releasesKey } from '../../../shared/keys.ts'
import { compareReleases } from '../../../shared/releases/compare.ts'
import { type Release, type ReleasesAggregate, releasesSchema } from '../../../shared/releases/document.ts'
import { addDays, daysUpTo } from '../../../shared/time/dates.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const last = '2026-10-21'
const stores = memoryStores()
const rows = new Map<string, Row[]>()
let bench: Bench
let document: ReleasesAggregate

let crashes = 0
function add(date: string, count: number, row: Row, time = '08:00:00'): void {
  const list = rows.get(date) ?? []
  rows.set(date, list)
  for (let i = 0; i < count; i++)
    list.push({
      crash_id: `${(crashes++).toString(16).padStart(8, '0')}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`,
      date,
      submitted_at: `${date}T${time}.000001+00:00`,
      product: 'Lumen',
      release_channel: 'release',
      build_id: null,
      platform: 'Linux',
      install_time: crashes,
      weight: 1,
      ...row,
    })
}

const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))
const named = (name: string): Release => document.releases.find((release) => release.name === name)!

beforeAll(async () => {
  bench = await openBench(stores)
  for (const date of daysUpTo(last, 60)) add(date, 5, { version: '0.9', signature: 'a' })
  // 1.0 started 40 days ago, after one crash of a test; 2.0 five days ago.
  add(addDays(last, -50), 1, { version: '1.0', signature: 'a' })
  for (const date of daysUpTo(addDays(last, -1), 40)) {
    add(date, 60, { version: '1.0', signature: 'a', build_id: '20260901000000' }, '08:00:00')
    add(date, 60, { version: '1.0', signature: 'b', platform: 'Windows NT' }, '20:00:00')
  }
  for (const date of daysUpTo(last, 5))
    add(date, 80, { version: '2.0', signature: 'a', weight: 2 }, '09:00:00')
  for (let n = 0; n < 30; n++)
    for (const date of daysUpTo(last, 10))
      add(date, 4, { version: `3.0b${n}`, release_channel: 'beta', signature: 'b' })
  for (const [date, list] of rows) await putRows(bench.files, crashesTable, date, list)
  const use = (date: string, version: string, users: number) => ({ date, product: 'Lumen', version, users })
  for (const date of daysUpTo(last, 60))
    await putRows(bench.files, usageTable, date, [use(date, '1.0', 1000), use(date, '2.0', 500)])
  await deriveDays(bench.files)
  await using lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: new Map(),
    now: new Date(`${last}T12:00:00Z`),
    mostSignatures: 0,
  })
  document = await read(releasesKey('lumen'))
})
afterAll(() => bench.close())

describe('a document of releases', () => {
  test('has the declared shape', () => {
    expect(check(releasesSchema, document).problems).toBeUndefined()
  })

  test('starts a version on its first day with more than single crashes, and states where the data begin', () => {
    expect(named('1.0')).toMatchObject({ start: addDays(last, -40), is_start_known: true })
    expect(named('2.0')).toMatchObject({ start: addDays(last, -4), is_start_known: true })
    expect(named('0.9').is_start_known).toBe(false)
  })

  test('counts the older version for the same time since its start, to the second', () => {
    const { age, now, before } = compareReleases(document, named('2.0'), named('1.0'))
    expect(age).toBe(4 * 86_400 + 9 * 3600)
    expect(now.total).toEqual({ count: 400, weighted: 800 })
    // Five mornings, four evenings.
    expect(before.total.count).toBe(5 * 60 + 4 * 60)
  })

  test('has the use of each day of age, and rates of whole days', () => {
    expect(document.measure).toBe('users')
    const { now, before } = compareReleases(document, named('2.0'), named('1.0'))
    expect(now.rate).toMatchObject({ value: 160 / 500, days: 4 })
    expect(before.rate!.value).toBeCloseTo(120 / 1000, 9)
  })

  test('knows which signatures are from one platform only', () => {
    const b = document.signatures.find(({ signature }) => signature === 'b')!
    const old = b.in.find(({ release }) => document.releases[release]!.name === '1.0')!
    expect(document.platforms[old.only]).toBe('Windows NT')
  })

  test('has the newest versions of each channel, not all', () => {
    const names = document.releases.filter(({ kind }) => kind === 'version').map(({ name }) => name)
    expect(names.length).toBeLessThanOrEqual(14)
    expect(names).toEqual(expect.arrayContaining(['3.0b29', '3.0b28', '2.0', '1.0', '0.9']))
    expect(names).not.toContain('3.0b20')
  })

  test('compares channels over the same days, and builds where there are IDs', () => {
    expect(document.releases.filter(({ kind }) => kind === 'channel').map(({ start }) => start)).toEqual([
      addDays(last, -27),
      addDays(last, -27),
    ])
    expect(document.releases.find(({ kind }) => kind === 'build')).toMatchObject({
      name: '20260901000000',
      channel: 'release',
    })
  })

  test('gives the home page its headline', async () => {
    const home = await read<HomeAggregate>(homeKey)
    expect(home.products[0]!.headline).toMatchObject({ name: '2.0', against: '1.0', age: 4 })
    expect(
      home.products[0]!.headline!.findings.map(({ signature, kind }) => [signature, kind]),
    ).toContainEqual(['b', 'gone'])
  })
})
