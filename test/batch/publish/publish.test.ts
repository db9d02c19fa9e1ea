// What is published of a table as its files change: every object, its content, and when it is deleted.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { TableFiles } from '../../../batch/lake/files/table-files.ts'
import { usageTable } from '../../../batch/lake/tables.ts'
import { decodeAvro } from '../../../batch/publish/avro.ts'
import { checkPublished } from '../../../batch/publish/check-published.ts'
import { type PublishOptions, publish } from '../../../batch/publish/publish.ts'
import { tableKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { memoryStores, openBench, putRows } from '../support/rows.ts'
import { headerOf } from './avro.support.ts'

const hour = 3_600_000
const bench = await openBench(memoryStores())
afterAll(() => bench.close())

let time: number
let lake: Storage
let files: TableFiles
beforeEach(() => {
  time = Date.parse('2026-10-22T00:00:00Z')
  lake = createMemoryStorage(() => new Date(time))
  files = { ...bench.files, stores: { ...memoryStores(), lake }, retry: { sleep: async () => {} } }
})

const run = (more: Partial<PublishOptions> = {}) =>
  publish(files, { location: 's3://lake', now: () => new Date(time), grace: 4 * hour, ...more })
const put = (date: string, ...users: number[]) =>
  putRows(
    files,
    usageTable,
    date,
    users.map((count, n) => ({ date, product: `P${n}`, version: '1', users: count })),
  )
const keys = async (prefix = 'iceberg/usage/') =>
  (await Array.fromAsync(lake.list(prefix))).map(({ key }) => masked(key))
const bytesOf = async (key: string) => (await lake.get(key))!.bytes()

/** Without what is random or depends on the version of DuckDB. */
const masked = (text: string) =>
  text
    .replaceAll(/\d+-[0-9a-f]{8}\.parquet/g, 'ETAG-NAME.parquet')
    .replaceAll(/schema-[0-9a-f]+/g, 'schema-HASH')
    .replaceAll(/(manifest-\d{4}-\d\d)-[0-9a-f]{16}/g, '$1-NAME')
    .replaceAll(/snap-\d+/g, 'snap-ID')
    .replaceAll(/("(?:[a-z_-]*snapshot[-_]id|snapshot_id)": ?)"?\d+"?/g, '$1"ID"')
    .replaceAll(/("(?:file_size_in_bytes|manifest_length)": ?)\d+/g, '$1"BYTES"')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/[0-9a-f]{32,}/g, 'DIGEST')

const isPair = (one: unknown): one is { key: number; value: unknown } =>
  typeof one === 'object' && one !== null && 'key' in one
/** Bytes as text, and maps as objects. */
const shown = (_: string, one: unknown) => {
  if (Array.isArray(one) && one.length > 0 && one.every(isPair))
    return Object.fromEntries(one.map(({ key, value }) => [key, value]))
  const { type, data } = (one ?? {}) as { type?: string; data?: number[] }
  return type === 'Buffer' ? Buffer.from(data!).toString('hex') : one
}
const json = (value: unknown) => JSON.stringify(value, shown, 1)

async function contentOf(key: string): Promise<string> {
  const bytes = await bytesOf(key)
  if (/\.json$|\.text?$|\.sql$/.test(key)) {
    const text = new TextDecoder().decode(bytes)
    return key.endsWith('.json') ? json(JSON.parse(text)) : text
  }
  if (!key.endsWith('.avro')) return ''
  const header = Object.entries(await headerOf(bytes)).filter(([name]) => !/avro|schema$/.test(name))
  const entries = await decodeAvro(/snap-/.test(key) ? 'list' : 'manifest', key, bytes)
  return json({ header: Object.fromEntries(header.map(([name, value]) => [name, String(value)])), entries })
}

/** All published objects of the table and of the database, with their types and contents. */
async function everything(): Promise<string> {
  const texts: string[] = []
  for await (const { key, contentType } of lake.list('iceberg/')) {
    if (key.endsWith('.json') && !key.includes('/v1.')) continue
    const content = await contentOf(key)
    texts.push(`== ${key} (${contentType ?? 'no type'})${content === '' ? '' : `\n${content.trimEnd()}`}`)
  }
  return `${masked(texts.join('\n'))}\n`
}

