// The audit expires by its age.
import { afterAll, expect, test } from 'vitest'
import { gatherAudit } from '../../../batch/derived/audit.ts'
import { expireAudit } from '../../../batch/removal/expire-audit.ts'
import { auditRowOf } from '../../../shared/access/audit.ts'
import { encodeLines } from '../../../shared/json/json-lines.ts'
import { auditKey } from '../../../shared/keys.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const stores = memoryStores()
const { files, ...bench } = await openBench(stores)
afterAll(() => bench.close())

const now = new Date('2026-11-29T12:00:00Z')
const put = (date: string, name: string) => {
  const event = { action: 'read_crash', subject: name } as const
  const row = auditRowOf({ label: 'ann', tokenId: '0123456789ab' }, event, new Date(`${date}T01:00:00Z`))
  return stores.crashes.put(auditKey(date, name), encodeLines([row]))
}
const left = async () =>
  (await Array.fromAsync(stores.crashes.list('')))
    .map(({ key }) => key)
    .filter((key) => /^(?:tables\/)?audit\//.test(key))

test('rows expire after the days of the setting, with their table; a dry run deletes nothing', async () => {
  for (const name of ['a', 'b']) await put('2025-10-24', name)
  await put('2025-10-25', 'c')
  await put('2026-11-29', 'd')
  await gatherAudit(files, now)
  const all = await left()
  expect(all).toHaveLength(7)
  const options = { now, days: 400 }
  expect(await expireAudit(files, { ...options, dryRun: true })).toEqual({ days: 1, batches: 2 })
  expect(await left()).toEqual(all)
  expect(await expireAudit(files, { ...options, dryRun: false })).toEqual({ days: 1, batches: 2 })
  expect(await left()).toEqual(all.filter((key) => !/2025-?10-?24/.test(key)))
  await gatherAudit(files, now)
  expect(await left()).toEqual(all.filter((key) => !/2025-?10-?24/.test(key)))
  expect(await expireAudit(files, { ...options, dryRun: false })).toEqual({ days: 0, batches: 0 })
})
