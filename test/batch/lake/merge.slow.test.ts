// Merging: a crash is in exactly one file, regardless of concurrent runs and repeated merges.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { importBuilds } from '../../../batch/derived/build-import.ts'
import { literal, literalList } from '../../../batch/lake/duckdb.ts'
import { forgetCopies, localPaths } from '../../../batch/lake/files/local-copies.ts'
import { listTableFiles, type TableFiles } from '../../../batch/lake/files/table-files.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, type Table } from '../../../batch/lake/tables.ts'
import { tableKey } from '../../../shared/keys.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { type Bench, idOf, memoryStores, openBench, putRows, readRows, rowsFor } from '../support/rows.ts'

const date = '2026-10-21'
const shard = '0of1'
const benches: Bench[] = []
async function open(stores: Stores, partBytes?: number): Promise<Bench> {
  const bench = await openBench(stores, partBytes)
  benches.push(bench)
  return bench
}
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close()
})

const merge = async (bench: Bench, ids: number[], signature?: string, ownShard = shard) =>
  mergeRows(
    bench.files,
    crashesTable,
    { date, shard: ownShard },
    await rowsFor(bench, crashesTable, ids, signature),
  )
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('mergeRows', () => {
  test('writes rows to the newest file, sorted, and replaces those of the same crash', async () => {
    const bench = await open(memoryStores())
    expect(await merge(bench, [3, 1], 'b')).toEqual({ crashes: 2 })
    expect(await merge(bench, [2, 3], 'a')).toEqual({ crashes: 3 })
    expect(await readRows(bench, crashesTable)).toEqual([
      { crash_id: idOf(1), signature: 'b' },
      { crash_id: idOf(2), signature: 'a' },
      { crash_id: idOf(3), signature: 'a' },
    ])
    const files = await listTableFiles(bench.files.stores.lake, 'crashes', date)
    expect(files.map((file) => file.key)).toEqual([tableKey('crashes', date, shard, 0)])
    const first = await bench.files.database.connection.runAndReadAll(
      `SELECT signature FROM read_parquet('${bench.files.dir}/*/*${files[0]!.etag}')`,
    )
    expect(first.getRowsJS()).toEqual([['a'], ['a'], ['b']])
  })

  test('widens sizes that an older file has as 64-bit integers, and keeps both exact', async () => {
    const bench = await open(memoryStores())
    const withSizes = (type: 'int64' | 'size'): Table => ({
      ...crashesTable,
      columns: [crashesTable.columns[0]!, { name: 'bytes', type, description: '' }],
      sort: ['crash_id'],
    })
    const row = (n: number, bytes: string) => ({ crash_id: idOf(n), bytes })
    await putRows(bench.files, withSizes('int64'), date, [row(1, '9007199254740993')])
    const path = join(bench.dir, 'new.parquet')
    const rows = rowsOfColumns(withSizes('size').columns, [row(2, '18446744073709551615')])
    await writeRows(bench.files, withSizes('size'), [rows], path)
    const added = { query: `FROM read_parquet(${literal(path)})`, crashIds: [idOf(2)] }
    await mergeRows(bench.files, withSizes('size'), { date, shard }, added)
    const paths = literalList(await localPaths(bench.files, crashesTable))
    const { connection } = bench.files.database
    const merged = await connection.runAndReadAll(
      `SELECT bytes::VARCHAR FROM read_parquet(${paths}) ORDER BY crash_id`,
    )
    expect(merged.getRowsJS()).toEqual([['9007199254740993'], ['18446744073709551615']])
  })

  test('caches one copy per file, regardless of which run wrote the earlier versions', async () => {
    const stores = memoryStores()
    const [bench, other] = [await open(stores), await open(stores)]
    await merge(bench, [1], 'a')
    await readRows(other, crashesTable)
    await merge(bench, [2], 'a')
    expect(await readRows(other, crashesTable)).toHaveLength(2)
    const [file] = await listTableFiles(stores.lake, 'crashes', date)
    for (const { files } of [bench, other]) {
      const copies = readdirSync(files.cacheDir, { recursive: true, withFileTypes: true })
      expect(copies.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([`v-${file!.etag}`])
    }
    await forgetCopies(other.files, [file!.key])
    expect(readdirSync(other.files.cacheDir)).toEqual([])
  })

  test('starts the next file when one is full; a row in a full file is replaced there', async () => {
    const bench = await open(memoryStores(), 1)
    await merge(bench, [1], 'a')
    await merge(bench, [2], 'a')
    await merge(bench, [1, 3], 'b')
    const { lake } = bench.files.stores
    expect((await listTableFiles(lake, 'crashes', date)).map((file) => file.part)).toEqual([0, 1, 2])
    expect((await lake.head(tableKey('crashes', date, shard, 0)))?.metadata.crashes).toBe('1')
    expect(await readRows(bench, crashesTable)).toEqual([
      { crash_id: idOf(1), signature: 'b' },
      { crash_id: idOf(2), signature: 'a' },
      { crash_id: idOf(3), signature: 'b' },
    ])
  })

  test('a crash found in two files is kept in one', async () => {
    const bench = await open(memoryStores())
    await merge(bench, [1, 2], 'a')
    const { lake } = bench.files.stores
    const first = await lake.get(tableKey('crashes', date, shard, 0))
    await lake.put(tableKey('crashes', date, '1of2', 0), await first!.bytes())
    expect(await readRows(bench, crashesTable)).toHaveLength(4)
    await merge(bench, [1, 2], 'b')
    expect(await readRows(bench, crashesTable)).toEqual([
      { crash_id: idOf(1), signature: 'b' },
      { crash_id: idOf(2), signature: 'b' },
    ])
  })

  test('rows can be removed; removing the last row leaves an empty file', async () => {
    const bench = await open(memoryStores())
    await merge(bench, [1, 2])
    await mergeRows(
      bench.files,
      crashesTable,
      { date, shard },
      { query: null, crashIds: [idOf(1), idOf(2), idOf(3)] },
    )
    expect(await readRows(bench, crashesTable)).toEqual([])
    await merge(bench, [5])
    expect(await readRows(bench, crashesTable)).toEqual([{ crash_id: idOf(5), signature: 's' }])
  })

  test.each([
    ['one file', 1 << 27],
    ['files that fill up quickly', 4000],
  ])('concurrent runs on one shard neither lose nor duplicate rows: %s', async (_name, partBytes) => {
    const stores = memoryStores()
    const runs = await Promise.all([1, 2, 3].map(() => open(stores, partBytes)))
    await Promise.all(
      runs.map(async (bench, i) => {
        // Each run has its own crashes, and all have the first ten.
        for (let n = 0; n < 5; n++)
          await merge(bench, [...range(0, 10), ...range(100 * i + 10 * n + 100, 100 * i + 10 * n + 110)])
      }),
    )
    const rows = await readRows(runs[0]!, crashesTable)
    expect(rows.map((row) => row.crash_id)).toEqual(
      [...range(0, 10), ...range(100, 150), ...range(200, 250), ...range(300, 350)].map(idOf),
    )
  })

  test('runs on different shards write different files', async () => {
    const stores = memoryStores()
    const runs = await Promise.all([open(stores), open(stores)])
    await Promise.all(runs.map((bench, i) => merge(bench, [i], 's', `${i}of2`)))
    expect((await listTableFiles(stores.lake, 'crashes', date)).map((file) => file.shard)).toEqual([
      '0of2',
      '1of2',
    ])
    expect(await readRows(runs[0]!, crashesTable)).toHaveLength(2)
  })

  test('a failed write is reported, and existing data is kept', async () => {
    const stores = memoryStores()
    const bench = await open(stores)
    await merge(bench, [1])
    const put: Storage['put'] = () => Promise.reject(new Error('disk full'))
    bench.files.stores = { ...stores, lake: { ...stores.lake, put } }
    await expect(merge(bench, [2])).rejects.toThrow('disk full')
    bench.files.stores = stores
    expect(await readRows(bench, crashesTable)).toEqual([{ crash_id: idOf(1), signature: 's' }])
  })

  test('agrees with a map for any sequence of merges', async () => {
    const step = fc.record({
      ids: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 }),
      signature: fc.constantFrom('a', 'b', 'c'),
      shard: fc.constantFrom('0of1', '0of2', '1of2'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 6 }),
        fc.constantFrom(1, 1 << 27),
        async (steps, partBytes) => {
          const bench = await openBench(memoryStores(), partBytes)
          const model = new Map<string, string>()
          for (const { ids, signature, shard } of steps) {
            await merge(bench, ids, signature, shard)
            for (const id of ids) model.set(idOf(id), signature)
          }
          const expected = [...model].map(([crash_id, signature]) => ({ crash_id, signature }))
          expect(await readRows(bench, crashesTable)).toEqual(
            expected.sort((a, b) => (a.crash_id < b.crash_id ? -1 : 1)),
          )
          await bench.close()
        },
      ),
      { numRuns: 5 },
    )
  })
})

