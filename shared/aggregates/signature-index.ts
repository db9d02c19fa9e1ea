// The signature index under aggregates/v4/: all signatures of the last year in few documents, for lists and the palette.
import * as z from 'zod/mini'
import { aggregatesVersion } from './documents.ts'
import { dateAt, dayMs, startOfDate } from '../time/dates.ts'
import type { IsoDate } from '../units.ts'

/** A signature without a crash for longer is not in the index. */
export const indexedDays = 365
/** Those with the most crashes in the last 28 days, then those seen last. */
export const mostIndexed = 100_000
/** Signatures of one part. */
export const indexPartSize = 5000
/** Products listed with a signature. */
export const indexedProducts = 5

const version = z.literal(aggregatesVersion)
const time = z.string()
const numbers = z.array(z.number())

/** aggregates/v4/signature-index.json: which parts there are. */
export const signatureIndexSchema = z.object({
  version,
  generated_at: time,
  /** The most relevant signatures first. `recent`: with crashes in the last 28 days. */
  parts: z.array(z.object({ name: z.string(), signatures: z.number(), recent: z.boolean() })),
  /** Signatures of the year beyond the limit, in no part. */
  omitted: z.number(),
})
export type SignatureIndex = z.infer<typeof signatureIndexSchema>

/**
 * aggregates/v4/signature-index/<name>.json: columns with one entry per signature. Parts named `recent-<n>` have the
 * signatures with crashes in the last 28 days, the most frequent first; others have those last seen in a month, named
 * `<yyyy-mm>-<n>`, the last seen first, so these change only when a signature comes or leaves.
 */
export const signatureIndexPartSchema = z.object({
  version,
  generated_at: time,
  name: z.string(),
  signatures: z.array(z.string()),
  /** The names that `products` refers to. */
  product_names: z.array(z.string()),
  /** Indexes in `product_names`, those with the most crashes first, at most 5. */
  products: z.array(numbers),
  /** Estimated crashes of the last 28 days; absent where there are none. */
  recent: z.exactOptional(numbers),
  /** A digit per day of the last 28, as in `shared/aggregates/day-levels.ts`; absent where there are none. */
  days: z.exactOptional(z.array(z.string())),
  /** Estimated crashes over all time. */
  total: numbers,
  /** Over all time, in days since 1970. */
  first_seen: numbers,
  last_seen: numbers,
})
export type SignatureIndexPart = z.infer<typeof signatureIndexPartSchema>

/** Days since 1970. */
export const dayNumberOf = (date: IsoDate): number => startOfDate(date) / dayMs
/** The date of a number of days since 1970; empty when it is out of range. */
export const dateOfDayNumber = (number: number): IsoDate =>
  Math.abs(number) < 1e8 ? dateAt(number * dayMs) : ''
