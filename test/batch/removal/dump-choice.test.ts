// The choice of crashes that lose their dumps, over arbitrary tables.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crashesTable, heldDumpsTable, modulesTable } from '../../../batch/lake/tables.ts'
import { productOf } from '../../../batch/products/products.ts'
import { chooseDumps, chosenOn } from '../../../batch/removal/dump-choice.ts'
import { expungeCrashes } from '../../../batch/removal/expunge.ts'
import { reportsListed } from '../../../shared/aggregates/documents.ts'
import { tablePrefix } from '../../../shared/keys.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
const now = new Date('2026-12-31T12:00:00Z')
let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
afterAll(() => bench.close())

interface Crash {
  product: string
  signature: string
  version: string
  stack: string
  dump: boolean
  dropped: boolean
  recent: boolean
  lacking: boolean
  minute: number
}

const rowOf = (crash: Crash, n: number) => ({
  crash_id: idOf(n),
  date,
  product: crash.product,
  signature: crash.signature,
  version: crash.version,
  platform: 'Linux',
  proto_signature: crash.stack,
  minidump_sha256_hash: crash.dump ? 'ab' : '',
  dumps_dropped_at: crash.dropped ? '2026-11-01T00:00:00Z' : null,
  processed_at: crash.recent ? '2026-12-30T12:00:00Z' : '2026-10-22T00:00:00Z',
  submitted_at: `2026-10-21T12:${String(crash.minute).padStart(2, '0')}:00Z`,
})

/** A crash on the newest day, so that the dashboard's days do not reach the others. */
const later = {
  ...rowOf({ dump: false } as Crash, 0),
  crash_id: idOf(0).replace('261021', '261221'),
  date: '2026-12-21',
}

/** Writes the tables and returns the chosen crashes by number. */
async function choose(crashes: readonly Crash[], keep: number | null, usual: number | null = null) {
  await putRows(bench.files, crashesTable, date, crashes.map(rowOf))
  await putRows(bench.files, crashesTable, '2026-12-21', [later])
  const modules = crashes.map(({ lacking }, n) => ({ crash_id: idOf(n), date, missing_symbols: lacking }))
  await putRows(bench.files, modulesTable, date, modules)
  const limited = { ...productOf('P', new Map()), dumps_per_signature: keep }
  const choice = await chooseDumps(bench.files, { products: new Map([['P', limited]]), now, usual })
  if (choice === null) return { choice, chosen: [] }
  const ids = await chosenOn(bench.files, date)
  return { choice, chosen: ids.map((id) => Number.parseInt(id.slice(0, 8), 16)) }
}

const crash = fc.record<Crash>({
  product: fc.constantFrom('P', 'P', 'P', 'Q'),
  signature: fc.constantFrom('a', 'b'),
  version: fc.constantFrom('1', '2'),
  stack: fc.constantFrom('x', 'y', 'z'),
  dump: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  dropped: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  recent: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  lacking: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  minute: fc.integer({ min: 0, max: 59 }),
})

const groupOf = ({ signature, version }: Crash) => `${signature} ${version}`

