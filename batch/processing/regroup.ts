// Regrouping: recomputes the signature of a processed crash and its steps from the stored frames.
import { isDeepStrictEqual } from 'node:util'
import type { ProcessedCrash, RawCrash } from '../../shared/crash.ts'
import { rules as signatureRules } from '../../shared/signature/rules.ts'
import { runRules } from './rules/run-rules.ts'
import type { Preset } from '../products/product-file.ts'
import { rulesOf } from './rules/rulesets.ts'
import type { RuleInput } from './rules/rule.ts'
import type { SignatureConfig } from './signature-config.ts'

/** Inputs of a regroup, besides the crash. */
export interface RegroupOptions {
  preset: Preset
  signatureConfig: SignatureConfig
  /** Only what the crash ID encodes: the stored report is not read. */
  raw: RawCrash
}

/**
 * Returns the processed crash with the signature that the current rules and lists produce. Other fields do not change,
 * including notes of other rules and the version of the rules. If the notes change, the old ones are added to the
 * history.
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
    symbolPlaces: [],
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

/** Whether a note comes from rules that run again. Without a filter it would appear twice. */
function isGroupingNote(line: string, ruleNames: ReadonlySet<string>): boolean {
  const failed = /^rule '([^']+)' failed: /.exec(line)?.[1]
  return failed === undefined ? signatureRuleNames.has(line.split(':', 1)[0]!) : ruleNames.has(failed)
}

/** The effect of a regroup on one crash. */
export interface Regrouped {
  crashId: string
  from: string
  to: string
  /** Whether the signature, its steps or its frames change, so that the crash must be written. */
  changed: boolean
  /** Error code, if the processed crash is unreadable. */
  problem?: string
}

/** Fields that decide whether a crash must be written. A new version of the lists alone does not. */
const groupingFields = ['signature', 'proto_signature', 'signature_steps', 'crashing_thread'] as const

/** Compares a processed crash before and after a regroup. */
export function compareGrouping(old: ProcessedCrash, crash: ProcessedCrash): Regrouped {
  return {
    crashId: old.crash_id,
    from: old.signature,
    to: crash.signature,
    changed: groupingFields.some((name) => !isDeepStrictEqual(old[name], crash[name])),
  }
}
