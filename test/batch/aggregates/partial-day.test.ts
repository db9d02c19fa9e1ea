// A day that is not over is compared with the same hours before, and the aggregates state when they were checked.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import {
  aggregatesVersion,
  type Cell,
  type PackedTopCrashers,
  type StatusAggregate,
  type TopCrashersDays,
} from '../../../shared/aggregates/documents.ts'
import { unpackTopCrashers } from '../../../shared/aggregates/crash-cells.ts'
import { statusKey, topCrashersKey } from '../../../shared/keys.ts'
import { daysUpTo } from '../../../shared/time/dates.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const last = '2026-11-28'
const stores = memoryStores()
let bench: Bench
let lake: Lake
let crashes = 0

/** One crash per hour, on the last day only until 02:00. */
const rowsOf = (date: string) =>
  Array.from({ length: date === last ? 3 : 24 }, (_, hour) => ({
    crash_id: idOf(crashes++),
    date,
    submitted_at: `${date}T${String(hour).padStart(2, '0')}:00:00.5+00:00`,
    product: 'Lumen',
    version: '1.0',
    signature: 'app::steady',
    weight: 1,
    duplicate_of: null,
  }))

const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))

beforeAll(async () => {
  bench = await openBench(stores)
  for (const date of daysUpTo(last, 20)) await putRows(bench.files, crashesTable, date, rowsOf(date))
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-11-28T02:05:00Z')
  const staleAfter = 3_600_000
  await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now, staleAfter })
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

const total = (cells: readonly Cell[]) => cells.reduce((sum, cell) => sum + cell[5], 0)

test.each([
  [1, 3],
  [3, 51],
  [7, 147],
] as const)(
  'a steady product has as many crashes in %d days as in the days before',
  async (days, crashes) => {
    const document = unpackTopCrashers(
      await read<PackedTopCrashers>(topCrashersKey('lumen', days satisfies TopCrashersDays)),
    )
    expect(document.until).toBe('2026-11-28T02:00:00.500000+00:00')
    expect(total(document.all.current)).toBe(crashes)
    expect(total(document.all.previous)).toBe(crashes)
    expect(total(document.signatures[0]!.previous)).toBe(crashes)
  },
)

test('the status has the time of the run and the age at which the data are late', async () => {
  expect(await read<StatusAggregate>(statusKey)).toEqual({
    version: aggregatesVersion,
    generated_at: '2026-11-28T02:05:00.000+00:00',
    stale_after: 3600,
  })
})
