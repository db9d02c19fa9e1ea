// A signature whose crashes left the last 28 days keeps its totals and weeks.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { pastSchema } from '../../../shared/aggregates/documents.ts'
import { check } from '../../../shared/json/schema.ts'
import { pastKey, signatureKey } from '../../../shared/keys.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const stores = memoryStores()
const id = signatureId('app::old')
let bench: Bench
let crashes = 0

async function addDay(date: string, signature: string, count: number) {
  const rows = Array.from({ length: count }, () => ({
    crash_id: idOf(crashes++),
    date,
    submitted_at: `${date}T00:00:00.000001+00:00`,
    product: 'Lumen',
    version: '1.0',
    build_id: '20261001',
    signature,
    weight: 10,
    duplicate_of: null,
  }))
  await putRows(bench.files, crashesTable, date, rows)
  await deriveDays(bench.files)
  await using lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date(`${date}T12:00:00Z`)
  return await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now })
}

const read = async (key: string) => {
  const object = await stores.lake.get(key)
  return object && JSON.parse(new TextDecoder().decode(await object.bytes()))
}

beforeAll(async () => {
  bench = await openBench(stores)
})
afterAll(() => bench.close())

test('it moves to the documents of past signatures, and back when it crashes again', async () => {
  await addDay('2026-10-01', 'app::old', 50)
  expect(await read(signatureKey(id))).toMatchObject({ total: { count: 50, weighted: 500 } })
  expect(await read(pastKey(id.slice(0, 2)))).toBeNull()

  await addDay('2026-11-20', 'app::other', 50)
  expect(await read(signatureKey(id))).toBeNull()
  const { data } = check(pastSchema, await read(pastKey(id.slice(0, 2))))
  expect(data!.signatures).toEqual([
    {
      signature: 'app::old',
      id,
      total: { count: 50, weighted: 500 },
      products: ['Lumen'],
      first_seen: '2026-10-01',
      last_seen: '2026-10-01',
      first_build: '20261001',
      weeks: [['2026-09-28', 500]],
    },
  ])

  const again = await addDay('2026-11-21', 'app::old', 1)
  expect(await read(signatureKey(id))).toMatchObject({ first_seen: '2026-10-01', total: { count: 1 } })
  expect(await read(pastKey(id.slice(0, 2)))).toBeNull()
  // Its document, and the month of the signature index that listed it.
  expect(again.removed).toBe(2)
})
