// The table `missing_modules`: derived for the days whose rows changed, gone with them, and summed over days.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { listTableFiles } from '../../../batch/lake/files/table-files.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import {
  crashesTable,
  missingModulesTable,
  modulesTable,
  signaturesTable,
} from '../../../batch/lake/tables.ts'
import {
  listMissingSymbols,
  type MissingQuery,
  openMissingModules,
} from '../../../batch/symbols/missing-modules.ts'
import { tableKey } from '../../../shared/keys.ts'
import { countingStores, noRequests, requestsSince } from '../../../shared/storage/counting.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const days = ['2026-10-20', '2026-10-21'] as const
const requests = noRequests()
let stores: Stores
let bench: Bench
const closing: Bench[] = []
afterAll(() => Promise.all(closing.map((each) => each.close())))

const module = (crash_id: string, filename: string, more: Row = {}): Row => ({
  crash_id,
  filename,
  debug_file: `${filename}.pdb`,
  debug_id: 'AB1',
  missing_symbols: true,
  ...more,
})

beforeEach(async () => {
  stores = countingStores(memoryStores(), requests)
  bench = await openBench(stores)
  closing.push(bench)
  for (const date of days) {
    await putRows(bench.files, crashesTable, date, [
      { crash_id: 'a', date, product: 'P', signature: 's' },
      { crash_id: 'b', date, product: 'Q', signature: 's', weight: 10 },
      { crash_id: 'c', date, product: 'Q', signature: 's', duplicate_of: 'b' },
    ])
    await putRows(bench.files, modulesTable, date, [
      module('a', 'app'),
      module('a', 'app'),
      module('b', 'app'),
      module('c', 'app'),
      module('c', 'only-in-a-duplicate'),
      module('a', 'libc', { missing_symbols: false }),
      module('b', 'gfx', { debug_file: null, debug_id: null, code_id: '5E1' }),
    ])
  }
})

async function listed(query: MissingQuery = {}) {
  await openMissingModules(bench.files)
  return Array.fromAsync(listMissingSymbols(bench.files, query))
}

describe('missing modules', () => {
  test('are listed by the estimated number of crashes; duplicates and second mappings do not count', async () => {
    expect(await listed()).toEqual([
      {
        filename: 'app',
        debug_file: 'app.pdb',
        debug_id: 'AB1',
        code_id: '',
        count: 4,
        weighted: 22,
        products: ['P', 'Q'],
        first_seen: days[0],
        last_seen: days[1],
      },
      expect.objectContaining({ filename: 'gfx', debug_id: '', code_id: '5E1', count: 2, weighted: 20 }),
    ])
  })

  test('can be limited to a product and to recent days', async () => {
    const brief = async (query: MissingQuery) =>
      (await listed(query)).map(({ filename, count, products }) => [filename, count, products.join()])
    expect(await brief({ product: 'P' })).toEqual([['app', 2, 'P']])
    expect(await brief({ since: days[1] })).toEqual([
      ['app', 2, 'P,Q'],
      ['gfx', 1, 'Q'],
    ])
    expect(await brief({ product: "x' OR true --" })).toEqual([])
  })

  test('cost the same few requests on any number of unchanged days, and a day that changed is read alone', async () => {
    await listed()
    const before = { ...requests }
    await listed()
    const unchanged = requestsSince(before, requests)
    expect(unchanged).toMatchObject({ get: 1, head: 0, put: 0, list: 4 })
    const rows = [{ crash_id: 'a', date: days[1], product: 'P', signature: 's' }]
    await putRows(bench.files, crashesTable, days[1], rows)
    const changedAt = { ...requests }
    expect((await listed())[0]).toMatchObject({ filename: 'app', count: 3, weighted: 12 })
    expect(requestsSince(changedAt, requests)).toMatchObject({ put: 2, head: 1 })
  })

  test('of an expired day are deleted, unlike signatures', async () => {
    await deriveDays(bench.files)
    for (const table of [crashesTable, modulesTable])
      await stores.lake.delete(tableKey(table.name, days[0], '0of1', 0))
    await deriveDays(bench.files)
    const dates = async (table: string) => (await listTableFiles(stores.lake, table)).map(({ date }) => date)
    expect(await dates(missingModulesTable.name)).toEqual([days[1]])
    expect(await dates(signaturesTable.name)).toEqual(days)
  })

  test('of a store without crashes are none', async () => {
    await bench.close()
    stores = memoryStores()
    bench = await openBench(stores)
    closing.push(bench)
    expect(await listed()).toEqual([])
  })
})
