// Search files of a store with a few crashes: what a run writes and reports, and what a check finds.
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { checkSearchFiles } from '../../../batch/search-files/check-files.ts'
import { type SearchFilesOptions, writeSearchFiles } from '../../../batch/search-files/write-files.ts'
import { searchFileKey, searchManifestKey, tableKey } from '../../../shared/keys.ts'
import type { Manifest } from '../../../shared/search-files/manifest.ts'
import { requestsSince } from '../../../shared/storage/counting.ts'
import { openSearchStore, rowOn, type SearchStore, sourceOf } from '../support/search-store.ts'

let store: SearchStore
beforeAll(async () => {
  store = await openSearchStore()
})
afterAll(() => store[Symbol.asyncDispose]())
afterEach(async () => {
  const keys: string[] = []
  for await (const { key } of store.lake.list('')) keys.push(key)
  await store.lake.delete(keys)
})

const [yesterday, today] = ['2026-11-24', '2026-11-25']
const noon = Date.parse('2026-11-25T12:00:00Z')
const write = (minutes = 0, options: Partial<SearchFilesOptions> = {}) =>
  writeSearchFiles(store.open, { now: new Date(noon + minutes * 60_000), ...options })
const nothing = { written: 0, rows: 0, bytes: 0, waiting: 0, skipped: [], removed: 0 }
const manifestOf = () => sourceOf(store.lake).manifest()
const contentOf = async (key: string) => (await store.lake.get(key))?.bytes()
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

describe('a run', () => {
  test('writes a file for each day and its manifest, and reports them', async () => {
    await store.putDay(yesterday, [rowOn(yesterday, 1), rowOn(yesterday, 2)])
    await store.putDay(today, [rowOn(today, 1)])
    let files = 0
    const report = await write(0, { onFile: () => files++ })
    const { files: written } = await manifestOf()
    const contents = await Promise.all(written.map(({ key }) => contentOf(key)))
    expect(files).toBe(2)
    expect(report).toEqual({
      ...{ ...nothing, written: 2, rows: 3 },
      bytes: contents[0]!.length + contents[1]!.length,
    })
    const about = written.map(({ key, from, to, rows, bytes, made_at }) => [
      key,
      from,
      to,
      rows,
      bytes,
      made_at,
    ])
    const made = '2026-11-25T12:00:00.000Z'
    expect(about).toEqual([
      [searchFileKey(yesterday, hashOf(contents[0]!)), yesterday, yesterday, 2, contents[0]!.length, made],
      [searchFileKey(today, hashOf(contents[1]!)), today, today, 1, contents[1]!.length, made],
    ])
    const before = { ...store.open.requests }
    expect(await write(60)).toEqual(nothing)
    expect(requestsSince(before, store.open.requests)).toMatchObject({ get: 1, put: 0, list: 2, delete: 0 })
  })

  test('leaves a file that was made a moment ago, unless crashes were removed', async () => {
    await store.putDay(today, [rowOn(today, 1)])
    await write()
    const [old] = (await manifestOf()).files
    await store.putDay(today, [rowOn(today, 2)])
    expect(await write(1)).toEqual({ ...nothing, waiting: 1 })
    expect((await manifestOf()).files).toEqual([old])
    expect(await write(1, { promptly: [today] })).toMatchObject({
      written: 1,
      rows: 1,
      waiting: 0,
      removed: 1,
    })
    expect(await contentOf(old!.key)).toBeUndefined()
    expect((await manifestOf()).dropped).toEqual([])
  })

  test('keeps the replaced file for a day, and drops those of days without rows', async () => {
    for (const date of [yesterday, today]) await store.putDay(date, [rowOn(date, 1)])
    await write()
    const { files: before } = await manifestOf()
    await store.putDay(today, [])
    await store.lake.delete(tableKey(crashesTable.name, yesterday, '0of1', 0))
    expect(await write(20)).toEqual(nothing)
    const { files, empty, dropped } = await manifestOf()
    expect({ files, empty: empty.map(([date]) => date) }).toEqual({ files: [], empty: [today] })
    expect(new Set(dropped.map(({ key }) => key))).toEqual(new Set(before.map(({ key }) => key)))
    expect(await write(20 + 24 * 60 - 1)).toMatchObject({ removed: 0 })
    expect(await write(20 + 24 * 60)).toMatchObject({ removed: 2 })
  })

  test('skips a day whose table is damaged, and leaves its file', async () => {
    await store.putDay(today, [rowOn(today, 1)])
    await write()
    const { files } = await manifestOf()
    await store.lake.put(tableKey(crashesTable.name, today, '0of1', 0), new TextEncoder().encode('no table'))
    expect(await write(20)).toEqual({ ...nothing, skipped: [today] })
    expect((await manifestOf()).files).toEqual(files)
  })
})

async function checked(options?: { deep: boolean }) {
  await using files = await openFiles(store.open, { thorough: true })
  return await checkSearchFiles(files, options)
}

/** Replaces the only file by one with other bytes and the name that belongs to them. */
async function replaceContent(change: (bytes: Uint8Array) => Uint8Array): Promise<string> {
  const manifest = await manifestOf()
  const [file] = manifest.files
  const bytes = change((await contentOf(file!.key))!)
  const key = searchFileKey(today, hashOf(bytes))
  await store.lake.put(key, bytes)
  const changed: Manifest = { ...manifest, files: [{ ...file!, key }] }
  await store.lake.put(searchManifestKey, new TextEncoder().encode(JSON.stringify(changed)))
  return key
}

describe('a check', () => {
  test('finds nothing without search files', async () => {
    expect(await checked({ deep: true })).toEqual([])
  })

  test('finds files that are missing, have another size, or another content', async () => {
    await store.putDay(today, [rowOn(today, 1)])
    await write()
    const { key } = (await manifestOf()).files[0]!
    const bytes = (await contentOf(key))!
    await store.lake.put(key, bytes.slice(1))
    expect(await checked()).toEqual([{ key, why: 'its size is wrong' }])
    await store.lake.put(key, bytes.with(0, bytes[0]! ^ 1))
    expect(await checked()).toEqual([])
    expect(await checked({ deep: true })).toEqual([{ key, why: 'its content does not match its name' }])
    await store.lake.delete(key)
    expect(await checked()).toEqual([{ key, why: 'it is missing' }])
    await store.lake.put(searchManifestKey, new TextEncoder().encode('{'))
    expect(await checked()).toEqual([
      { key: searchManifestKey, why: 'The manifest of the search files is not JSON' },
    ])
  })

  test('finds damaged blocks, and crashes that differ from those of the tables', async () => {
    await store.putDay(today, [rowOn(today, 1)])
    await write()
    expect(await checked({ deep: true })).toEqual([])
    const original = (await contentOf((await manifestOf()).files[0]!.key))![0]!
    const other = await replaceContent((bytes) => bytes.with(-1, bytes.at(-1)! ^ 1))
    expect(await checked({ deep: true })).toEqual([
      { key: other, why: 'its crashes differ from those of its tables' },
    ])
    const damaged = await replaceContent((bytes) => bytes.with(0, 0xff))
    expect(await checked({ deep: true })).toEqual([
      { key: damaged, why: 'A block of a search file cannot be inflated' },
    ])
    // The tables have changed since, so there is nothing to compare with.
    await replaceContent((bytes) => bytes.with(0, original))
    await store.putDay(today, [rowOn(today, 2)])
    expect(await checked({ deep: true })).toEqual([])
  })
})
