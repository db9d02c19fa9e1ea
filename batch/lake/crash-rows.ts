// Finds and removes the rows of crashes in a table's day.
import type { IsoDate } from '../../shared/units.ts'
import { rowsOf } from './duckdb.ts'
import { mergeRows } from './merge.ts'
import { localPaths } from './files/local-copies.ts'
import type { TableFiles } from './files/table-files.ts'
import type { CrashTable } from './tables.ts'

/** Removes the rows of crashes from a table's day; returns the ids of those that had any. */
export async function removeRows(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<string[]> {
  const ids = await findHeld(files, table, date, crashIds)
  if (ids.length) await mergeRows(files, table, { date, shard: '0of1' }, { paths: [], crashIds: ids })
  return ids
}

/** The crashes that have rows in a table's day. */
export async function findHeld(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<string[]> {
  const paths = await localPaths(files, table, [date])
  if (paths.length === 0) return []
  const held = await rowsOf<{ crash_id: string }>(
    files.database.connection,
    `SELECT DISTINCT crash_id FROM read_parquet($paths, union_by_name = true)
     SEMI JOIN (SELECT unnest($crashIds) AS crash_id) USING (crash_id)`,
    { paths, crashIds },
  )
  return held.map((row) => row.crash_id)
}
