// What only `mayday verify --deep` finds, its cures, and that nothing good is replaced by what an unreadable report yields.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { literal, rowsOf } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { type OpenTableFiles, openTableFiles } from '../../../batch/lake/files/table-files.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import {
  type CrashTable,
  crashesTable,
  crashTables,
  modulesTable,
  protectedTable,
  type Table,
} from '../../../batch/lake/tables.ts'
import { verifyDays } from '../../../batch/planning/settle.ts'
import { describeFinding, type Finding } from '../../../batch/planning/states.ts'
import { type VerifyReport, verifyStore } from '../../../batch/planning/verify.ts'
import { verifyContents } from '../../../batch/processing/check-contents.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { decodeProcessedCrash } from '../../../batch/processing/processed-crash.ts'
import { expungeCrashes } from '../../../batch/removal/expunge.ts'
import { homeKey, processedKey, rawKey, tableKey, tablePrefix } from '../../../shared/keys.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { memoryStores } from '../support/rows.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-contents-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const date = '2026-10-21'

let stores: Stores
let ids: string[]
let dir: string
const run = (options: Partial<ProcessOptions> = {}) =>
  processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1, ...options })

beforeEach(async () => {
  stores = memoryStores()
  dir = mkdtempSync(join(root, 'cache-'))
  ids = []
  for (const name of ['cpp-basics-O2-trap', 'cpp-basics-O0-null-read']) {
    const dumps = [{ name: 'upload_file_minidump', bytes: fixtureDump(name) }]
    const annotations = {
      ProductName: 'P',
      Version: '1.0',
      Unheard: 'of',
      Comments: name,
      CrashTime: '1766000000',
    }
    ids.push(await storeReport(stores.crashes, { annotations, dumps }))
  }
  ids.push(await storeReport(stores.crashes, { annotations: { ProductName: 'Q' } }))
  await run()
})

async function withFiles<T>(work: (files: OpenTableFiles) => Promise<T>): Promise<T> {
  await using files = await openTableFiles({ stores, cacheDir: dir, duckdbMemory: '256MB', thorough: true })
  return await work(files)
}

const verify = () => withFiles(async (files) => verifyContents(files, await verifyStore(files)))

async function breakObject(key: string): Promise<void> {
  const object = (await stores.crashes.get(key))!
  const bytes = await object.bytes()
  await stores.crashes.put(key, bytes.slice(0, bytes.length / 2), { metadata: object.metadata })
}

const read = async (key: string) => (await stores.crashes.get(key))!.bytes()
const rowsIn = (table: Table) =>
  withFiles(async (files) =>
    rowsOf(files.database.connection, 'FROM read_parquet($paths) ORDER BY ALL', {
      paths: await localPaths(files, table, [date]),
    }),
  )

/** Replaces the row of a crash by one with another value. */
async function forgeRow(crashId: string): Promise<void> {
  await withFiles(async (files) => {
    const path = join(files.dir, 'forged.parquet')
    const crash = decodeProcessedCrash(await read(processedKey(crashId)))
    const rows = [{ ...[...crashesTable.rowsOf(crash, {} as never)][0], signature: 'forged' }]
    await writeRows(files, crashesTable, [rowsOfColumns(crashesTable.columns, rows)], path)
    await mergeRows(
      files,
      crashesTable,
      { date, shard: '0of1' },
      { query: `FROM read_parquet(${literal(path)})`, crashIds: [crashId] },
    )
  })
}

/** Stores the rows of a table a second time, like two jobs with different numbers of shards. */
async function repeatRows(table: CrashTable): Promise<void> {
  const bucket = stores[table.bucket]
  for await (const { key } of bucket.list(tablePrefix(table.name, date))) {
    const object = (await bucket.get(key))!
    await bucket.put(tableKey(table.name, date, '1of2', 0), await object.bytes(), object)
    return
  }
}

const kindsOf = ({ findings }: VerifyReport, id: string) =>
  findings.filter(({ crash_id }) => crash_id === id).map(({ kind }) => kind)

describe('verify --deep', () => {
  test('finds nothing in a store that was only processed', async () => {
    expect(await verify()).toMatchObject({ crashes: 3, findings: [], damaged: [] })
  })

  test('finds processed crashes that cannot be read and rows that do not match; the cure repairs them', async () => {
    const [first, second] = ids as [string, string]
    await breakObject(processedKey(first))
    await forgeRow(second)
    const { findings } = await verify()
    expect(findings).toEqual([
      { crash_id: first, date, kind: 'unreadable', where: processedKey(first) },
      { crash_id: second, date, kind: 'different', where: tablePrefix('crashes', date) },
    ])
    for (const finding of findings)
      expect(describeFinding(finding)).toMatch(
        new RegExp(`: run mayday process --crash-id ${finding.crash_id}$`),
      )
    expect(await run({ crashIds: [first, second] })).toMatchObject({ processed: 2, unreadable: [] })
    expect((await verify()).findings).toEqual([])
  })

  test('finds reports that cannot be read, and aggregates', async () => {
    await breakObject(rawKey(ids[0]!))
    await stores.lake.put(homeKey, new TextEncoder().encode('{"version":'))
    const { findings, damaged } = await verify()
    expect(findings.map(describeFinding)).toEqual([
      `${ids[0]}  an unreadable report at ${rawKey(ids[0]!)}: restore ${rawKey(ids[0]!)} from a backup, or run mayday expunge ${ids[0]}`,
    ])
    expect(damaged).toEqual([{ key: homeKey, why: 'it is not JSON' }])
  })
})

