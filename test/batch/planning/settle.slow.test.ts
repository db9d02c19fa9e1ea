// Settled days: a plain listing of the store is the model, with processes killed at any write and writes in flight.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { literal } from '../../../batch/lake/duckdb.ts'
import { openTableFiles, type TableFiles } from '../../../batch/lake/files/table-files.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashTables } from '../../../batch/lake/tables.ts'
import { openDay } from '../../../batch/planning/day.ts'
import { readDays } from '../../../batch/planning/day-marks.ts'
import { joinDay, needsWork } from '../../../batch/planning/plan.ts'
import { verifyDays } from '../../../batch/planning/settle.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { expungeCrashes } from '../../../batch/removal/expunge.ts'
import { dateOfCrashId, processedKey, rawKey, tableKey } from '../../../shared/keys.ts'
import { createDayOpener } from '../../../shared/open-days.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Stores } from '../../../shared/storage/storage.ts'
import { dyingStores, Killed } from '../support/dying-stores.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-settle-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const minute = 60_000
const hour = 60 * minute
const first = '2026-10-21'
const second = '2026-10-22'
/** Ids of different days belong to different reports. */
const idOf = (n: number, date = first) =>
  `${n.toString(16).padStart(6, '0')}${date.slice(-2)}-0000-8000-8000-000000${date.slice(2).replaceAll('-', '')}`

let time: number
let stores: Stores

beforeEach(() => {
  time = Date.parse('2026-10-23T12:00:00Z')
  const create = () => createMemoryStorage(() => new Date(time))
  stores = { crashes: create(), lake: create(), symbols: create() }
})

const now = () => new Date(time)

async function withFiles<T>(use: (files: TableFiles) => Promise<T>, on: Stores = stores): Promise<T> {
  const cacheDir = mkdtempSync(join(root, 'cache-'))
  await using files = await openTableFiles({ stores: on, cacheDir, duckdbMemory: '256MB', threads: 1 })
  return await use(files)
}

const open = (date: string, on = stores) => createDayOpener(on.crashes)(date)
const put = (id: string, on = stores) => on.crashes.put(rawKey(id), new Uint8Array([1]))

/** A report arrives as through `import`. */
async function arrive(id: string, on = stores): Promise<void> {
  await open(dateOfCrashId(id), on)
  await put(id, on)
}

/** What `mayday process` does with the days that it looks at, with rows in place of a stack walk. */
async function processAll(files: TableFiles): Promise<void> {
  const days = await readDays(files)
  for (const date of days.reported.filter((day) => !days.settled.has(day))) {
    const ids: string[] = []
    for await (const state of joinDay(await openDay(files, date))) {
      if (needsWork(state)) ids.push(state.crashId)
    }
    if (ids.length) await processDay(files, date, ids)
  }
}

async function processDay(files: TableFiles, date: string, crashIds: readonly string[]): Promise<void> {
  await open(date, files.stores)
  for (const id of crashIds) await files.stores.crashes.put(processedKey(id), new Uint8Array([2]))
  for (const table of crashTables) {
    const rows = crashIds.flatMap((crash_id) => table.rowsOf({ crash_id, signature: 's' }, {}))
    const path = join(files.dir, `new-${Math.random()}.parquet`)
    await writeRows(files, table, [rowsOfColumns(table.columns, rows)], path)
    await mergeRows(
      files,
      table,
      { date, shard: '0of1' },
      { query: `FROM read_parquet(${literal(path)})`, crashIds },
    )
  }
}

const verify = (files: TableFiles) => verifyDays(files, { days: 'due', now })
const settledDays = () => withFiles(async (files) => [...(await readDays(files)).settled.keys()])

/** No settled day may differ from a plain listing. */
async function expectHonest(): Promise<void> {
  await withFiles(async (files) => {
    const { settled } = await readDays(files)
    const { findings } = await verifyStore(files, { dates: [...settled.keys()] })
    expect(findings).toEqual([])
  })
}

