// Files of tables: which are listed, how they are written, moved away, and what happens when they change.
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeRepeats, removeRows } from '../../../../batch/lake/crash-rows.ts'
import { listDates, listKeyDates } from '../../../../batch/lake/dates.ts'
import { openMadeFrom } from '../../../../batch/lake/made-from.ts'
import { emptyQuarantine, moveToQuarantine } from '../../../../batch/lake/files/quarantine.ts'
import {
  listFiles,
  listTableFiles,
  putTableFile,
  retryOnConflict,
} from '../../../../batch/lake/files/table-files.ts'
import { buildsTable, crashesTable, modulesTable } from '../../../../batch/lake/tables.ts'
import { quarantineKey, rawKey, tableKey } from '../../../../shared/keys.ts'
import { createMemoryStorage } from '../../../../shared/storage/memory.ts'
import type { Stores } from '../../../../shared/storage/storage.ts'
import { type Bench, idOf, memoryStores, openBench, putRows, readRows } from '../../support/rows.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = async (object: { bytes(): Promise<Uint8Array> } | null) =>
  object && new TextDecoder().decode(await object.bytes())
const day = (n: number) => `2026-10-0${n}`

let bench: Bench
let stores: Stores
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
beforeEach(() => {
  stores = memoryStores()
})
afterAll(() => bench.close())
/** The table files of the stores of this test. */
const files = () => ({ ...bench.files, stores })

describe('files of a table', () => {
  beforeEach(async () => {
    for (const n of [1, 2, 3, 4])
      for (const shard of ['0of2', '1of2'])
        await stores.lake.put(tableKey('crashes', day(n), shard, 0), bytes('x'.repeat(n)), {
          metadata: { n: `${n}` },
        })
    await stores.lake.put(`tables/crashes/date=${day(2)}/other`, bytes('x'))
    await stores.lake.put(tableKey('modules', day(2), '0of2', 0), bytes('x'))
  })

  test.each<[string, string | string[] | undefined, number[]]>([
    ['of all days', undefined, [1, 2, 3, 4]],
    ['of one day', day(2), [2]],
    ['of one of a list', [day(3)], [3]],
    ['of some days in any order', [day(4), day(2)], [2, 4]],
    ['of no days', [], []],
    ['of days without files', [day(5), day(0)], []],
  ])('%s', async (_, dates, expected) => {
    const found = await listTableFiles(stores.lake, 'crashes', dates)
    expect(found.map(({ key }) => key)).toEqual(
      expected.flatMap((n) => ['0of2', '1of2'].map((shard) => tableKey('crashes', day(n), shard, 0))),
    )
  })

  test('have day, shard, part, size and metadata', async () => {
    const [, found] = await listTableFiles(stores.lake, 'crashes', day(3))
    const { etag } = (await stores.lake.head(found!.key))!
    expect(found).toMatchObject({
      ...{ key: tableKey('crashes', day(3), '1of2', 0), date: day(3), shard: '1of2', part: 0 },
      ...{ size: 3, etag, metadata: found!.metadata },
    })
  })

  test('that matter to a run are those of its shards', async () => {
    const list = (matters?: (shard: string) => boolean) =>
      listFiles({ stores, ...(matters && { matters }) }, crashesTable, day(1))
    expect(await list()).toHaveLength(2)
    expect((await list((shard) => shard === '1of2')).map(({ shard }) => shard)).toEqual(['1of2'])
  })
})

test('a file is written with its checksum, and on conditions', async () => {
  const { lake } = stores
  const put = (conditions: object) => putTableFile(lake, 'k', bytes('abc'), conditions)
  const first = await put({ metadata: { crashes: '1' }, ifNoneMatch: '*' })
  expect(await put({ ifNoneMatch: '*' })).toBeNull()
  expect(await put({ ifMatch: 'other' })).toBeNull()
  const object = (await lake.get('k'))!
  expect([object.etag, object.metadata]).toEqual([
    first!.etag,
    {
      crashes: '1',
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    },
  ])
  expect(object.contentType).toBe('application/vnd.apache.parquet')
})