test('verify --deep reads the tables of a day once, however many crashes it has', async () => {
  for (let n = 0; n < 600; n++) await storeReport(stores.crashes, { annotations: { n: String(n) } })
  await run()
  const listed: string[] = []
  const list: Storage['list'] = (prefix, options) => {
    listed.push(prefix)
    return stores.lake.list(prefix, options)
  }
  const counted = { ...stores, lake: { ...stores.lake, list } }
  await withFiles(async (files) => {
    const report = await verifyStore(files)
    expect(await verifyContents({ ...files, stores: counted }, report)).toMatchObject({ findings: [] })
  })
  expect(listed.filter((prefix) => prefix === tablePrefix('modules', date))).toHaveLength(1)
})

describe('a report that cannot be read', () => {
  beforeEach(() => breakObject(rawKey(ids[0]!)))

  test('replaces neither the processed crash nor the rows; the run names it', async () => {
    const [id] = ids as [string]
    const before = await read(processedKey(id))
    const rows = await Promise.all([crashesTable, protectedTable, modulesTable].map(rowsIn))
    expect(await run({ crashIds: ids })).toMatchObject({ processed: 2, unreadable: [id] })
    expect(await read(processedKey(id))).toEqual(before)
    const own = (all: object[]) => all.filter((row) => 'crash_id' in row && row.crash_id === id)
    const after = await Promise.all([crashesTable, protectedTable, modulesTable].map(rowsIn))
    expect(after.map(own)).toEqual(rows.map(own))
  })

  test.each(crashTables.map((table) => [table.name, table] as const))(
    'gets rows that are missing from %s from its processed crash',
    async (_name, table) => {
      const [id] = ids as [string]
      await withFiles((files) =>
        mergeRows(files, table, { date, shard: '0of1' }, { query: null, crashIds: [id] }),
      )
      expect(await run()).toMatchObject({ planned: 1, processed: 0, unreadable: [id] })
      expect(await run()).toMatchObject({ planned: 0 })
      expect((await verify()).findings.map(({ kind }) => kind)).toEqual(['unreadable_report'])
    },
  )

  test('keeps one of several rows of protected, as verify advises', async () => {
    const [id] = ids as [string]
    await repeatRows(protectedTable)
    expect(kindsOf(await withFiles((files) => verifyStore(files)), id)).toEqual(['double'])
    expect(await run()).toMatchObject({ planned: 3, processed: 2, unreadable: [id] })
    expect((await verify()).findings.map(({ kind }) => kind)).toEqual(['unreadable_report'])
    const rows = await rowsIn(protectedTable)
    expect(rows.filter((row) => 'crash_id' in row && row.crash_id === id)).toHaveLength(1)
  })

  test('becomes a row with a note if its processed crash is lost or damaged as well', async () => {
    const [id] = ids as [string]
    await breakObject(processedKey(id))
    expect(await run({ crashIds: [id] })).toMatchObject({ processed: 1, unreadable: [] })
    const { processor_notes } = decodeProcessedCrash(await read(processedKey(id)))
    expect(processor_notes).toContain('the stored report is unreadable: bad-report')
  })
})

describe('a crash that costs its thread', () => {
  const worker = new URL('../support/dying-worker.ts', import.meta.url)

  test('keeps its processed crash and its rows when it is processed again; the run names it', async () => {
    const documents = await Promise.all(ids.map((id) => read(processedKey(id))))
    const rows = await Promise.all(crashTables.map(rowsIn))
    const report = await run({ crashIds: ids, worker })
    expect(report).toMatchObject({ processed: 0, unreadable: [] })
    expect(report.failed.sort()).toEqual([...ids].sort())
    expect(report.lost_threads).toHaveLength(ids.length)
    expect(await Promise.all(ids.map((id) => read(processedKey(id))))).toEqual(documents)
    expect(await Promise.all(crashTables.map(rowsIn))).toEqual(rows)
    expect(await verify()).toMatchObject({ findings: [], damaged: [] })
  })

  test('is processed without its dumps if it has no processed crash', async () => {
    const [id] = ids as [string]
    await stores.crashes.delete(processedKey(id))
    expect(await run({ worker })).toMatchObject({ planned: 1, processed: 1, failed: [] })
    const { processor_notes } = decodeProcessedCrash(await read(processedKey(id)))
    expect(processor_notes).toContain("processing with effort 'no-dumps': thread exited")
    expect(await verify()).toMatchObject({ findings: [], damaged: [] })
  })
})

test('a processed crash on a day with nothing else is found, and the cure repairs it', async () => {
  const lost = `${ids[0]!.slice(0, -6)}260920`
  const object = (await stores.crashes.get(processedKey(ids[0]!)))!
  await stores.crashes.put(processedKey(lost), await object.bytes())
  const findings = [{ crash_id: lost, date: '2026-09-20', kind: 'orphan', where: processedKey(lost) }]
  expect(await withFiles((files) => verifyStore(files))).toMatchObject({ findings })
  const due = { days: 'due', completeSince: null, now: () => new Date('2027-01-01T00:00:00Z') } as const
  expect(await withFiles((files) => verifyDays(files, due))).toMatchObject({ findings })
  expect(describeFinding(findings[0] as Finding)).toMatch(new RegExp(`or run mayday expunge ${lost}$`))
  await withFiles((files) => expungeCrashes(files, [lost]))
  expect(await withFiles((files) => verifyDays(files, due))).toMatchObject({ findings: [] })
})
