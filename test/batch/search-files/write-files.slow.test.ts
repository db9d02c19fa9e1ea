// Writes search files from tables: what they contain, what they cost, how they follow changes.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFiles } from '../../../batch/lake/open-store.ts'
import type { Row } from '../../../batch/lake/rows.ts'
import { checkSearchFiles } from '../../../batch/search-files/check-files.ts'
import { type SearchFilesOptions, writeSearchFiles } from '../../../batch/search-files/write-files.ts'
import { columnsOf } from '../../../shared/fields/columns.ts'
import { searchManifestKey, searchPrefix } from '../../../shared/keys.ts'
import { ColumnStore } from '../../../shared/search-files/column-store.ts'
import { coreColumns, type SearchColumn, searchColumns } from '../../../shared/search-files/columns.ts'
import { crashIdOf } from '../../../shared/search-files/manifest.ts'
import { requestsSince } from '../../../shared/storage/counting.ts'
import { createRandom } from '../../support/mutate.ts'
import { openSearchStore, rowOn, type SearchStore, sourceOf, valueAt } from '../support/search-store.ts'

let store: SearchStore
beforeEach(async () => {
  store = await openSearchStore()
})
afterEach(() => store[Symbol.asyncDispose]())

const minutes = (time: string, later: number) => new Date(Date.parse(time) + later * 60_000)
/** Noon of a Wednesday. */
const start = '2026-11-25T12:00:00Z'
const write = (later = 0, options: Partial<SearchFilesOptions> = {}) =>
  writeSearchFiles(store.open, { now: minutes(start, later), ...options })

const manifest = () => sourceOf(store.lake).manifest()
async function storedKeys(): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.lake.list(searchPrefix)) if (key !== searchManifestKey) keys.push(key)
  return keys
}
async function check(options?: { deep: boolean }) {
  await using files = await openFiles(store.open, { thorough: true })
  return await checkSearchFiles(files, options)
}

const big = 9_007_199_254_740_993n
const time = Date.parse('2026-11-25T01:02:03Z') * 1000

/** Cells of each type, and their values in a search file. */
const samples: Readonly<Record<SearchColumn['type'], readonly (readonly [cell: unknown, value: unknown])[]>> =
  {
    string: ['', 'a', 'Å', '\ufeffx', '😀', 'f | g', 'x | y | x', 'null', '\n"\\'].map((text) => [
      text,
      text,
    ]),
    int32: [-4, 0, 70_000].map((number) => [number, number]),
    int64: [
      [-5, -5],
      [String(big), big],
      [7, 7],
      [2 ** 40, 2 ** 40],
    ],
    size: [
      ['18446744073709551615', 2n ** 64n - 1n],
      [4096, 4096],
    ],
    double: [
      [0.5, 0.5],
      [-1e300, -1e300],
      [10, 10],
    ],
    bool: [
      [true, true],
      [false, false],
    ],
    timestamp: [
      ['2026-11-25T01:02:03.000004+00:00', time + 4],
      ['2026-11-25T01:02:03Z', time],
    ],
    'list<string>': [
      [[], []],
      [
        ['b', 'a'],
        ['b', 'a'],
      ],
      [['a', null], ['a']],
    ],
  }

const isTime = ({ name }: SearchColumn) => name === 'submitted_at' || name === 'processed_at'

/** Rows with random values in every column; each tenth column is empty. */
function makeRows(date: string, count: number): { rows: Row[]; values: Map<string, unknown>[] } {
  const random = createRandom(count)
  const values: Map<string, unknown>[] = []
  const rows = Array.from({ length: count }, (_, n) => {
    const row: Row = { ...rowOn(date, n) }
    const expected = new Map<string, unknown>()
    for (const [i, column] of searchColumns.entries()) {
      const options = samples[column.type]
      const isEmpty = !isTime(column) && (i % 10 === 9 || random() < 0.3)
      const [cell, value] = isEmpty ? [null, null] : options[Math.floor(random() * options.length)]!
      row[column.name] = cell
      expected.set(column.name, value)
    }
    values.push(expected.set('crash_id', row.crash_id))
    return row
  })
  return { rows, values }
}

/** All rows of all files, by crash ID. */
async function readAll(): Promise<Map<string, Map<string, unknown>>> {
  const source = sourceOf(store.lake)
  const columns = new ColumnStore(source, { maxBytes: 2 ** 24 })
  const read = new Map<string, Map<string, unknown>>()
  const current = await source.manifest()
  for (const file of current.files) {
    const names = new Set(searchColumns.map(({ name }) => name))
    const loaded = await columns.load({ manifest: current, file, columns: names })
    const ids = await columns.loadIds(file, 0)
    for (let row = 0; row < file.rows; row++) {
      const id = crashIdOf(ids, row * 16)
      const values = searchColumns.map(({ name }): [string, unknown] => [
        name,
        valueAt(loaded.get(name), row),
      ])
      read.set(id, new Map([...values, ['crash_id', id]]))
    }
  }
  return read
}

