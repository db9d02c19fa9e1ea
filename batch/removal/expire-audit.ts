// Deletes the audit by age: its batches, and the files of its table.
import { auditPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listKeyDates } from '../lake/dates.ts'
import { forgetCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, type TableFiles } from '../lake/files/table-files.ts'
import { auditTable } from '../lake/tables.ts'
import { ageInDays } from './retention.ts'

export interface ExpiredAudit {
  /** Days of which batches or table files were deleted. */
  days: number
  batches: number
}

export interface ExpireAuditOptions {
  now: Date
  dryRun: boolean
  /** How long rows are kept since their day. */
  days: number
}

/** Batches first, so that the table is not made from them again. @throws CrashError 'storage' */
export async function expireAudit(
  files: TableFiles,
  { now, dryRun, days }: ExpireAuditOptions,
): Promise<ExpiredAudit> {
  const { crashes } = files.stores
  const isOld = (date: IsoDate) => ageInDays(date, now) > days
  const dates = (await listKeyDates(crashes, auditPrefix())).filter(isOld)
  const made = (await listTableFiles(crashes, auditTable.name)).filter(({ date }) => isOld(date))
  const batches = (await Promise.all(dates.map((date) => keysOf(crashes, auditPrefix(date))))).flat()
  if (!dryRun) {
    await crashes.delete(batches)
    const keys = made.map(({ key }) => key)
    await crashes.delete(keys)
    await forgetCopies(files, keys)
  }
  return { days: new Set([...dates, ...made.map(({ date }) => date)]).size, batches: batches.length }
}

async function keysOf(storage: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of storage.list(prefix)) keys.push(key)
  return keys
}
