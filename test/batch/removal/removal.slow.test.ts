// Expunging and expiring crashes: removed data is removed everywhere, and remaining data is intact.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeAggregates } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { importUsage } from '../../../batch/derived/usage-import.ts'
import type { OpenStore } from '../../../batch/lake/open-store.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { openLake } from '../../../batch/lake/views.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import type { Product } from '../../../batch/products/product-file.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import { productOf } from '../../../batch/products/products.ts'
import { expireCrashes } from '../../../batch/removal/expire.ts'
import { expungeCrashes } from '../../../batch/removal/expunge.ts'
import { reportsCompleteSince } from '../../../batch/removal/retention.ts'
import { rawKey } from '../../../shared/keys.ts'
import { createDayOpener } from '../../../shared/open-days.ts'
import { countingStores, noRequests, requestsSince } from '../../../shared/storage/counting.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import { plainRowsOf } from '../support/plain-rows.ts'

const dump = fixtureDump('cpp-basics-O0-null-read')
let dir: string
let open: OpenStore

async function withFiles<T>(work: (files: Awaited<ReturnType<typeof openFiles>>) => Promise<T>): Promise<T> {
  const files = await openFiles(open)
  try {
    return await work(files)
  } finally {
    await files.close()
  }
}

async function query(sql: string): Promise<unknown[][]> {
  const lake = await openLake(open)
  try {
    const reader = await lake.database.connection.runAndReadAll(sql)
    return plainRowsOf(reader)
  } finally {
    await lake[Symbol.asyncDispose]()
  }
}

const store = (product: string, day: string, n: string) =>
  storeReport(open.stores.crashes, {
    annotations: {
      ProductName: product,
      Version: '1.0',
      Comments: `words of ${n}`,
      Unheard: `of ${n}`,
      BuildID: '1',
    },
    dumps: [{ name: 'upload_file_minidump', bytes: dump }],
    now: new Date(`${day}T12:00:00Z`),
  })
const run = () =>
  processCrashes({ stores: open.stores, dir: open.cacheDir, duckdbMemory: '256MB', workers: 1 })

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mayday-removal-'))
  const bucket = (name: string) => createFolderStorage(join(dir, 'data', name))
  open = {
    url: `file:${join(dir, 'data')}`,
    stores: { crashes: bucket('crashes'), lake: bucket('lake'), symbols: bucket('symbols') },
    cacheDir: join(dir, 'cache'),
    config: readConfig({}),
  }
})
beforeAll(() => afterAll(() => rmSync(dir, { recursive: true, force: true })))

/** The whole content of the store as one text: zstd decompressed, Parquet as shown by DuckDB. */
async function everythingStored(): Promise<string> {
  const texts: string[] = []
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    texts.push(path)
    const bytes = readFileSync(path)
    if (bytes.subarray(0, 4).toString('hex') === '28b52ffd') texts.push(inflateAll(bytes))
    else if (bytes.subarray(0, 4).toString() === 'PAR1') {
      const files = await openFiles(open)
      const reader = await files.database.connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)
      texts.push(JSON.stringify(reader.getRowObjectsJson()))
      await files.close()
    } else texts.push(bytes.toString('latin1'))
  }
  return texts.join('\n')
}

/** Also decompresses the last zstd frame, which contains annotations. */
function inflateAll(bytes: Buffer): string {
  const starts: number[] = []
  for (let at = bytes.indexOf('28b52ffd', 0, 'hex'); at >= 0; at = bytes.indexOf('28b52ffd', at + 1, 'hex'))
    starts.push(at)
  const texts = starts.map((start) => {
    try {
      return zstdDecompressSync(bytes.subarray(start)).toString('latin1')
    } catch {
      return ''
    }
  })
  return texts.join('\n')
}

