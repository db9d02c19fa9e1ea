// What the builders of aggregates share: the run, the text of rollups, tallies.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AggregatesVersion, Tally } from '../../shared/aggregates.ts'
import type { IsoDate, IsoTime } from '../../shared/units.ts'
import type { Database } from '../lake/duckdb.ts'
import type { Product } from '../products/products.ts'

/** What every builder needs. */
export interface AggregateRun {
  database: Database
  version: AggregatesVersion
  generatedAt: IsoTime
  /** The 28 days covered, oldest first. */
  dates: readonly IsoDate[]
  newestCrash: IsoTime | null
  products: readonly Product[]
  write(key: string, document: { generated_at: IsoTime }): Promise<void>
}

/** The text of `rollups/<name>.sql`. */
export const readRollup = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'sql', `${name}.sql`), 'utf8')

/** First 16 hex digits of the SHA-256 of a signature in UTF-8. */
export const signatureId = (signature: string): string =>
  createHash('sha256').update(signature).digest('hex').slice(0, 16)

/** A tally of a row; weights are rounded to what a reader can use. */
export const tallyOf = (row: { count: number; weighted: number }): Tally => ({
  count: row.count,
  weighted: roundWeight(row.weighted),
})

export const roundWeight = (weight: number) => Math.round(weight * 100) / 100

/** One tally per day covered, zero where there is no row. */
export function daysOf(
  run: AggregateRun,
  rows: readonly { date: string; count: number; weighted: number }[],
): Tally[] {
  const byDate = new Map(rows.map((row) => [row.date, row]))
  return run.dates.map((date) => {
    const row = byDate.get(date)
    return row ? tallyOf(row) : { count: 0, weighted: 0 }
  })
}
