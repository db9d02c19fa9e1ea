// Rows of a day that are merged into its tables in the background: when, and what a failed merge does.
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRowSink, type RowSink } from '../../../batch/lake/row-sink.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, modulesTable } from '../../../batch/lake/tables.ts'
import { dyingStores, Killed } from '../support/dying-stores.ts'
import { type Bench, idOf, memoryStores, openBench, readRows } from '../support/rows.ts'

let bench: Bench
beforeEach(async () => {
  bench = await openBench(memoryStores())
})
afterEach(() => bench.close())

/** A sink whose merges can be waited for. */
function openSink(mergeEvery: number, files = bench.files) {
  const times: string[] = []
  let merged = Promise.withResolvers<void>()
  const sink = createRowSink({
    ...{ files, date: '2026-10-21', shard: '0of1', tables: [modulesTable, crashesTable], mergeEvery },
    addTime(stage, ms) {
      times.push(`${stage} ${ms > 0}`)
      merged.resolve()
      merged = Promise.withResolvers()
    },
  })
  return { sink, times, next: () => merged.promise.then(() => new Promise(setImmediate)) }
}

/** Adds a row of each crash, and for the first one a row of a module. */
function add(sink: RowSink, ...numbers: number[]): void {
  const crashIds = numbers.map(idOf)
  const rows = crashIds.map((crash_id) => ({ crash_id, date: '2026-10-21', signature: 's' }))
  const modules = numbers.includes(0) ? [{ crash_id: idOf(0), date: '2026-10-21', filename: 'm' }] : []
  sink.add({
    crashIds,
    rows: {
      crashes: rowsOfColumns(crashesTable.columns, rows),
      modules: rowsOfColumns(modulesTable.columns, modules),
    },
  })
}

const stored = async () =>
  (await readRows(bench, crashesTable)).map(({ crash_id }) => Number.parseInt(crash_id, 16))
const storedKeys = async () =>
  (await Array.fromAsync(bench.files.stores.lake.list('tables/'))).map(({ key }) => key.split('/')[1])
const files = () => readdirSync(bench.files.dir).filter((name) => name.endsWith('.json.zst'))

describe('a row sink', () => {
  test('merges when there are as many crashes as wanted, and the others at the end', async () => {
    const { sink, times, next } = openSink(2)
    add(sink, 0)
    expect([times, await stored()]).toEqual([[], []])
    expect(
      files()
        .map((name) => name.replace(/\d+/, 'N'))
        .sort(),
    ).toEqual(['crashes-N.json.zst', 'modules-N.json.zst'])
    const merged = next()
    add(sink, 1)
    await merged
    expect(times).toEqual(['merge true'])
    expect(files()).toEqual([])
    expect(await stored()).toEqual([0, 1])
    add(sink, 2)
    await sink.finish()
    expect(await stored()).toEqual([0, 1, 2])
    expect(await storedKeys()).toEqual(['crashes', 'modules'])
    expect(times).toHaveLength(2)
    await sink.finish()
    expect(times).toHaveLength(2)
    expect(files()).toEqual([])
  })

  test('merges half as many crashes as the file has, as it grows', async () => {
    const { sink, times, next } = openSink(1)
    const merged = next()
    add(sink, 1, 2, 3, 4, 5, 6)
    await merged
    add(sink, 7, 8)
    expect(times).toHaveLength(1)
    const again = next()
    add(sink, 9)
    await again
    expect(times).toHaveLength(2)
    expect(await stored()).toHaveLength(9)
  })

  test('collects while a merge is in progress', async () => {
    const { sink, times, next } = openSink(1)
    const merged = next()
    add(sink, 1)
    add(sink, 2)
    await merged
    expect(times).toHaveLength(1)
    expect(await stored()).toEqual([1])
    await sink.finish()
    expect(await stored()).toEqual([1, 2])
  })

  test('reports a failed merge from then on, and merges no more', async () => {
    const dying = { ...bench.files, stores: dyingStores(bench.files.stores, 0) }
    const { sink, times } = openSink(1, dying)
    sink.check()
    add(sink, 1)
    await expect(sink.finish()).rejects.toThrow(Killed)
    expect(() => sink.check()).toThrow(Killed)
    add(sink, 2)
    await expect(sink.finish()).rejects.toThrow(Killed)
    expect(times).toEqual([])
    expect(await stored()).toEqual([])
  })
})
