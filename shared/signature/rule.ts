// What a rule is: what it reads, and what it returns.
import type { CrashData, Untrusted } from './crash-data.ts'
import type { Compat, SignatureLists } from './lists.ts'
import { textOf } from './python-compat/python.ts'

/** One thing a rule did, in plain words. */
export interface SignatureStep {
  rule: string
  what: string
}

/** What the rules read: each takes values of any type. */
export type Data = Untrusted<CrashData>

/** What the rules work with. */
export interface RuleContext {
  lists: SignatureLists
  compat: Compat
  /** Fill `log` and `steps`. */
  explain: boolean
}

/** What a rule found. */
export interface Finding {
  /** The new signature; absent if it does not change. */
  signature?: string
  /** Why, as the beginning of a step: "<why>: the signature became …". */
  why: string
  /** For people. */
  notes?: readonly string[]
  /** The rule that found it, if another rule ran it. */
  rule?: string
  /** The decisions that led to it, in the form of `notes` and in plain words. */
  log?: readonly string[]
  steps?: readonly string[]
  frames?: readonly string[]
}

/** A rule. */
export interface Rule {
  /** The name that notes and logs carry. */
  name: string
  /** The users whom it serves; everyone if absent. */
  preset?: 'mozilla'
  /** Null if the rule does not apply. May throw, which fails this rule only. */
  run(data: Data, signature: string, context: RuleContext): Finding | readonly Finding[] | null
}

/** UTF-16 units of one annotation that are looked at. */
export const maxAnnotation = 65_536

/** Text of an annotation, of which no more is looked at than may matter. */
export const annotationText = (value: unknown): string => {
  const text = textOf(value)
  return text.length > maxAnnotation ? text.slice(0, maxAnnotation) : text
}

/** UTF-16 units of a name or signature that a step shows: as many as a signature may have. */
const maxExcerpt = 255

/** The beginning of a text, so that steps stay short whatever a crash holds. */
export const excerpt = (text: string): string =>
  text.length > maxExcerpt ? `${text.slice(0, maxExcerpt).toWellFormed()}…` : text

/** Without what cannot be printed or is not ASCII. */
export const printable = (text: string): string => (/[^ -~]/.test(text) ? text.replace(/[^ -~]+/g, '') : text)
