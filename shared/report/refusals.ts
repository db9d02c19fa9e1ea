// Every reason why a submission is malformed, with its response: one table for parser, edge, metrics and docs.
import { CrashError } from '../errors.ts'
import table from './refusals.json' with { type: 'json' }

interface RefusalAnswer {
  status: 400 | 403 | 408 | 413
  doc: string
}

/**
 * Reason → response, in refusals.json. The codes up to `invalid_uuid` are those of Mozilla's collector; the others are
 * additional limits.
 */
export const refusals = table as Readonly<Record<RefusalReason, RefusalAnswer>>

export type RefusalReason = keyof typeof table

/** A malformed submission. The code is `bad-report`; `reason` is more specific. */
export class Refusal extends CrashError {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, options?: { cause?: unknown }) {
    super('bad-report', `Refused: ${refusals[reason].doc} (${reason})`, options)
    this.reason = reason
  }
}

/** The limits of one submission; all finite. Sizes in bytes, inclusive. */
export interface SubmissionLimits {
  maxBodyBytes: number
  maxInflatedBytes: number
  /** Inflated size divided by size on the wire, checked once `ratioFreeBytes` were inflated. */
  maxRatio: number
  ratioFreeBytes: number
  /** Inflated size of all minidumps that arrived compressed over wire size. */
  maxNestedRatio: number
  maxPartHeaderBytes: number
  /** The headers of all parts together. */
  maxAllHeaderBytes: number
  maxParts: number
  maxFields: number
  /** A longer text field is dropped with a note. */
  maxFieldBytes: number
  /** All text and JSON together. */
  maxAnnotationBytes: number
  maxFiles: number
}

const MiB = 1024 * 1024

export const defaultLimits: Readonly<SubmissionLimits> = {
  maxBodyBytes: 25 * MiB,
  maxInflatedBytes: 128 * MiB,
  maxRatio: 200,
  ratioFreeBytes: 2 * MiB,
  maxNestedRatio: 50,
  maxPartHeaderBytes: 16 * 1024,
  maxAllHeaderBytes: MiB,
  maxParts: 10_000,
  maxFields: 5_000,
  maxFieldBytes: 20 * MiB,
  maxAnnotationBytes: 24 * MiB,
  maxFiles: 128,
}
