// When search files are made again and deleted: each limit at its value and one beyond.
import { describe, expect, test } from 'vitest'
import type { TableFile } from '../../../batch/lake/files/table-files.ts'
import { versionOf } from '../../../batch/planning/day-marks.ts'
import { planFiles } from '../../../batch/search-files/plan-files.ts'
import {
  deletable,
  dropFiles,
  readManifest,
  saveManifest,
  withFile,
} from '../../../batch/search-files/stored-manifest.ts'
import { searchManifestKey, tableKey } from '../../../shared/keys.ts'
import { emptyManifest, type Manifest, type SearchFile } from '../../../shared/search-files/manifest.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const now = new Date('2026-11-25T12:00:00.000Z')
const day = 86_400_000
const at = (ms: number) => new Date(now.getTime() + ms)
const fileOf = (key: string, from: string, version = 'v') =>
  ({
    key,
    from,
    to: from,
    sources: [[from, version]],
    made_at: now.toISOString(),
    blocks: [],
  }) as unknown as SearchFile
const tableFile = (date: string, size = 1): TableFile => ({
  ...{
    key: tableKey('crashes', date, '0of1', 0),
    date,
    shard: '0of1',
    part: 0,
    size,
    etag: 'a',
    metadata: {},
  },
})

describe('a plan', () => {
  const groups = (time: string, ...tables: TableFile[]) =>
    planFiles({
      ...{ tables, manifest: emptyManifest(), stored: new Set(), promptly: new Set() },
      now: new Date(time),
    }).make.map((days) => days.map(({ date }) => date).join(' '))

  test('has weeks that ended two hours ago, of at most 1 GiB', () => {
    const week = [tableFile('2026-11-17'), tableFile('2026-11-16')]
    expect(groups('2026-11-23T02:00:00.000Z', ...week)).toEqual(['2026-11-16 2026-11-17'])
    expect(groups('2026-11-23T01:59:59.999Z', ...week)).toEqual(['2026-11-16', '2026-11-17'])
    const large = (bytes: number) => [tableFile('2026-11-16', 2 ** 30 - 1), tableFile('2026-11-17', bytes)]
    expect(groups('2026-11-25T00:00:00Z', ...large(1))).toHaveLength(1)
    expect(groups('2026-11-25T00:00:00Z', ...large(2))).toHaveLength(2)
  })

  test('makes a day again after 15 minutes', () => {
    const table = tableFile('2026-11-25')
    const file = fileOf('k', '2026-11-25', 'other')
    const planned = (ms: number) =>
      planFiles({
        ...{ tables: [table], manifest: { ...emptyManifest(), files: [file] }, now: at(ms) },
        ...{ stored: new Set(['k']), promptly: new Set() },
      })
    expect(planned(899_999)).toMatchObject({ make: [], keep: [file], drop: [], waiting: 1 })
    expect(planned(900_000)).toMatchObject({
      make: [[{ date: '2026-11-25' }]],
      keep: [],
      drop: [file],
      waiting: 0,
    })
  })

  test('makes nothing of days that are known to be empty', () => {
    const table = tableFile('2026-11-25')
    const empty: Manifest['empty'] = [['2026-11-25', versionOf([table])]]
    const manifest = { ...emptyManifest(), empty }
    expect(
      planFiles({ tables: [table], manifest, stored: new Set(), now, promptly: new Set() }).make,
    ).toEqual([])
  })
})

describe('a manifest', () => {
  const [a, b, c] = [fileOf('a', '2026-11-23'), fileOf('b', '2026-11-24'), fileOf('c', '2026-11-24')]
  const days = [{ date: '2026-11-24', files: [], version: 'w' }] as const

  test('has a new file in place of those of its days, in order of days', () => {
    const before = { ...emptyManifest(), files: [b], empty: [['2026-11-24', 'x']] as Manifest['empty'] }
    const after = withFile(before, days, c, now)
    expect(after).toMatchObject({ files: [c], empty: [], dropped: [{ key: 'b', at: now.toISOString() }] })
    expect(withFile(after, [{ date: '2026-11-23', files: [], version: 'w' }], a, now).files).toEqual([a, c])
    expect(withFile(after, days, { ...c }, now).dropped).toHaveLength(1)
    expect(withFile(after, days, null, now)).toMatchObject({ files: [], empty: [['2026-11-24', 'w']] })
  })

  test('marks each dropped file once', () => {
    const before = { ...emptyManifest(), files: [a, b] }
    const dropped = dropFiles(dropFiles(before, [a], now), [a], at(1))
    expect(dropped).toMatchObject({ files: [b], dropped: [{ key: 'a', at: now.toISOString() }] })
  })

  test('lets files be deleted a day after they were dropped or stored, or promptly', () => {
    const before = { ...emptyManifest(), files: [a], dropped: [{ key: 'b', at: now.toISOString() }] }
    const stored = new Map([
      ['a', at(-9 * day)],
      ['b', at(0)],
      ['unknown', at(0)],
    ])
    const keys = (ms: number, promptlyFrom: Date | null = null) => {
      const found = deletable(before, stored, { now: at(ms), promptlyFrom })
      return [...found.keys, found.manifest.dropped.length]
    }
    expect(keys(day - 1)).toEqual([1])
    expect(keys(day)).toEqual(['b', 'unknown', 0])
    expect(keys(0, at(0))).toEqual(['b', 0])
    expect(keys(0, at(1))).toEqual([1])
    const used = { ...before, dropped: [{ key: 'a', at: now.toISOString() }] }
    expect(deletable(used, stored, { now, promptlyFrom: null })).toMatchObject({
      keys: [],
      manifest: { dropped: [] },
    })
  })

  test('is stored on condition, and empty when there is none or it cannot be read', async () => {
    const lake = createMemoryStorage()
    const first = await readManifest(lake)
    expect(first).toEqual({ manifest: emptyManifest(), etag: null })
    const saved = await saveManifest(lake, first, emptyManifest())
    expect(await saveManifest(lake, first, emptyManifest())).toBeNull()
    expect(await readManifest(lake)).toEqual(saved)
    expect(await saveManifest(lake, saved!, emptyManifest())).not.toBeNull()
    await lake.put(searchManifestKey, new TextEncoder().encode('{'))
    const { manifest, etag } = await readManifest(lake)
    expect(manifest).toEqual(emptyManifest())
    expect(etag).not.toBeNull()
  })
})
