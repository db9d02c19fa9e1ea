// The interface of a rule: its input and its result.
import type { CrashData, Untrusted } from './crash-data.ts'
import type { Compat, SignatureLists } from './lists.ts'
import { strOf } from './python-compat/python.ts'

/** One step of a signature, in plain words. */
export interface SignatureStep {
  rule: string
  what: string
}

/** The input of rules: values of any type. */
export type Data = Untrusted<CrashData>

/** What the rules work with. */
export interface RuleContext {
  lists: SignatureLists
  compat: Compat
  /** Fill `log` and `steps`. */
  explain: boolean
  /** A frame of the stack marks the crash as out of memory. */
  oom: boolean
}

/** The result of a rule. */
export interface RuleResult {
  /** The new signature; absent if it is unchanged. */
  signature?: string
  /** Why, as the start of a step: "<why>: the signature became …". */
  why: string
  /** Human-readable. */
  notes?: readonly string[]
  /** The decisions that led to it, in the form of `notes` and in plain words. */
  log?: readonly string[]
  steps?: readonly string[]
  /** The normalized frames of the stack. */
  frames?: string[]
  /** A frame of the stack marks the crash as out of memory. */
  oom?: boolean
  /** The result of the stack rule, if this rule ran it again first. */
  stack?: RuleResult
}

/** A rule. */
export interface SignatureRule {
  /** Its name in notes and logs. */
  name: string
  /** The preset it belongs to; all products if absent. */
  preset?: 'mozilla'
  /** Null if the rule does not apply. May throw, which fails only this rule. */
  run(data: Data, signature: string, context: RuleContext): RuleResult | null
}

/** UTF-16 units of one annotation to consider. */
export const maxAnnotation = 65_536

/** The text of an annotation, truncated to the considered part. */
export const annotationText = (value: unknown): string => {
  const text = strOf(value)
  return text.length > maxAnnotation ? text.slice(0, maxAnnotation) : text
}

/** UTF-16 units of a name or signature shown in a step: the maximum of a signature. */
const maxExcerpt = 255

/** The start of a text, so that steps stay short. */
export const excerpt = (text: string): string =>
  text.length > maxExcerpt ? `${text.slice(0, maxExcerpt).toWellFormed()}…` : text

/** Removes characters that are not printable ASCII. */
export const printable = (text: string): string => (/[^ -~]/.test(text) ? text.replace(/[^ -~]+/g, '') : text)
