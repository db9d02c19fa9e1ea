// Finds the same report under an earlier day: crash ids that differ in the day only.
import type { IsoDate } from '../shared/units.ts'
import { quoteList, rowsOf } from './database.ts'
import { localPaths } from './day.ts'
import type { TableFiles } from './table-files.ts'
import { crashesTable } from './tables.ts'

/** How many days back a report may have been sent before. */
const daysBack = 28
/** Characters of a crash id that are made of the report's content. */
const contentLength = 29

/** For those of `crashIds` that were submitted on an earlier day too: the crash id of the first time. */
export async function findOriginals(
  files: TableFiles,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const paths = await localPaths(files, crashesTable, daysBefore(date, daysBack))
  if (paths.length === 0) return new Map()
  const { connection } = files.database
  await connection.run('CREATE OR REPLACE TEMP TABLE sent AS SELECT unnest($ids::VARCHAR[]) AS crash_id', {
    ids: `[${crashIds.join(',')}]`,
  })
  const found = await rowsOf<{ crash_id: string; original: string }>(
    connection,
    `SELECT sent.crash_id, min_by(old.crash_id, old.crash_id[-6:]) AS original
     FROM sent JOIN read_parquet(${quoteList(paths)}, union_by_name = true) old
       ON old.crash_id[:${contentLength}] = sent.crash_id[:${contentLength}]
     GROUP BY ALL`,
  )
  return new Map(found.map((row) => [row.crash_id, row.original]))
}

/** The `count` days before a day, oldest first. */
export function daysBefore(date: IsoDate, count: number): IsoDate[] {
  const end = Date.parse(`${date}T00:00:00Z`)
  return Array.from({ length: count }, (_, i) =>
    new Date(end - (count - i) * 86_400_000).toISOString().slice(0, 10),
  )
}
