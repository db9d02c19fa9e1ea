// What is more frequent in the crashes of a signature than in other crashes of the product: shapes of the documents.
import * as z from 'zod/mini'
import { aggregatesVersion } from './documents.ts'

/** Signatures with fewer reports in the period have no correlations. */
export const leastForCorrelations = 25

/**
 * `value`: a column has this value; `flag`: it is true or false; `number`: it is in this range; `item`: a list has this
 * item; `module`: a module with this file name is loaded.
 */
const correlationKind = z.enum(['value', 'flag', 'number', 'item', 'module'])
export type CorrelationKind = z.infer<typeof correlationKind>

const correlated = z.object({
  kind: correlationKind,
  /** A column of the table `crashes`; `modules` for a module. */
  column: z.string(),
  /** Of a number: empty. */
  value: z.string(),
  /** Of a number: above the first, up to and including the second; null: no limit. */
  range: z.nullable(z.tuple([z.nullable(z.number()), z.nullable(z.number())])),
  /** 0…1 of the crashes of the signature, and of the other crashes of the product. */
  group: z.number(),
  reference: z.number(),
})
export type Correlated = z.infer<typeof correlated>

const correlation = z.object({
  ...correlated.shape,
  /** What explains a part of it; `group` and `reference` of the correlation where this holds. */
  prior: z.nullable(z.object({ of: correlated, group: z.number(), reference: z.number() })),
  /** Differences that vanish where this one holds. */
  explains: z.array(correlated),
})
export type Correlation = z.infer<typeof correlation>

const ofSignature = z.object({
  id: z.string(),
  /** Reports that were compared, at most 1,000. */
  reports: z.number(),
  /** Number of tests. */
  tests: z.number(),
  /** The largest difference first, at most 12. */
  correlations: z.array(correlation),
})
export type SignatureCorrelations = z.infer<typeof ofSignature>

/**
 * aggregates/v4/correlations/<product slug>/<first digit of signature IDs>.json: the signatures of a product with at least
 * 25 reports in the period, the 500 with the most crashes.
 */
export const correlationsSchema = z.object({
  version: z.literal(aggregatesVersion),
  generated_at: z.string(),
  product: z.string(),
  start: z.string(),
  /** Identifies the table files and the method; a document of the same source is not computed again. */
  source: z.string(),
  /** First and last day, whole days only. */
  from: z.string(),
  to: z.string(),
  /** Reports of the product that signatures were compared with, at most 20,000. */
  reference: z.number(),
  signatures: z.array(ofSignature),
})
export type CorrelationsAggregate = z.infer<typeof correlationsSchema>
