// Every reason why a submission is malformed, with its response: one table for parser, edge, metrics and docs.
import { CrashError } from '../errors.ts'

interface RefusalAnswer {
  status: 400 | 403 | 408 | 413
  doc: string
}

/** Reason → response. The first group are the codes of Mozilla's collector; the second are additional limits. */
export const refusals = {
  no_content_type: { status: 400, doc: 'no Content-Type header, and not a minidump' },
  wrong_content_type: { status: 400, doc: 'neither multipart/form-data, multipart/mixed nor a minidump' },
  no_boundary: { status: 400, doc: 'no boundary parameter, or one over 70 characters' },
  no_content_length: { status: 400, doc: 'the body is empty' },
  bad_gzip: { status: 400, doc: 'declared as gzip but does not inflate' },
  invalid_json: { status: 400, doc: 'an unreadable JSON part, and no other file' },
  invalid_json_value: { status: 400, doc: 'a JSON part that is not an object, and no other file' },
  invalid_payload_structure: {
    status: 400,
    doc: 'not multipart, truncated, or in a transfer encoding that is not allowed',
  },
  no_annotations: { status: 400, doc: 'neither an annotation nor a minidump' },
  invalid_uuid: { status: 400, doc: 'an authorized sender sent a bad crash ID' },

  bad_deflate: { status: 400, doc: 'declared as deflate but does not inflate' },
  bad_zstd: { status: 400, doc: 'declared as zstd but does not inflate' },
  unknown_encoding: { status: 400, doc: 'a Content-Encoding other than gzip, deflate, zstd, or several' },
  too_many_streams: { status: 400, doc: 'a compressed body of too many small gzip members or zstd frames' },
  zstd_window_too_large: {
    status: 413,
    doc: 'a zstd frame that needs a window of more than 8 MiB (RFC 9659)',
  },
  part_header_too_large: { status: 400, doc: 'the headers of a part, or of all parts, exceed their limit' },
  too_many_parts: { status: 400, doc: 'more parts than the limit' },
  too_many_fields: { status: 400, doc: 'more annotations than the limit' },
  too_many_files: { status: 400, doc: 'more files than the limit' },
  annotations_too_large: { status: 413, doc: 'all annotations together, or a JSON part, exceed their limit' },
  body_timeout: { status: 408, doc: 'the body stalled' },
  body_too_large: { status: 413, doc: 'the body exceeds its limit' },
  inflated_body_too_large: { status: 413, doc: 'the inflated body exceeds its limit' },
  invalid_envelope: { status: 400, doc: 'a malformed or truncated envelope' },
  no_minidump: { status: 400, doc: 'a crash without a minidump, at a Sentry path' },
  unknown_sentry_key: { status: 403, doc: 'no public key of Sentry, or one that is not in SENTRY_PROJECTS' },
  compression_ratio: { status: 413, doc: 'the body inflates to more than its size allows' },
} as const satisfies Record<string, RefusalAnswer>

export type RefusalReason = keyof typeof refusals

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
