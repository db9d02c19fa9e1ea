// Generated reports behave like real ones: every dump can be walked, every report is processed, and the same options
// produce the same reports.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { literalList } from '../../../batch/lake/duckdb.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { makeMinidump } from '../../../batch/simulate/dump.ts'
import { simulateReports } from '../../../batch/simulate/reports.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { openDayKey } from '../../../shared/keys.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { noSymbols } from '../../../shared/symbols/sources/symbol-source.ts'
import { storeReport } from '../../support/stored-reports.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-simulate-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const options = { crashes: 12, days: 3, seed: 7, to: '2026-10-21' }
const days = ['2026-10-19', '2026-10-20', '2026-10-21']

describe('makeMinidump', () => {
  test.each([
    ['linux', 'SIGSEGV / SEGV_MAPERR', 'libb.so'],
    ['windows', 'EXCEPTION_ACCESS_VIOLATION_READ', 'b.dll'],
  ] as const)('%s: the stack walk finds the planned frames', async (os, reason, second) => {
    const dump = makeMinidump({
      os,
      address: 0x10n,
      modules: [
        {
          name: os === 'linux' ? '/usr/lib/liba.so' : 'C:\\app\\a.dll',
          id: '0123456789abcdef0123456789abcdef',
        },
        {
          name: os === 'linux' ? '/usr/lib/libb.so' : 'C:\\app\\b.dll',
          id: 'fedcba9876543210fedcba9876543210',
        },
      ],
      threads: [
        [
          { module: 0, offset: 0x1000 },
          { module: 1, offset: 0x2000 },
          { module: 0, offset: 0x3000 },
        ],
        [{ module: 1, offset: 0x4000 }],
      ],
    })
    const walked = await walkDump(dump, { symbols: noSymbols, annotations: {} })
    expect(walked.crash_info).toMatchObject({
      type: reason,
      address: '0x0000000000000010',
      crashing_thread: 0,
    })
    expect(walked.thread_count).toBe(2)
    const frames = walked.threads![0]!.frames!
    expect(frames.map(({ module, trust }) => [module, trust]).slice(0, 3)).toEqual([
      [expect.any(String), 'context'],
      [second, 'frame_pointer'],
      [expect.any(String), 'frame_pointer'],
    ])
    expect(frames[0]!.module_offset).toBe('0x0000000000001000')
  })
})

describe('simulateReports', () => {
  test('the same options produce the same reports, spread over the days', async () => {
    const keys = async () => {
      const stores = memoryStores()
      await simulateReports(stores.crashes, options)
      return (await Array.fromAsync(stores.crashes.list('raw/'))).map(({ key }) => key)
    }
    const first = await keys()
    expect(first).toHaveLength(12)
    expect(new Set(first.map((key) => key.slice(0, 13)))).toEqual(
      new Set(days.map((day) => `raw/${day.replaceAll('-', '')}/`)),
    )
    expect(await keys()).toEqual(first)
  })

  test('the reports are the same in every version: their IDs, which the dumps decide, and what they say', async () => {
    const stores = memoryStores()
    let reported = 0
    const report = await simulateReports(stores.crashes, { ...options, onReport: () => reported++ })
    expect([report.reports, reported]).toEqual([12, 12])
    const lines: string[] = []
    for await (const { key, contentType, metadata } of stores.crashes.list('raw/', { withMetadata: true })) {
      const { rawCrash, dumps } = readStoredReport(await (await stores.crashes.get(key))!.bytes(), nodeCodecs)
      lines.push(`${key} ${contentType} ${JSON.stringify(metadata)} ${dumps.map(({ name }) => name)}`)
      lines.push(JSON.stringify(rawCrash, null, 1))
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../golden/simulated-reports.txt')
    for (const day of days) expect(await stores.crashes.head(openDayKey(day))).not.toBeNull()
  })

  test('every report is processed and marked', async () => {
    const stores = memoryStores()
    const { dumpBytes } = await simulateReports(stores.crashes, options)
    expect(dumpBytes).toBeGreaterThan(100_000)
    expect(await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1 })).toMatchObject({
      processed: 12,
      lost_threads: [],
    })
    const bench = await openBench(stores)
    const reader = await bench.files.database.connection.runAndReadAll(
      `SELECT count(*) FILTER (vendor = 'simulated' AND len(frames) >= 24 AND module_count = 90 AND product LIKE 'Sim%') AS good
       FROM read_parquet(${literalList(await localPaths(bench.files, crashesTable, days))})`,
    )
    expect(reader.getRowsJS()).toEqual([[12n]])
    await bench.close()
  })

  test('rejects a store with real reports; a store with generated reports accepts more', async () => {
    const stores = memoryStores()
    await simulateReports(stores.crashes, options)
    await simulateReports(stores.crashes, { ...options, seed: 8 })
    expect(await Array.fromAsync(stores.crashes.list('raw/'))).toHaveLength(24)
    const real = memoryStores()
    await storeReport(real.crashes, { annotations: { ProductName: 'Ledger' } })
    await expect(simulateReports(real.crashes, options)).rejects.toMatchObject({ code: 'bad-usage' })
  })
})