test('never chooses a protected crash, never leaves fewer than the number kept, never leaves more unprotected ones', async () => {
  const crashes = fc.array(crash, { minLength: 1, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(crashes, fc.integer({ min: 1, max: 5 }), async (all, keep) => {
      const { choice, chosen } = await choose(all, keep)
      const isChosen = new Set(chosen)
      const isProtected = (one: Crash) => one.recent || one.lacking
      for (const n of chosen) {
        expect(all[n]).toMatchObject({ product: 'P', dropped: false, recent: false, lacking: false })
      }
      const withDumps = all
        .map((one, n) => ({ ...one, n }))
        .filter((one) => one.product === 'P' && !one.dropped && one.dump)
      let beyond = 0
      for (const group of Map.groupBy(withDumps, groupOf).values()) {
        const left = group.filter(({ n }) => !isChosen.has(n))
        const safe = group.filter(isProtected).length
        expect(left.length).toBe(Math.min(group.length, Math.max(keep, safe)))
        beyond += Math.max(0, safe - keep)
        const stacks = new Set(left.filter((one) => !isProtected(one)).map(({ stack }) => stack))
        const dropped = group.filter(({ n }) => isChosen.has(n))
        const free = keep - Math.min(keep, safe)
        const distinct = new Set([...stacks, ...dropped.map(({ stack }) => stack)]).size
        expect(stacks.size).toBe(Math.min(free, distinct))
      }
      const { recent, symbols, listed } = choice!.kept
      expect({ kept: recent + symbols, listed }).toEqual({ kept: beyond, listed: 0 })
    }),
    { numRuns: 15, seed: 1 },
  )
}, 60_000)

const plain: Crash = {
  product: 'P',
  signature: 'a',
  version: '1',
  stack: 'x',
  dump: true,
  dropped: false,
  recent: false,
  lacking: false,
  minute: 0,
}

test('keeps the newest of each stack before a second of any', async () => {
  const crashes = [
    { ...plain, minute: 5 },
    { ...plain, minute: 4 },
    { ...plain, minute: 3, stack: 'rare' },
    { ...plain, minute: 6 },
  ]
  expect((await choose(crashes, 2)).chosen).toEqual([0, 1])
})

test('keeps those that the dashboard lists of a signature', async () => {
  const listed = { ...plain, minute: 1 }
  const crashes = Array.from({ length: reportsListed + 3 }, (_, n) => ({ ...listed, version: String(n % 2) }))
  const products = new Map([['P', { ...productOf('P', new Map()), dumps_per_signature: 1 }]])
  await bench.files.stores.lake.delete(
    (await Array.fromAsync(bench.files.stores.lake.list('tables/'))).map(({ key }) => key),
  )
  await putRows(bench.files, crashesTable, date, crashes.map(rowOf))
  const choice = await chooseDumps(bench.files, { products, now, usual: null })
  expect({ kept: choice!.kept, chosen: (await chosenOn(bench.files, date)).length }).toEqual({
    kept: { recent: 0, symbols: 0, listed: reportsListed - 2 },
    chosen: 3,
  })
})

test('limits only products that state a number, unless a number for all others is given', async () => {
  const crashes = [plain, plain, { ...plain, product: 'Q' }, { ...plain, product: 'Q' }]
  expect((await choose(crashes, null)).choice).toBeNull()
  expect((await choose(crashes, 1)).chosen).toHaveLength(1)
  expect((await choose(crashes, 2, 1)).chosen).toHaveLength(1)
  expect((await choose(crashes, null, 1)).chosen).toHaveLength(2)
})

test('reads the crashes and modules of days that changed, and no others', async () => {
  const stores = memoryStores()
  const fetched: string[] = []
  const { lake } = stores
  const counted: Storage = {
    ...lake,
    get(key) {
      fetched.push(key)
      return lake.get(key)
    },
  }
  const choose = async () => {
    fetched.length = 0
    const own = await openBench({ ...stores, lake: counted })
    const products = new Map([['P', { ...productOf('P', new Map()), dumps_per_signature: 1 }]])
    const choice = await chooseDumps(own.files, { products, now, usual: null })
    await own.close()
    const read = fetched.filter((key) => /^tables\/(crashes|modules)\//.test(key)).sort()
    return { dates: choice!.dates, read: read.map((key) => key.split('/').slice(1, 3).join(' ')) }
  }
  const writer = await openBench(stores)
  const crashes = [{ ...plain, minute: 1 }, plain]
  const ofDay = (day: string) =>
    crashes.map(rowOf).map((row) => ({
      ...row,
      crash_id: row.crash_id.replace('261021', day.slice(2).replaceAll('-', '')),
      date: day,
    }))
  for (const day of ['2026-10-19', '2026-10-20', '2026-12-21'])
    await putRows(writer.files, crashesTable, day, ofDay(day))
  await putRows(writer.files, modulesTable, '2026-10-20', [])
  expect(await choose()).toEqual({
    dates: ['2026-10-19', '2026-10-20'],
    read: [
      'crashes date=2026-10-19',
      'crashes date=2026-10-20',
      'crashes date=2026-12-21',
      'modules date=2026-10-20',
    ],
  })
  expect((await choose()).read).toEqual([])
  const dropped = ofDay('2026-10-19').map((row) => ({ ...row, dumps_dropped_at: '2026-12-30T00:00:00Z' }))
  await putRows(writer.files, crashesTable, '2026-10-19', dropped)
  expect(await choose()).toEqual({ dates: ['2026-10-20'], read: ['crashes date=2026-10-19'] })
  await writer.close()
})

test('keeps no copy of the rows of expunged crashes', async () => {
  await choose([plain, plain], 1)
  const copies = async () =>
    Array.fromAsync(bench.files.stores.lake.list(tablePrefix(heldDumpsTable.name, date)))
  expect(await copies()).toHaveLength(1)
  await expungeCrashes(bench.files, [idOf(0)])
  expect(await copies()).toEqual([])
})

test('ignores days whose reports have expired', async () => {
  await choose([plain, plain], 1)
  const products = new Map([['P', { ...productOf('P', new Map()), dumps_per_signature: 1 }]])
  const choice = await chooseDumps(bench.files, {
    products,
    now: new Date('2027-06-01T00:00:00Z'),
    usual: null,
  })
  expect(choice!.dates).toEqual([])
})