describe('published files', () => {
  test('are copies with metadata, manifests, a schema and a database', async () => {
    await put('2026-09-30', 5)
    await put('2026-10-20', 7, 9)
    await put('2026-10-21', 1)
    const report = await run()
    const copies = (await Array.fromAsync(lake.list('iceberg/usage/data/'))).map(({ size }) => size)
    const bytes = copies.reduce((sum, size) => sum + size, 0)
    expect(report).toEqual({ published: ['usage'], files: 3, bytes, removed: 0 })
    await expect(await everything()).toMatchFileSnapshot('../../golden/published.txt')
  })

  test('are published again in the months that changed', async () => {
    await put('2026-09-30', 5)
    await put('2026-10-20', 7)
    await put('2026-10-21', 1)
    await run()
    expect(await run()).toEqual({ published: [], files: 0, bytes: 0, removed: 0 })
    const before = new Set(await allKeys())
    time += hour
    await put('2026-10-20', 8)
    let ticks = 0
    expect(await run({ onFile: () => ticks++ })).toMatchObject({ published: ['usage'], files: 1, removed: 0 })
    expect(ticks).toBe(1)
    const added = (await allKeys()).filter((key) => !before.has(key))
    expect(added.map(masked)).toEqual([
      'iceberg/usage/data/date=2026-10-20/0of1-0-ETAG-NAME.parquet',
      'iceberg/usage/metadata/manifest-2026-10-NAME.avro',
      'iceberg/usage/metadata/snap-ID.avro',
      'iceberg/usage/metadata/v2.metadata.json',
    ])
    expect(await contents(added[1]!)).toMatchObject([
      { status: 1, sequence_number: 2, data_file: { partition: { date: 20_746 } } },
      { status: 0, sequence_number: 1, data_file: { partition: { date: 20_747 } } },
    ])
    const [september, october] = await contents(added[2]!)
    expect(september).toMatchObject({ sequence_number: 1, added_files_count: 1, existing_files_count: 0 })
    expect(october).toMatchObject({
      ...{ sequence_number: 2, min_sequence_number: 1, added_files_count: 1, existing_files_count: 1 },
      ...{ added_rows_count: 1, existing_rows_count: 1, deleted_files_count: 0, deleted_rows_count: 0 },
    })
    const header = await headerOf(await bytesOf(added[2]!))
    const { snapshots } = JSON.parse(new TextDecoder().decode(await bytesOf(added[3]!)))
    expect(snapshots).toHaveLength(2)
    expect(String(header['parent-snapshot-id'])).toBe(String(snapshots[0]['snapshot-id']))
    expect(snapshots[1]).toMatchObject({
      ...{ 'parent-snapshot-id': snapshots[0]['snapshot-id'], 'timestamp-ms': time },
      summary: { 'total-data-files': '3', 'total-records': '3', 'mayday.manifests': '2' },
    })
    expect(new TextDecoder().decode(await bytesOf('iceberg/usage/metadata/version-hint.text'))).toBe('2')
  })

  test('lose the months that have no files any more', async () => {
    await put('2026-09-30', 5)
    await put('2026-10-20', 7)
    await run()
    await lake.delete(tableKey('usage', '2026-09-30', '0of1', 0))
    expect(await run()).toMatchObject({ published: ['usage'], files: 0 })
    const { snapshots, properties } = await metadata(2)
    expect(snapshots.at(-1)).toMatchObject({ summary: { 'total-data-files': '1', 'mayday.manifests': '1' } })
    expect(Object.keys(JSON.parse(properties['mayday.months']))).toEqual(['2026-10'])
    // Later than the snapshot before it, though the clock is the same.
    expect(snapshots.at(-1)['timestamp-ms']).toBe(time + 1)
  })

  test('are referred to below another address without new copies', async () => {
    await put('2026-10-20', 7)
    await run()
    expect(await run({ location: 'https://h/lake' })).toMatchObject({ published: ['usage'], files: 0 })
    const { location, snapshots } = await metadata(2)
    expect(location).toBe('https://h/lake/iceberg/usage')
    expect(snapshots.at(-1)['manifest-list']).toMatch(/^https:\/\/h\/lake\/iceberg\/usage\/metadata\/snap-/)
  })

  test('are copied again where a copy is missing', async () => {
    await put('2026-10-20', 7)
    await run()
    const [copy] = await Array.fromAsync(lake.list('iceberg/usage/data/'))
    await lake.delete(copy!.key)
    expect(await run()).toMatchObject({ published: ['usage'], files: 1 })
  })

  test.each([
    ['half the grace time', 4 * hour, 2 * hour, 1],
    ['longer', 4 * hour, 2 * hour + 1, 2],
    ['any time, without a grace time', 0, 9 * hour, 1],
  ])(
    'are copied again by a run that took more than half the grace time: %s',
    async (_, grace, ms, copied) => {
      await put('2026-10-20', 7)
      let isFirst = true
      const onFile = () => {
        if (isFirst) time += ms
        isFirst = false
      }
      expect(await run({ grace, onFile })).toMatchObject({ published: ['usage'], files: copied })
    },
  )

  test('are announced once: the hint is not written again', async () => {
    await put('2026-10-20', 7)
    await run()
    const written: string[] = []
    const store = lake.put.bind(lake)
    lake.put = (key, ...rest) => {
      written.push(key)
      return store(key, ...rest)
    }
    await run()
    expect(written).toEqual([])
  })

  test('are none without tables, or on the condition that something is published', async () => {
    const nothing = { published: [], files: 0, bytes: 0, removed: 0 }
    expect(await run()).toEqual(nothing)
    await put('2026-10-20', 7)
    expect(await run({ ifPublished: true })).toEqual(nothing)
    expect(await keys('iceberg/')).toEqual([])
    await run()
    await put('2026-10-21', 7)
    expect(await run({ ifPublished: true })).toMatchObject({ published: ['usage'], files: 1 })
  })
})

