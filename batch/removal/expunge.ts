// Deletes all data of given crashes. Reports first, so that nothing is derived from them again.
import { rm } from 'node:fs/promises'
import { removeCrashCopies } from '../derived/derive.ts'
import { isCrashId } from '../../shared/crash-id.ts'
import {
  dateOfCrashId,
  erasureKey,
  parseCrashKey,
  processedKey,
  rawKey,
  rawPrefix,
  tablePrefix,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { listKeyDates } from '../lake/dates.ts'
import { createDayOpener } from '../../shared/open-days.ts'
import { emptyQuarantine } from '../lake/files/quarantine.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashTables } from '../lake/tables.ts'
import { removeRows } from '../lake/crash-rows.ts'

/** What was deleted of one crash. */
export interface Erasure {
  crash_id: string
  /** Keys of deleted objects, and tables that had rows. */
  removed: string[]
  /** Duplicates on other days, which are not deleted. */
  same_report: string[]
}

/**
 * Deletes the reports, processed crashes and rows of crashes. Only files that contain their rows are rewritten; damaged
 * files of their days, and local copies, are deleted. `updateCopies` then updates what was made from the tables: derived
 * tables, aggregates, published copies. Until the end every crash has a mark of erasure: if it is killed, `mayday verify`
 * finds the mark, and the same call finishes the work.
 */
export async function expungeCrashes(
  files: TableFiles,
  crashIds: readonly string[],
  { updateCopies = async () => {} }: { updateCopies?: () => Promise<void> } = {},
): Promise<Erasure[]> {
  const { crashes } = files.stores
  const erasures = new Map<string, Erasure>()
  const markOpen = createDayOpener(crashes)
  for (const id of crashIds) {
    await markOpen(dateOfCrashId(id))
    await crashes.put(erasureKey(id), new Uint8Array())
  }
  for (const crash_id of crashIds) {
    const keys = [rawKey(crash_id), processedKey(crash_id)]
    const found = await Promise.all(keys.map((key) => crashes.head(key)))
    const same_report = await sameReports(crashes, crash_id)
    erasures.set(crash_id, { crash_id, removed: keys.filter((_key, i) => found[i]), same_report })
    await crashes.delete(keys)
  }
  for (const [date, ids] of Map.groupBy(erasures.keys(), dateOfCrashId)) {
    for (const table of crashTables) {
      for (const id of await removeRows(files, table, date, ids)) {
        erasures.get(id)!.removed.push(tablePrefix(table.name, date))
      }
      await emptyQuarantine(files, table, date)
    }
    await removeCrashCopies(files, date)
  }
  await rm(files.cacheDir, { recursive: true, force: true })
  await updateCopies()
  await crashes.delete(crashIds.map(erasureKey))
  return [...erasures.values()]
}

/** Crash IDs of duplicates on other days that have a stored report. */
async function sameReports(crashes: Storage, crashId: string): Promise<string[]> {
  const found: string[] = []
  for (const date of await listKeyDates(crashes, rawPrefix())) {
    const prefix = `${rawPrefix(date)}${crashId.slice(0, 29)}`
    for await (const { key } of crashes.list(prefix)) {
      const id = parseCrashKey(key)?.crashId
      if (id && id !== crashId && isCrashId(id, { anyDigit: true })) found.push(id)
    }
  }
  return found
}
