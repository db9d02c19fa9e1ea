// What pages show by estimate is chosen by estimate: release is sampled at 10 %, nightly is stored completely.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { signatureId } from '../../../batch/aggregates/run.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { type Lake, openLake } from '../../../batch/lake/views.ts'
import {
  byEstimate,
  type HomeAggregate,
  type PackedTopCrashers,
  type SignatureAggregate,
  type Tally,
} from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey, topCrashersKey } from '../../../shared/keys.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
const stores = memoryStores()
const nightlies = Array.from({ length: 12 }, (_, n) => `n::Nightly${n}`)
let crashes = 0

const rowsWith = (count: number, row: Row): Row[] =>
  Array.from({ length: count }, () => ({
    crash_id: idOf(crashes++),
    date,
    submitted_at: `${date}T00:00:00.000001+00:00`,
    product: 'Lumen',
    process_type: 'parent',
    duplicate_of: null,
    ...row,
  }))

const released = { version: '1.0', release_channel: 'release', platform: 'Linux', weight: 10 }
const nightly = { version: '2.0a1', release_channel: 'nightly', platform: 'Windows NT', weight: 1 }

/** 60 reports stand for 600 crashes; each of twelve other signatures has 90 reports of 90 crashes. */
const skewed = [
  ...rowsWith(60, {
    ...released,
    signature: 'r::Real',
    reason: 'sampled',
    proto_signature: 'r::Real | main',
  }),
  ...rowsWith(90, { ...nightly, signature: 'r::Real', reason: 'stored', proto_signature: 'r::Real | other' }),
  ...nightlies.flatMap((signature) => rowsWith(90, { ...nightly, signature })),
  ...rowsWith(40, { ...released, product: 'Sampled', signature: 's::Other' }),
  ...rowsWith(200, { ...nightly, product: 'Stored', signature: 't::Other' }),
]

let bench: Bench
let lake: Lake
const read = async <T>(key: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await (await stores.lake.get(key))!.bytes()))

beforeAll(async () => {
  bench = await openBench(stores)
  await putRows(bench.files, crashesTable, date, skewed)
  await deriveDays(bench.files)
  lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-10-22T00:00:00Z')
  await aggregateStore({
    database: lake.database,
    lake: stores.lake,
    products: new Map(),
    now,
    mostSignatures: 1,
    signaturesAtOnce: 2,
  })
})
afterAll(async () => {
  await lake[Symbol.asyncDispose]()
  await bench.close()
})

/** The names of a grouping in the order of the estimate, as `mayday sql` lists them. */
async function inOrder(column: string, product = 'Lumen'): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    lake.database.connection,
    `SELECT ${column} AS name FROM unique_crashes WHERE product = $product
     GROUP BY ALL ORDER BY sum(weight) DESC, name`,
    { product },
  )
  return rows.map(({ name }) => name)
}

const isFalling = (totals: Tally[]) => expect(totals).toEqual([...totals].sort(byEstimate))

test('every listed signature has a document, however few are sorted together', async () => {
  const listed = new Set(skewed.map(({ signature }) => signature as string))
  expect(listed.size).toBe(2 * 7 + 1)
  for (const signature of listed) {
    const { total } = await read<SignatureAggregate>(signatureKey(signatureId(signature)))
    expect(total.count).toBe(skewed.filter((row) => row.signature === signature).length)
  }
})

describe('by estimate, also where fewer reports are stored', () => {
  test('home orders products, channels, platforms and leading signatures', async () => {
    const home = await read<HomeAggregate>(homeKey)
    expect(home.products.map(({ name }) => name)).toEqual(['Lumen', 'Sampled', 'Stored'])
    const lumen = home.products[0]!
    expect(lumen.top_signatures.map(({ signature }) => signature)).toEqual(
      (await inOrder('signature')).slice(0, 10),
    )
    expect(lumen.top_signatures[0]).toMatchObject({
      signature: 'r::Real',
      total: { count: 150, weighted: 690 },
    })
    expect(lumen.platforms.map(({ platform }) => platform)).toEqual(await inOrder('platform'))
    expect(lumen.channels.map(({ channel }) => channel)).toEqual(await inOrder('release_channel'))
  })

  test('top crashers lists the signature first, and orders platforms', async () => {
    const document = await read<PackedTopCrashers>(topCrashersKey('lumen', 1))
    expect(document.signatures.map(({ signature }) => signature)).toEqual(await inOrder('signature'))
    expect(document.platforms).toEqual(await inOrder('platform'))
  })

  test('every facet of a signature is in the order of its numbers, and the main stack is the most frequent one', async () => {
    const { facets, proto_signature } = await read<SignatureAggregate>(signatureKey(signatureId('r::Real')))
    for (const { values } of facets) isFalling(values.map(({ total }) => total))
    const reasons = facets.find(({ column }) => column === 'reason')!
    expect(reasons.values.map(({ value }) => value)).toEqual(['sampled', 'stored'])
    expect(proto_signature).toBe('r::Real | main')
  })
})
