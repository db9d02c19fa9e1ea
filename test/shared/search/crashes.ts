// Crash reports as rows of the table `crashes`, for tests.
import { now } from './parsed.ts'

/** Times are microseconds. Columns that are absent are null. */
export interface Crash {
  readonly crash_id: string
  readonly processed_at: number
  readonly [column: string]: string | number | bigint | boolean | readonly string[] | null
}

/** Reports of the last hour with the given columns, newest first. */
export const crashesOf = (rows: readonly Omit<Crash, 'crash_id' | 'processed_at'>[]): Crash[] =>
  rows.map((row, i) => ({
    crash_id: `id${String(i).padStart(4, '0')}`,
    processed_at: now - (i + 1) * 1_000_000,
    ...row,
  }))
