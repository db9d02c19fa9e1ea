// A signature of several products has a document for each, whose parts count only the crashes of that product.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import {
  leadingVersions,
  type SignatureAggregate,
  signatureSchema,
} from '../../../shared/aggregates/documents.ts'
import { check } from '../../../shared/json/schema.ts'
import { signatureKey } from '../../../shared/keys.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const days = ['2026-10-20', '2026-10-21']
const stores = memoryStores()
let bench: Bench
let lake: Lake
let crashes = 0

const rowOf = (date: string, product: string, version: string, signature = 'abort') => ({
  crash_id: idOf(crashes++),
  date,
  submitted_at: `${date}T${String(crashes % 24).padStart(2, '0')}:00:00+00:00`,
  product,
  version,
  signature,
  platform: product === 'Big' ? 'Linux' : 'Windows NT',
  reason: `${product} ${version}`,
  install_time: crashes,
  weight: product === 'Big' ? 10 : 1,
  duplicate_of: null,
})

/** 300 newer reports of one product, 4 of another; one has more versions than facets can be filtered by. */
const rows = [
  ...Array.from({ length: 300 }, (_, n) => rowOf(days[1]!, 'Small', `1.${n % 20}`)),
  ...Array.from({ length: 4 }, (_, n) => rowOf(days[0]!, 'Big', n === 0 ? '102.0' : '101.0')),
  rowOf(days[1]!, 'Big', '102.0', 'only::big'),
]

const read = async (signature: string, slug?: string) => {
  const object = await stores.lake.get(signatureKey(signatureId(signature), slug))
  return object ? (JSON.parse(new TextDecoder().decode(await object.bytes())) as SignatureAggregate) : null
}

beforeAll(async () => {
  bench = await openBench(stores)
  for (const date of days)
    await putRows(
      bench.files,
      crashesTable,
      date,
      rows.filter((row) => row.date === date),
    )
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-10-22T00:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now })
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

describe('the document of one product', () => {
  test('has the totals, dates, breakdowns and reports of that product', async () => {
    const big = (await read('abort', 'big'))!
    expect(big).toMatchObject({
      product: 'Big',
      products: [
        { product: 'Small', slug: 'small', total: { count: 300, weighted: 300 } },
        { product: 'Big', slug: 'big', total: { count: 4, weighted: 40 } },
      ],
      total: { count: 4, weighted: 40 },
      first_seen: days[0],
      last_seen: days[0],
      installs: 4,
      versions: ['101.0', '102.0'],
    })
    expect(big.reports.map(({ product }) => product)).toEqual(['Big', 'Big', 'Big', 'Big'])
    expect(big.facets.find(({ column }) => column === 'platform')!.values).toEqual([
      { value: 'Linux', total: { count: 4, weighted: 40 }, by_version: [0, 3, 30, 1, 1, 10] },
    ])
  })

  test('exists only for signatures of several products', async () => {
    expect(await read('only::big', 'big')).toBeNull()
    expect(await read('only::big')).toMatchObject({ product: null, products: [{ product: 'Big' }] })
  })
})

test('the document of all products lists the newest reports, and some of every leading version', async () => {
  const all = (await read('abort'))!
  expect(all.versions).toHaveLength(leadingVersions)
  expect(all.versions[0]).toBe('101.0')
  for (const version of all.versions)
    expect(all.reports.filter((report) => report.version === version).length).toBeGreaterThan(0)
  expect(all.total).toEqual({ count: 304, weighted: 340 })
})

test('documents have the shape that the dashboard checks', async () => {
  for (const slug of [undefined, 'big', 'small'])
    expect(check(signatureSchema, await read('abort', slug)).problems).toBeUndefined()
})