describe('a change by another run', () => {
  const quick = { retry: { sleep: async () => {} } }
  test('repeats the work', async () => {
    const answers = [null, null, 'done']
    expect(await retryOnConflict(quick, 'k', async () => answers.shift()!)).toBe('done')
  })

  test('40 times is an error', async () => {
    let attempts = 0
    const work = async () => {
      attempts++
      return null
    }
    await expect(retryOnConflict(quick, 'tables/x', work)).rejects.toMatchObject({
      code: 'storage',
      message:
        'tables/x changed 40 times while it was in use. Is another run working on the same shard? If not, the store lists versions of objects that differ from those it returns.',
    })
    expect(attempts).toBe(40)
  })

  test('is the only reason to repeat it', async () => {
    let attempts = 0
    const work = async () => {
      attempts++
      throw new Error('broken')
    }
    await expect(retryOnConflict(quick, 'k', work)).rejects.toThrow('broken')
    expect(attempts).toBe(1)
  })
})

describe('a damaged file', () => {
  test.each([
    [crashesTable, 'crash_id', { crashes: '0' }],
    [buildsTable, 'product', {}],
  ])('moves to quarantine, and an empty file takes its place', async (table, column, metadata) => {
    const key = tableKey(table.name, day(1), '0of1', 0)
    await stores.lake.put(key, bytes('damaged'))
    const [file] = await listTableFiles(stores.lake, table.name)
    const moved = quarantineKey(key, file!.etag.replace(/[^A-Za-z0-9-]/g, '_'))
    expect(await moveToQuarantine(files(), table, file!)).toBe(moved)
    expect(await textOf(await stores.lake.get(moved))).toBe('damaged')
    expect((await stores.lake.head(key))!.metadata).toMatchObject(metadata)
    const [row] = await readBack(key, column)
    expect(row).toEqual({ n: 0n })
    expect(Object.keys((await stores.lake.head(key))!.metadata).includes('crashes')).toBe(
      'crashes' in metadata,
    )
  })

  async function readBack(key: string, column: string) {
    const path = `${bench.dir}/back-${column}.parquet`
    writeFileSync(path, await (await stores.lake.get(key))!.bytes())
    const reader = await bench.files.database.connection.runAndReadAll(
      `SELECT count(${column}) AS n FROM read_parquet('${path}')`,
    )
    return reader.getRowObjectsJS()
  }

  test.each(['changed', 'deleted'])('that was %s meanwhile stays', async (how) => {
    const key = tableKey('crashes', day(1), '0of1', 0)
    await stores.lake.put(key, bytes('damaged'))
    const [file] = await listTableFiles(stores.lake, 'crashes')
    if (how === 'changed') await stores.lake.put(key, bytes('new'))
    else await stores.lake.delete(key)
    expect(await moveToQuarantine(files(), crashesTable, file!)).toBeNull()
    expect(await textOf(await stores.lake.get(key))).toBe(how === 'changed' ? 'new' : null)
    expect(await Array.fromAsync(stores.lake.list('quarantine/'))).toEqual([])
  })

  test('is deleted from quarantine for its table and day alone', async () => {
    const keys = [
      tableKey('crashes', day(1), '0of1', 0),
      tableKey('crashes', day(1), '0of1', 1),
      tableKey('crashes', day(2), '0of1', 0),
      tableKey('modules', day(1), '0of1', 0),
    ].map((key) => quarantineKey(key, 'v'))
    for (const key of keys) await stores.lake.put(key, bytes('x'))
    expect(await emptyQuarantine(files(), crashesTable, day(1))).toBe(2)
    const left = await Array.fromAsync(stores.lake.list('quarantine/'))
    expect(left.map(({ key }) => key)).toEqual(keys.slice(2))
    expect(await emptyQuarantine(files(), crashesTable, day(1))).toBe(0)
  })
})