describe('search files', () => {
  test('have every public value of every row, for days and for closed weeks', async () => {
    const dates = ['2026-11-16', '2026-11-18', '2026-11-24', '2026-11-25']
    const expected = new Map<unknown, Map<string, unknown>>()
    for (const [i, date] of dates.entries()) {
      const { rows, values } = makeRows(date, 40 + i)
      await store.putDay(date, rows)
      for (const row of values) expected.set(row.get('crash_id'), row)
    }
    const report = await write()
    expect(report).toMatchObject({ written: 3, rows: expected.size, waiting: 0, skipped: [], removed: 0 })
    expect(await readAll()).toEqual(expected)
    const { files } = await manifest()
    expect(files.map(({ from, to, rows }) => [from, to, rows])).toEqual([
      ['2026-11-16', '2026-11-18', 81],
      ['2026-11-24', '2026-11-24', 42],
      ['2026-11-25', '2026-11-25', 43],
    ])
    expect(files[0]!.submitted_at).toEqual([time, time + 4, 0])
    expect(await check({ deep: true })).toEqual([])
  })

  test.each([2, 20])('join the rows of %i table files, also of those without a column', async (count) => {
    const expected = new Map<unknown, Map<string, unknown>>()
    const { rows, values } = makeRows('2026-11-25', 10 * count + 7)
    for (let i = 0; i < count; i++) {
      const isOwn = (_: unknown, n: number) => n % count === i
      const without = new Set(i % 2 ? ['version', 'uptime', 'addons'] : ['reason'])
      await store.putDay('2026-11-25', rows.filter(isOwn), { shard: `${i}of${count}`, without })
      for (const row of values.filter(isOwn)) {
        for (const name of without) row.set(name, null)
        expected.set(row.get('crash_id'), row)
      }
    }
    expect(await write()).toMatchObject({ written: 1, rows: expected.size, skipped: [] })
    expect(await readAll()).toEqual(expected)
    expect(await check({ deep: true })).toEqual([])
  })

  test('have the public columns of the catalog and no others', async () => {
    await store.putDay('2026-11-25', makeRows('2026-11-25', 30).rows)
    await write()
    const allowed = new Set(columnsOf('crashes').map(({ name }) => name))
    const { columns, files } = await manifest()
    const named = [
      ...columns.map(([name]) => name),
      ...files.flatMap(({ blocks }) => blocks.map(([name]) => name)),
    ]
    expect(named.filter((name) => !allowed.has(name))).toEqual([])
    expect(columns).toHaveLength(allowed.size - 1)
    const hidden = columnsOf('protected').filter(({ name }) => name !== 'crash_id')
    expect(hidden.filter(({ name }) => named.includes(name))).toEqual([])
  })

  test('start with the core, which has no gaps', async () => {
    await store.putDay('2026-11-25', makeRows('2026-11-25', 30).rows)
    await write()
    const [file] = (await manifest()).files
    const inCore = file!.blocks.filter(([, offset]) => offset < file!.core).map(([name]) => name)
    expect(searchColumns.slice(0, coreColumns).map(({ name }) => name)).toEqual(
      expect.arrayContaining(inCore),
    )
    let at = 0
    for (const [, offset, length] of file!.blocks) {
      expect(offset).toBe(at)
      at += length
    }
    expect([file!.ids, file!.bytes]).toEqual([at, at + 16 * file!.rows])
  })
})

