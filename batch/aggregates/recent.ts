// The table of recent crashes: columns of few values are numbers of a list, which takes a fraction of the memory and time.
import type { IsoDate } from '../../shared/units.ts'
import { execute, identifier, literal } from '../lake/duckdb.ts'
import { type AggregateRun, executeSql } from './run.ts'

interface Period {
  from: IsoDate
  to: IsoDate
}

/** Columns whose names `shown_names` limits. */
const shown = ['product', 'version', 'release_channel', 'platform', 'process_type'] as const
/** Columns whose values are all listed, with the expression of `recent.sql`. */
const listed = {
  signature: `coalesce(signature, '')`,
  report_type: `coalesce(nullif(report_type, ''), 'crash')`,
  platform_pretty_version: 'platform_pretty_version',
  cpu_arch: 'cpu_arch',
  build_id: 'build_id',
  reason: 'reason',
  moz_crash_reason: 'moz_crash_reason',
  adapter_vendor_id: 'adapter_vendor_id',
  android_model: 'android_model',
} as const

/** Creates the table `recent`; the lists of its columns are types such as `recent_product`, sorted like texts. */
export async function createRecent(run: AggregateRun, period: Period): Promise<void> {
  const create = (column: string, values: string) =>
    execute(
      run.database.connection,
      `CREATE OR REPLACE TEMP TYPE ${identifier(`recent_${column}`)} AS ENUM (
         SELECT value FROM (SELECT '' AS value UNION ${values}) WHERE value IS NOT NULL ORDER BY value)`,
    )
  for (const kind of shown)
    await create(
      kind,
      `SELECT name FROM shown_names WHERE kind = ${literal(kind)} UNION SELECT unnest(['Other', 'Unknown'])`,
    )
  for (const [column, value] of Object.entries(listed))
    await create(
      column,
      `SELECT ${value} FROM unique_crashes
       WHERE date BETWEEN ${literal(period.from)}::DATE AND ${literal(period.to)}::DATE`,
    )
  await executeSql(run, 'recent', { ...period })
}
