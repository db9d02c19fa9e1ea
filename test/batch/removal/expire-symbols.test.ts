// Symbols expire by their age in the store.
import { expect, test } from 'vitest'
import { expireSymbols } from '../../../batch/removal/expire-symbols.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const now = new Date('2026-11-29T00:00:00Z')
const day = 24 * 3_600_000

async function storeWith(ages: Record<string, number>) {
  let at = now
  const storage = createMemoryStorage(() => at)
  for (const [key, days] of Object.entries(ages)) {
    at = new Date(now.getTime() - days * day)
    await storage.put(key, new Uint8Array(1))
  }
  const keys = async () => (await Array.fromAsync(storage.list(''))).map(({ key }) => key)
  return { storage, keys }
}

const ages = {
  'a/AB/a.sym': 400,
  'symdex/a/AB': 400,
  'b/AB/b.sym': 10,
  'try/c/AB/c.sym': 29,
  'try/codes/v1/c.exe/AB': 29,
  'try/d/AB/d.sym': 27,
  'staged/v1/old': 2,
  'staged/v1/new': 0.5,
  'arrivals/20200101T000000000Z-ab.json': 400,
}
const kept = ['arrivals/20200101T000000000Z-ab.json', 'b/AB/b.sym', 'staged/v1/new', 'try/d/AB/d.sym']

test('symbols of try builds expire after 28 days, interrupted uploads after one, others only by setting', async () => {
  const { storage, keys } = await storeWith(ages)
  const expired = { try_symbols: 2, symbols: 0, staged: 1 }
  expect(await expireSymbols(storage, { now, dryRun: true, days: null })).toEqual(expired)
  expect((await keys()).length).toBe(Object.keys(ages).length)
  expect(await expireSymbols(storage, { now, dryRun: false, days: null })).toEqual(expired)
  expect(await keys()).toEqual([...kept, 'a/AB/a.sym', 'symdex/a/AB'].sort())
  expect(await expireSymbols(storage, { now, dryRun: false, days: 365 })).toMatchObject({ symbols: 2 })
  expect(await keys()).toEqual(kept)
})
