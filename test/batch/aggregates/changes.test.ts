// A new day rewrites only the documents of signatures whose crashes changed.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { daysCovered } from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey, statusKey } from '../../../shared/keys.ts'
import { addDays, daysAfter } from '../../../shared/time/dates.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const first = '2026-09-01'
const days = [first, ...daysAfter(first, 9)]
const last = days.at(-1)!
const stores = memoryStores()
const written: string[] = []
const lake: typeof stores.lake = {
  ...stores.lake,
  put: (key, ...rest) => {
    written.push(key)
    return stores.lake.put(key, ...rest)
  },
}
let bench: Bench

let crashes = 0
const rowOf = (signature: number, date: string): Row => ({
  crash_id: `${(crashes++).toString(16).padStart(8, '0')}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`,
  date,
  submitted_at: `${date}T00:00:00.000001+00:00`,
  product: 'Lumen',
  version: '1.0',
  signature: `app::f${signature}`,
  weight: 1,
})

const putDay = (date: string, signatures: readonly number[]) =>
  putRows(
    bench.files,
    crashesTable,
    date,
    signatures.map((n) => rowOf(n, date)),
  )

/** Stores one more crash of these signatures, on a new day, then aggregates; returns what was written and removed. */
async function addDay(date: string, signatures: readonly number[]) {
  await putDay(date, signatures)
  await deriveDays(bench.files)
  await using opened = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  written.length = 0
  const now = new Date(`${date}T23:00:00Z`)
  const report = await aggregateStore({ database: opened.database, lake, products: new Map(), now })
  return { signatures: written.filter((key) => key.includes('/signatures/')).sort(), report }
}

const keysOf = (...signatures: number[]) =>
  signatures.map((n) => signatureKey(signatureId(`app::f${n}`))).sort()

beforeAll(async () => {
  bench = await openBench(stores)
  const all = Array.from({ length: 1000 }, (_, n) => n)
  for (const [index, date] of days.entries())
    await putDay(
      date,
      all.filter((n) => n % days.length === index),
    )
  // Signatures of the first day that crash again.
  const { signatures } = await addDay(addDays(last, 1), [0, 10])
  expect(signatures).toHaveLength(1000)
})
afterAll(() => bench.close())

test('a new day with crashes of 3 of 1,000 signatures writes 3 of their documents', async () => {
  const { signatures, report } = await addDay(addDays(last, 2), [3, 501, 999])
  expect(signatures).toEqual(keysOf(3, 501, 999))
  expect(report.removed).toBe(0)
  // Besides the sixteen of correlations, which cover one more day.
  expect(written.length - signatures.length).toBeLessThan(16 + 17)
})

test('documents whose source is known are not built again: a run without news builds none', async () => {
  await using opened = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const { connection } = opened.database
  const queries: string[] = []
  const stream = connection.stream.bind(connection)
  connection.stream = (sql, ...rest) => {
    queries.push(sql)
    return stream(sql, ...rest)
  }
  written.length = 0
  const now = new Date(`${addDays(last, 3)}T00:00:00Z`)
  const report = await aggregateStore({ database: opened.database, lake, products: new Map(), now })
  expect(queries).toEqual([])
  expect(report.unchanged).toBe(report.documents - 1)
  expect(written.filter((key) => key.startsWith('aggregates/')).sort()).toEqual([homeKey, statusKey])
})

test('when a day leaves the period, its signatures are written again, or removed', async () => {
  const { signatures, report } = await addDay(addDays(first, daysCovered), [7])
  expect(signatures).toEqual(keysOf(0, 7, 10))
  expect(report.removed).toBe(98)
})