describe('expungeCrashes', () => {
  test('erases a crash from every object, row, copy and aggregate, and nothing else', async () => {
    const keep = await store('P', '2026-10-21', 'first')
    const gone = await store('P', '2026-10-21', 'second')
    const again = await store('P', '2026-10-22', 'second')
    await run()
    await writeAggregates(open)
    const before = await everythingStored()
    expect(before).toContain('words of second')
    expect(before).toContain(gone)

    const [erasure] = await withFiles((files) => expungeCrashes(files, [gone]))
    expect(erasure).toEqual({
      crash_id: gone,
      removed: [
        `raw/20261021/${gone}`,
        `processed/20261021/${gone}`,
        'tables/protected/date=2026-10-21/',
        'tables/modules/date=2026-10-21/',
        'tables/crashes/date=2026-10-21/',
      ],
      same_report: [again],
    })
    await withFiles((files) => expungeCrashes(files, [again]))
    await run()
    await writeAggregates(open)
    const after = await everythingStored()
    for (const trace of [gone, again, 'words of second', 'of second']) expect(after).not.toContain(trace)
    expect(after).toContain(keep)
    expect(after).toContain('words of first')
    expect(await query('SELECT crash_id FROM crashes')).toEqual([[keep]])
    expect((await withFiles((files) => verifyStore(files))).findings).toEqual([])
    expect((await withFiles((files) => expungeCrashes(files, [gone])))[0]!.removed).toEqual([])
  })
})

