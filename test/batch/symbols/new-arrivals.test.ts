// Arrivals of symbols that were not read before: since when, under which names, and what is deleted.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openArrivals } from '../../../batch/symbols/new-arrivals.ts'
import { arrivalKey, lateSymbolsKey } from '../../../shared/keys.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import type { ArrivedModule } from '../../../shared/symbols/arrivals.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 9, 21, 12)
let stores: Stores
let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
beforeEach(() => {
  stores = memoryStores()
})
afterAll(() => bench.close())

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const putState = (value: unknown) => stores.crashes.put(lateSymbolsKey, json(value))
const moduleOf = (more: Partial<ArrivedModule> = {}): ArrivedModule => ({
  ...{ debug_file: 'app.pdb', debug_id: 'AB1', code_file: '', code_id: '' },
  ...more,
})
const arrive = (time: number, ...modules: ArrivedModule[]) =>
  stores.symbols.put(arrivalKey(new Date(time), 'ab'), json({ version: 1, modules }))
const open = (at = now) => openArrivals({ ...bench.files, stores }, new Date(at))
async function arrived(): Promise<unknown[]> {
  const reader = await bench.files.database.connection.runAndReadAll('FROM arrived ORDER BY ALL')
  return reader.getRowsJS().map(([name, id, before]) => [name, id, Number(before)])
}
const state = async () =>
  JSON.parse(new TextDecoder().decode(await (await stores.crashes.get(lateSymbolsKey))?.bytes()))

const margin = hour / 2
describe('a module that arrived', () => {
  test.each<[string, Partial<ArrivedModule>, unknown[]]>([
    ['with a debug ID', {}, [['app.pdb', 'AB1']]],
    ['in small and large letters', { debug_file: 'App.PDB', debug_id: 'ab1' }, [['app.pdb', 'AB1']]],
    ['with paths', { debug_file: 'C:\\x\\App.pdb' }, [['app.pdb', 'AB1']]],
    [
      'with code file and code ID',
      { code_file: '/usr/App', code_id: '5e1' },
      [
        ['app', '5E1'],
        ['app', 'AB1'],
        ['app.pdb', '5E1'],
        ['app.pdb', 'AB1'],
      ],
    ],
    ['with a code file of the same name', { code_file: 'app.pdb', code_id: 'AB1' }, [['app.pdb', 'AB1']]],
    ['without a name', { debug_file: '' }, []],
    ['without an ID', { debug_id: '' }, []],
  ])('%s is found under its names and IDs', async (_, more, pairs) => {
    await arrive(now - 1000, moduleOf(more))
    expect(await (await open()).read()).toBe(1)
    expect(await arrived()).toEqual(pairs.map((pair) => [...(pair as string[]), now - 1000 + margin]))
  })

  test('in part is not searched for in crashes that got the part', async () => {
    await arrive(now, moduleOf({ is_partial: true }), moduleOf({ debug_id: 'AB2', is_partial: false }))
    await (await open()).read()
    expect(await arrived()).toEqual([
      ['app.pdb', 'AB1', now],
      ['app.pdb', 'AB2', now + margin],
    ])
  })
})

describe('arrivals are read since an hour before the last time', () => {
  test.each([
    ['all, before the first time', undefined, 3],
    ['from the last hour', { version: 1, read_until: now }, 2],
    ['from an hour ago', { version: 1, read_until: now - 1 }, 3],
    ['of a time in the near future', { version: 1, read_until: now + hour }, 1],
    ['all, when the time is in the future', { version: 1, read_until: now + hour + 1 }, 3],
    ['all, when the state is of another version', { version: 2, read_until: now }, 3],
    ['all, before 1970', { version: 1, read_until: 5 }, 3],
  ])('%s', async (_, before, expected) => {
    if (before) await putState(before)
    for (const time of [now - hour - 1, now - hour, now]) await arrive(time, moduleOf())
    expect(await (await open()).read()).toBe(expected)
  })

  test('all, when the state is not JSON', async () => {
    await stores.crashes.put(lateSymbolsKey, new TextEncoder().encode('{'))
    await arrive(now - 5 * hour, moduleOf())
    expect(await (await open()).read()).toBe(1)
  })

  test('and a failure of the store is not an empty state', async () => {
    stores.crashes.get = () => Promise.reject(new Error('down'))
    await expect(open()).rejects.toThrow('down')
  })
})

describe('at the end', () => {
  const week = 7 * 24 * hour
  const old = [now - week - 1, now - week]
  const left = async () => (await Array.fromAsync(stores.symbols.list('arrivals/'))).length

  test.each([
    ['without a state', undefined, 0, true, 1],
    ['on a new day', now - 13 * hour, 0, true, 1],
    ['on the same day without arrivals', now - hour, 0, false, 2],
    ['on the same day with arrivals', now - hour, 1, true, 3],
  ])('%s', async (_, read_until, fresh, writes, expected) => {
    if (read_until !== undefined) await putState({ version: 1, read_until })
    for (const time of old) await arrive(time, moduleOf())
    if (fresh > 0) await arrive(now, moduleOf())
    const arrivals = await open()
    await arrivals.read()
    await arrivals.finish()
    expect(await state()).toEqual({ version: 1, read_until: writes ? now : read_until })
    expect(await left()).toBe(expected)
  })
})
