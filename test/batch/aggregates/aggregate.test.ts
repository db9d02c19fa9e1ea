// Compares aggregates with an independent count, over seeded rows of forty days.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AggregateReport, aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import {
  aggregatesVersion,
  type Cell,
  type HomeAggregate,
  type LocationsAggregate,
  type PackedTopCrashers,
  type SignatureAggregate,
} from '../../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'
import { homeKey, locationsKey, signatureKey, tableKey, topCrashersKey } from '../../../shared/keys.ts'
import { daysBefore } from '../../../shared/time/dates.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const newest = '2026-10-21'
const dates = [...daysBefore(newest, 39), newest]

interface Crash extends Row {
  crash_id: string
  date: string
  product: string | null
  version: string
  release_channel: string
  platform: string
  process_type: string
  signature: string
  stack_key: string | null
  weight: number
  install_time: number
  duplicate_of: string | null
}

function makeRows(): Crash[] {
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const pick = <T>(list: readonly T[]) => list[random(list.length)]!
  return Array.from({ length: 900 }, (_, n) => {
    const date = pick(dates)
    return {
      crash_id: `${n.toString(16).padStart(8, '0')}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`,
      date,
      submitted_at: `${date}T0${random(10)}:00:00.000001+00:00`,
      product: pick(['Firefox', 'Firefox', 'My App!', null]),
      version: pick(['1.0', '1.10', '1.9']),
      release_channel: pick(['release', 'beta']),
      platform: pick(['Linux', 'Windows NT']),
      process_type: pick(['parent', 'content']),
      signature: n % 10 === 1 ? 'app@11111111' : `sig${random(6) * random(6)}`,
      stack_key: n % 4 === 0 ? null : String(n % 4).repeat(16),
      weight: pick([1, 10]),
      install_time: 1_700_000_000 + random(20),
      uptime: random(4000),
      report_type: pick(['crash', 'hang']),
      startup_crash: random(5) === 0,
      build_id: `2026${random(9)}`,
      duplicate_of: random(15) === 0 ? 'earlier' : null,
    }
  })
}

const stores = memoryStores()
const rows = makeRows()
const counted = rows.filter((row) => row.duplicate_of === null)
let bench: Bench
let lake: Lake
let report: AggregateReport
const now = new Date('2026-10-22T03:00:00Z')
const aggregate = () =>
  aggregateStore({ database: lake.database, lake: stores.lake, products: sampleProducts(), now })

async function read<T>(key: string): Promise<T> {
  const object = await stores.lake.get(key)
  return JSON.parse(new TextDecoder().decode(await object!.bytes()))
}

