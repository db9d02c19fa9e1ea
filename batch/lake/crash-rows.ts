// Finds and removes the rows of crashes in a table's day.
import type { IsoDate } from '../../shared/units.ts'
import { execute, literal, rowsOf } from './duckdb.ts'
import { mergeRows } from './merge.ts'
import { localPaths } from './files/local-copies.ts'
import type { TableFiles } from './files/table-files.ts'
import type { CrashTable } from './tables.ts'
import { temporaryFile } from './files/temporary.ts'

/** Removes the rows of crashes from a table's day; returns the ids of those that had any. */
export async function removeRows(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  crashIds: readonly string[],
): Promise<string[]> {
  const ids = await findHeld(files, table, date, crashIds)
  if (ids.length) await mergeRows(files, table, { date, shard: '0of1' }, { query: null, crashIds: ids })
  return ids
}

/** Of crashes with several rows in a day of a table with one row per crash, removes all but one. */
export async function removeRepeats(
  files: TableFiles,
  table: CrashTable,
  target: { date: IsoDate; shard: string },
  crashIds: readonly string[],
): Promise<void> {
  const paths = await localPaths(files, table, [target.date])
  if (paths.length === 0) return
  const { connection } = files.database
  const rows = `FROM read_parquet($paths, union_by_name = true)
    SEMI JOIN (SELECT unnest($crashIds) AS crash_id) USING (crash_id)`
  const repeated = await rowsOf<{ crash_id: string }>(
    connection,
    `SELECT crash_id ${rows} GROUP BY crash_id HAVING count(*) > 1`,
    { paths, crashIds },
  )
  if (repeated.length === 0) return
  const ids = repeated.map((row) => row.crash_id)
  await using kept = await temporaryFile(files.dir)
  await execute(
    connection,
    `COPY (SELECT * ${rows} QUALIFY row_number() OVER (PARTITION BY crash_id) = 1) TO $out (FORMAT parquet)`,
    { paths, crashIds: ids, out: kept.path },
  )
  const query = `FROM read_parquet(${literal(kept.path)})`
  await mergeRows(files, table, target, { query, crashIds: ids })
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
