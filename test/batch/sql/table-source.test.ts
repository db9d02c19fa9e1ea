// Where the files of a table come from: a folder, with its damaged files, or copies, of which large ones are announced.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import type { OpenStore } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { listSource } from '../../../batch/sql/table-source.ts'
import { tableKey } from '../../../shared/keys.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
const key = tableKey('crashes', date, '0of1', 0)
const never = new AbortController().signal
const days = new Set([date])

let stores: Stores
let bench: Bench
beforeAll(async () => {
  stores = memoryStores()
  bench = await openBench(stores)
  await putRows(bench.files, crashesTable, date, [{ crash_id: 'a', date }])
})
afterAll(() => bench.close())
afterEach(() => void vi.restoreAllMocks())

const storeAt = (url: string): OpenStore => ({ url, stores, cacheDir: bench.dir, config: readConfig({}) })

describe('a folder', () => {
  test('is read in place, without files that are damaged once they are found', async () => {
    const folder = join(bench.dir, 'store')
    const good = await (await stores.lake.get(key))!.bytes()
    const damaged = tableKey('crashes', '2026-10-22', '0of1', 0)
    for (const [name, bytes] of Object.entries({ [key]: good, [damaged]: Buffer.from('PAR1'), x: good })) {
      const path = join(folder, 'lake', name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
    }
    const source = await listSource(storeAt(`file:${folder}`), bench.files, crashesTable)
    const all = new Set(source.dates)
    expect(source).toMatchObject({ dates: [date, '2026-10-22'], inPlace: true })
    expect(source.amount(all)).toEqual({ files: 2, bytes: good.length + 4 })
    expect(source.amount(days)).toEqual({ files: 1, bytes: good.length })
    expect(await source.paths(all, never)).toHaveLength(2)
    expect(await source.findDamaged(days)).toBe(false)
    expect([await source.findDamaged(all), await source.findDamaged(all)]).toEqual([true, false])
    expect(await source.paths(all, never)).toEqual([join(folder, 'lake', key)])
    bench.files.damaged.clear()
  })
})

describe('copies', () => {
  const largest = 32 * 1024 * 1024
  test.each([
    [largest, ''],
    [largest + 1, 'mayday: fetching 1 files of crashes, 34 MB; a condition on date reads fewer\n'],
  ])('of %d bytes print %j', async (size, text) => {
    let printed = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((more) => {
      printed += more
      return true
    })
    const own = await openBench(stores)
    const list = stores.lake.list.bind(stores.lake)
    vi.spyOn(stores.lake, 'list').mockImplementation(async function* (...args) {
      for await (const info of list(...args)) yield { ...info, size }
    })
    const source = await listSource(storeAt('memory:'), own.files, crashesTable)
    expect(source.inPlace).toBe(false)
    expect(await source.paths(days, never)).toHaveLength(1)
    expect(printed).toBe(text)
    await own.close()
  })
})
