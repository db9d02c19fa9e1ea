// Signatures without a page of their own: what is known of them over all time, in documents by the start of their ID.
import type { PastAggregate, PastSignature } from '../../shared/aggregates/documents.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { IsoDate } from '../../shared/units.ts'
import { bugsOf } from './bugs.ts'
import { type AggregateRun, queryRows, roundWeight, signatureId, tallyOf } from './run.ts'

interface PastRow {
  signature: string
  first_seen: IsoDate
  last_seen: IsoDate
  first_build: string | null
  count: number
  weighted: number
  products: string[]
  /** The newest first. */
  weeks: { week: IsoDate; weighted: number }[]
}

/** Bounds the documents. */
const mostSignatures = 100_000
const mostWeeks = 60

/** Runs after `chosen`. A document changes only when one of its signatures gets or loses a page. */
export async function buildPastSignatures(run: AggregateRun): Promise<PastAggregate[]> {
  const limits = { most: mostSignatures, most_weeks: mostWeeks }
  const rows = await queryRows<PastRow>(run, 'past-signatures', limits)
  const signatures = rows.map((row) => pastOf(run, row)).sort((a, b) => ascending(a.id, b.id))
  const groups = Map.groupBy(signatures, ({ id }) => id.slice(0, 2))
  return [...groups].map(([start, list]) => ({
    version: run.version,
    generated_at: run.generatedAt,
    start,
    signatures: list,
  }))
}

const pastOf = (run: AggregateRun, { weeks, ...row }: PastRow): PastSignature => ({
  signature: row.signature,
  id: signatureId(row.signature),
  total: tallyOf(row),
  products: row.products,
  first_seen: row.first_seen,
  last_seen: row.last_seen,
  first_build: row.first_build,
  weeks: weeks.toReversed().map(({ week, weighted }) => [week, roundWeight(weighted)]),
  ...bugsOf(run, row.signature),
})
