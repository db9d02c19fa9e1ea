// Verifies the days that are not settled, and settles those in which everything agrees.
import * as z from 'zod/mini'
import { parseTableKey, processedPrefix, rawPrefix, settledDayKey } from '../../shared/keys.ts'
import { present } from '../../shared/present.ts'
import { check, exactObject } from '../../shared/json/schema.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type CountedIds, countIds, createIdCounter } from '../lake/id-sum.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashIdsUnder } from './day.ts'
import { type Days, maySettle, readDays, type SettledMark, versionOf } from './day-marks.ts'
import { type CrashState, needsWork } from './plan.ts'
import { type VerifyOptions, type VerifyReport, verifyStore } from './verify.ts'

const counted = exactObject({ count: z.int(), ids: z.string() })

/** What a settled day contained when it was checked (`FORMATS.md`, "Marks of days"). */
const settledDay = exactObject({
  version: z.literal(1),
  date: z.string(),
  /** Stored reports, processed crashes and rows of `crashes`. */
  reports: counted,
  documents: counted,
  rows: counted,
  /** Versions of the day's table files by key. */
  tables: z.record(z.string(), z.string()),
})
type SettledDay = z.output<typeof settledDay>

export interface VerifyDaysOptions extends Pick<VerifyOptions, 'completeSince' | 'processedUpTo'> {
  /** Exactly these days; `all`: every day; `due`: those that are not settled, and the settled one checked longest ago. */
  days: readonly IsoDate[] | 'all' | 'due'
  now: () => Date
}

export interface VerifyDaysReport extends VerifyReport {
  /** Settled days that were not checked. */
  settled: number
}

/**
 * Checks days, and writes the record of each in which everything agrees. A day with findings loses its record, so that
 * the next run looks at it.
 */
export async function verifyDays(files: TableFiles, options: VerifyDaysOptions): Promise<VerifyDaysReport> {
  const checkedAt = options.now()
  const days = await readDays(files)
  const chosen = options.days === 'due' ? dueDays(days) : options.days === 'all' ? days.all : options.days
  const again = options.days === 'due' ? chosen.flatMap((date) => days.settled.get(date) ?? []) : []
  const unchanged = new Map<IsoDate, SettledDay>()
  for (const mark of again) {
    const record = await unchangedRecord(files, mark)
    if (record) unchanged.set(mark.date, record)
  }
  const dates = chosen.filter((date) => !unchanged.has(date))
  const counters = createCounters()
  const report = await verifyStore(files, {
    dates,
    completeSince: options.completeSince ?? null,
    ...present({ processedUpTo: options.processedUpTo }),
    onCrash: counters.add,
  })
  const damaged = report.damaged.map(({ key }) => parseTableKey(key)?.date)
  const wrong = new Set([...report.findings.map(({ date }) => date), ...damaged])
  for (const date of chosen) {
    if (wrong.has(date) || counters.unfinished.has(date)) await unsettle(files, days, date)
    else await settle(files, { days, checkedAt }, unchanged.get(date) ?? counters.record(days, date))
  }
  const crashes = [...unchanged.values()].reduce((sum, { reports }) => sum + reports.count, report.crashes)
  const settled = [...days.settled.keys()].filter((date) => !chosen.includes(date)).length
  return { ...report, dates: [...chosen], crashes, settled }
}

function dueDays({ all, settled }: Days): IsoDate[] {
  const oldest = [...settled.values()].sort((a, b) => a.checkedAt.getTime() - b.checkedAt.getTime())[0]
  return all.filter((date) => !settled.has(date) || date === oldest?.date)
}

/**
 * The record of a day, if its stored reports and processed crashes are still those that it counts. The versions of its
 * tables are known to be the same. Null when it must be verified.
 */
async function unchangedRecord(
  { stores: { crashes } }: TableFiles,
  mark: SettledMark,
): Promise<SettledDay | null> {
  const record = parseRecord(await (await crashes.get(mark.key))?.bytes())
  if (!record) return null
  const isSame = async (prefix: string, { count, ids }: CountedIds) => {
    const now = await countIds(crashIdsUnder(crashes, prefix))
    return now.count === count && now.ids === ids
  }
  const same =
    (await isSame(rawPrefix(mark.date), record.reports)) &&
    (await isSame(processedPrefix(mark.date), record.documents))
  return same ? record : null
}

/** Null for a record that cannot be read. */
function parseRecord(bytes: Uint8Array | undefined): SettledDay | null {
  try {
    return check(settledDay, JSON.parse(new TextDecoder().decode(bytes))).data ?? null
  } catch {
    return null
  }
}

/** Counts the crashes of days while they are verified. */
function createCounters() {
  const parts = ['reports', 'documents', 'rows'] as const
  const create = () => ({ reports: createIdCounter(), documents: createIdCounter(), rows: createIdCounter() })
  const byDate = new Map<IsoDate, ReturnType<typeof create>>()
  const unfinished = new Set<IsoDate>()
  return {
    /** Days with reports that must be processed, even if they are too new to be findings. */
    unfinished,
    add(date: IsoDate, state: CrashState) {
      const { crashId, raw, processed, rows } = state
      if (needsWork(state)) unfinished.add(date)
      const counters = byDate.get(date) ?? create()
      byDate.set(date, counters)
      const isIn = { reports: raw, documents: processed, rows: rows > 0 }
      for (const part of parts) if (isIn[part]) counters[part].add(crashId)
    },
    record({ files }: Days, date: IsoDate): SettledDay {
      const { reports, documents, rows } = byDate.get(date) ?? create()
      return {
        version: 1,
        date,
        reports: reports.total(),
        documents: documents.total(),
        rows: rows.total(),
        tables: Object.fromEntries((files.get(date) ?? []).map(({ key, etag }) => [key, etag])),
      }
    },
  }
}

/**
 * Writes the record of a day, if it may be settled. It counts only while no table file changes and nothing opens the
 * day (`day-marks.ts`), so a write that comes too late does no harm.
 */
async function settle(
  { stores: { crashes } }: TableFiles,
  { days, checkedAt }: { days: Days; checkedAt: Date },
  record: SettledDay,
): Promise<void> {
  const { date } = record
  if (!maySettle(date, checkedAt, days.marks.opened.get(date))) return
  const key = settledDayKey(date, checkedAt, versionOf(days.files.get(date) ?? []))
  await crashes.put(key, new TextEncoder().encode(JSON.stringify(record)), {
    contentType: 'application/json',
  })
  await crashes.delete(keysOf(days, date).filter((old) => old !== key))
}

/** Removes the records of a day. Where something is still being written, mark the day as open instead. */
export const unsettle = (files: TableFiles, days: Days, date: IsoDate): Promise<void> =>
  files.stores.crashes.delete(keysOf(days, date))

const keysOf = ({ marks }: Days, date: IsoDate): string[] =>
  marks.settled.filter((mark) => mark.date === date).map(({ key }) => key)
