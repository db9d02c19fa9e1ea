import { afterAll, expect, test } from 'vitest'
import { auditFiles, auditRows, heldToken, reportAudit } from '../../../batch/access/audit-report.ts'
import { type AuditEvent, auditRowOf } from '../../../shared/access/audit.ts'
import type { StoredToken } from '../../../shared/access/tokens.ts'
import { encodeLines } from '../../../shared/json/json-lines.ts'
import { auditKey } from '../../../shared/keys.ts'
import { dayMs } from '../../../shared/time/dates.ts'
import { memoryStores, openBench } from '../support/rows.ts'

const stores = memoryStores()
const { files, ...bench } = await openBench(stores)
afterAll(() => bench.close())
const ann = { label: 'ann', tokenId: '0123456789ab' }
const row = (time: string, event: AuditEvent, holder = ann) =>
  auditRowOf(holder, event, new Date(`2026-${time}Z`))
const put = (date: string, name: string, ...rows: unknown[]) =>
  stores.crashes.put(auditKey(date, name), encodeLines(rows))

await put('2026-10-31', 'a', row('10-31T23:59:59.999', { action: 'read_crash', subject: 'october' }))
await put(
  '2026-11-01',
  'a',
  row('11-01T00:00:00', { action: 'read_crash', subject: 'c1', product: 'Ledger' }),
  row('11-01T10:00:00.250', { action: 'read_crash', subject: 'c1', product: 'Ledger' }),
  row('11-01T10:00:01', { action: 'read_crash', subject: 'c2', product: 'Ledger' }),
)
await put('2026-11-01', 'b', row('11-01T09:00:00', { action: 'read_file', subject: 'c2', detail: '=1+1' }))
await put('2026-11-01', 'broken', { label: 1 })
await put(
  '2026-11-30',
  'a',
  row('11-30T23:59:59', { action: 'upload_symbols', subject: 'u' }, { label: 'ci', tokenId: '' }),
)

test('a report has the rows of its month, summed by holder, action and product', async () => {
  const now = new Date('2026-12-05T00:00:00Z')
  const paths = await auditFiles(files, '2026-11', now)
  const { use, subjects } = await reportAudit(files, { month: '2026-11', paths, now })
  expect(
    use.map(({ label, action, product, count, subjects }) => [label, action, product, count, subjects]),
  ).toEqual([
    ['ann', 'read_crash', 'Ledger', 3, 2],
    ['ann', 'read_file', '', 1, 1],
    ['ci', 'upload_symbols', '', 1, 1],
  ])
  expect(use[0]).toMatchObject({ first: '2026-11-01T00:00:00Z', last: '2026-11-01T10:00:01Z' })
  expect(subjects.map(({ subject, actions }) => [subject, actions])).toEqual([
    ['u', ['upload_symbols']],
    ['c2', ['read_crash']],
    ['c1', ['read_crash']],
    ['c2', ['read_file']],
  ])
  const rows = await Array.fromAsync(auditRows(files, paths))
  expect(rows.map(({ recorded_at, subject }) => [recorded_at, subject])).toEqual([
    ['2026-11-01T00:00:00.000Z', 'c1'],
    ['2026-11-01T09:00:00.000Z', 'c2'],
    ['2026-11-01T10:00:00.250Z', 'c1'],
    ['2026-11-01T10:00:01.000Z', 'c2'],
    ['2026-11-30T23:59:59.000Z', 'u'],
  ])
})

test('the table is private', async () => {
  const keys = async (bucket: 'crashes' | 'lake') =>
    (await Array.fromAsync(stores[bucket].list('')))
      .map(({ key }) => key)
      .filter((key) => key.includes('audit'))
  expect(await keys('lake')).toEqual([])
  expect(await keys('crashes')).toContain('tables/audit/date=2026-11-01/all-0.parquet')
})

test.each<[string, { age: number; expires?: number; used?: number }, string[]]>([
  ['new', { age: 0 }, []],
  ['unused for 89 days', { age: 89 }, []],
  ['unused for 90 days', { age: 90 }, ['not used for 90 days']],
  ['old, and used', { age: 400, used: 89 }, []],
  ['old, and used long ago', { age: 400, used: 91 }, ['not used for 90 days']],
  ['about to expire', { age: 1, expires: 14 }, ['expires within 14 days']],
  ['valid for longer', { age: 1, expires: 15 }, []],
  ['expired', { age: 100, expires: 0 }, ['expired']],
  ['both', { age: 100, expires: 1 }, ['expires within 14 days', 'not used for 90 days']],
])('a token that is %s has these findings', (_name, { age, expires, used }, findings) => {
  const now = new Date('2026-11-29T00:00:00Z')
  const at = (days: number) => new Date(now.getTime() + days * dayMs)
  const token: StoredToken = {
    ...{ sha256: '0'.repeat(64), label: 'ann', permissions: ['view_pii'] },
    created_at: at(-age).toISOString(),
    ...(expires !== undefined && { expires_at: at(expires).toISOString() }),
  }
  expect(heldToken(token, used === undefined ? undefined : at(-used), now).findings).toEqual(findings)
})
