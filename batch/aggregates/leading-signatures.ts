// The signatures of each product with the most crashes.
import type { LeadingSignature } from '../../shared/aggregates/documents.ts'
import type { IsoDate } from '../../shared/units.ts'
import { listedBugsOf } from './bugs.ts'
import { type AggregateRun, type DayEstimate, estimatesOf, queryRows, signatureId, tallyOf } from './run.ts'

interface LeadingRow {
  product: string
  signature: string
  count: number
  weighted: number
  first_seen: IsoDate
  installs: number
  days: DayEstimate[]
}

/** More than the home page lists: alerts are found in them, too. */
const mostSignatures = 100

/** By product, the largest first. Runs after `product-history`. */
export async function readLeadingSignatures(run: AggregateRun): Promise<Map<string, LeadingSignature[]>> {
  const values = { from: run.dates[0]!, to: run.dates.at(-1)!, most: mostSignatures }
  const rows = await queryRows<LeadingRow>(run, 'leading-signatures', values)
  const groups = Map.groupBy(rows, ({ product }) => product)
  return new Map([...groups].map(([product, own]) => [product, own.map((row) => leadingOf(run, row))]))
}

const leadingOf = (run: AggregateRun, row: LeadingRow): LeadingSignature => ({
  signature: row.signature,
  id: signatureId(row.signature),
  total: tallyOf(row),
  first_seen: row.first_seen,
  installs: row.installs,
  days: estimatesOf(run, row.days),
  ...listedBugsOf(run, row.signature),
})
