// The day of the first crash of a version, over all time: where charts have a marker.
import { expect, test } from 'vitest'
import { aggregateStore } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { deriveDays } from '../../../batch/derived/derive.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openLake } from '../../../batch/lake/views.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey } from '../../../shared/keys.ts'
import { idOf, memoryStores, openBench, putRows } from '../support/rows.ts'

/** The home aggregate covers 28 days to the newest crash: from 24 September. */
const versionsByDay = new Map([
  ['2026-08-01', ['old']],
  ['2026-09-24', ['first']],
  ['2026-10-10', ['old', 'new']],
  ['2026-10-21', ['first', 'new']],
])

test('a version has it if it began in the days of the document, after the first of them', async () => {
  const stores = memoryStores()
  const bench = await openBench(stores)
  let count = 0
  for (const [date, versions] of versionsByDay) {
    const rows = versions.map((version) => ({
      crash_id: idOf(count++),
      date,
      submitted_at: `${date}T10:00:00+00:00`,
      product: 'Tern',
      version,
      build_id: `20260801${version.length}`,
      signature: 's',
      weight: 1,
      duplicate_of: null,
    }))
    await putRows(bench.files, crashesTable, date, rows)
  }
  await deriveDays(bench.files)
  const lake = await openLake({ url: 'memory:', stores, cacheDir: bench.dir, config: readConfig({}) })
  const now = new Date('2026-10-22T00:00:00Z')
  await aggregateStore({ database: lake.database, lake: stores.lake, products: new Map(), now })
  const home = JSON.parse(
    new TextDecoder().decode(await (await stores.lake.get(homeKey))!.bytes()),
  ) as HomeAggregate
  await lake[Symbol.asyncDispose]()
  await bench.close()
  expect(home.dates[0]).toBe('2026-09-24')
  const began = home.products[0]!.versions.map(({ version, began: day }) => [version, day])
  expect(new Map(began as [string, string][])).toEqual(
    new Map([
      ['new', '2026-10-10'],
      ['old', undefined],
      ['first', undefined],
    ]),
  )
})
