// The requests of a run: a fixed number per day, two per crash, one per symbol file whose name the store has.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processCrashes } from '../../../batch/processing/process-run.ts'
import { simulateReports } from '../../../batch/simulate/reports.ts'
import { countingStores, noRequests } from '../../../shared/storage/counting.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { memoryStores } from '../support/rows.ts'

/** Crashes of one day, which share their modules. */
const crashes = 40
/** Two of the ninety modules of each crash. */
const names = ['libsimcomponent-3.so.3', 'simcomponent3.pdb']
/** Lists, heads and writes of marks and tables. */
const mostPerDay = { list: 40, head: 10, put: 15 }

test('a run reads and writes each crash once, and asks the store once about symbols whose name it has', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-requests-'))
  const stores = memoryStores()
  const asked: string[] = []
  const head: Storage['head'] = (key) => {
    asked.push(key)
    return stores.symbols.head(key)
  }
  const symbols: Storage = { ...stores.symbols, head }
  const requests = noRequests()
  try {
    for (const name of names) await stores.symbols.put(`${name}/${'A'.repeat(33)}/x.sym`, new Uint8Array())
    await simulateReports(stores.crashes, { crashes, days: 1, seed: 3, to: '2026-10-21' })
    const { processed } = await processCrashes({
      stores: countingStores({ ...stores, symbols }, requests),
      dir,
      duckdbMemory: '256MB',
      workers: 2,
    })
    expect(processed).toBe(crashes)
    expect(new Set(asked.map((key) => key.slice(0, key.indexOf('/'))))).toEqual(new Set(names))
    expect(asked).toHaveLength(new Set(asked).size)
    expect(requests.get).toBe(crashes)
    expect(requests.put).toBeLessThanOrEqual(crashes + mostPerDay.put)
    expect(requests.head - asked.length).toBeLessThanOrEqual(mostPerDay.head)
    expect(requests.list).toBeLessThanOrEqual(mostPerDay.list)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
