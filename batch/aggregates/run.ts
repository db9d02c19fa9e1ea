// Shared by the builders of aggregates: the run, its queries, tallies.
import { createHash } from 'node:crypto'
import type {
  AggregatesVersion,
  DayTally,
  KnownBug,
  LeadingSignature,
  Tally,
} from '../../shared/aggregates/documents.ts'
import type { ReleasesAggregate } from '../../shared/releases/document.ts'
import type { IsoDate, IsoTime } from '../../shared/units.ts'
import { type Database, execute, readSql, rowsOf, type SqlValues, streamRows } from '../lake/duckdb.ts'
import type { Product } from '../products/product-file.ts'

/** Input of every builder. */
export interface AggregateRun {
  database: Database
  version: AggregatesVersion
  generatedAt: IsoTime
  /** The 28 days covered, oldest first. */
  dates: readonly IsoDate[]
  newestCrash: IsoTime | null
  /** End of all periods: the newest crash, or the end of the last day when that is earlier. */
  until: IsoTime | null
  products: readonly Product[]
  /** By signature. */
  bugs: ReadonlyMap<string, KnownBug[]>
  /** By product: the signatures with the most crashes. */
  leading: ReadonlyMap<string, LeadingSignature[]>
  /** By product. */
  releases: ReadonlyMap<string, ReleasesAggregate>
}

/** One aggregate: a JSON document for the dashboard; null: the stored one is kept. */
export interface AggregateDocument {
  key: string
  document: { generated_at: IsoTime } | null
  /** Identifies what it was made from, where that is known before it is built. */
  source?: string
  text?: never
}

export type AnyDocument = AggregateDocument | SourcedDocument | TextDocument

/** A file for other readers than the dashboard. */
export interface TextDocument {
  key: string
  text: string
  contentType: string
  document?: never
  source?: never
}

/** One that is not built, because the stored one was made from the same source. */
export interface SourcedDocument {
  key: string
  source: string
  document?: never
  text?: never
}

/** Estimated crashes of one day. */
export interface DayEstimate {
  date: IsoDate
  weighted: number
}

/** One estimate per day covered; days that are not listed have none. */
export function estimatesOf({ dates }: AggregateRun, days: readonly DayEstimate[]): number[] {
  const byDate = new Map(days.map(({ date, weighted }) => [date, weighted]))
  return dates.map((date) => roundWeight(byDate.get(date) ?? 0))
}

/** The rows of the query in `sql/<name>.sql`. */
export const queryRows = <T>({ database }: AggregateRun, name: string, values?: SqlValues): Promise<T[]> =>
  rowsOf<T>(database.connection, readSql(import.meta.dirname, name), values)

/** The rows of the query in `sql/<name>.sql`, as `streamRows` returns them. No other query may run until all are read. */
export const streamSql = <T extends object>(
  { database }: AggregateRun,
  name: string,
  values?: SqlValues,
): AsyncGenerator<Iterable<T>> =>
  streamRows<T>(database.connection, readSql(import.meta.dirname, name), values)

/** Runs the statement in `sql/<name>.sql`. */
export const executeSql = ({ database }: AggregateRun, name: string, values?: SqlValues): Promise<void> =>
  execute(database.connection, readSql(import.meta.dirname, name), values)

/** First 16 hex digits of the SHA-256 of a signature in UTF-8. */
export const signatureId = (signature: string): string =>
  createHash('sha256').update(signature).digest('hex').slice(0, 16)

/** A tally of a row; weights are rounded to useful precision. */
export const tallyOf = (row: { count: number; weighted: number }): Tally => ({
  count: row.count,
  weighted: roundWeight(row.weighted),
})

export const roundWeight = (weight: number) => Math.round(weight * 100) / 100

/** One tally per day covered, zero where there is no row. */
export function daysOf(run: AggregateRun, rows: readonly DayTally[]): Tally[] {
  const byDate = new Map(rows.map((row) => [row.date, row]))
  return run.dates.map((date) => {
    const row = byDate.get(date)
    return row ? tallyOf(row) : { count: 0, weighted: 0 }
  })
}
