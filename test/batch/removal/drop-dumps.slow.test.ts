// Dropping dumps: what is removed, what stays, what later commands do with such a crash, and a kill between the steps.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { type OpenTableFiles, openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import {
  type CrashTable,
  crashesTable,
  crashTables,
  modulesTable,
  protectedTable,
} from '../../../batch/lake/tables.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { verifyContents } from '../../../batch/processing/check-contents.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { decodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { productOf } from '../../../batch/products/products.ts'
import { type DropOptions, dropDumps } from '../../../batch/removal/drop-dumps.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { mainDumpName } from '../../../shared/crash.ts'
import { processedKey, rawKey } from '../../../shared/keys.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { killAfter } from '../support/kill-after.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-dumps-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const timeout = 120_000
const date = '2026-10-21'
const crashes = 4
/** The dashboard's days follow the newest crash: this one moves them past the others. */
const laterDay = new Date('2026-12-21T12:00:00Z')
const now = new Date(Date.now() + 30 * dayMs)
const products = new Map([
  ['P', { ...productOf('P', new Map()), dumps_per_signature: 1, retention: forever() }],
])

function forever() {
  return { reports: null, documents: null, protected: null, rows: null, aggregates: null }
}

const storesIn = (folder: string): Stores => {
  const bucket = (name: string) => createFolderStorage(join(folder, name))
  return { crashes: bucket('crashes'), lake: bucket('lake'), symbols: bucket('symbols') }
}

let ids: string[]
let dir: string
let stores: Stores

/** Processed crashes of one kind, which the tests copy. */
beforeAll(async () => {
  const sound = join(root, 'sound')
  stores = storesIn(sound)
  dir = join(root, 'cache')
  const bytes = fixtureDump('cpp-basics-O2-trap')
  ids = []
  for (let n = 0; n < crashes; n++) {
    const annotations = { ProductName: 'P', Version: '1.0', Unheard: String(n) }
    const dumps = [
      { name: mainDumpName, bytes },
      { name: 'notes', bytes: new TextEncoder().encode('kept') },
    ]
    const at = new Date(`${date}T12:0${n}:00Z`)
    ids.push(await storeReport(stores.crashes, { annotations, dumps, now: at }))
  }
  await storeReport(stores.crashes, { annotations: { ProductName: 'Q' }, now: laterDay })
  await run()
  // Without these rows no crash lacks symbols.
  await withFiles((files) =>
    mergeRows(files, modulesTable, { date, shard: '0of1' }, { query: null, crashIds: ids }),
  )
}, timeout)

beforeEach(() => {
  const folder = mkdtempSync(join(root, 'store-'))
  cpSync(join(root, 'sound'), folder, { recursive: true, preserveTimestamps: true })
  stores = storesIn(folder)
  dir = mkdtempSync(join(root, 'cache-'))
})

const run = (options: Partial<ProcessOptions> = {}) =>
  processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, ...options })

async function withFiles<T>(work: (files: OpenTableFiles) => Promise<T>): Promise<T> {
  await using files = await openTableFiles({ stores, cacheDir: dir, duckdbMemory: '256MB', thorough: true })
  return await work(files)
}

const drop = (options: Partial<DropOptions> = {}) =>
  withFiles((files) => dropDumps(files, { products, now, usual: null, dryRun: false, ...options }))
const read = async (key: string) => (await stores.crashes.get(key))!.bytes()
const reportOf = async (id: string) => readStoredReport(await read(rawKey(id)), nodeCodecs)
const documentOf = async (id: string) => decodeProcessedCrash(await read(processedKey(id)))
const rowsIn = (table: CrashTable) =>
  withFiles(async (files) =>
    rowsOf<{ crash_id: string; dumps_dropped_at?: Date | null }>(
      files.database.connection,
      'FROM read_parquet($paths, union_by_name = true) ORDER BY ALL',
      { paths: await localPaths(files, table, [date]) },
    ),
  )

/** Findings about these crashes, besides the modules that the tests removed. */
async function findings() {
  const { findings: all } = await withFiles(async (files) => verifyContents(files, await verifyStore(files)))
  return all
    .filter(({ where }) => !where.includes('/modules/'))
    .map(({ crash_id, kind }) => ({ crash_id, kind }))
}

