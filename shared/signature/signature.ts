// Signature generation, the entry point: crash data in; a short text that groups similar crashes, and its steps, out.
import { defaultLists, presets } from './default-lists.ts'
import type { Compat, SignatureLists } from './lists.ts'
import { type Data, excerpt, type RuleResult, type SignatureStep } from './rule.ts'
import { rules } from './rules.ts'
import { stackRule } from './stack-rule.ts'

/** A signature with its steps; JSON-serializable. */
export interface SignatureResult {
  /** At most 255 printable ASCII characters; may be empty. */
  signature: string
  /** `<RuleName>: <text>`, human-readable. */
  notes: string[]
  /** Every decision, in the form of `notes`; empty unless `explain`. */
  debug_log: string[]
  /** The same in plain words, with the reasons of list entries, long texts truncated; empty unless `explain`. */
  steps: SignatureStep[]
  /** Only for native stacks that have frames. */
  extra: {
    /** `normalized_frames` joined with ` | `; neither cleaned nor truncated. */
    proto_signature?: string
    /** Texts of the first 40 frames, including inlined functions. */
    normalized_frames?: string[]
  }
}

/** Options of `generateSignature`. */
export interface SignatureOptions {
  /** The lists; the built-in ones if absent. */
  lists?: SignatureLists
  /**
   * `socorro` (the default) equals Socorro in every character; `mayday` applies the corrections of
   * docs/signatures.md.
   */
  compat?: Compat
  /** Additional rules and built-in lists; all presets if absent. */
  presets?: readonly string[]
  /** Fill `debug_log` and `steps`. */
  explain?: boolean
}

/**
 * The signature of a crash. Never throws: a rule that fails on unexpected data adds a note, and the next one runs.
 * Takes time linear in the stack's text, of which at most 256 K characters are considered.
 */
export function generateSignature(data: Data, options: SignatureOptions = {}): SignatureResult {
  const { compat = 'socorro', explain = false, presets: wanted = presets } = options
  const context = { lists: options.lists ?? defaultLists(wanted), compat, explain, oom: false }
  const result: SignatureResult = { signature: '', notes: [], debug_log: [], steps: [], extra: {} }
  for (const rule of rules) {
    if (rule.preset && !wanted.includes(rule.preset)) continue
    try {
      const found = rule.run(data, result.signature, context)
      if (found?.stack) take(found.stack, stackRule.name, result, explain)
      if (found) take(found, rule.name, result, explain)
      context.oom ||= found?.oom ?? false
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      result.notes.push(`${rule.name}: Rule failed: ${message}`)
      if (explain) result.steps.push({ rule: rule.name, what: `failed and was skipped: ${excerpt(message)}` })
    }
  }
  if (result.signature === '' && compat === 'mayday') result.signature = 'EMPTY: no usable frame'
  return result
}

/** Applies the result of a rule. */
function take(found: RuleResult, rule: string, result: SignatureResult, explain: boolean): void {
  const { signature, why, notes, frames } = found
  if (notes) for (const text of notes) result.notes.push(`${rule}: ${text}`)
  if (frames?.length) result.extra = { proto_signature: frames.join(' | '), normalized_frames: frames }
  if (explain) {
    for (const text of found.log ?? []) result.debug_log.push(`${rule}: ${text}`)
    for (const what of found.steps ?? []) result.steps.push({ rule, what })
  }
  if (signature === undefined) return
  if (explain) {
    result.debug_log.push(`${rule}: change signature: "${result.signature}" -> "${signature}"`)
    result.steps.push({ rule, what: `${why}: the signature became "${excerpt(signature)}"` })
  }
  result.signature = signature
}