describe('expireCrashes', () => {
  const retention = { reports: 10, documents: 20, protected: 30, rows: null, aggregates: null }
  const products: ReadonlyMap<string, Product> = new Map([
    ['Short', { ...productOf('Short', new Map()), retention: { ...retention, rows: 40, aggregates: 50 } }],
    ['Long', { ...productOf('Long', new Map()), retention }],
  ])
  const expire = (day: string, dryRun = false) =>
    withFiles((files) => expireCrashes(files, { products, now: new Date(`${day}T12:00:00Z`), dryRun }))

  test('removes each kind of data by the retention of its product, reports first; derived data is kept', async () => {
    await store('Short', '2026-01-01', 'a')
    await store('Short', '2026-01-02', 'b')
    await store('Long', '2026-01-01', 'c')
    await run()
    await writeAggregates(open)
    const nothing = { reports: 0, documents: 0, protected_rows: 0, rows: 0, aggregate_rows: 0 }
    expect(await expire('2026-01-11')).toEqual(nothing)
    expect(await expire('2026-01-12', true)).toEqual({ ...nothing, reports: 2 })
    expect(await expire('2026-01-12')).toEqual({ ...nothing, reports: 2 })
    expect(await expire('2026-01-12')).toEqual(nothing)

    // Nothing is recreated from the remains, and data whose source has expired is not an orphan.
    expect(await run()).toMatchObject({ planned: 0 })
    const completeSince = reportsCompleteSince(products, new Date('2026-01-12T12:00:00Z'))
    expect(completeSince).toBe('2026-01-02')
    expect((await withFiles((files) => verifyStore(files, { completeSince }))).findings).toEqual([])

    expect(await expire('2026-01-22')).toEqual({ ...nothing, reports: 1, documents: 2 })
    expect(await expire('2026-02-01')).toEqual({ ...nothing, documents: 1, protected_rows: 2 })
    expect(await expire('2026-02-11')).toEqual({ ...nothing, protected_rows: 1, rows: 1 })
    expect(await query('SELECT product, date FROM crashes ORDER BY ALL')).toEqual([
      ['Long', '2026-01-01'],
      ['Short', '2026-01-02'],
    ])
    const copies = () => readdirSync(join(open.cacheDir, 'tables'))
    expect(copies()).toContainEqual(expect.stringMatching(/crashes.*2026-01-02/))
    expect(await expire('2026-02-12')).toEqual({ ...nothing, rows: 1 })
    expect(copies()).not.toContainEqual(expect.stringMatching(/crashes.*2026-01-02/))
    await writeAggregates(open)
    expect(await query('SELECT product, date FROM crashes')).toEqual([['Long', '2026-01-01']])
    const counted = () => query('SELECT product, sum(count) FROM signature_days GROUP BY ALL ORDER BY 1')
    expect(await counted()).toEqual([
      ['Long', 1],
      ['Short', 2],
    ])

    // One signature and one build of each day are kept, and the other product's counts of the first day.
    expect(await expire('2026-02-21', true)).toEqual({ ...nothing, aggregate_rows: 2 })
    expect(await expire('2026-02-21')).toEqual({ ...nothing, aggregate_rows: 2 })
    expect(await counted()).toEqual([
      ['Long', 1],
      ['Short', 1],
    ])
    expect(await expire('2026-02-22')).toEqual({ ...nothing, aggregate_rows: 2 })
    expect(copies()).not.toContainEqual(expect.stringContaining('2026-01-02'))
    await writeAggregates(open)
    expect(await counted()).toEqual([['Long', 1]])
    expect(await query('SELECT DISTINCT product FROM build_days')).toEqual([['Long']])
  })

  test('removes imported use by the retention of aggregates, also of days without crashes', async () => {
    const path = join(open.cacheDir, 'usage.csv')
    mkdirSync(open.cacheDir, { recursive: true })
    const rows = ['Short', 'Long'].map((product) => `2026-01-01,${product},10\n`).join('')
    writeFileSync(path, `date,product,users\n${rows}2026-01-02,Short,10\n`)
    await withFiles((files) => importUsage(files, path))
    const used = () => query('SELECT product, date FROM usage ORDER BY ALL')
    expect((await expire('2026-02-20')).aggregate_rows).toBe(0)
    expect((await expire('2026-02-21', true)).aggregate_rows).toBe(1)
    expect((await expire('2026-02-21')).aggregate_rows).toBe(1)
    expect(await used()).toEqual([
      ['Long', '2026-01-01'],
      ['Short', '2026-01-02'],
    ])
    expect((await expire('2026-02-22')).aggregate_rows).toBe(1)
    expect(await used()).toEqual([['Long', '2026-01-01']])
  })

  test('asks tables rather than objects, and looks at a day again only when something expires or arrives', async () => {
    for (const day of ['2026-01-01', '2026-01-02']) {
      await store('Long', day, `long ${day}`)
      await store('Short', day, `short ${day}`)
    }
    await run()
    const requests = noRequests()
    const bare = (storage: Storage): Storage => ({
      ...storage,
      async *list(prefix, options) {
        for await (const info of storage.list(prefix, options)) yield { ...info, metadata: {} }
      },
    })
    const { crashes, lake, symbols } = open.stores
    open.stores = countingStores({ crashes: bare(crashes), lake: bare(lake), symbols }, requests)
    const cost = async (day: string) => {
      const before = { ...requests }
      const { reports, documents } = await expire(day)
      const { head, delete: deletes, list } = requestsSince(before, requests)
      return { removed: reports + documents, head, deletes, few: list < 12 }
    }
    // Two derived files of each day have no metadata in a list.
    expect(await cost('2026-01-12')).toMatchObject({ removed: 2, head: 0, deletes: 1 })
    expect(await cost('2026-01-12')).toEqual({ removed: 0, head: 0, deletes: 0, few: true })
    expect((await cost('2026-01-13')).removed).toBe(2)
    expect(await cost('2026-01-13')).toEqual({ removed: 0, head: 0, deletes: 0, few: true })
    await createDayOpener(crashes)('2026-01-02')
    const late = await store('Short', '2026-01-02', 'late')
    expect(await cost('2026-01-13')).toMatchObject({ removed: 1, head: 1 })
    expect(await crashes.head(rawKey(late))).toBeNull()
  })

  test('a report without a product has the retention of the product named in its minidump', async () => {
    const crashpad = { annotations: { prod: 'Short' } }
    const bytes = createSynthMinidump({ system: {}, threads: [{ id: 1 }], crashpad })
    const now = new Date('2026-01-01T12:00:00Z')
    const dumps = [{ name: 'upload_file_minidump', bytes }]
    await storeReport(open.stores.crashes, { annotations: { guid: '1' }, dumps, now })
    expect((await expire('2026-01-12', true)).reports).toBe(0)
    await run()
    expect((await expire('2026-01-12')).reports).toBe(1)
  })

  test('the bundled product files have consistent retention', () => {
    for (const product of sampleProducts().values()) expect(product.retention.reports).toBeGreaterThan(0)
  })
})
