// Runs a list of rules on one report. Each rule is timed and isolated, and adds only the fields it returns.
import type { PartialCrash, ProcessedCrash } from '../../../shared/crash.ts'
import type { Millis } from '../../../shared/units.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { addOwn } from '../../../shared/own.ts'
import type { Rule, RuleInput } from './rule.ts'

/** A processed crash, with failures and timings. */
export interface RuleRun {
  crash: ProcessedCrash
  /** Names of the rules that failed. */
  failed: readonly string[]
  /** Milliseconds by rule name. */
  timings: Readonly<Record<string, Millis>>
}

export interface RunOptions {
  /** Public notes that precede those of the rules. */
  notes?: readonly string[]
  /** Initial fields: those of an earlier processed crash. */
  draft?: PartialCrash
  /** Identifies the rules and their versions (`rulesVersion`). */
  version: string
  now?: () => Date
  /** A monotonic clock, in milliseconds. */
  clock?: () => Millis
}

/** The signature if no rule produced one. */
const noSignature = 'EMPTY: crash failed to process'

/**
 * Runs `rules` in order. A rule that throws adds only the note `rule '<name>' failed: <error class>`. Notes are public,
 * so they do not contain error messages.
 */
export function runRules(rules: readonly Rule[], input: RuleInput, options: RunOptions): RuleRun {
  const { now = () => new Date(), clock = () => performance.now() } = options
  const draft: PartialCrash = { signature: noSignature, ...options.draft }
  const notes = [...(options.notes ?? [])]
  const failed: string[] = []
  const timings: Record<string, Millis> = {}
  for (const rule of rules) {
    const began = clock()
    try {
      Object.assign(
        draft,
        rule.run(input, draft, (text) => notes.push(text)),
      )
    } catch (error) {
      failed.push(rule.name)
      notes.push(
        `rule '${rule.name}' failed: ${error instanceof Error ? error.constructor.name : typeof error}`,
      )
    }
    addOwn(timings, rule.name, clock() - began)
  }
  const crash: ProcessedCrash = {
    ...draft,
    crash_id: input.crashId,
    signature: draft.signature ?? noSignature,
    success: failed.length === 0 && (options.notes ?? []).length === 0,
    processor_version: options.version,
    processor_notes: notes.join('\n'),
    started_datetime: isoTime(input.now),
    completed_datetime: isoTime(now()),
  }
  return { crash, failed, timings }
}
