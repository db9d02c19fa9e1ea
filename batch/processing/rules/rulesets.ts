// The rulesets: the only place that defines the order of rules.
import type { Preset } from '../../products/product-file.ts'
import { annotationRules } from './annotations.ts'
import { breadcrumbRules } from './breadcrumbs.ts'
import { dumpRules } from './dump.ts'
import { javaRules } from './java.ts'
import { memoryRules } from './memory.ts'
import { mozillaLateRules, mozillaRules } from './mozilla.ts'
import { reportRules } from './report.ts'
import type { Rule } from './rule.ts'
import { keyRules, signatureRules } from './signature.ts'
import { symbolRules } from './symbol-places.ts'
import { systemRules } from './system.ts'
import { timeRules } from './times.ts'

const before = [
  ...annotationRules,
  ...dumpRules,
  ...symbolRules,
  ...timeRules,
  ...javaRules,
  ...breadcrumbRules,
  ...memoryRules,
  ...systemRules,
]

/**
 * The rules that process a stored report, by the preset of its product: `default` for any application, `mozilla` for
 * applications built on Gecko.
 */
export const rulesets: Readonly<Record<Preset, readonly Rule[]>> = {
  default: [...before, ...reportRules, ...keyRules, ...signatureRules],
  mozilla: [...before, ...mozillaRules, ...reportRules, ...keyRules, ...signatureRules, ...mozillaLateRules],
}

/**
 * `process` makes a processed crash from a stored report; `regroup` recomputes the signature of a processed crash.
 */
export type Mode = 'process' | 'regroup'

const regroupRulesets: typeof rulesets = {
  default: signatureRules,
  mozilla: [...signatureRules, ...mozillaLateRules],
}

/** The rules for the preset of a product, in order. */
export const rulesOf = (mode: Mode, preset: Preset): readonly Rule[] =>
  (mode === 'process' ? rulesets : regroupRulesets)[preset]

/**
 * Identifies a list of rules and their versions, and is stored with each crash: `<preset>-<8 hex digits>`, an FNV-1a
 * hash of names and versions.
 */
export function rulesVersion(preset: Preset): string {
  const text = rulesets[preset].map((rule) => `${rule.name}@${rule.version}`).join(' ')
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${preset}-${(hash >>> 0).toString(16).padStart(8, '0')}`
}
