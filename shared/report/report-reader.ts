// The interface for reading one submission in any body format.
import type { Codecs } from '../codecs/codecs.ts'
import type { SubmissionLimits } from './refusals.ts'
import type { PartSeen, Submission } from './report-builder.ts'

/** Reads the inflated body of one submission. Every body format has one. */
export interface ReportReader {
  /** Approximate memory use of the report so far, in bytes. */
  readonly heldBytes: number
  /** @throws Refusal */
  write(bytes: Uint8Array): void
  /**
   * The whole report. `bare`: annotations are not required.
   * @throws Refusal, for example for a truncated body
   */
  finish(options?: { bare?: boolean }): Submission
  /** Drops the report and frees the memory of its files. */
  free(): void
}

export interface ReadTools {
  codecs: Codecs
  limits: SubmissionLimits
  /** Called at the end of each part. */
  onPart?: ((part: PartSeen) => void) | undefined
}
