// What a rule is, what it reads and writes, and how it changes the signature.
import type { Compat, SignatureLists } from './lists.ts'
import { textOf } from './python-compat/python.ts'

/** One thing a rule did, in plain words. */
export interface SignatureStep {
  rule: string
  what: string
}

/** What the rules read; any shape is survived. */
export type Data = Readonly<Record<string, unknown>>

/** What the rules write. */
export interface Draft {
  signature: string
  notes: string[]
  debug_log: string[]
  steps: SignatureStep[]
  extra: { proto_signature?: string; normalized_frames?: string[] }
}

/** What the rules work with. */
export interface RuleContext {
  lists: SignatureLists
  compat: Compat
  /** Fill `debug_log` and `steps`. */
  explain: boolean
}

/** A rule: `applies` says whether `run` shall; both may throw, which fails this rule only. */
export interface Rule {
  name: string
  /** The users whom it serves; everyone if absent. */
  preset?: 'mozilla'
  applies(data: Data, draft: Draft): boolean
  run(data: Data, draft: Draft, context: RuleContext): void
}

/** UTF-16 units of one annotation that are looked at. */
export const maxAnnotation = 65_536

/** Text of an annotation, of which no more is looked at than may matter. */
export const annotationText = (value: unknown): string => {
  const text = textOf(value)
  return text.length > maxAnnotation ? text.slice(0, maxAnnotation) : text
}

/** Adds a note for people. */
export function note(draft: Draft, rule: string, text: string): void {
  draft.notes.push(`${rule}: ${text}`)
}

/** Changes the signature; `why` completes "…, because …" in a step. */
export function change(
  draft: Draft,
  context: RuleContext,
  rule: string,
  signature: string,
  why: string,
): void {
  if (context.explain) {
    draft.debug_log.push(`${rule}: change signature: "${draft.signature}" -> "${signature}"`)
    draft.steps.push({ rule, what: `${why}: the signature became "${excerpt(signature)}"` })
  }
  draft.signature = signature
}

/** UTF-16 units of a name or signature that a step shows: as many as a signature may have. */
const maxExcerpt = 255

/** The beginning of a text, so that steps stay short whatever a crash holds. */
export const excerpt = (text: string): string =>
  text.length > maxExcerpt ? `${text.slice(0, maxExcerpt).toWellFormed()}…` : text

/** Without what cannot be printed or is not ASCII. */
export const printable = (text: string): string => (/[^ -~]/.test(text) ? text.replace(/[^ -~]+/g, '') : text)
