// Finds duplicates: crash IDs that differ only in the day.
import { ascending } from '../../shared/text/ascending.ts'
import { daysAfter, daysBefore, daysUpTo } from '../../shared/time/dates.ts'
import { dateOfCrashId } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashesTable } from '../lake/tables.ts'

/** How many days back to look for an earlier report. */
const daysBack = 28
/** Length of the part of a crash ID that derives from the report's content. */
const contentLength = 29

/**
 * For those of `crashIds`, all of the day `date`, that are duplicates: the crash ID of the first report. `coming` are
 * crashes that have no row yet and will get one.
 */
export async function findOriginals(
  files: TableFiles,
  date: IsoDate,
  crashIds: readonly string[],
  coming: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const found = await joinRows<{ crash_id: string; original: string }>(files, {
    dates: daysBefore(date, daysBack),
    ids: crashIds,
    coming: coming.filter((id) => dateOfCrashId(id) < date),
    select: 'SELECT sent.crash_id, min_by(held.crash_id, held.crash_id[-6:]) AS original',
    where: 'true GROUP BY ALL',
  })
  return new Map(found.map((row) => [row.crash_id, row.original]))
}

/**
 * Reports of later days that are duplicates of `crashIds`, all of the day `date`, and are not marked: they were
 * processed first, or refer to a later report. By day, in order.
 */
export async function findRepeats(
  files: TableFiles,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<ReadonlyMap<IsoDate, string[]>> {
  const found = await joinRows<{ crash_id: string }>(files, {
    dates: daysAfter(date, daysBack),
    ids: crashIds,
    coming: [],
    select: 'SELECT DISTINCT held.crash_id',
    where: 'held.duplicate_of IS NULL OR held.duplicate_of[-6:] > sent.crash_id[-6:] ORDER BY 1',
  })
  const ids = found.map((row) => row.crash_id)
  return new Map([...Map.groupBy(ids, dateOfCrashId)].sort(([a], [b]) => ascending(a, b)))
}

interface Question {
  /** Days whose rows are searched. */
  dates: readonly IsoDate[]
  ids: readonly string[]
  coming: readonly string[]
  select: string
  where: string
}

/** Joins crash IDs (`sent`) with the rows of some days (`held`) that have the same content. */
async function joinRows<T>(files: TableFiles, { dates, ids, coming, select, where }: Question): Promise<T[]> {
  const paths = await localPaths(files, crashesTable, dates)
  if (paths.length === 0 && coming.length === 0) return []
  return rowsOf<T>(
    files.database.connection,
    `WITH sent AS (SELECT unnest($ids) AS crash_id),
     held AS (SELECT unnest($coming) AS crash_id, NULL::VARCHAR AS duplicate_of
              ${paths.length ? `UNION ALL BY NAME ${rowsOfDays}` : ''})
     ${select} FROM sent JOIN held ON held.crash_id[:${contentLength}] = sent.crash_id[:${contentLength}]
     WHERE ${where}`,
    { ids, coming, ...(paths.length && { paths }) },
  )
}

const rowsOfDays = 'SELECT crash_id, duplicate_of FROM read_parquet($paths, union_by_name = true)'

/** Crash IDs of those days that are duplicates but are not marked in their row. */
export async function findUnmarked(files: TableFiles, dates: readonly IsoDate[]): Promise<string[]> {
  const all = new Set(dates.flatMap((date) => daysUpTo(date, daysBack + 1)))
  const paths = await localPaths(files, crashesTable, [...all].sort())
  if (paths.length === 0) return []
  const rows = await rowsOf<{ crash_id: string }>(
    files.database.connection,
    `WITH held AS (
       SELECT *, hash(crash_id[:${contentLength}]) AS content, try_strptime(crash_id[-6:], '%y%m%d')::DATE AS day
       FROM (${rowsOfDays})
     ),
     again AS (SELECT * FROM held SEMI JOIN (SELECT content FROM held GROUP BY content HAVING count(*) > 1) USING (content))
     SELECT DISTINCT later.crash_id FROM again later
     JOIN again first ON first.content = later.content AND first.day BETWEEN later.day - ${daysBack} AND later.day - 1
     WHERE later.duplicate_of IS NULL AND list_contains($dates, later.day::VARCHAR) ORDER BY 1`,
    { paths, dates },
  )
  return rows.map((row) => row.crash_id)
}
