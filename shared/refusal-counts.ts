// Counts of refused reports: written by the edge, read by batch. They contain no personal data.
import * as z from 'zod/mini'
import { decodeLines } from './json/json-lines.ts'
import { positiveInteger } from './json/schema.ts'

/** The dimensions of the counts. */
export interface RefusalKind {
  product: string
  version: string
  channel: string
  platform: string
  processType: string
  /** The rule of the throttle, or `malformed_<reason>`. */
  rule: string
}

/** One line of a stored batch: all columns of the table `refusals`. */
const refusalCount = z.object({
  /** Start of the hour: `2026-11-23T14:00:00+00:00`. */
  hour: z.string(),
  product: z.string(),
  version: z.string(),
  channel: z.string(),
  platform: z.string(),
  process_type: z.string(),
  rule: z.string(),
  count: positiveInteger,
})
export type RefusalCount = z.output<typeof refusalCount>

const maxText = 60

/** Truncates texts, so that clients cannot make the table large. */
export function countOf(kind: RefusalKind, at: Date, count: number): RefusalCount {
  const cut = (text: string) => text.slice(0, maxText).toWellFormed()
  return {
    hour: `${at.toISOString().slice(0, 13)}:00:00+00:00`,
    product: cut(kind.product),
    version: cut(kind.version),
    channel: cut(kind.channel),
    platform: cut(kind.platform),
    process_type: cut(kind.processType),
    rule: cut(kind.rule),
    count,
  }
}

/** @throws CrashError 'bad-json' */
export const decodeRefusalCounts = (bytes: Uint8Array): RefusalCount[] =>
  decodeLines(refusalCount, bytes, 'the refusal counts')
