// Counts of refused reports: written by the edge, read by batch. They contain no personal data.
import { CrashError } from './errors.ts'
import type { IsoTime } from './units.ts'

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
export interface RefusalCount {
  /** Start of the hour: `2026-11-23T14:00:00+00:00`. */
  hour: IsoTime
  product: string
  version: string
  channel: string
  platform: string
  process_type: string
  rule: string
  count: number
}

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

const textColumns = ['hour', 'product', 'version', 'channel', 'platform', 'process_type', 'rule'] as const

function parseLine(line: string, index: number): RefusalCount {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new CrashError('bad-json', `Line ${index + 1} of the refusal counts is not JSON`, { cause: error })
  }
  const count = value as RefusalCount | null
  const whole = textColumns.every((column) => typeof count?.[column] === 'string')
  if (!whole || !Number.isSafeInteger(count?.count) || count!.count < 1) {
    throw new CrashError('bad-json', `Line ${index + 1} of the refusal counts lacks a required column`)
  }
  return count!
}
