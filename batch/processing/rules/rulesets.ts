// The rulesets: the only place where the order of rules is decided.
import type { Preset } from '../../products/products.ts'
import { annotationRules } from './annotations.ts'
import { breadcrumbRules } from './breadcrumbs.ts'
import { dumpRules } from './dump.ts'
import { javaRules } from './java.ts'
import { memoryRules } from './memory.ts'
import { mozillaLateRules, mozillaRules } from './mozilla.ts'
import { reportRules } from './report.ts'
import type { Rule } from './rule.ts'
import { keyRules, signatureRules } from './signature.ts'
import { systemRules } from './system.ts'
import { timeRules } from './times.ts'

const before = [
  ...annotationRules,
  ...dumpRules,
  ...timeRules,
  ...javaRules,
  ...breadcrumbRules,
  ...memoryRules,
  ...systemRules,
]

/** For any application, and for those built on Gecko. */
export const presets: Readonly<Record<Preset, readonly Rule[]>> = {
  default: [...before, ...reportRules, ...keyRules, ...signatureRules],
  mozilla: [...before, ...mozillaRules, ...reportRules, ...keyRules, ...signatureRules, ...mozillaLateRules],
}

/**
 * What is done to a crash: `default` makes it from the stored report; `signature-only` takes the processed crash and
 * groups it anew, without walking a stack.
 */
export type Ruleset = 'default' | 'signature-only'

const regroup: Readonly<Record<Preset, readonly Rule[]>> = {
  default: signatureRules,
  mozilla: [...signatureRules, ...mozillaLateRules],
}

/** The rules of a ruleset for an application's preset, in order. */
export const rulesOf = (ruleset: Ruleset, preset: Preset): readonly Rule[] =>
  ruleset === 'default' ? presets[preset] : regroup[preset]

/**
 * Names a list of rules with their versions, so that a row tells by which rules it was made:
 * `<preset>-<8 hex digits>`, the digits an FNV-1a hash of names and versions.
 */
export function rulesVersion(preset: Preset): string {
  const text = presets[preset].map((rule) => `${rule.name}@${rule.version}`).join(' ')
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${preset}-${(hash >>> 0).toString(16).padStart(8, '0')}`
}
