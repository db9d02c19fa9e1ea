// The table `refusals`: counts of refused reports that the edge wrote in batches, summed by day.
import { createHash } from 'node:crypto'
import pMap from 'p-map'
import { isCrashError } from '../../shared/errors.ts'
import { refusalsPrefix, tableKey } from '../../shared/keys.ts'
import { decodeRefusalCounts, type RefusalCount } from '../../shared/refusal-counts.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { encodeRows } from '../lake/parquet.ts'
import { type ColumnarRows, rowsOfColumns } from '../lake/rows.ts'
import { putTableFile, type TableFiles } from '../lake/table-files.ts'
import { refusalsTable } from '../lake/tables.ts'

/** Maximum number of concurrent reads. */
const readsAtOnce = 16

/**
 * Rewrites the file of each day whose batches have changed since it was written. Unreadable batches are skipped.
 * @returns files written
 */
export async function gatherRefusals(files: TableFiles): Promise<number> {
  const { crashes, lake } = files.stores
  let written = 0
  for (const [date, keys] of await batchesByDate(crashes)) {
    const key = tableKey(refusalsTable.name, date, 'all', 0)
    const source = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32)
    if ((await lake.head(key))?.metadata.source === source) continue
    const rows = rowsOf(date, await readBatches(crashes, keys))
    await putTableFile(lake, key, await encodeRows(files, refusalsTable, rows), { metadata: { source } })
    written++
  }
  return written
}

async function batchesByDate(crashes: Storage): Promise<Map<IsoDate, string[]>> {
  const days = new Map<IsoDate, string[]>()
  for await (const { key } of crashes.list(refusalsPrefix())) {
    const match = /^refusals\/(\d{4})(\d\d)(\d\d)\//.exec(key)
    if (!match) continue
    const date = `${match[1]}-${match[2]}-${match[3]}`
    const keys = days.get(date)
    if (keys) keys.push(key)
    else days.set(date, [key])
  }
  return days
}

async function readBatches(crashes: Storage, keys: readonly string[]): Promise<RefusalCount[]> {
  const batches = await pMap(keys, (key) => readBatch(crashes, key), { concurrency: readsAtOnce })
  return batches.flat()
}

async function readBatch(crashes: Storage, key: string): Promise<RefusalCount[]> {
  const object = await crashes.get(key)
  try {
    return object ? decodeRefusalCounts(await object.bytes()) : []
  } catch (error) {
    if (isCrashError(error) && error.code === 'bad-json') return []
    throw error
  }
}

/** One row per kind and hour. */
function rowsOf(date: IsoDate, counts: readonly RefusalCount[]): ColumnarRows {
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
  return rowsOfColumns(
    refusalsTable.columns,
    [...sums.values()].map(({ kind, count }) => ({ ...kind, date, release_channel: kind.channel, count })),
  )
}
