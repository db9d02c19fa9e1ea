// The cost of a round's late symbols: a few requests when nothing is new, on any number of days and missing modules.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { findLateSymbols } from '../../../batch/symbols/late-symbols.ts'
import { openSymbolMisses } from '../../../batch/symbols/symbol-misses.ts'
import { countingStores, noRequests, requestsSince } from '../../../shared/storage/counting.ts'
import { recordArrival } from '../../../shared/symbols/arrivals.ts'
import { daysUpTo } from '../../../shared/time/dates.ts'
import {
  listsLikeS3,
  missingModules,
  products,
  startEmptyServer,
  storeSettledDays,
} from '../../bench/round.support.ts'
import { memoryStores } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-late-cost-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function createStore(days: number) {
  const requests = noRequests()
  const { crashes, lake, symbols } = memoryStores()
  const plain = { crashes: listsLikeS3(crashes), lake: listsLikeS3(lake), symbols: listsLikeS3(symbols) }
  const stores = countingStores(plain, requests)
  const open = { url: 'memory:', stores, cacheDir: join(dir, String(days)), config: readConfig({}) }
  await storeSettledDays(open, daysUpTo('2026-10-21', days))
  const find = async (places: readonly string[]) => {
    const before = { ...requests }
    await using files = await openFiles(open)
    const late = await findLateSymbols(files, {
      products,
      places,
      misses: openSymbolMisses(stores.crashes),
    })
    await late.finish()
    const { bytes_read, bytes_written, ...spent } = requestsSince(before, requests)
    return { late, spent, bytes: bytes_read + bytes_written }
  }
  return { stores, find }
}

describe('late symbols, with nothing new', () => {
  test('cost the same few requests for 2 days and for 20, with a symbol server that lacks everything', async () => {
    await using server = await startEmptyServer()
    const costs = []
    for (const days of [2, 20]) {
      const { find } = await createStore(days)
      const before = server.asked()
      const first = await find([server.url])
      expect(first.late.asked).toBe(10 + 10 * days)
      expect(server.asked() - before).toBe(first.late.asked)
      const idle = await find([server.url])
      expect(server.asked() - before).toBe(first.late.asked)
      expect(idle.late).toMatchObject({ asked: 0, crashIds: [] })
      expect(Object.values(idle.spent).reduce((sum, count) => sum + count)).toBeLessThan(10)
      costs.push(idle.spent)
    }
    expect(costs[1]).toEqual(costs[0])
  })

  test('cost two requests without other sources', async () => {
    const { find } = await createStore(3)
    await find([])
    expect((await find([])).spent).toEqual({ get: 1, put: 0, head: 0, list: 1, delete: 0 })
  })
})

test('symbols of a module of one day cost the same on any number of days, and find its crashes', async () => {
  const costs = []
  for (const days of [4, 24]) {
    const { stores, find } = await createStore(days)
    await find([dir])
    const { debug_file, debug_id } = missingModules('2026-10-21')[1]!
    await stores.symbols.put(`${debug_file}/${debug_id}/module1.sym`, new Uint8Array(1))
    await recordArrival(stores.symbols, [{ debug_file, debug_id, code_file: '', code_id: '' }], new Date())
    const { late, spent, bytes } = await find([])
    expect(late).toMatchObject({ arrivals: 1, asked: 1 })
    expect(new Set(late.crashIds.map((id) => id.slice(-6)))).toEqual(new Set(['261021']))
    expect(late.crashIds).toHaveLength(60)
    costs.push({ spent, bytes: bytes < 100_000 })
  }
  expect(costs[1]).toEqual(costs[0])
  expect(costs[0]!.bytes).toBe(true)
})
