// Runs a list of rules over one report: each timed, each isolated, each adding only what it returns.
import type { PartialCrash, ProcessedCrash } from '../../../shared/crash.ts'
import type { Millis } from '../../../shared/units.ts'
import { isoTime } from '../../../shared/iso-time.ts'
import { addOwn } from '../../../shared/own.ts'
import type { Rule, RuleInput } from './rule.ts'

/** A processed crash and what was noticed on the way. */
export interface RuleRun {
  crash: ProcessedCrash
  /** Names of the rules that failed. */
  failed: readonly string[]
  /** Milliseconds by rule name. */
  timings: Readonly<Record<string, Millis>>
}

export interface RunOptions {
  /** Public notes that come before those of the rules. */
  notes?: readonly string[]
  /** Fields to begin with: those of a crash that was processed before. */
  draft?: PartialCrash
  /** Names the rules and their versions: `rulesVersion`. */
  version: string
  now?: () => Date
  /** Milliseconds of a clock that only goes forward. */
  clock?: () => Millis
}

/** The signature of a crash that no rule could name. */
const noSignature = 'EMPTY: crash failed to process'

/**
 * Runs `rules` in order. A rule that throws adds nothing but the note `rule '<name>' failed: <error class>`; error texts
 * are kept out, because notes are public.
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