describe('a store that lists versions other than those it returns', () => {
  /** Every listing contains a version that no object has. */
  const stale = (storage: Storage): Storage => ({
    ...storage,
    async *list(...args) {
      for await (const info of storage.list(...args)) yield { ...info, etag: 'stale' }
    },
  })

  test.each([
    ['reading', (files: TableFiles) => localPaths(files, crashesTable)],
    ['reading a day', (files: TableFiles) => localPaths(files, crashesTable, [date])],
    ['importing builds', (files: TableFiles) => importBuilds(files, [build])],
    ['merging', (files: TableFiles) => mergeRows(files, crashesTable, { date, shard }, noRows)],
  ])('ends %s with an error, after increasing pauses', async (_what, work) => {
    const stores = memoryStores()
    const { files } = await open(stores)
    await merge(await open(stores), [1])
    await importBuilds(files, [build])
    const pauses: number[] = []
    const retry = { sleep: async (ms: number) => void pauses.push(ms), random: () => 1 }
    const disturbed = { ...files, stores: { ...stores, lake: stale(stores.lake) }, retry }
    await expect(work(disturbed)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('changed 40 times'),
    })
    expect(pauses).toHaveLength(39)
    expect(pauses[0]).toBe(10)
    expect(pauses.at(-1)).toBe(1000)
  })

  const build = { product: 'P', version: '1', channel: 'release', buildId: '20261021000000' }
  const noRows = { query: null, crashIds: [idOf(1)] }
})
