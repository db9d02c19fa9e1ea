// The signature index has every signature of the last year, and rewrites only the parts that changed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { check } from '../../../shared/json/schema.ts'
import { signatureIndexKey, signatureIndexPartKey } from '../../../shared/keys.ts'
import {
  dateOfDayNumber,
  type SignatureIndexPart,
  signatureIndexPartSchema,
  signatureIndexSchema,
} from '../../../shared/aggregates/signature-index.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const stores = memoryStores()
let bench: Bench
let crashes = 0

const crash = (date: string, signature: string, { product = 'Lumen', weight = 10 } = {}) => ({
  crash_id: idOf(crashes++),
  date,
  submitted_at: `${date}T00:00:00.000001+00:00`,
  product,
  signature,
  weight,
  duplicate_of: null,
})

async function putDay(date: string, rows: ReturnType<typeof crash>[]) {
  await putRows(bench.files, crashesTable, date, rows)
  await deriveDays(bench.files)
}

async function aggregate() {
  await using lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-11-20T12:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now })
}

const stored = (key: string) => stores.lake.get(key)
const readJson = async (key: string) =>
  JSON.parse(new TextDecoder().decode(await (await stored(key))!.bytes()))
const readIndex = async () => check(signatureIndexSchema, await readJson(signatureIndexKey)).data!
const readPart = async (name: string): Promise<SignatureIndexPart> =>
  check(signatureIndexPartSchema, await readJson(signatureIndexPartKey(name))).data!

beforeAll(async () => {
  bench = await openBench(stores)
  await putDay('2025-11-20', [crash('2025-11-20', 'app::too_old')])
  await putDay('2025-11-21', [crash('2025-11-21', 'app::last_of_the_year')])
  await putDay('2026-09-02', [
    crash('2026-09-02', '__proto__', { product: 'Atelier' }),
    crash('2026-09-02', 'app::frequent'),
    crash('2026-09-02', ''),
  ])
  await putDay('2026-11-19', [crash('2026-11-19', 'app::frequent'), crash('2026-11-19', 'app::frequent')])
  await putDay('2026-11-20', [
    crash('2026-11-20', 'app::frequent', { product: 'Atelier', weight: 1 }),
    crash('2026-11-20', 'app::rare', { weight: 1 }),
    crash('2026-11-20', ''),
  ])
  await aggregate()
})
afterAll(() => bench.close())

describe('the signature index', () => {
  test('lists recent signatures by crashes, then older ones by month, up to a year', async () => {
    const { parts, omitted } = await readIndex()
    expect(omitted).toBe(0)
    expect(parts).toEqual([
      { name: 'recent-1', signatures: 2, recent: true },
      { name: '2026-09-1', signatures: 1, recent: false },
      { name: '2025-11-1', signatures: 1, recent: false },
    ])
    expect((await readPart('recent-1')).signatures).toEqual(['app::frequent', 'app::rare'])
    expect((await readPart('2026-09-1')).signatures).toEqual(['__proto__'])
    expect((await readPart('2025-11-1')).signatures).toEqual(['app::last_of_the_year'])
  })

  test('has the crashes, days, products and dates of each signature', async () => {
    const part = await readPart('recent-1')
    expect(part).toMatchObject({
      product_names: ['Atelier', 'Lumen'],
      products: [[1, 0], [1]],
      recent: [21, 1],
      total: [31, 1],
    })
    expect(part.days).toEqual([`${'0'.repeat(26)}91`, `${'0'.repeat(27)}9`])
    expect(part.first_seen.map(dateOfDayNumber)).toEqual(['2026-09-02', '2026-11-20'])
    expect(part.last_seen.map(dateOfDayNumber)).toEqual(['2026-11-20', '2026-11-20'])
    const old = await readPart('2026-09-1')
    expect(old.recent).toBeUndefined()
    expect(old.days).toBeUndefined()
  })

  test('rewrites only the parts whose signatures changed', async () => {
    const etags = async () =>
      Promise.all(
        ['recent-1', '2026-09-1', '2025-11-1'].map(
          async (n) => (await stored(signatureIndexPartKey(n)))?.etag,
        ),
      )
    const before = await etags()
    await aggregate()
    expect(await etags()).toEqual(before)
    await putDay('2026-11-20', [crash('2026-11-20', 'app::rare'), crash('2026-11-20', '__proto__')])
    await aggregate()
    const after = await etags()
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).toBeUndefined()
    expect(after[2]).toBe(before[2])
    expect((await readPart('recent-1')).signatures).toContain('__proto__')
  })
})
