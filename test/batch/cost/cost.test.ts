// `mayday cost`: its numbers of requests equal those that are counted, and its sums are right.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { edgeCpuMs, estimateCost, type Measured, perReport } from '../../../batch/cost/estimate.ts'
import { measureStore } from '../../../batch/cost/measure.ts'
import { storePrices } from '../../../batch/cost/prices.ts'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { processedKey, rawKey, roundKey } from '../../../shared/keys.ts'
import { countingStorage, countingStores, noRequests } from '../../../shared/storage/counting.ts'
import { createFolderStorage } from '../../../shared/storage/folder/folder.node.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import { createTestEdge } from '../../edge/edge.support.ts'
import { F, fakeDump, multipart, submitRequest, T } from '../../support/crash-request.ts'
import { callMayday } from '../../support/run-mayday.ts'
import { fixtureDump, storeReport } from '../../support/stored-reports.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mayday-cost-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('requests per report', () => {
  test('of the edge are those that it sends', async () => {
    const counted = async (reports: number) => {
      const requests = noRequests()
      const edge = createTestEdge({}, (storage) => countingStorage(storage, requests))
      for (let i = 0; i < reports; i++) {
        const parts = [
          T('ProductName', 'Ledger'),
          T('Version', `1.${i}`),
          F('upload_file_minidump', fakeDump(200)),
        ]
        expect((await edge.ask(submitRequest(multipart(parts)))).text).toMatch(/^CrashID=/)
      }
      return { writes: requests.put + requests.list, reads: requests.get + requests.head }
    }
    const [few, more] = [await counted(2), await counted(7)]
    expect({ writes: (more.writes - few.writes) / 5, reads: (more.reads - few.reads) / 5 }).toEqual(
      perReport.edge,
    )
  })

  test('of processing are those that it sends, besides the symbols of each module once in a run', async () => {
    const dumps = [{ name: 'upload_file_minidump', bytes: fixtureDump('cpp-basics-O0-null-read') }]
    const counted = async (reports: number) => {
      const requests = noRequests()
      const plain = {
        crashes: createMemoryStorage(),
        lake: createMemoryStorage(),
        symbols: createMemoryStorage(),
      }
      for (let n = 0; n < reports; n++)
        await storeReport(plain.crashes, {
          annotations: { ProductName: 'P', n: String(n) },
          dumps,
          now: new Date('2026-10-20T12:00:00Z'),
        })
      const stores = countingStores(plain, requests)
      const dir = join(scratch, `cache-${reports}`)
      const report = await processCrashes({ stores, dir, duckdbMemory: '256MB', workers: 1 })
      expect(report.processed).toBe(reports)
      return { writes: requests.put + requests.list, reads: requests.get + requests.head }
    }
    const [few, more] = [await counted(2), await counted(7)]
    expect({ writes: (more.writes - few.writes) / 5, reads: (more.reads - few.reads) / 5 }).toEqual(
      perReport.processing,
    )
  })
})

const measured: Measured = {
  days: 10,
  reports: 1_000_000,
  reportBytes: 150e9,
  storedBytes: 200e9,
  roundRequests: 100,
}

describe('the estimate', () => {
  test('sums requests, CPU, rounds and storage at list prices', () => {
    const lines = estimateCost(measured, { provider: 'r2', workers: true, roundsPerDay: 144 })
    const { writes, reads, storage } = storePrices.r2
    const perMillion = 0.3 + edgeCpuMs * 0.02 + writes + (writes + reads)
    const total = lines.at(-1)!
    expect(total.perMillion).toBeCloseTo(perMillion, 10)
    // Three million reports a month.
    expect(total.perMonth).toBeCloseTo(3 * perMillion + (100 * 144 * 30 * writes) / 1e6 + 200 * storage, 10)
  })

  test('adds egress where it costs, and no Workers where there are none', () => {
    const lines = estimateCost(measured, { provider: 's3', workers: false, roundsPerDay: 24 })
    expect(lines.some(({ item }) => item.startsWith('Workers'))).toBe(false)
    expect(lines.find(({ item }) => item.startsWith('egress'))!.perMillion).toBeCloseTo(150 * 0.09, 10)
  })

  test('of an empty store is that of its rounds', () => {
    const empty = { ...measured, reports: 0, reportBytes: 0, storedBytes: 0 }
    const lines = estimateCost(empty, { provider: 'r2', workers: true, roundsPerDay: 1 })
    expect(lines.every(({ perMonth }) => Number.isFinite(perMonth))).toBe(true)
  })
})

test('reports are counted in the last days without today, bytes in all buckets', async () => {
  const stores = {
    crashes: createMemoryStorage(),
    lake: createMemoryStorage(),
    symbols: createMemoryStorage(),
  }
  const id = (date: string) => `00000000-0000-4000-8000-000000${date}`
  const put = (bucket: keyof typeof stores, key: string, size: number) =>
    stores[bucket].put(key, new Uint8Array(size))
  for (const date of ['261129', '261128', '261130', '261001']) await put('crashes', rawKey(id(date)), 100)
  await put('crashes', processedKey(id('261129')), 10)
  await put('lake', 'tables/x', 1000)
  await put('symbols', 'a/b/c', 5)
  expect(await measureStore(stores, { now: new Date('2026-11-30T12:00:00Z'), days: 2 })).toEqual({
    days: 2,
    reports: 2,
    reportBytes: 210,
    storedBytes: 1415,
    roundRequests: null,
  })
})

test('mayday cost prints a table for a store, with its recorded round', async () => {
  const folder = join(scratch, 'store')
  for (const bucket of ['crashes', 'lake', 'symbols']) mkdirSync(join(folder, bucket), { recursive: true })
  const steps = [
    { name: 'process', requests: 1000 },
    { name: 'verify', requests: 12 },
    { name: 'expire', requests: 5 },
  ]
  await createFolderStorage(join(folder, 'lake')).put(
    roundKey,
    new TextEncoder().encode(JSON.stringify({ steps })),
  )
  const { code, stdout } = await callMayday(['cost', '--store', `file:${folder}`])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^No reports in the last 28 days\.\n\nitem +per million reports +per month\n/)
  expect(stdout).toMatch(/\nrounds: 144 a day, 17 requests each, at most +0\.33\n/)
  expect(stdout).toMatch(/\ntotal +9\.70 +0\.33\nUSD; list prices of Cloudflare R2/)
  const { stdout: json } = await callMayday([
    'cost',
    '--store',
    `file:${folder}`,
    '--provider',
    's3',
    '--json',
  ])
  expect(JSON.parse(json)).toMatchObject({ provider: 's3', roundRequests: 17 })
})
