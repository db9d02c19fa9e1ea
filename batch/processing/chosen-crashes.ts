// Selects crashes to reprocess by a query.
import { CrashError } from '../../shared/errors.ts'
import { rowsOf, type SqlValues } from '../lake/duckdb.ts'
import type { Lake } from '../lake/views.ts'

/**
 * The crash IDs of the rows in `crashes` that match a condition, in order.
 * @throws CrashError 'bad-usage' if the condition is not valid SQL
 */
export async function crashesWhere(lake: Lake, condition: string): Promise<string[]> {
  try {
    return await crashIdsOf(lake, `SELECT DISTINCT crash_id FROM crashes WHERE (${condition}\n) ORDER BY 1`)
  } catch (cause) {
    throw new CrashError('bad-usage', `--where: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

const crashIdsOf = async (lake: Lake, sql: string, values?: SqlValues) =>
  (await rowsOf<{ crash_id: string }>(lake.database.connection, sql, values)).map((row) => row.crash_id)
