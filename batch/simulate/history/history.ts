// Four weeks of made-up crashes of the sample apps, for a first look at the dashboard: rows, and the report of each.
import pMap from 'p-map'
import * as z from 'zod/mini'
import type { ProcessedCrash } from '../../../shared/crash.ts'
import { check, exactObject } from '../../../shared/json/schema.ts'
import { historyKey, processedKey, tableKey } from '../../../shared/keys.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { addDays, dateAt, dayMs, daysBefore, startOfDate } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { storeBugs } from '../../bugs/bug-table.ts'
import { usageShard } from '../../derived/usage-import.ts'
import { putTableFile, type TableFiles } from '../../lake/files/table-files.ts'
import { encodeRows } from '../../lake/parquet.ts'
import { type Row, rowsOfColumns } from '../../lake/rows.ts'
import { crashesTable, modulesTable, type Table, usageTable } from '../../lake/tables.ts'
import { encodeProcessedCrash, processedCrashOptions } from '../../processing/processed-crash.ts'
import { simulatedShard } from '../rows.ts'
import { dayFactor, type MadeDay, makeCrashes, shareAt } from './made-crash.ts'
import { type MadeApp, madeApps, madeBugs } from './scenario.ts'
import { createPlanter, readSamples } from './shapes.ts'

/** Days before today: with today's reports of the samples, the four weeks that pages cover. */
const historyDays = 27
const putsAtOnce = 16
/** How far the history was written, and from which day on it counts. */
const stateDocument = exactObject({ version: z.literal(1), start: z.string(), to: z.string() })
type State = z.output<typeof stateDocument>

/** The name of the tracker of the made bugs; they have no pages. */
const tracker = 'samples'

export interface History {
  /** Days that are missing. */
  days: number
  crashes: number
  /** Stores the reports of the crashes, which may take seconds, and then that the history is complete. */
  storeReports(onReport?: () => void): Promise<void>
}

/**
 * Writes the rows of the days before the one of `now` that are missing, of at most four weeks. What happens on a day
 * depends on its distance from the day of the first start, so later days continue the history; the same day always has
 * the same crashes. The stacks of the samples are those of the rows in `files`. A history that was interrupted is
 * written again.
 * @throws CrashError 'storage'
 */
export async function writeHistory(files: TableFiles, { now }: { now: Date }): Promise<History> {
  const { crashes } = files.stores
  const today = dateAt(now)
  const { start, to } = (await readState(crashes)) ?? { start: today, to: null }
  const missing = daysBefore(today, historyDays).filter((date) => to === null || date > to)
  if (missing.length === 0) return { days: 0, crashes: 0, storeReports: async () => {} }
  const samples = await readSamples(crashes, files.database)
  const plant = createPlanter()
  const sources = madeApps.map((app) => ({ app, samples: samples.get(app.product) ?? [], plant }))
  const days = missing.map((date) => ({ date, day: (startOfDate(date) - startOfDate(start)) / dayMs }))
  const made = days.flatMap((at) => sources.flatMap((source) => makeCrashes(source, at)))
  await writeRows(files, made, days)
  if (to === null) await writeBugs(files, { start, now })
  return {
    days: missing.length,
    crashes: made.length,
    async storeReports(onReport = () => {}) {
      const store = async (crash: ProcessedCrash) => {
        await putReport(crashes, crash)
        onReport()
      }
      await pMap(made, store, { concurrency: putsAtOnce })
      await writeState(crashes, { version: 1, start, to: missing.at(-1)! })
    },
  }
}

async function writeRows(
  files: TableFiles,
  made: readonly ProcessedCrash[],
  days: readonly MadeDay[],
): Promise<void> {
  const usage = madeApps.flatMap((app) => days.flatMap((at) => usageRows(app, at)))
  await putDays(files, usageTable, { shard: usageShard, rows: usage })
  for (const table of [modulesTable, crashesTable]) {
    const rows = made.flatMap((crash) => table.rowsOf(crash, {}))
    await putDays(files, table, { shard: simulatedShard, rows })
  }
}

const putReport = (crashes: Storage, crash: ProcessedCrash) =>
  crashes.put(
    processedKey(crash.crash_id),
    encodeProcessedCrash(crash),
    processedCrashOptions(crash.product ?? ''),
  )

/** One file per day. */
async function putDays(
  files: TableFiles,
  table: Table,
  { shard, rows }: { shard: string; rows: readonly Row[] },
): Promise<void> {
  const put = async ([date, ofDay]: readonly [unknown, readonly Row[]]) => {
    const bytes = await encodeRows(files, table, rowsOfColumns(table.columns, ofDay))
    await putTableFile(files.stores.lake, tableKey(table.name, date as IsoDate, shard, 0), bytes, {})
  }
  await pMap(
    Map.groupBy(rows, ({ date }) => date),
    put,
    { concurrency: putsAtOnce },
  )
}

/** Users by release, in proportion to its share of crashes, as if all were equally stable but for the plantings. */
function usageRows({ product, releases, users }: MadeApp, { date, day }: MadeDay): Row[] {
  if (users === undefined) return []
  const shares = releases.map(({ share }) => shareAt(share, day))
  const all = shares.reduce((sum, share) => sum + share, 0)
  return releases.flatMap(({ version, channel }, i) => {
    const own = Math.round((users * dayFactor(date) * shares[i]!) / all)
    return own > 0 ? { date, product, version, release_channel: channel, users: own } : []
  })
}

async function writeBugs(files: TableFiles, { start, now }: { start: IsoDate; now: Date }): Promise<void> {
  const bugs = madeBugs.map(({ id, summary, signatures, isOpen, day }) => {
    const reported_at = isoTime(new Date(startOfDate(addDays(start, day)) + dayMs / 2))
    const state = isOpen ? { status: 'NEW', resolution: null } : { status: 'RESOLVED', resolution: 'FIXED' }
    return {
      id,
      url: null,
      ...state,
      is_open: isOpen,
      summary,
      signatures,
      is_private: false,
      reported_at,
      changed_at: reported_at,
    }
  })
  await storeBugs(files, tracker, { bugs, now })
}

/** Null: nothing was written, or not by this version. */
async function readState(crashes: Storage): Promise<State | null> {
  const object = await crashes.get(historyKey)
  if (!object) return null
  try {
    return check(stateDocument, JSON.parse(new TextDecoder().decode(await object.bytes()))).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const writeState = (crashes: Storage, state: State) =>
  crashes.put(historyKey, new TextEncoder().encode(JSON.stringify(state)), {
    contentType: 'application/json',
  })
