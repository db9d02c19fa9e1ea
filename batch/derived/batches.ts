// Tables made from batches that the edge writes: the file of a day is written again while more batches may arrive.
import { createHash } from 'node:crypto'
import pMap from 'p-map'
import { isCrashError } from '../../shared/errors.ts'
import { madeFromKey, tableKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { dayMs, startOfDate } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listKeyDates } from '../lake/dates.ts'
import { listTableFiles, putTableFile, storageOf, type TableFiles } from '../lake/files/table-files.ts'
import { openMadeFrom } from '../lake/made-from.ts'
import { encodeRows } from '../lake/parquet.ts'
import { type Row, rowsOfColumns } from '../lake/rows.ts'
import type { Table } from '../lake/tables.ts'

/** How the rows of a table are made from the batches of a day. */
export interface BatchedTable<T> {
  table: Table
  index: Parameters<typeof madeFromKey>[0]
  /** The prefix of the batches, in the bucket `crashes`. */
  prefix(date?: IsoDate): string
  /** @throws CrashError 'bad-json' */
  decode(bytes: Uint8Array): T[]
  rowsOf(date: IsoDate, values: readonly T[]): Row[]
}

/** Maximum number of concurrent reads. */
const readsAtOnce = 16

/**
 * Rewrites the file of each day whose batches have changed since it was written. Unreadable batches are skipped.
 * @returns files written
 */
export async function gatherBatches<T>(
  files: TableFiles,
  { table, index, prefix, decode, rowsOf }: BatchedTable<T>,
  now: Date,
): Promise<number> {
  const { crashes } = files.stores
  const storage = storageOf(files, table)
  const madeFrom = await openMadeFrom(storage, madeFromKey(index))
  const made = new Map((await listTableFiles(storage, table.name)).map((file) => [file.key, file]))
  let written = 0
  for (const date of await listKeyDates(crashes, prefix())) {
    const key = tableKey(table.name, date, 'all', 0)
    const file = made.get(key)
    const known = file && madeFrom.sourceOf(file)
    if (known?.endsWith(complete)) continue
    const state = isOver(date, now) ? complete : ''
    const keys: string[] = []
    for await (const batch of crashes.list(prefix(date))) keys.push(batch.key)
    const source = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32)
    if (file && (known === source || (await storage.head(key))?.metadata.source === source)) {
      madeFrom.set(file, source + state)
      continue
    }
    const rows = rowsOf(date, await readBatches(crashes, keys, decode))
    const bytes = await encodeRows(files, table, rowsOfColumns(table.columns, rows))
    const info = await putTableFile(storage, key, bytes, { metadata: { source } })
    if (info) madeFrom.set(info, source + state)
    written++
  }
  await madeFrom.save()
  return written
}

/** Marks the source of a day that gets no more batches. */
const complete = ' complete'

/** True a day after the end of a day, when no edge still holds rows of it. */
const isOver = (date: IsoDate, now: Date): boolean => startOfDate(date) + 2 * dayMs <= now.getTime()

async function readBatches<T>(
  crashes: Storage,
  keys: readonly string[],
  decode: (bytes: Uint8Array) => T[],
): Promise<T[]> {
  const read = async (key: string): Promise<T[]> => {
    const object = await crashes.get(key)
    try {
      return object ? decode(await object.bytes()) : []
    } catch (error) {
      if (isCrashError(error) && error.code === 'bad-json') return []
      throw error
    }
  }
  return (await pMap(keys, read, { concurrency: readsAtOnce })).flat()
}
