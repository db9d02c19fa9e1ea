// Which days there are, and which of them are settled: found without listing a report.
import { createHash } from 'node:crypto'
import pMap from 'p-map'
import { dayMs, startOfDate } from '../../shared/time/dates.ts'
import { dayMarksPrefix, erasuresPrefix, parseDayMarkKey, processedPrefix } from '../../shared/keys.ts'
import { openFor } from '../../shared/open-days.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate, Millis } from '../../shared/units.ts'
import { listDates, listKeyDates } from '../lake/dates.ts'
import { listTableFiles, storageOf, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import { crashTables } from '../lake/tables.ts'

/** The record of a settled day, by its key alone. */
export interface SettledMark {
  key: string
  date: IsoDate
  /** When its check began. */
  checkedAt: Date
  /** Of the table files that were checked. */
  version: string
}

export interface DayMarks {
  /** When each day was last marked as open, by the store's clock. */
  opened: ReadonlyMap<IsoDate, Date>
  settled: readonly SettledMark[]
  /** Days whose expired data was deleted. */
  expired: readonly { key: string; date: IsoDate }[]
}

/** All marks. One request per 1,000. */
async function readDayMarks(crashes: Storage): Promise<DayMarks> {
  const opened = new Map<IsoDate, Date>()
  const settled: SettledMark[] = []
  const expired: { key: string; date: IsoDate }[] = []
  for await (const { key, uploaded } of crashes.list(dayMarksPrefix)) {
    const mark = parseDayMarkKey(key)
    if (mark?.kind === 'open') opened.set(mark.date, uploaded)
    else if (mark?.kind === 'settled') settled.push({ key, ...mark })
    else if (mark) expired.push({ key, date: mark.date })
  }
  return { opened, settled, expired }
}

/** How long after its end a day may still get reports that the edge received within it. */
const grace: Millis = 2 * 3_600_000

/**
 * True when a check of a day that begins at `checkedAt` may settle it: the day has ended, the grace period has passed,
 * and nothing that marked it as open can still be in progress.
 */
export function maySettle(date: IsoDate, checkedAt: Date, opened: Date | undefined): boolean {
  const time = checkedAt.getTime()
  const ended = startOfDate(date) + dayMs + grace <= time
  return ended && (opened === undefined || opened.getTime() + openFor <= time)
}

/** The days of a store. */
export interface Days {
  /** Days with reports, in order. */
  reported: readonly IsoDate[]
  /** Days with reports, processed crashes, rows or unfinished erasures, in order. */
  all: readonly IsoDate[]
  /** The valid record of each settled day. */
  settled: ReadonlyMap<IsoDate, SettledMark>
  /** Table files of each day with rows. */
  files: ReadonlyMap<IsoDate, readonly TableFile[]>
  marks: DayMarks
}

/** Reads the days of a store, with one request per 1,000 days, marks, or table files of one table. */
export async function readDays(files: TableFiles): Promise<Days> {
  const { crashes } = files.stores
  // Marks first: a record that is replaced while the tables are listed belongs to the versions listed.
  const marks = await readDayMarks(crashes)
  const listed = await Promise.all(
    crashTables.map((table) => listTableFiles(storageOf(files, table), table.name)),
  )
  const byDate = Map.groupBy(listed.flat(), (file) => file.date)
  const reported = await listDates(crashes)
  const others = [processedPrefix(), erasuresPrefix()]
  const left = await pMap(others, (prefix) => listKeyDates(crashes, prefix))
  const all = [...new Set([...reported, ...byDate.keys(), ...left.flat()])].sort()
  return { reported, all, files: byDate, marks, settled: settledDays(marks, byDate) }
}

/** The newest valid record of each day: one whose tables did not change, and after which nothing opened the day. */
function settledDays(
  { opened, settled }: DayMarks,
  files: ReadonlyMap<IsoDate, readonly TableFile[]>,
): Map<IsoDate, SettledMark> {
  const newest = new Map<IsoDate, SettledMark>()
  for (const mark of settled) {
    const { date, checkedAt, version } = mark
    if (version !== versionOf(files.get(date) ?? []) || !maySettle(date, checkedAt, opened.get(date)))
      continue
    const other = newest.get(date)
    if (!other || other.checkedAt < checkedAt) newest.set(date, mark)
  }
  return newest
}

/** 32 hexadecimal digits that identify the versions of files, in any order. */
export function versionOf(files: readonly Pick<TableFile, 'key' | 'etag'>[]): string {
  const lines = files.map(({ key, etag }) => `${key}@${etag}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32)
}