beforeAll(async () => {
  bench = await openBench(stores)
  for (const date of dates) {
    await putRows(
      bench.files,
      crashesTable,
      date,
      rows.filter((row) => row.date === date),
    )
  }
  await stores.lake.put(signatureKey('0123456789abcdef'), new TextEncoder().encode('{}'))
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  report = await aggregate()
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

const inDays = (days: number, list = counted) => {
  const from = daysBefore(newest, days - 1)[0] ?? newest
  return list.filter((row) => row.date >= from)
}
const sum = (list: readonly Crash[]) => ({
  count: list.length,
  weighted: list.reduce((all, row) => all + row.weight, 0),
})

describe('derived tables', () => {
  test('signatures and builds have one row each over all days, with correct counts', async () => {
    const { connection } = lake.database
    const signatures = (
      await connection.runAndReadAll('SELECT * FROM signatures ORDER BY signature')
    ).getRowObjectsJS()
    const groups = Map.groupBy(counted, (row) => row.signature)
    expect(signatures).toHaveLength(groups.size)
    for (const row of signatures) {
      const own = groups.get(row.signature as string)!
      expect(Number(row.count)).toBe(own.length)
      expect(row.weighted).toBe(sum(own).weighted)
      expect((row.first_seen as Date).toISOString().slice(0, 10)).toBe(
        own.map((crash) => crash.date).sort()[0],
      )
      expect(row.first_build).toBe(own.map((crash) => crash.build_id as string).sort()[0])
      expect((row.products as unknown[]).length).toBe(new Set(own.map((crash) => crash.product)).size)
    }
    const builds = (await connection.runAndReadAll('SELECT * FROM builds')).getRowObjectsJS()
    const kinds = new Set(
      counted.map((row) => [row.product, row.version, row.release_channel, row.build_id].join()),
    )
    expect(builds).toHaveLength(kinds.size)
  })

  test('are rewritten only for days whose crashes changed', async () => {
    expect(await deriveDays(bench.files)).toBe(0)
    const key = tableKey('crashes', dates[3]!, '0of1', 0)
    const object = await stores.lake.get(key)
    await stores.lake.put(tableKey('crashes', dates[3]!, '1of2', 0), await object!.bytes())
    expect(await deriveDays(bench.files)).toBe(2)
    await stores.lake.delete(tableKey('crashes', dates[3]!, '1of2', 0))
    expect(await deriveDays(bench.files)).toBe(2)
    await stores.lake.delete(key)
    expect(await deriveDays(bench.files)).toBe(0)
    await stores.lake.put(key, await object!.bytes())
  })
})

describe('aggregateStore', () => {
  test('writes home, five lists per product, a page per signature, and removes unreferenced documents', async () => {
    const signatures = new Set(inDays(28).map((row) => row.signature))
    const products = [...signatures].map(
      (name) => new Set(inDays(28).flatMap((row) => (row.signature === name ? [row.product] : []))).size,
    )
    const ofProducts = products.filter((count) => count > 1).reduce((all, count) => all + count, 0)
    // Two products have a version with 20 reports, three a signature with 25.
    const documents = 5 + 4 * 5 + 2 + 3 * 16 + signatures.size + ofProducts
    expect(report).toEqual({ to: newest, documents, unchanged: 0, removed: 1 })
  })

  test('home: totals, days by platform, versions and channels of every product', async () => {
    const home = await read<HomeAggregate>(homeKey)
    expect(home).toMatchObject({
      version: aggregatesVersion,
      generated_at: '2026-10-22T03:00:00.000+00:00',
      dates: dates.slice(-28),
    })
    expect(home.newest_crash).toMatch(/^2026-10-21T0\d:00:00\.000001\+00:00$/)
    expect(home.products.map((product) => [product.name, product.slug])).toEqual(
      expect.arrayContaining([
        ['Firefox', 'firefox'],
        ['My App!', 'my-app'],
        ['Unknown', 'unknown'],
      ]),
    )
    for (const product of home.products) {
      const own = inDays(28).filter((row) => (row.product ?? 'Unknown') === product.name)
      expect(product.total).toEqual(sum(own))
      expect(product.versions.map((entry) => entry.version)).toEqual(['1.10', '1.9', '1.0'])
      for (const entry of product.versions)
        expect(entry.total).toEqual(sum(own.filter((row) => row.version === entry.version)))
      for (const entry of product.channels)
        expect(entry.total).toEqual(sum(own.filter((row) => row.release_channel === entry.channel)))
      const perPlatform = Map.groupBy(own, (row) => row.platform)
      const most = [...perPlatform].sort(
        ([a, x], [b, y]) => sum(y).weighted - sum(x).weighted || (a! < b! ? -1 : 1),
      )
      expect(product.platforms.map(({ platform }) => platform)).toEqual(most.map(([platform]) => platform))
      for (const { platform, days } of product.platforms) {
        expect(days).toEqual(
          home.dates.map((date) => sum(own.filter((row) => row.platform === platform && row.date === date))),
        )
      }
      expect(product.signature_count).toBe(new Set(own.map((row) => row.signature)).size)
      expect(product.top_signatures[0]!.id).toBe(signatureId(product.top_signatures[0]!.signature))
    }
  })

  test.each([1, 3, 7, 14, 28] as const)(
    'top crashers of %d days: every cell is exact, in both periods',
    async (days) => {
      const document = unpackTopCrashers(await read<PackedTopCrashers>(topCrashersKey('firefox', days)))
      const own = counted.filter((row) => row.product === 'Firefox')
      const current = inDays(days, own)
      const last = own
        .map((row) => String(row.submitted_at))
        .sort()
        .at(-1)!
      expect(document.until >= last && document.until.startsWith(newest)).toBe(true)
      const end = daysBefore(document.from, 1)[0]!
      const inTime = (row: Crash) =>
        row.date < end || String(row.submitted_at).slice(10) <= document.until.slice(10)
      const previous = inDays(2 * days, own).filter((row) => row.date < document.from && inTime(row))
      expect(document).toMatchObject({ product: 'Firefox', days, to: newest })
      const cellsOf = (list: readonly Crash[]) => {
        const cells = Map.groupBy(list, (row) =>
          [row.version, row.release_channel, row.platform, row.process_type, row.report_type].join(),
        )
        return Object.fromEntries([...cells].map(([key, found]) => [key, sum(found)]))
      }
      const decode = (cells: readonly Cell[]) => {
        const keyOf = ([version, channel, platform, processType, , , reportType]: Cell) =>
          [
            document.versions[version],
            document.channels[channel],
            document.platforms[platform],
            document.process_types[processType],
            document.report_types[reportType],
          ].join()
        const sums = [...Map.groupBy(cells, keyOf)].map(([key, list]) => [
          key,
          {
            count: list.reduce((all, cell) => all + cell[4], 0),
            weighted: list.reduce((all, cell) => all + cell[5], 0),
          },
        ])
        return Object.fromEntries(sums)
      }
      expect(decode(document.all.current)).toEqual(cellsOf(current))
      expect(decode(document.all.previous)).toEqual(cellsOf(previous))
      expect(document.signatures.map((entry) => entry.signature).sort()).toEqual(
        [...new Set(current.map((row) => row.signature))].sort(),
      )
      for (const entry of document.signatures) {
        const found = current.filter((row) => row.signature === entry.signature)
        const ever = own.filter((row) => row.signature === entry.signature)
        expect(decode(entry.current)).toEqual(cellsOf(found))
        expect(decode(entry.previous)).toEqual(
          cellsOf(previous.filter((row) => row.signature === entry.signature)),
        )
        expect(entry).toMatchObject({
          installs: new Set(found.map((row) => row.install_time)).size,
          startup: sum(found.filter((row) => row.startup_crash)).weighted,
          first_seen: ever.map((row) => row.date).sort()[0],
          first_build: ever.map((row) => row.build_id as string).sort()[0],
        })
      }
    },
  )

  test('a signature: trend, facets and newest reports', async () => {
    const signature = 'sig0'
    const document = await read<SignatureAggregate>(signatureKey(signatureId(signature)))
    const own = inDays(28).filter((row) => row.signature === signature)
    expect(document.total).toEqual(sum(own))
    for (const { product, version, days } of document.trend) {
      const line = own.filter((row) => (row.product ?? 'Unknown') === product && row.version === version)
      const byDate = [...Map.groupBy(line, (row) => row.date)].sort(([a], [b]) => (a < b ? -1 : 1))
      expect(days).toEqual(byDate.map(([date, found]) => [date, sum(found).count, sum(found).weighted]))
    }
    const facet = document.facets.find((entry) => entry.column === 'process_type')!
    for (const { value, total } of facet.values)
      expect(total).toEqual(sum(own.filter((row) => row.process_type === value)))
    const uptimes = document.facets.find((entry) => entry.column === 'uptime')!
    expect(uptimes.values.reduce((all, entry) => all + entry.total.count, 0)).toBe(own.length)
    expect(document.reports.length).toBeGreaterThanOrEqual(Math.min(100, own.length))
    const times = document.reports.map((entry) => entry.submitted_at)
    expect(times).toEqual([...times].sort().reverse())
    expect(document.reports[0]).toMatchObject({
      build_id: expect.any(String),
      uptime: expect.any(Number),
      duplicate_of: null,
    })
  })

  test('locations: the signature that most crashes of each have, unless it is named after the location', async () => {
    const { locations } = await read<LocationsAggregate>(locationsKey)
    const located = inDays(28).filter((row) => row.stack_key && row.signature !== 'app@11111111')
    const byKey = Map.groupBy(located, (row) => row.stack_key!.slice(0, 8))
    const most = [...byKey].map(([location, list]) => {
      const counts = [...Map.groupBy(list, (row) => row.signature)].map(
        ([name, all]) => [name, sum(all).weighted] as const,
      )
      counts.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      return { location, signature: counts[0]![0] }
    })
    const byLocation = (a: { location: string }, b: { location: string }) =>
      a.location < b.location ? -1 : 1
    expect([...locations].sort(byLocation)).toEqual(most.sort(byLocation))
    expect(most).toHaveLength(3)
  })

  test('a second run writes only home', async () => {
    const again = await aggregate()
    expect(again).toEqual({ ...report, unchanged: report.documents - 1, removed: 0 })
  })

  test('crashes newer than the derived tables are counted directly', async () => {
    const fresh = memoryStores()
    const other = await openBench(fresh)
    const recent = rows.slice(0, 50).map((row) => ({ ...row, date: newest, duplicate_of: null }))
    await putRows(other.files, crashesTable, newest, recent)
    const opened = await openLake({
      url: 'memory:',
      stores: fresh,
      cacheDir: other.dir,
      config: readConfig({}),
    })
    await aggregateStore({ database: opened.database, lake: fresh.lake, products: sampleProducts(), now })
    const { signature } = rows[0]!
    const own = rows.slice(0, 50).filter((row) => row.signature === signature)
    const object = await fresh.lake.get(signatureKey(signatureId(signature)))
    expect(JSON.parse(new TextDecoder().decode(await object!.bytes()))).toMatchObject({
      first_seen: newest,
      last_seen: newest,
      first_build: own.map((row) => row.build_id as string).sort()[0],
      total: sum(own),
    })
    await opened[Symbol.asyncDispose]()
    await other.close()
  })

  test('a store without crashes gets a home document without products', async () => {
    const empty = memoryStores()
    const other = await openBench(empty)
    const nothing = await openLake({
      url: 'memory:',
      stores: empty,
      cacheDir: other.dir,
      config: readConfig({}),
    })
    const results = await aggregateStore({
      database: nothing.database,
      lake: empty.lake,
      products: sampleProducts(),
      now,
    })
    expect(results).toEqual({ to: null, documents: 1, unchanged: 0, removed: 0 })
    expect(
      JSON.parse(new TextDecoder().decode(await (await empty.lake.get(homeKey))!.bytes())),
    ).toMatchObject({ dates: [], products: [] })
    await nothing[Symbol.asyncDispose]()
    await other.close()
  })

  test('views: columns missing in older files are null; columns found only in files come last', async () => {
    const path = join(bench.dir, 'old.parquet')
    const { connection } = lake.database
    await connection.run(`COPY (SELECT 'x' AS crash_id, 5 AS retired) TO '${path}' (FORMAT parquet)`)
    const { readFileSync } = await import('node:fs')
    const old = memoryStores()
    await old.lake.put(tableKey('crashes', '2020-01-01', '0of1', 0), readFileSync(path))
    const opened = await openLake({
      url: 'memory:',
      stores: old,
      cacheDir: join(bench.dir, 'old'),
      config: readConfig({}),
    })
    const reader = await opened.database.connection.runAndReadAll(
      'SELECT crash_id, product, frames, retired FROM crashes',
    )
    expect(reader.getRowsJson()).toEqual([['x', null, null, 5]])
    await opened[Symbol.asyncDispose]()
    writeFileSync(path, '')
  })
})
