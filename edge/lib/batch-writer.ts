// Rows that wait in memory and are written together: one object per flush and day.
import { encodeLines } from '../../shared/json/json-lines.ts'
import { retry } from '../../shared/retry.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { describeError, type Log } from './log.ts'

export interface BatchTools {
  storage: Storage
  log: Log
  /** Called on the first change after each flush attempt; must schedule the flush. */
  schedule(flush: () => Promise<void>): void
  /** A name that no other writer uses. */
  uniqueName(): string
}

export interface Flusher {
  /** Something is to be written: a flush is scheduled unless one is. */
  changed(): void
  flush(): Promise<void>
}

/** @param write must not throw */
export function createFlusher(schedule: BatchTools['schedule'], write: () => Promise<void>): Flusher {
  let scheduled = false
  const flush = () => {
    scheduled = false
    return write()
  }
  return {
    changed() {
      if (!scheduled) schedule(flush)
      scheduled = true
    },
    flush,
  }
}

interface Batches<Row> {
  dateOf(row: Row): IsoDate
  keyOf(date: IsoDate, name: string): string
  /** The log entry of a failure. */
  failure: string
}

/** Writes one object per day. Returns the rows that could not be written. */
export async function writeBatches<Row>(
  rows: readonly Row[],
  { storage, log, uniqueName, dateOf, keyOf, failure }: Omit<BatchTools, 'schedule'> & Batches<Row>,
): Promise<Row[]> {
  const left: Row[] = []
  for (const [date, batch] of Map.groupBy(rows, dateOf)) {
    const key = keyOf(date, uniqueName())
    const body = encodeLines(batch)
    try {
      await retry(() => storage.put(key, body, { contentType: 'application/jsonl', ifNoneMatch: '*' }))
    } catch (error) {
      log('error', failure, { rows: batch.length, error: describeError(error) })
      left.push(...batch)
    }
  }
  return left
}
