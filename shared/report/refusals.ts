// Every reason why a submission is malformed, with the answer it gets: one table for parser, edge, metrics and docs.
import { CrashError } from '../errors.ts'

interface RefusalAnswer {
  status: 400 | 403 | 408 | 413
  doc: string
}

/** Reason → answer. The first group are the words clients of Mozilla's collector know; the second are our limits. */
export const refusals = {
  no_content_type: { status: 400, doc: 'no Content-Type header, and not a minidump' },
  wrong_content_type: { status: 400, doc: 'neither multipart/form-data, multipart/mixed nor a minidump' },
  no_boundary: { status: 400, doc: 'no boundary parameter, or one over 70 characters' },
  no_content_length: { status: 400, doc: 'the body is empty' },
  bad_gzip: { status: 400, doc: 'the body says gzip and does not inflate' },
  invalid_json: { status: 400, doc: 'a JSON part that cannot be read, and nothing beside it' },
  invalid_json_value: { status: 400, doc: 'a JSON part that is not an object, and nothing beside it' },
  invalid_payload_structure: {
    status: 400,
    doc: 'not multipart, cut off, or in an encoding parts may not have',
  },
  no_annotations: { status: 400, doc: 'neither an annotation nor a minidump' },
  invalid_uuid: { status: 400, doc: 'an authorized sender sent a bad crash id' },

  bad_deflate: { status: 400, doc: 'the body says deflate and does not inflate' },
  bad_zstd: { status: 400, doc: 'the body says zstd and does not inflate' },
  unknown_encoding: { status: 400, doc: 'a Content-Encoding other than gzip, deflate, zstd, or several' },
  too_many_streams: { status: 400, doc: 'a compressed body of too many small gzip members or zstd frames' },
  zstd_window_too_large: {
    status: 413,
    doc: 'a zstd frame that needs a window of more than 8 MiB (RFC 9659)',
  },
  part_header_too_large: { status: 400, doc: 'the headers of a part, or of all parts, pass their limit' },
  too_many_parts: { status: 400, doc: 'more parts than the limit' },
  too_many_fields: { status: 400, doc: 'more annotations than the limit' },
  too_many_files: { status: 400, doc: 'more files than the limit' },
  annotations_too_large: { status: 413, doc: 'all annotations together, or a JSON part, pass their limit' },
  body_timeout: { status: 408, doc: 'the body stopped coming' },
  body_too_large: { status: 413, doc: 'the body passes its limit' },
  inflated_body_too_large: { status: 413, doc: 'the inflated body passes its limit' },
  invalid_envelope: { status: 400, doc: 'an envelope that breaks its format, or is cut off' },
  no_minidump: { status: 400, doc: 'a crash without a minidump, at a path of Sentry' },
  unknown_sentry_key: { status: 403, doc: 'no public key of Sentry, or one that SENTRY_PROJECTS lacks' },
  compression_ratio: { status: 413, doc: 'the body inflates to more than its size allows' },
} as const satisfies Record<string, RefusalAnswer>

export type RefusalReason = keyof typeof refusals

/** A submission that cannot be taken, and why. `bad-report` by code; `reason` says which. */
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
  /** Inflated size over wire size, looked at once `ratioFreeBytes` were inflated. */
  maxRatio: number
  ratioFreeBytes: number
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
  ratioFreeBytes: 8 * MiB,
  maxPartHeaderBytes: 16 * 1024,
  maxAllHeaderBytes: MiB,
  maxParts: 10_000,
  maxFields: 5_000,
  maxFieldBytes: 20 * MiB,
  maxAnnotationBytes: 24 * MiB,
  maxFiles: 128,
}
