// Arrivals of symbols: recorded in the order of time, read from a time on, pruned.
import { describe, expect, test } from 'vitest'
import { arrivalKey, arrivalsPrefix, timeOfArrival } from '../../../shared/keys.ts'
import { countingStorage, noRequests } from '../../../shared/storage/counting.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import {
  type ArrivedModule,
  pruneArrivals,
  readArrivals,
  recordArrival,
} from '../../../shared/symbols/arrivals.ts'

const module = (name: string): ArrivedModule => ({
  debug_file: `${name}.pdb`,
  debug_id: 'AB1',
  code_file: `${name}.dll`,
  code_id: '',
})
const at = (minute: number) => new Date(Date.UTC(2026, 10, 29, 9, minute))

async function storeArrivals(minutes: readonly number[]) {
  const requests = noRequests()
  const symbols = countingStorage(createMemoryStorage(), requests)
  for (const minute of minutes) await recordArrival(symbols, [module(`m${minute}`)], at(minute))
  return { symbols, requests }
}

describe('arrivals', () => {
  test('are read in the order of time, from a time on, and only new ones cost requests', async () => {
    const { symbols, requests } = await storeArrivals([30, 1, 59, 29])
    const found = await Array.fromAsync(readArrivals(symbols, at(29)))
    expect(found).toEqual([29, 30, 59].map((m) => ({ time: at(m), modules: [module(`m${m}`)] })))
    expect(requests).toMatchObject({ put: 4, list: 1, get: 3, head: 0 })
  })

  test('of an upload are one object per 1,000 modules', async () => {
    const { symbols, requests } = await storeArrivals([])
    await recordArrival(
      symbols,
      Array.from({ length: 2001 }, (_, n) => module(String(n))),
      at(1),
    )
    expect(requests.put).toBe(3)
    const found = await Array.fromAsync(readArrivals(symbols, at(1)))
    expect(found.flatMap(({ modules }) => modules)).toHaveLength(2001)
    await recordArrival(symbols, [], at(2))
    expect(requests.put).toBe(3)
  })

  test('are pruned up to a time; other objects stay', async () => {
    const { symbols, requests } = await storeArrivals([1, 2, 3])
    await symbols.put(`${arrivalsPrefix}00/arrivals.sym`, new Uint8Array())
    expect(await pruneArrivals(symbols, at(3))).toBe(2)
    expect((await Array.fromAsync(readArrivals(symbols, at(0)))).map(({ time }) => time)).toEqual([at(3)])
    const { delete: deleted } = requests
    expect(deleted).toBeGreaterThan(0)
    expect(await pruneArrivals(symbols, at(3))).toBe(0)
    expect(requests.delete).toBe(deleted)
    expect(await symbols.head(`${arrivalsPrefix}00/arrivals.sym`)).not.toBeNull()
  })

  test('that are not there are not deleted', async () => {
    const { symbols } = await storeArrivals([3])
    const refusing = { list: symbols.list, delete: () => Promise.reject(new Error('deleted')) }
    expect(await pruneArrivals(refusing, at(3))).toBe(0)
    await expect(pruneArrivals(refusing, at(4))).rejects.toThrow('deleted')
  })

  test.each([
    ['no JSON', '{'],
    ['another version', '{"version":2,"modules":[]}'],
    ['modules without a name', '{"version":1,"modules":[{"debug_id":"AB1"}]}'],
  ])('that are %s are skipped', async (_what, content) => {
    const { symbols } = await storeArrivals([1, 3])
    await symbols.put(arrivalKey(at(2), 'ab'), new TextEncoder().encode(content))
    const found = await Array.fromAsync(readArrivals(symbols, at(0)))
    expect(found.map(({ time }) => time)).toEqual([at(1), at(3)])
  })

  test('have names and IDs of bounded length, regardless of what is uploaded', async () => {
    const { symbols } = await storeArrivals([])
    await recordArrival(symbols, [{ ...module('a'), code_file: 'x'.repeat(1e6) }], at(1))
    const [arrival] = await Array.fromAsync(readArrivals(symbols, at(0)))
    expect(arrival!.modules[0]!.code_file).toHaveLength(255)
  })
})

test('the time of a key can be read back; other keys have none', () => {
  expect(timeOfArrival(arrivalKey(at(5), 'ab'))).toEqual(at(5))
  for (const key of [
    'arrivals/x.json',
    'arrivals/20269999T000000000Z-ab.json',
    'arrivals/AB1/arrivals.sym',
    'app/AB1/app.sym',
  ])
    expect(timeOfArrival(key)).toBeNull()
})