describe('replaced files', () => {
  const replace = async () => {
    await put('2026-10-20', 7)
    await run()
    await put('2026-10-20', 8)
    time += 1000
    await run()
  }

  test('are deleted when their snapshots are older than the grace time, and they than one and a half', async () => {
    await replace()
    const copies = () => keys('iceberg/usage/data/')
    expect(await copies()).toHaveLength(2)
    time += 6 * hour - 1000
    await put('2026-10-21', 1)
    expect(await run()).toMatchObject({ published: ['usage'], removed: 0 })
    time += 1
    // The first copy, its manifest, its list, and the first version of the metadata.
    expect(await run()).toEqual({ published: [], files: 0, bytes: 0, removed: 4 })
    expect(await copies()).toHaveLength(2)
    const versions = async () => (await keys('iceberg/usage/metadata/v')).map((key) => key.split('/').at(-1))
    expect(await versions()).toEqual(['v2.metadata.json', 'v3.metadata.json', 'version-hint.text'])
    // The version before the last one stays at any age.
    time += 100 * hour
    await run()
    expect(await versions()).toEqual(['v2.metadata.json', 'v3.metadata.json', 'version-hint.text'])
  })

  test('are deleted at once without a grace time', async () => {
    await replace()
    expect(await run({ grace: 0 })).toMatchObject({ published: ['usage'], files: 0 })
    expect(await keys('iceberg/usage/')).toEqual([
      'iceberg/usage/data/date=2026-10-20/0of1-0-ETAG-NAME.parquet',
      'iceberg/usage/metadata/manifest-2026-10-NAME.avro',
      'iceberg/usage/metadata/snap-ID.avro',
      'iceberg/usage/metadata/v3.metadata.json',
      'iceberg/usage/metadata/version-hint.text',
      'iceberg/usage/schema-HASH.parquet',
    ])
  })
})

describe('what is published', () => {
  const check = (more = {}) => checkPublished(lake, { now: new Date(time), ...more })

  test('lacks nothing, or names what it lacks after an hour', async () => {
    expect(await check()).toEqual([])
    await put('2026-10-20', 7)
    await run()
    expect(await check({ delay: 0 })).toEqual([])
    await put('2026-10-21', 7)
    time += hour - 1
    expect(await check()).toEqual([])
    time += 1
    const key = tableKey('usage', '2026-10-21', '0of1', 0)
    expect(await check()).toEqual([{ kind: 'unpublished', key, why: 'the snapshot lacks this version' }])
    await run()
    await lake.delete('iceberg/lake.duckdb')
    expect(await check()).toEqual([{ kind: 'unpublished', key: 'iceberg/lake.duckdb', why: 'it is missing' }])
  })

  const remove = (date: string) => lake.delete(tableKey('usage', date, '0of1', 0))
  test('has files that the table lacks since an hour, unless another finding explains them', async () => {
    await put('2026-10-20', 7)
    await put('2026-10-21', 7)
    await run()
    await remove('2026-10-21')
    expect(await check()).toEqual([])
    time += hour
    expect(await check()).toEqual([
      {
        ...{ kind: 'unpublished', key: 'iceberg/usage/' },
        why: expect.stringMatching(/^the snapshot still has 2026-10-21\/0of1-0@\d+$/),
      },
    ])
    await put('2026-10-22', 7)
    expect(await check()).toEqual([])
    time += hour
    const key = tableKey('usage', '2026-10-22', '0of1', 0)
    expect(await check()).toEqual([{ kind: 'unpublished', key, why: 'the snapshot lacks this version' }])
  })
})

const allKeys = async () => (await Array.fromAsync(lake.list('iceberg/usage/'))).map(({ key }) => key)
const contents = async (key: string) =>
  decodeAvro(/snap-/.test(key) ? 'list' : 'manifest', key, await bytesOf(key))
const metadata = async (version: number) =>
  JSON.parse(new TextDecoder().decode(await bytesOf(`iceberg/usage/metadata/v${version}.metadata.json`)))
