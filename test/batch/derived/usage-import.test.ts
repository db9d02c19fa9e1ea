import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeAggregates, writeChangedAggregates } from '../../../batch/aggregates/aggregate.ts'
import { readConfig } from '../../../batch/config.ts'
import { importUsage } from '../../../batch/derived/usage-import.ts'
import { openFiles } from '../../../batch/lake/open-store.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { openSession } from '../../../batch/sql/session.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey } from '../../../shared/keys.ts'
import { memoryStores, putRows } from '../support/rows.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-usage-'))
const open = { url: 'memory:', stores: memoryStores(), cacheDir: dir, config: readConfig({}) }
const date = '2026-10-21'
beforeAll(async () => {
  await using files = await openFiles(open)
  const submitted_at = `${date}T10:00:00Z`
  const row = { date, submitted_at, product: 'Tern', version: '1.0', release_channel: 'release', weight: 10 }
  await putRows(files, crashesTable, date, [
    { ...row, crash_id: 'a' },
    { ...row, crash_id: 'b', version: '2.0' },
  ])
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const used = { amount: 1005, count: 2, weighted: 20, variance: 200 }

async function importText(text: string): Promise<number> {
  const path = join(dir, 'usage.csv')
  writeFileSync(path, text)
  await using files = await openFiles(open)
  return await importUsage(files, path)
}

async function rowsOf(sql: string): Promise<string[]> {
  await using session = await openSession(open)
  const { result } = await session.run(sql)
  return (await result.getRows()).map((row) => row.map(String).join(' '))
}

describe('importUsage', () => {
  test('a row replaces the earlier one of its key, and others stay', async () => {
    expect(
      await importText(`date,product,channel,users\n${date},Tern,release,50\n${date},Tern,beta,5\n`),
    ).toBe(2)
    for (const _ of [1, 2])
      await importText(`date,product,channel,users,hours\n${date},Tern,release,1000,20\n`)
    const sql = 'SELECT release_channel, users, hours FROM usage ORDER BY 1'
    expect(await rowsOf(sql)).toEqual(['beta 5 null', 'release 1000 20'])
  })

  test('crash rates count the crashes that a row of usage covers', async () => {
    const sql = `SELECT release_channel, sum(crashes), sum(weighted) / sum(users) AS rate,
        round(1.96 * sqrt(sum(variance)) / sum(users), 4) AS plus_or_minus
      FROM crash_rates WHERE date = '${date}' GROUP BY ALL ORDER BY 1`
    expect(await rowsOf(sql)).toEqual(['beta 0 0 0', 'release 2 0.02 0.0277'])
  })

  test('the home document has the use of each day and the crashes that it covers', async () => {
    await writeAggregates(open, { products: new Map() })
    const object = await open.stores.lake.get(homeKey)
    const home = JSON.parse(new TextDecoder().decode(await object!.bytes())) as HomeAggregate
    const { usage } = home.products.find(({ name }) => name === 'Tern')!
    expect(usage).toEqual({ measure: 'users', days: home.dates.map((day) => (day === date ? used : null)) })
    expect(await rowsOf('SELECT count(*) FROM usage WHERE sessions IS NULL')).toEqual(['2'])
  })

  test('documents follow imports', async () => {
    const skipped = { skipped: true }
    const write = () => writeChangedAggregates(open, { products: new Map() })
    expect(await write()).not.toEqual(skipped)
    expect(await write()).toEqual(skipped)
    await importText(`date,product,sessions\n2026-10-20,Tern,1\n`)
    expect(await write()).not.toEqual(skipped)
  })

  test.each([
    ['date,product\n2026-10-21,Tern\n', 'users, sessions and hours are all missing'],
    ['date,product,users\n,Tern,1\n', 'date or product is missing'],
    ['date,product,users\n2026-10-21,Tern,-1\n', 'negative'],
    ['date,product,users\n2026-10-21,Tern,nan\n', 'not finite'],
    ['date,product,users\n2026-10-21,Tern,1\n2026-10-21,Tern,2\n', 'the same key'],
    ['date,product,users\nyesterday,Tern,1\n', 'cannot be imported'],
  ])('%j is refused', async (text, message) => {
    await expect(importText(text)).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringContaining(message),
    })
  })
})
