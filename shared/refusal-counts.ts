// Counts of refused reports: written by the edge, read by batch. They contain no personal data.
import * as z from 'zod/mini'
import { CrashError } from './errors.ts'
import { positiveInteger, readDocument } from './json/schema.ts'

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

export function encodeRefusalCounts(counts: readonly RefusalCount[]): Uint8Array {
  return new TextEncoder().encode(counts.map((count) => `${JSON.stringify(count)}\n`).join(''))
}

/** @throws CrashError 'bad-json' */
export function decodeRefusalCounts(bytes: Uint8Array): RefusalCount[] {
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines.filter((line) => line !== '').map(parseLine)
}

function parseLine(line: string, index: number): RefusalCount {
  const prefix = `Line ${index + 1} of the refusal counts: `
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new CrashError('bad-json', `${prefix}it is not JSON`, { cause })
  }
  return readDocument(refusalCount, value, { code: 'bad-json', prefix })
}