describe('rows of crashes', () => {
  const today = '2026-10-21'
  const rows = (...numbers: number[]) =>
    numbers.map((n) => ({ crash_id: idOf(n), signature: `s${n}`, date: today }))
  const found = (...numbers: number[]) => numbers.map((n) => ({ crash_id: idOf(n), signature: `s${n}` }))
  const read = () => readRows({ ...bench, files: files() as Bench['files'] }, crashesTable)

  test('are removed; the crashes that had any are returned', async () => {
    await putRows(files(), crashesTable, today, rows(1, 2, 3))
    expect((await removeRows(files(), crashesTable, today, [idOf(2), idOf(3), idOf(9)])).sort()).toEqual([
      idOf(2),
      idOf(3),
    ])
    expect(await read()).toEqual(found(1))
    const before = (await stores.lake.head(tableKey('crashes', today, '0of1', 0)))!.etag
    expect(await removeRows(files(), crashesTable, today, [idOf(2), idOf(9)])).toEqual([])
    expect(await removeRows(files(), modulesTable, today, [idOf(1)])).toEqual([])
    expect((await stores.lake.head(tableKey('crashes', today, '0of1', 0)))!.etag).toBe(before)
  })

  test('that are there twice are there once afterwards, and others as before', async () => {
    await putRows(files(), crashesTable, today, rows(1, 2, 1, 3, 3))
    const target = { date: today, shard: '0of1' }
    await removeRepeats(files(), crashesTable, target, [idOf(2)])
    expect(await read()).toHaveLength(5)
    await removeRepeats(files(), crashesTable, target, [idOf(1), idOf(2), idOf(9)])
    expect(await read()).toEqual(found(1, 2, 3, 3))
    await removeRepeats(files(), crashesTable, { ...target, date: day(1) }, [idOf(1)])
    expect(await read()).toHaveLength(4)
  })
})

test('days with reports, and folders of days', async () => {
  const crashes = createMemoryStorage()
  for (const date of ['261022', '261021', '261021'])
    await crashes.put(rawKey(`00000000-0000-8000-8000-000000${date}`), bytes(''))
  for (const folder of ['20261101', '2026110', 'x']) await crashes.put(`p/${folder}/k`, bytes(''))
  expect(await listDates(crashes)).toEqual(['2026-10-21', '2026-10-22'])
  expect(await listKeyDates(crashes, 'p/')).toEqual(['2026-11-01'])
  expect(await listKeyDates(crashes, 'q/')).toEqual([])
})

describe('what objects were made from', () => {
  const a = { key: 'a', etag: '1' }
  const index = async () => JSON.parse((await textOf(await stores.lake.get('index')))!)

  test('is known for the version that was noted', async () => {
    const made = await openMadeFrom(stores.lake, 'index')
    expect(made.sourceOf(a)).toBeUndefined()
    await made.save()
    expect(await stores.lake.head('index')).toBeNull()
    made.set(a, 's')
    made.set({ key: 'b', etag: '2' }, 't')
    await made.save()
    expect(await index()).toEqual({ version: 1, objects: { a: ['1', 's'], b: ['2', 't'] } })
    expect((await stores.lake.get('index'))!.contentType).toBe('application/json')
    const again = await openMadeFrom(stores.lake, 'index')
    expect([again.sourceOf(a), again.sourceOf({ ...a, etag: '2' })]).toEqual(['s', undefined])
  })

  test.each<[string, (made: Awaited<ReturnType<typeof openMadeFrom>>) => void, string[], boolean]>([
    ['nothing', () => {}, [], false],
    ['the same', (made) => made.set(a, 's'), [], false],
    ['another source', (made) => made.set(a, 't'), [], true],
    ['another version', (made) => made.set({ ...a, etag: '2' }, 's'), [], true],
    ['an object less', () => {}, ['x', 'a', 'y'], true],
    ['an unknown object less', () => {}, ['x'], false],
  ])('is written for %s: ', async (_, change, removed, isWritten) => {
    await stores.lake.put('index', bytes('{"version":1,"objects":{"a":["1","s"]}}'))
    const { etag } = (await stores.lake.head('index'))!
    const made = await openMadeFrom(stores.lake, 'index')
    change(made)
    await made.save(removed)
    const written = (await stores.lake.head('index'))!.etag
    expect(written !== etag).toBe(isWritten)
    await stores.lake.delete('index')
    await made.save()
    expect(await stores.lake.head('index')).toBeNull()
  })

  test.each(['{', '{"version":2,"objects":{"a":["1","s"]}}', '{"version":1,"objects":{"a":["1"]}}'])(
    'is not known from %j',
    async (text) => {
      await stores.lake.put('index', bytes(text))
      expect((await openMadeFrom(stores.lake, 'index')).sourceOf(a)).toBeUndefined()
    },
  )
})
