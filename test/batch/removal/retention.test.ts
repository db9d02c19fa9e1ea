// When data of a product expires: at the age of its product file, and one day later.
import { expect, test } from 'vitest'
import { expireSymbols } from '../../../batch/removal/expire-symbols.ts'
import {
  ageInDays,
  expiredKinds,
  isExpired,
  mayExpire,
  reportsCompleteSince,
} from '../../../batch/removal/retention.ts'
import { type Product, parseProduct } from '../../../batch/products/product-file.ts'
import { addDays } from '../../../shared/time/dates.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const date = '2026-10-21'
const retention = { reports: 10, documents: 20, protected: 30, rows: 40, aggregates: null }
const product: Product = parseProduct('short.json', JSON.stringify({ name: 'Short', retention }))
const products = new Map([['Short', product]])
const after = (days: number) => ({ products, now: new Date(`${addDays(date, days)}T00:00:00Z`) })

test.each([
  ['2026-10-21T00:00:00Z', 0],
  ['2026-10-21T23:59:59Z', 0],
  ['2026-10-22T00:00:00Z', 1],
])('at %s a day is %d days old', (time, days) => expect(ageInDays(date, new Date(time))).toBe(days))

test.each([
  ['reports', 10],
  ['documents', 20],
  ['protected', 30],
  ['rows', 40],
] as const)('%s of a product expire after %d days, and not those of others', (kind, days) => {
  const of = { product: 'Short', date }
  expect([isExpired(kind, of, after(days)), isExpired(kind, of, after(days + 1))]).toEqual([false, true])
  expect(isExpired(kind, { product: 'Other', date }, after(days + 1))).toBe(false)
  expect([mayExpire(kind, date, after(days)), mayExpire(kind, date, after(days + 1))]).toEqual([false, true])
})

test('what has expired of a day is a text that changes with it', () => {
  expect(expiredKinds(date, after(10))).toBeNull()
  expect(expiredKinds(date, after(11))).toBe('[["reports",["Short"]]]')
  expect(expiredKinds(date, after(21))).toBe('[["reports",["Short"]],["documents",["Short"]]]')
  expect(isExpired('aggregates', { product: 'Short', date }, after(100_000))).toBe(false)
  const forever = new Map([['Short', { ...product, retention: { ...retention, reports: null } }]])
  expect(isExpired('reports', { product: 'Short', date }, { ...after(100_000), products: forever })).toBe(
    false,
  )
})

test('reports are complete since the shortest retention of reports', () => {
  expect(reportsCompleteSince(products, after(30).now)).toBe(addDays(date, 20))
})

test('symbols and what interrupted uploads left expire after their limit, not at it', async () => {
  const now = new Date('2026-11-29T00:00:00Z')
  const ageOf = async (key: string, ms: number) => {
    const storage = createMemoryStorage(() => new Date(now.getTime() - ms))
    await storage.put(key, new Uint8Array(1))
    const { symbols, try_symbols, staged } = await expireSymbols(storage, { now, dryRun: false, days: 5 })
    expect((await Array.fromAsync(storage.list(''))).length).toBe(
      symbols + try_symbols + staged === 0 ? 1 : 0,
    )
    return symbols + try_symbols + staged
  }
  const day = 86_400_000
  for (const [key, days] of [
    ['try/c/AB/c.sym', 28],
    ['staged/v1/a', 1],
    ['a/AB/a.sym', 5],
  ] as const)
    expect([await ageOf(key, days * day), await ageOf(key, days * day + 1)], key).toEqual([0, 1])
})
