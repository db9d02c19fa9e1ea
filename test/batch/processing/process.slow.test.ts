// From stored reports to processed crashes, rows and aggregates: end to end, on an in-memory store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { literalList } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { verifyStore } from '../../../batch/planning/verify.ts'
import { type ProcessOptions, processCrashes } from '../../../batch/processing/process-run.ts'
import { rulesets } from '../../../batch/processing/rules/rulesets.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../../shared/codecs/codecs.ts'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { processedKey, rawKey, tableKey } from '../../../shared/keys.ts'
import type { Storage, Stores } from '../../../shared/storage/storage.ts'
import { fixtureDump, makeReport, storeReport } from '../../support/stored-reports.ts'
import { type Bench, memoryStores, openBench, readRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-process-'))
const symbols = join(import.meta.dirname, '../../fixtures/symbols')
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/**
 * A cache directory per store: copies of table files are identified by etags, and in-memory stores count etags from
 * 1.
 */
const dirs = new Map<Storage, string>()
function run({ crashes, lake, symbols: own }: Stores, options: Partial<ProcessOptions> = {}) {
  if (!dirs.has(own)) dirs.set(own, mkdtempSync(join(dir, 'cache-')))
  const stores = { crashes, lake, symbols: own }
  const common = { stores, dir: dirs.get(own)!, duckdbMemory: '256MB', workers: 2, symbols: [symbols] }
  return processCrashes({ ...common, ...options })
}

async function readDocument(stores: Stores, crashId: string): Promise<ProcessedCrash> {
  const object = await stores.crashes.get(processedKey(crashId))
  const json = inflateZstd(await object!.bytes(), nodeCodecs, 1 << 28)
  return JSON.parse(new TextDecoder().decode(json))
}

const main = (bytes: Uint8Array) => [{ name: 'upload_file_minidump', bytes }]
const dump = fixtureDump('cpp-basics-O0-null-read')

describe('processCrashes', () => {
  const stores = memoryStores()
  const ids: Record<string, string> = {}
  let bench: Bench
  beforeAll(async () => {
    const report = async (name: string, input: Parameters<typeof storeReport>[1]) => {
      ids[name] = await storeReport(stores.crashes, input)
    }
    const annotations = {
      ProductName: 'Ledger',
      Version: '2.8.0',
      ReleaseChannel: 'stable',
      Comments: 'private words',
    }
    await report('whole', {
      annotations,
      dumps: main(dump),
      throttle: { rule: 'tenth', percent: 10, weight: 10 },
    })
    await report('without dump', { annotations })
    await report('empty dump', { annotations, dumps: main(new Uint8Array(0)) })
    await report('broken dump', { annotations, dumps: main(dump.slice(0, 700)) })
    await report('no dump at all', {
      annotations,
      dumps: main(new TextEncoder().encode('<html>not a dump</html>')),
    })
    await report('two dumps', {
      annotations,
      dumps: [...main(dump), { name: 'upload_file_minidump_browser', bytes: dump }],
    })
    await report('memory report', {
      annotations,
      dumps: [...main(dump), { name: 'memory_report', bytes: gzipSync('{"version":1}') }],
    })
    await report('nameless', { annotations: {}, dumps: main(fixtureDump('arm64-basics-O0-abort')) })
    await report('hostile', {
      annotations: {
        ProductName: "'; drop table crashes; --",
        Version: '\u0000\ud800',
        __proto__x: 'x',
        constructor: 'y',
      },
      dumps: main(fixtureDump('cpp-basics-O2-trap')),
    })
    const damaged = await makeReport({ annotations, dumps: main(fixtureDump('rust-panics-abort-index')) })
    ids.damaged = damaged.crashId
    await stores.crashes.put(rawKey(damaged.crashId), new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]))
    bench = await openBench(stores)
  })
  afterAll(() => bench.close())

  test('every report becomes a processed crash and a row, regardless of its content', async () => {
    const report = await run(stores)
    expect(report).toMatchObject({ planned: 10, processed: 10, vanished: 0, lost_threads: [] })
    expect(Object.keys(report.rules)).toEqual(rulesets.default.map((rule) => rule.name))
    const rows = await readRows(bench, crashesTable)
    expect(rows.map((row) => row.crash_id)).toEqual(Object.values(ids).sort())
    expect((await verifyStore(bench.files)).findings).toEqual([])
  })

  test('a complete report has all parts of a crash', async () => {
    const crash = await readDocument(stores, ids.whole!)
    expect(crash).toMatchObject({
      crash_id: ids.whole,
      product: 'Ledger',
      version: '2.8.0',
      release_channel: 'stable',
      major_version: 2,
      os_name: 'Linux',
      cpu_arch: 'amd64',
      reason: 'SIGSEGV / SEGV_MAPERR',
      process_type: 'parent',
      report_type: 'crash',
      weight: 10,
      throttle_rule: 'tenth',
      throttle_percent: 10,
      success: true,
      mdsw_status_string: 'OK',
      submitted_timestamp: '2026-10-21T12:00:00.123000+00:00',
      user_comments: 'private words',
    })
    expect(crash.crashing_thread).toBe(0)
    expect(crash.signature).not.toMatch(/^EMPTY/)
    expect(crash.stack_key).toMatch(/^[0-9a-f]{16}$/)
    expect(crash.processor_version).toMatch(/^default-/)
  })

  test.each([
    ['without dump', undefined, 'EMPTY: no frame data available'],
    ['empty dump', 'EmptyMinidump', 'EMPTY: no frame data available; EmptyMinidump'],
    ['no dump at all', 'MissingHeader', 'EMPTY: no frame data available; MissingHeader'],
  ])('%s: the status names the error', async (name, status, signature) => {
    const crash = await readDocument(stores, ids[name]!)
    expect(crash.mdsw_status_string).toBe(status)
    expect(crash.signature).toBe(signature)
    expect(crash.product).toBe('Ledger')
    if (status) expect(crash.processor_notes).toContain(`stackwalk: upload_file_minidump: ${status}`)
  })

  test('an unreadable report keeps its ID and its day, and gets a note', async () => {
    const crash = await readDocument(stores, ids.damaged!)
    expect(crash.processor_notes).toContain('the stored report is unreadable: bad-report')
    expect(crash).toMatchObject({ success: false, date_processed: '2026-10-21T00:00:00+00:00' })
  })

  test('additional dumps and the memory report are read too', async () => {
    expect(await readDocument(stores, ids['two dumps']!)).toMatchObject({
      additional_minidumps: ['upload_file_minidump_browser'],
      upload_file_minidump_browser: { json_dump: { status: 'OK' }, mdsw_status_string: 'OK' },
    })
    expect((await readDocument(stores, ids['memory report']!)).memory_report).toEqual({ version: 1 })
  })

  test('protected data does not appear in the lake', async () => {
    const { connection } = bench.files.database
    for await (const { key } of stores.lake.list('')) {
      const path = join(dir, 'check.parquet')
      const { writeFileSync } = await import('node:fs')
      writeFileSync(path, await (await stores.lake.get(key))!.bytes())
      const rows = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`)
      expect(JSON.stringify(rows.getRowObjectsJson())).not.toContain('private words')
    }
  })

  test('a second run has nothing to do and changes nothing', async () => {
    const before = await stores.lake.head(tableKey('crashes', '2026-10-21', '0of1', 0))
    expect(await run(stores)).toMatchObject({ planned: 0, processed: 0 })
    expect(await stores.lake.head(tableKey('crashes', '2026-10-21', '0of1', 0))).toEqual(before)
  })

  test('verify reports a deleted processed crash, and process recreates it', async () => {
    await stores.crashes.delete(processedKey(ids.whole!))
    expect((await verifyStore(bench.files)).findings).toEqual([
      { crash_id: ids.whole, date: '2026-10-21', kind: 'missing', where: processedKey(ids.whole!) },
    ])
    expect(await run(stores)).toMatchObject({ planned: 1, processed: 1 })
    expect((await verifyStore(bench.files)).findings).toEqual([])
    expect(await readRows(bench, crashesTable)).toHaveLength(10)
  })

  test('selected crashes are processed even if complete; deleted ones are counted', async () => {
    const gone = '00000000-0000-8000-8000-000000261021'
    expect(await run(stores, { crashIds: [ids.whole!, gone] })).toMatchObject({
      planned: 2,
      processed: 1,
      vanished: 1,
    })
    expect(await readRows(bench, crashesTable)).toHaveLength(10)
  })
})

describe('shards and days', () => {
  test('shards together do the work of one run; the same report on a later day is marked', async () => {
    const stores = memoryStores()
    const days = ['2026-10-20', '2026-10-21', '2026-10-22']
    const make = (n: number, day: string) =>
      storeReport(stores.crashes, {
        annotations: { ProductName: 'P', n: String(n), StartupTime: '1' },
        dumps: main(dump),
        now: new Date(`${day}T12:00:00Z`),
      })
    for (let n = 0; n < 12; n++) await make(n, days[n % 2]!)
    const first = await make(0, days[0]!)
    const again = await make(0, days[2]!)
    const reports = await Promise.all(
      [0, 1, 2].map((index) => run(stores, { shard: { index, count: 3 }, workers: 1, mergeEvery: 2 })),
    )
    expect(reports.reduce((sum, report) => sum + report.processed, 0)).toBe(13)
    const bench = await openBench(stores)
    expect(await verifyStore(bench.files)).toMatchObject({ dates: days, crashes: 13, findings: [] })
    await bench.close()
    expect((await readDocument(stores, again)).duplicate_of).toBe(first)
    expect(await readDocument(stores, first)).not.toHaveProperty('duplicate_of')
  })

  test('a day processed after a later one marks the later one, regardless of how the previous run ended', async () => {
    const stores = memoryStores()
    const make = (day: string) =>
      storeReport(stores.crashes, {
        annotations: { ProductName: 'Late', StartupTime: '1' },
        dumps: main(dump),
        now: new Date(`${day}T12:00:00Z`),
      })
    const bench = await openBench(stores)
    const marks = async () => {
      const paths = await localPaths(bench.files, crashesTable, ['2026-10-01', '2026-10-20', '2026-10-25'])
      const reader = await bench.files.database.connection.runAndReadAll(
        `SELECT crash_id, duplicate_of FROM read_parquet(${literalList(paths)}) ORDER BY crash_id[-6:]`,
      )
      return reader.getRowsJS()
    }
    const [first, second, third] = [
      await make('2026-10-01'),
      await make('2026-10-20'),
      await make('2026-10-25'),
    ]
    const dates = (...days: string[]) => run(stores, { dates: days })
    expect(await dates('2026-10-25')).toMatchObject({ planned: 1, processed: 1 })
    expect(await dates('2026-10-20')).toMatchObject({ planned: 2, processed: 2 })
    expect(await marks()).toEqual([
      [second, null],
      [third, second],
    ])
    // The day's own row cannot be written: by then the later ones are marked, and the next run does the rest.
    const failing: Stores = {
      ...stores,
      lake: {
        ...stores.lake,
        put: (key, ...rest) =>
          key.includes('2026-10-01')
            ? Promise.reject(new Error('no space left'))
            : stores.lake.put(key, ...rest),
      },
    }
    await expect(run(failing)).rejects.toThrow('no space left')
    expect(await run(stores)).toMatchObject({ planned: 1, processed: 1 })
    expect(await marks()).toEqual([
      [first, null],
      [second, first],
      [third, first],
    ])
    expect(await run(stores)).toMatchObject({ planned: 0 })
    expect((await verifyStore(bench.files)).findings).toEqual([])
    await bench.close()
  })

  test('days processed concurrently may miss a duplicate: verify reports it, process repairs it', async () => {
    const stores = memoryStores()
    const make = (day: string) =>
      storeReport(stores.crashes, {
        annotations: { n: 'x' },
        dumps: main(dump),
        now: new Date(`${day}T12:00:00Z`),
      })
    await make('2026-10-20')
    const again = await make('2026-10-21')
    const blind: Stores = {
      ...stores,
      lake: {
        ...stores.lake,
        async *list(prefix, options) {
          for await (const object of stores.lake.list(prefix, options))
            if (!object.key.includes('tables/crashes/date=2026-10-20')) yield object
        },
        async *folders(prefix) {
          for await (const folder of stores.lake.folders(prefix))
            if (!`${folder}`.includes('date=2026-10-20')) yield folder
        },
      },
    }
    await run(stores, { dates: ['2026-10-20'] })
    await run(blind, { dates: ['2026-10-21'] })
    const bench = await openBench(stores)
    expect((await verifyStore(bench.files)).findings).toEqual([
      { crash_id: again, date: '2026-10-21', kind: 'unmarked', where: 'tables/crashes/date=2026-10-21/' },
    ])
    await run(stores, { crashIds: [again] })
    expect((await verifyStore(bench.files)).findings).toEqual([])
    await bench.close()
  })

  test('a run ends with the error of the store, and the next run continues', async () => {
    const stores = memoryStores()
    for (let n = 0; n < 30; n++)
      await storeReport(stores.crashes, { annotations: { n: String(n) }, dumps: main(dump) })
    let puts = 0
    const failing: Stores = {
      ...stores,
      crashes: {
        ...stores.crashes,
        put: (...args) =>
          ++puts === 15 ? Promise.reject(new Error('no space left')) : stores.crashes.put(...args),
      },
    }
    await expect(run(failing, { mergeEvery: 5 })).rejects.toThrow('no space left')
    expect(await run(stores)).toMatchObject({ vanished: 0 })
    const bench = await openBench(stores)
    expect(await verifyStore(bench.files)).toMatchObject({ crashes: 30, findings: [] })
    await bench.close()
  })
})
