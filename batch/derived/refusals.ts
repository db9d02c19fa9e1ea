// The table `refusals`: counts of refused reports that the edge wrote in batches, summed by day.
import { createHash } from 'node:crypto'
import pMap from 'p-map'
import { isCrashError } from '../../shared/errors.ts'
import { dayMs, startOfDate } from '../../shared/time/dates.ts'
import { madeFromKey, refusalsPrefix, tableKey } from '../../shared/keys.ts'
import { decodeRefusalCounts, type RefusalCount } from '../../shared/refusal-counts.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listKeyDates } from '../lake/dates.ts'
import { openMadeFrom } from '../lake/made-from.ts'
import { encodeRows } from '../lake/parquet.ts'
import { type ColumnarRows, rowsOfColumns } from '../lake/rows.ts'
import { listTableFiles, putTableFile, type TableFiles } from '../lake/files/table-files.ts'
import { refusalsTable } from '../lake/tables.ts'

/** Maximum number of concurrent reads. */
const readsAtOnce = 16

/**
 * Rewrites the file of each day whose batches have changed since it was written. Unreadable batches are skipped.
 * @returns files written
 */
export async function gatherRefusals(files: TableFiles, now = new Date()): Promise<number> {
  const { crashes, lake } = files.stores
  const madeFrom = await openMadeFrom(lake, madeFromKey('refusals'))
  const made = new Map((await listTableFiles(lake, refusalsTable.name)).map((file) => [file.key, file]))
  let written = 0
  for (const date of await listKeyDates(crashes, refusalsPrefix())) {
    const key = tableKey(refusalsTable.name, date, 'all', 0)
    const file = made.get(key)
    const known = file && madeFrom.sourceOf(file)
    if (known?.endsWith(complete)) continue
    const state = isOver(date, now) ? complete : ''
    const keys: string[] = []
    for await (const batch of crashes.list(refusalsPrefix(date))) keys.push(batch.key)
    const source = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32)
    if (file && (known === source || (await lake.head(key))?.metadata.source === source)) {
      madeFrom.set(file, source + state)
      continue
    }
    const rows = rowsOf(date, await readBatches(crashes, keys))
    const bytes = await encodeRows(files, refusalsTable, rows)
    const info = await putTableFile(lake, key, bytes, { metadata: { source } })
    if (info) madeFrom.set(info, source + state)
    written++
  }
  await madeFrom.save()
  return written
}

/** Marks the source of a day that gets no more batches. */
const complete = ' complete'

/** True a day after the end of a day, when no edge still holds counts of it. */
const isOver = (date: IsoDate, now: Date): boolean => startOfDate(date) + 2 * dayMs <= now.getTime()

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
