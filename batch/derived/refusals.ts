// The table `refusals`: counts of refused reports that the edge wrote in batches, summed by day.
import { refusalsPrefix } from '../../shared/keys.ts'
import { decodeRefusalCounts, type RefusalCount } from '../../shared/refusal-counts.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import type { Row } from '../lake/rows.ts'
import { refusalsTable } from '../lake/tables.ts'
import { type BatchedTable, gatherBatches } from './batches.ts'

const refusals: BatchedTable<RefusalCount> = {
  table: refusalsTable,
  index: 'refusals',
  prefix: refusalsPrefix,
  decode: decodeRefusalCounts,
  rowsOf,
}

/** Updates the table. @returns files written */
export const gatherRefusals = (files: TableFiles, now = new Date()): Promise<number> =>
  gatherBatches(files, refusals, now)

/** One row per kind and hour. */
function rowsOf(date: IsoDate, counts: readonly RefusalCount[]): Row[] {
  const sums = new Map<string, { kind: Omit<RefusalCount, 'count'>; count: number }>()
  for (const { count, ...kind } of counts) {
    const key = JSON.stringify([
      kind.hour,
      kind.product,
      kind.version,
      kind.channel,
      kind.platform,
      kind.process_type,
      kind.rule,
    ])
    const sum = sums.get(key)
    if (sum) sum.count += count
    else sums.set(key, { kind, count })
  }
  return [...sums.values()].map(({ kind, count }) => ({
    ...kind,
    date,
    release_channel: kind.channel,
    count,
  }))
}