describe('a run', () => {
  test('with nothing new costs two lists and a read', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    expect(await write()).toMatchObject({ written: 1 })
    const before = { ...store.open.requests }
    expect(await write(60)).toMatchObject({ written: 0, waiting: 0 })
    const { get, put, head, list, delete: removed } = requestsSince(before, store.open.requests)
    expect({ get, put, head, list, removed }).toEqual({ get: 1, put: 0, head: 0, list: 2, removed: 0 })
  })

  test('reads only the days that changed', async () => {
    for (const date of ['2026-11-23', '2026-11-24', '2026-11-25']) await store.putDay(date, [rowOn(date, 1)])
    await write()
    const before = { ...store.open.requests }
    await store.putDay('2026-11-24', [rowOn('2026-11-24', 1), rowOn('2026-11-24', 2)])
    expect(await write(20)).toMatchObject({ written: 1, rows: 2 })
    const { get, put, list } = requestsSince(before, store.open.requests)
    expect({ get, put, list }).toEqual({ get: 2, put: 2, list: 2 })
  })

  test('makes a day again at most every fifteen minutes', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1), rowOn('2026-11-25', 2)])
    expect(await write(14)).toMatchObject({ written: 0, waiting: 1 })
    expect((await readAll()).size).toBe(1)
    expect(await write(15)).toMatchObject({ written: 1, waiting: 0 })
    expect((await readAll()).size).toBe(2)
  })

  test('deletes a file a day after the manifest dropped it', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    const [old] = await storedKeys()
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 2)])
    await write(20)
    expect(await storedKeys()).toContain(old)
    expect(await write(20 + 24 * 60 - 1)).toMatchObject({ removed: 0 })
    expect(await write(20 + 24 * 60)).toMatchObject({ removed: 1 })
    expect(await storedKeys()).not.toContain(old)
    expect((await manifest()).dropped).toEqual([])
  })

  test('closes a week two hours after its end, and drops the files of its days', async () => {
    for (const date of ['2026-11-23', '2026-11-29']) await store.putDay(date, [rowOn(date, 1)])
    const monday = (Date.parse('2026-11-30T01:59:00Z') - Date.parse(start)) / 60_000
    expect(await write(monday)).toMatchObject({ written: 2 })
    expect(await write(monday + 1)).toMatchObject({ written: 0, waiting: 1 })
    expect(await write(monday + 15)).toMatchObject({ written: 1, rows: 2 })
    const { files, dropped } = await manifest()
    expect(files.map(({ from, to }) => [from, to])).toEqual([['2026-11-23', '2026-11-29']])
    expect(dropped).toHaveLength(2)
  })

  test('makes files again that were lost, and all when the manifest was lost or damaged', async () => {
    for (const date of ['2026-11-24', '2026-11-25']) await store.putDay(date, [rowOn(date, 1)])
    await write()
    const keys = await storedKeys()
    await store.lake.delete(keys[0]!)
    expect(await check()).toEqual([{ key: keys[0], why: 'it is missing' }])
    expect(await write(20)).toMatchObject({ written: 1 })
    expect(await storedKeys()).toEqual(keys)
    expect(await check({ deep: true })).toEqual([])
    for (const lose of [
      () => store.lake.delete(searchManifestKey),
      () => store.lake.put(searchManifestKey, new TextEncoder().encode('{"version":1')),
    ]) {
      await lose()
      expect(await write(40)).toMatchObject({ written: 2 })
      expect(await storedKeys()).toEqual(keys)
    }
  })

  test('drops the file of a day whose rows were deleted, and remembers that it is empty', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    await store.putDay('2026-11-25', [])
    expect(await write(20)).toMatchObject({ written: 0 })
    const { files, empty } = await manifest()
    expect([files, empty.map(([date]) => date)]).toEqual([[], ['2026-11-25']])
    const before = { ...store.open.requests }
    await write(40)
    expect(requestsSince(before, store.open.requests)).toMatchObject({ get: 1, put: 0 })
  })

  test('after crashes were removed makes their files at once, and deletes the old ones', async () => {
    const dates = ['2026-11-24', '2026-11-25']
    for (const date of dates) await store.putDay(date, [rowOn(date, 1), rowOn(date, 2)])
    await write()
    const [yesterday, today] = await storedKeys()
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 2)])
    expect(await write(1, { promptly: ['2026-11-25'] })).toMatchObject({ written: 1, removed: 1, waiting: 0 })
    const keys = await storedKeys()
    expect(keys).toContain(yesterday)
    expect(keys).not.toContain(today)
    expect([...(await readAll()).keys()]).not.toContain(rowOn('2026-11-25', 1).crash_id)
  })

  test('starts over when another run has written the manifest', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1), rowOn('2026-11-25', 2)])
    await store.putDay('2026-11-24', [rowOn('2026-11-24', 1)])
    const reports = await Promise.all([write(20), write(20)])
    expect(reports.every(({ skipped }) => skipped.length === 0)).toBe(true)
    expect((await readAll()).size).toBe(3)
    expect(await check({ deep: true })).toEqual([])
  })

  test('removes what a killed run left, a day later', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    const left = `${searchPrefix}2026-11-25-${'0'.repeat(32)}.cols`
    await store.lake.put(left, new Uint8Array(4))
    const uploaded = (await store.lake.head(left))!.uploaded.getTime()
    const later = (ms: number) => write((uploaded + ms - Date.parse(start)) / 60_000)
    await later(23 * 3_600_000)
    expect(await storedKeys()).toContain(left)
    await later(25 * 3_600_000)
    expect(await storedKeys()).not.toContain(left)
  })
})

describe('verify', () => {
  test('finds files whose size, content or crashes are wrong', async () => {
    await store.putDay('2026-11-25', [rowOn('2026-11-25', 1)])
    await write()
    const [key] = await storedKeys()
    const bytes = await (await store.lake.get(key!))!.bytes()
    await store.lake.put(key!, bytes.slice(1))
    expect(await check()).toEqual([{ key, why: 'its size is wrong' }])
    await store.lake.put(key!, bytes.with(0, bytes[0]! ^ 1))
    expect(await check()).toEqual([])
    expect(await check({ deep: true })).toEqual([{ key, why: 'its content does not match its name' }])
    await store.lake.put(searchManifestKey, new TextEncoder().encode('[]'))
    expect(await check()).toMatchObject([{ key: searchManifestKey }])
  })
})
