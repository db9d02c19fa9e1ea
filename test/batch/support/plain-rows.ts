// Rows of a result as `mayday sql` prints them.
import type { DuckDBResultReader } from '@duckdb/node-api'
import { toPlain } from '../../../batch/sql/output/plain-values.ts'

/** Times are in UTC. */
export function plainRowsOf(reader: DuckDBResultReader): unknown[][] {
  const convert = reader.columnTypes().map((type) => toPlain(type, 'UTC'))
  return reader.getRows().map((row) => row.map((value, i) => convert[i]!(value)))
}
