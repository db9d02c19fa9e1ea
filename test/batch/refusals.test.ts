import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../batch/config.ts'
import { openLake } from '../../batch/duckdb.ts'
import { plainValue } from '../../batch/query-output.ts'
import { gatherRefusals } from '../../batch/refusals.ts'
import { refusalsKey } from '../../shared/keys.ts'
import { countOf, encodeRefusalCounts } from '../../shared/refusal-counts.ts'
import { memoryStores } from './support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-refusals-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const stores = memoryStores()
const kind = {
  product: 'P',
  version: '1',
  channel: 'release',
  platform: 'Linux',
  processType: 'parent',
  rule: 'tenth',
}
const at = (time: string) => new Date(`2026-10-${time}Z`)
const put = (date: string, name: string, ...counts: ReturnType<typeof countOf>[]) =>
  stores.crashes.put(refusalsKey(date, name), encodeRefusalCounts(counts))

async function query(sql: string): Promise<unknown[][]> {
  const lake = await openLake({ url: 'memory:', stores, cacheDir: dir, config: readConfig({}) })
  const reader = await lake.database.connection.runAndReadAll(sql)
  const rows = reader.getRows().map((row) => row.map(plainValue))
  await lake.close()
  return rows
}

test('batches of refused reports are summed by hour and kind, and again when more come', async () => {
  await put('2026-10-20', 'a', countOf(kind, at('20T23:59:00'), 2))
  await put(
    '2026-10-21',
    'a',
    countOf(kind, at('21T00:10:00'), 3),
    countOf({ ...kind, rule: 'other' }, at('21T00:20:00'), 1),
  )
  await put('2026-10-21', 'b', countOf(kind, at('21T00:50:00'), 4))
  await stores.crashes.put(refusalsKey('2026-10-21', 'broken'), new TextEncoder().encode('no JSON\n'))
  expect(await gatherRefusals(stores)).toBe(2)
  expect(await gatherRefusals(stores)).toBe(0)
  const sql = 'SELECT hour, release_channel, rule, count FROM refusals ORDER BY ALL'
  const expected = [
    ['2026-10-20T23:00:00+00:00', 'release', 'tenth', 2],
    ['2026-10-21T00:00:00+00:00', 'release', 'other', 1],
    ['2026-10-21T00:00:00+00:00', 'release', 'tenth', 7],
  ]
  expect(await query(sql)).toEqual(expected)
  await put('2026-10-21', 'c', countOf(kind, at('21T05:00:00'), 9))
  expect(await gatherRefusals(stores)).toBe(1)
  expect(await query(sql)).toEqual([...expected, ['2026-10-21T05:00:00+00:00', 'release', 'tenth', 9]])
})