describe('a day', () => {
  test('that agrees is settled by verify, and then not looked at except in turn', async () => {
    for (const id of [idOf(1), idOf(2), idOf(1, second)]) await arrive(id)
    await withFiles(processAll)
    time += hour
    expect(await withFiles(verify)).toMatchObject({ crashes: 3, dates: [first, second], settled: 0 })
    expect(await settledDays()).toEqual([first, second])
    time += minute
    expect(await withFiles(verify)).toMatchObject({ crashes: 2, dates: [first], settled: 1, findings: [] })
    time += minute
    expect(await withFiles(verify)).toMatchObject({ crashes: 1, dates: [second], settled: 1 })
    expect(await withFiles((files) => verifyDays(files, { days: 'all', now }))).toMatchObject({ settled: 0 })
  })

  test.each([
    ['before its end', '2026-10-21T23:30:00Z', false],
    ['in the grace period', '2026-10-22T01:59:00Z', false],
    ['after the grace period', '2026-10-22T02:00:00Z', true],
  ])('is settled only after the grace period: %s', async (_when, at, settled) => {
    time = Date.parse('2026-10-21T22:00:00Z')
    await arrive(idOf(1))
    await withFiles(processAll)
    time = Date.parse(at)
    expect((await withFiles(verify)).findings).toEqual([])
    expect(await settledDays()).toEqual(settled ? [first] : [])
  })

  test.each<[string, (files: TableFiles) => Promise<unknown>]>([
    ['a late report', () => arrive(idOf(9))],
    ['expunge', (files) => expungeCrashes(files, [idOf(1)])],
    ['processing again', (files) => processDay(files, first, [idOf(1)])],
    ['a deleted table file', () => stores.lake.delete(tableKey('crashes', first, '0of1', 0))],
    [
      'a table file written by hand',
      () => stores.crashes.put(tableKey('protected', first, '1of2', 0), new Uint8Array([1])),
    ],
  ])('is no longer settled after %s', async (_what, touch) => {
    for (const id of [idOf(1), idOf(2)]) await arrive(id)
    await withFiles(processAll)
    time += hour
    await withFiles(verify)
    expect(await settledDays()).toEqual([first])
    await withFiles(touch)
    expect(await settledDays()).toEqual([])
  })

  test('whose report was deleted by hand is found in its turn, and settled again once repaired', async () => {
    for (const id of [idOf(1), idOf(2), idOf(1, second)]) await arrive(id)
    await withFiles(processAll)
    time += hour
    await withFiles(verify)
    await stores.crashes.delete(rawKey(idOf(1, second)))
    const found: number[] = []
    for (let round = 0; round < 2; round++) {
      time += minute
      found.push((await withFiles(verify)).findings.length)
    }
    expect(found.filter((count) => count > 0)).toHaveLength(1)
    expect(await settledDays()).toEqual([first])
    await withFiles((files) => expungeCrashes(files, [idOf(1, second)]))
    time += 2 * hour
    await withFiles(verify)
    expect(await withFiles(verify)).toMatchObject({ findings: [] })
  })

  test('whose record cannot be read is verified in its turn', async () => {
    await arrive(idOf(1))
    await withFiles(processAll)
    time += hour
    await withFiles(verify)
    const [mark] = await withFiles(async (files) => [...(await readDays(files)).settled.values()])
    await stores.crashes.put(mark!.key, new TextEncoder().encode('{"version":1'))
    expect(await withFiles(verify)).toMatchObject({ crashes: 1, dates: [first], findings: [] })
  })
})

type Step =
  | { does: 'arrive' | 'expunge'; n: number; date: string; writes: number }
  | { does: 'begin'; n: number; date: string }
  | { does: 'process' | 'verify'; writes: number }
  | { does: 'wait'; minutes: number }
  | { does: 'lose table'; date: string }

const date = fc.constantFrom(first, second)
const n = fc.nat(3)
/** Mostly more than an operation needs. */
const writes = fc.oneof(fc.nat(9), fc.constant(1000))
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom('arrive', 'expunge'), n, date, writes }),
  fc.record({ does: fc.constant('begin'), n, date }),
  fc.record({ does: fc.constantFrom('process', 'verify', 'verify'), writes }),
  fc.record({ does: fc.constant('wait'), minutes: fc.constantFrom(1, 20, 61, 180) }),
  fc.record({ does: fc.constant('lose table'), date }),
)

/** Writes in progress: marked, not yet written. They end within half an hour. */
let pending: { id: string; until: number }[]

async function endPending(upTo: number): Promise<void> {
  for (const { id } of pending.filter(({ until }) => until <= upTo)) await put(id)
  pending = pending.filter(({ until }) => until > upTo)
}

async function perform(what: Step): Promise<void> {
  switch (what.does) {
    case 'arrive':
      return arrive(idOf(what.n, what.date), dyingStores(stores, what.writes))
    case 'begin':
      await open(what.date)
      pending.push({ id: idOf(what.n, what.date), until: time + 29 * minute })
      return
    case 'wait':
      // A write of any age in progress ends before the time has passed, at the last moment.
      await endPending(time + what.minutes * minute)
      time += what.minutes * minute
      return
    case 'lose table':
      return stores.lake.delete(tableKey('crashes', what.date, '0of1', 0))
    case 'expunge':
      return withFiles(
        async (files) => void (await expungeCrashes(files, [idOf(what.n, what.date)])),
        dyingStores(stores, what.writes),
      )
    case 'process':
      return withFiles(processAll, dyingStores(stores, what.writes))
    case 'verify':
      return withFiles(async (files) => void (await verify(files)), dyingStores(stores, what.writes))
  }
}

const runs = Number(process.env.MAYDAY_TEST_RUNS || 15)

test('no settled day ever differs from a plain listing, wherever processes are killed; all are settled in the end', {
  timeout: 20 * minute,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      pending = []
      time = Date.parse('2026-10-22T23:30:00Z')
      for (const bucket of ['crashes', 'lake'] as const) {
        const keys = (await Array.fromAsync(stores[bucket].list(''))).map(({ key }) => key)
        await stores[bucket].delete(keys)
      }
      for (const what of steps) {
        await perform(what).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error
        })
        await expectHonest()
      }
      await endPending(Number.POSITIVE_INFINITY)
      time += 4 * hour
      await withFiles(processAll)
      time += 2 * hour
      const { findings } = await withFiles(verify)
      // Rows of an expunge that was killed remain until it is repeated.
      for (const id of new Set(findings.map(({ crash_id }) => crash_id)))
        await withFiles((files) => expungeCrashes(files, [id]))
      time += 2 * hour
      await withFiles(verify)
      const days = await withFiles(readDays)
      expect([...days.settled.keys()]).toEqual(days.all)
      await expectHonest()
    }),
    { numRuns: runs },
  )
})
