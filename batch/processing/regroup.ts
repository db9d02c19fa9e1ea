// Grouping anew: the signature of a processed crash and its steps, from the frames that are stored.
import { isDeepStrictEqual } from 'node:util'
import type { ProcessedCrash, RawCrash } from '../../shared/crash.ts'
import { rules as signatureRules } from '../../shared/signature/rules.ts'
import { runRules } from './rules/run-rules.ts'
import type { Preset } from '../products/products.ts'
import { rulesOf } from './rules/rulesets.ts'
import type { RuleInput } from './rules/rule.ts'
import type { SignatureConfig } from './signature-config.ts'

/** What grouping anew needs beside the crash. */
export interface RegroupOptions {
  preset: Preset
  signatureConfig: SignatureConfig
  /** What the crash id tells; nothing else of the report is at hand. */
  raw: RawCrash
}

/**
 * A processed crash with the grouping that today's rules and lists give it. All else stays, notes of other rules and
 * the version of the rules among it; if the notes change, those before go to the history.
 */
export function regroup(
  old: ProcessedCrash,
  { preset, signatureConfig, raw }: RegroupOptions,
): ProcessedCrash {
  const rules = rulesOf('regroup', preset)
  const input: RuleInput = {
    crashId: old.crash_id,
    raw,
    files: [],
    walked: [],
    memoryReport: null,
    duplicateOf: null,
    findBuild: null,
    signatureConfig,
    now: new Date(),
  }
  const { crash } = runRules(rules, input, { draft: old, version: old.processor_version ?? '' })
  const before = old.processor_notes ?? ''
  const names = new Set(rules.map((rule) => rule.name))
  const kept = before.split('\n').filter((line) => line !== '' && !isGroupingNote(line, names))
  crash.processor_notes = [...kept, crash.processor_notes].filter((note) => note !== '').join('\n')
  if (crash.processor_notes !== before) {
    crash.processor_history = [before, ...(old.processor_history ?? [])]
  }
  crash.success = crash.success === true && old.success !== false
  return crash
}

const signatureRuleNames: ReadonlySet<string> = new Set(signatureRules.map((rule) => rule.name))

/** A note of the rules that run again would be there twice. */
function isGroupingNote(line: string, ruleNames: ReadonlySet<string>): boolean {
  const failed = /^rule '([^']+)' failed: /.exec(line)?.[1]
  return failed === undefined ? signatureRuleNames.has(line.split(':', 1)[0]!) : ruleNames.has(failed)
}

/** How the grouping of a crash changes. */
export interface Regrouped {
  crashId: string
  from: string
  to: string
  /** Something would be written: the signature, or how it came about. */
  changed: boolean
  /** Code of the error when the processed crash cannot be read. */
  problem?: string
}

/** Fields that tell whether a crash must be written again. Another version of the lists alone is no reason. */
const groupingFields = ['signature', 'proto_signature', 'signature_steps', 'crashing_thread'] as const

/** What grouping anew does to a crash. */
export function compareGrouping(old: ProcessedCrash, crash: ProcessedCrash): Regrouped {
  return {
    crashId: old.crash_id,
    from: old.signature,
    to: crash.signature,
    changed: groupingFields.some((name) => !isDeepStrictEqual(old[name], crash[name])),
  }
}
