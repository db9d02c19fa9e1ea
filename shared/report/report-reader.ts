// What reads one submission, whatever the format of its body.
import type { Codecs } from '../codecs/codecs.ts'
import type { SubmissionLimits } from './refusals.ts'
import type { PartSeen, Submission } from './report-builder.ts'

/** Reads the inflated body of one submission. Every format of body has one. */
export interface ReportReader {
  /** About how many bytes of memory the report takes so far. */
  readonly heldBytes: number
  /** @throws Refusal */
  write(bytes: Uint8Array): void
  /**
   * The whole report. `bare`: it need not have annotations.
   * @throws Refusal, for example for a body that was cut off
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
