// The modules whose symbols crashes lacked, as a document.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { crashesTable, missingModulesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { missingSymbolsSchema } from '../../../shared/aggregates/documents.ts'
import { check } from '../../../shared/json/schema.ts'
import { missingSymbolsKey, roundKey } from '../../../shared/keys.ts'
import { bytesOf } from '../../support/crash-request.ts'
import { type Bench, idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

const stores = memoryStores()
let bench: Bench

const missing = (date: string, filename: string, product: string, weighted: number) => ({
  ...{ date, filename, debug_file: `${filename}.pdb`, debug_id: 'A1', code_id: null, product },
  ...{ count: 1, weighted },
})

beforeAll(async () => {
  bench = await openBench(stores)
  const crash = { crash_id: idOf(0), product: 'Ledger', weight: 1, duplicate_of: null, signature: 'x' }
  const date = '2026-11-20'
  await putRows(bench.files, crashesTable, date, [
    { ...crash, date, submitted_at: `${date}T00:00:00.000001+00:00` },
  ])
  await putRows(bench.files, missingModulesTable, date, [
    missing(date, 'a.dll', 'Ledger', 10),
    missing(date, 'a.dll', 'Notes', 30),
    missing(date, 'b.dll', 'Ledger', 20),
  ])
  await putRows(bench.files, missingModulesTable, '2026-09-01', [
    missing('2026-09-01', 'old.dll', 'Ledger', 99),
  ])
})
afterAll(() => bench.close())

test('modules of the days covered are listed by estimate, with their products', async () => {
  await stores.lake.put(roundKey, bytesOf('{}'))
  await using lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-11-20T12:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now })
  const json = JSON.parse(new TextDecoder().decode(await (await stores.lake.get(missingSymbolsKey))!.bytes()))
  const { from, to, modules, all } = check(missingSymbolsSchema, json).data!
  expect({ from, to, all }).toEqual({ from: '2026-10-24', to: '2026-11-20', all: 2 })
  expect(modules).toEqual([
    {
      ...{ filename: 'a.dll', debug_file: 'a.dll.pdb', debug_id: 'A1', code_id: '' },
      total: { count: 2, weighted: 40 },
      products: [
        { product: 'Notes', total: { count: 1, weighted: 30 } },
        { product: 'Ledger', total: { count: 1, weighted: 10 } },
      ],
      last_seen: '2026-11-20',
    },
    {
      ...{ filename: 'b.dll', debug_file: 'b.dll.pdb', debug_id: 'A1', code_id: '' },
      total: { count: 1, weighted: 20 },
      products: [{ product: 'Ledger', total: { count: 1, weighted: 20 } }],
      last_seen: '2026-11-20',
    },
  ])
  // What rounds write is kept.
  expect(await stores.lake.head(roundKey)).not.toBeNull()
})
