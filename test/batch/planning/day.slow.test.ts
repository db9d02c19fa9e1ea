// The plan of a day after failures: crashes lost, duplicated, and both.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { type CrashTable, crashesTable, modulesTable, protectedTable } from '../../../batch/lake/tables.ts'
import { isDayComplete } from '../../../batch/planning/day.ts'
import { isInShard } from '../../../batch/planning/shard.ts'
import { describeFinding } from '../../../batch/planning/states.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { processedKey, rawKey, tablePrefix } from '../../../shared/keys.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-day-'))
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
  const bytes = fixtureDump('cpp-basics-O2-trap')
  for (let n = 0; n < 4; n++) {
    const dumps = n === 3 ? [] : [{ name: 'upload_file_minidump', bytes }]
    ids.push(await storeReport(stores.crashes, { annotations: { n: String(n) }, dumps }))
  }
  await run()
})

/** The store as seen by a job that listed a table before it had files. */
function blindFor(table: CrashTable): Stores {
  const storage = stores[table.bucket]
  const prefix = tablePrefix(table.name, date)
  async function* list(...args: Parameters<Storage['list']>): ReturnType<Storage['list']> {
    if (args[0] !== prefix) yield* storage.list(...args)
  }
  return { ...stores, [table.bucket]: { ...storage, list } }
}

/** Another job, with another number of shards, processes a crash at the same time. */
async function double(table: CrashTable, crashId: string): Promise<void> {
  const shard = [0, 1].map((index) => ({ index, count: 2 })).find((s) => isInShard(crashId, s))!
  expect(await run({ stores: blindFor(table), crashIds: [crashId], shard })).toMatchObject({ processed: 1 })
}

async function lose(table: CrashTable, crashId: string): Promise<void> {
  const bench = await openBench(stores)
  await mergeRows(bench.files, table, { date, shard: '0of1' }, { query: null, crashIds: [crashId] })
  await bench.close()
}

async function look(completeSince: string | null = null) {
  const bench = await openBench(stores)
  const complete = await isDayComplete(bench.files, date)
  const { findings } = await verifyStore(bench.files, { completeSince })
  await bench.close()
  for (const finding of findings) {
    const { kind, crash_id } = finding
    const advice =
      kind === 'orphan'
        ? `restore ${rawKey(crash_id)} from a backup, or run mayday expunge ${crash_id}`
        : 'run mayday process'
    expect(describeFinding(finding)).toContain(advice)
  }
  return { complete, findings: findings.map(({ crash_id, kind, where }) => [crash_id, kind, where]) }
}

const done = { complete: true, findings: [] }

describe('a day', () => {
  test('is recognized as complete without reading a table', async () => {
    expect(await look()).toEqual(done)
    expect(await run()).toMatchObject({ planned: 0 })
  })

  test('does not expect reports to be processed that were stored after a given time', async () => {
    const { uploaded } = (await stores.crashes.head(rawKey(ids[0]!)))!
    await stores.crashes.delete(processedKey(ids[0]!))
    const bench = await openBench(stores)
    const findingsUpTo = async (processedUpTo: Date) =>
      (await verifyStore(bench.files, { processedUpTo })).findings.map(({ crash_id }) => crash_id)
    expect(await findingsUpTo(uploaded)).toEqual([])
    expect(await findingsUpTo(new Date(uploaded.getTime() + 1))).toEqual([ids[0]])
    await bench.close()
  })

  test('reports when the oldest report of the backlog was stored', async () => {
    const { uploaded } = (await stores.crashes.head(rawKey(ids[2]!)))!
    await stores.crashes.delete(processedKey(ids[2]!))
    const events: unknown[] = []
    await run({ onProgress: (event) => events.push(event) })
    expect(events.slice(0, 2)).toEqual([{ oldest: uploaded }, { planned: 1 }])
  })

  test.each([
    ['crashes', crashesTable],
    ['protected', protectedTable],
  ])('with one crash lost from %s and another duplicated is repaired', async (_name, table) => {
    const [lost, doubled] = ids as [string, string]
    await double(table, doubled)
    await lose(table, lost)
    const where = tablePrefix(table.name, date)
    const { complete, findings } = await look()
    expect(complete).toBe(false)
    expect(findings).toContainEqual([lost, 'missing', where])
    expect(findings).toContainEqual([doubled, 'double', where])
    expect(await run()).toMatchObject({ planned: 2 })
    expect(await look()).toEqual(done)
  })

  test('with duplicated or lost modules is repaired', async () => {
    const [doubled, lost] = ids as [string, string]
    await double(modulesTable, doubled)
    await lose(modulesTable, lost)
    const where = tablePrefix('modules', date)
    expect(await look()).toEqual({
      complete: false,
      findings: [
        [doubled, 'double', where],
        [lost, 'missing', where],
      ].sort(([a], [b]) => (a! < b! ? -1 : 1)),
    })
    expect(await run()).toMatchObject({ planned: 2 })
    expect(await look()).toEqual(done)
  })

  test('without a row in crashes: the crash is processed again, and expunge is not suggested', async () => {
    const [lost] = ids as [string]
    await lose(crashesTable, lost)
    const { findings } = await look()
    expect(findings).toEqual([[lost, 'missing', tablePrefix('crashes', date)]])
    expect(await run()).toMatchObject({ planned: 1 })
    expect(await look()).toEqual(done)
  })

  test('with a deleted report: orphans are found in every place that still has the crash, and only there', async () => {
    const [gone, rowless] = ids as [string, string]
    await lose(modulesTable, gone)
    await lose(crashesTable, rowless)
    await stores.crashes.delete([rawKey(gone), rawKey(rowless)])
    const places = [
      tablePrefix('crashes', date),
      tablePrefix('protected', date),
      tablePrefix('modules', date),
    ]
    const left = {
      [gone]: [processedKey(gone), places[0], places[1]],
      [rowless]: [processedKey(rowless), places[1], places[2]],
    }
    const { findings } = await look()
    expect(Object.groupBy(findings, ([id]) => id!)).toEqual(
      Object.fromEntries(
        Object.entries(left).map(([id, where]) => [id, where.map((place) => [id, 'orphan', place])]),
      ),
    )
    // Reports of earlier days may have expired: their remains are not orphans. Everything else is found.
    expect((await look(date)).findings).toEqual(findings)
    await stores.crashes.delete(processedKey(ids[2]!))
    expect((await look('2100-01-01')).findings).toEqual([[ids[2], 'missing', processedKey(ids[2]!)]])
  })

  test('whose files have no sums is read and found complete', async () => {
    for await (const { key } of stores.lake.list(tablePrefix('crashes', date))) {
      await stores.lake.put(key, await (await stores.lake.get(key))!.bytes())
    }
    expect((await look()).complete).toBe(false)
    expect(await run()).toMatchObject({ planned: 0 })
  })
})