describe('dropDumps', { timeout }, () => {
  test('removes the minidumps of the oldest; the report, the processed crash and the row state it, and stay otherwise', async () => {
    const before = await documentOf(ids[0]!)
    const rows = await rowsIn(crashesTable)
    const size = (await stores.crashes.head(rawKey(ids[0]!)))!.size
    const dry = await drop({ dryRun: true })
    expect(dry).toMatchObject({ crashes: 3, skipped: 0, bytes: expect.closeTo(3 * size, -2) })
    expect((await reportOf(ids[0]!)).dumps).toHaveLength(2)

    const done = await drop()
    expect(done).toMatchObject({ crashes: 3, skipped: 0, kept: { recent: 0, symbols: 0, listed: 0 } })
    expect(done!.bytes).toBeGreaterThan(dry!.bytes * 0.8)
    const { dumps, rawCrash } = await reportOf(ids[0]!)
    expect(dumps.map(({ name }) => name)).toEqual(['notes'])
    const bytes = fixtureDump('cpp-basics-O2-trap').length
    const at = now.toISOString()
    expect(rawCrash.metadata).toMatchObject({
      dump_checksums: { [mainDumpName]: expect.stringMatching(/^[0-9a-f]{64}$/) },
      dumps_dropped: { at, names: [mainDumpName], bytes },
    })
    expect((await stores.crashes.head(rawKey(ids[0]!)))!.metadata).toMatchObject({
      product: 'P',
      'dump-bytes': '4',
      'dump-count': '1',
    })
    expect(await documentOf(ids[0]!)).toEqual({ ...before, dumps_dropped_at: at })
    const marked = rows.map((row) => ({ ...row, dumps_dropped_at: row.crash_id === ids[3] ? null : now }))
    expect(await rowsIn(crashesTable)).toEqual(marked)
    expect((await reportOf(ids[3]!)).dumps).toHaveLength(2)
    expect(await findings()).toEqual([])
    expect(await drop()).toMatchObject({ crashes: 0, bytes: 0, skipped: 0 })
  })

  test('leaves crashes alone whose report or processed crash cannot be read', async () => {
    await stores.crashes.delete(processedKey(ids[0]!))
    await stores.crashes.put(rawKey(ids[1]!), (await read(rawKey(ids[1]!))).slice(0, 50))
    expect(await drop()).toMatchObject({ crashes: 1, skipped: 2 })
    expect((await reportOf(ids[0]!)).dumps).toHaveLength(2)
  })
})

describe('a crash without its dumps', { timeout }, () => {
  beforeEach(async () => void (await drop()))

  test('keeps its stack and its rows when it is processed again; the run names it', async () => {
    const before = await documentOf(ids[0]!)
    const rows = await Promise.all([crashesTable, protectedTable].map(rowsIn))
    expect(await run({ crashIds: ids })).toMatchObject({
      processed: 1,
      dumps_dropped: ids.slice(0, 3).sort(),
    })
    expect(await documentOf(ids[0]!)).toEqual(before)
    const own = (all: { crash_id: string }[]) => all.filter(({ crash_id }) => crash_id === ids[0])
    const after = await Promise.all([crashesTable, protectedTable].map(rowsIn))
    expect(after.map(own)).toEqual(rows.map(own))
    expect(before.json_dump?.threads?.length).toBeGreaterThan(0)
  })

  test.each(crashTables.map((table) => [table.name, table] as const))(
    'gets a row that is missing from %s from its processed crash',
    async (_name, table) => {
      const id = ids[0]!
      await withFiles((files) =>
        mergeRows(files, table, { date, shard: '0of1' }, { query: null, crashIds: [id] }),
      )
      await run({ crashIds: [id] })
      expect(await findings()).toEqual([])
      expect((await rowsIn(crashesTable)).find(({ crash_id }) => crash_id === id)).toMatchObject({
        dumps_dropped_at: now,
      })
    },
  )

  test('keeps its row when its processed crash is lost; only without both it becomes a row without a stack', async () => {
    const id = ids[0]!
    const rowOf = async () => (await rowsIn(crashesTable)).find(({ crash_id }) => crash_id === id)
    const row = await rowOf()
    await stores.crashes.delete(processedKey(id))
    expect(await run({ crashIds: [id] })).toMatchObject({ processed: 0, dumps_dropped: [id] })
    expect(await rowOf()).toEqual(row)
    await withFiles((files) =>
      mergeRows(files, crashesTable, { date, shard: '0of1' }, { query: null, crashIds: [id] }),
    )
    await run({ crashIds: [id] })
    expect(await rowOf()).toMatchObject({ product: 'P', dumps_dropped_at: now })
  })

  test('keeps the mark when it is grouped again', async () => {
    await run({ crashIds: [ids[0]!], mode: 'regroup' })
    expect((await documentOf(ids[0]!)).dumps_dropped_at).toBe(now.toISOString())
    expect(await findings()).toEqual([])
  })
})

/** Drops dumps in a process that is killed after some changes of files. Returns whether it was killed. */
async function dropAndKill(folder: string, writes: number): Promise<boolean> {
  const program = fileURLToPath(new URL('../support/drop-once.ts', import.meta.url))
  return await killAfter(writes, folder, [program, folder, dir, now.toISOString()])
}

test.each([1, 8, 16])(
  'killed after %d changes of files, the next call completes it',
  { timeout },
  async (writes) => {
    const folder = mkdtempSync(join(root, 'killed-'))
    cpSync(join(root, 'sound'), folder, { recursive: true, preserveTimestamps: true })
    stores = storesIn(folder)
    expect(await dropAndKill(folder, writes)).toBe(true)
    const later = new Date(now.getTime() + dayMs)
    await drop({ now: later })
    expect(await findings()).toEqual([])
    const marks = (await rowsIn(crashesTable)).map((row) => row.dumps_dropped_at?.getTime() ?? null)
    expect(marks.filter((mark) => mark === now.getTime() || mark === later.getTime())).toHaveLength(3)
    expect((await drop({ now: later }))!.crashes).toBe(0)
  },
)

test('verify --deep finds a report that lost its dumps before its processed crash was marked; its cure marks both', {
  timeout,
}, async () => {
  const id = ids[0]!
  const [document, row] = [await read(processedKey(id)), await stores.crashes.head(processedKey(id))]
  await drop()
  await stores.crashes.put(processedKey(id), document, { metadata: row!.metadata })
  expect(await findings()).toEqual([{ crash_id: id, kind: 'half_dropped' }])
  await run({ crashIds: [id] })
  expect(await findings()).toEqual([])
})
