// What a processing rule is, and the small readers that rules share.
import type { MinidumpName, PartialCrash, RawCrash, ReportFile } from '../../../shared/crash.ts'
import type { StoredDump } from '../../../shared/fields/stackwalk.ts'
import type { SignatureConfig } from '../signature-config.ts'

/** One dump of the report after the stack walker has seen it. */
export interface DumpResult {
  /** Sanitized dump name. */
  name: MinidumpName
  /** Output of the walker; null when there is none (`status` says why). */
  dump: StoredDump | null
  /** Groups crashes without symbols; null when the dump does not tell where it crashed. */
  stackKey: string | null
  /** `OK`, `EmptyMinidump`, or the name of what went wrong. */
  status: string
  /** What went wrong, for those who may see protected data; null when all is well. */
  error: string | null
}

/** Everything a rule may look at; nothing here changes while the rules run. */
export interface RuleInput {
  crashId: string
  /** Annotations and collector data, without NUL characters and null values. */
  raw: Readonly<RawCrash>
  /** All files that came with the report. */
  files: readonly ReportFile[]
  /** Minidumps in order, the main one first. */
  walked: readonly DumpResult[]
  /** Content of the file `memory_report`, inflated and parsed; null when there was none. */
  memoryReport: { report: unknown } | { error: string } | null
  duplicateOf: string | null
  /** The true version of a beta whose number is looked up in builds; null: not one of those products. */
  findBuild: ((channel: string, buildId: string) => string | null) | null
  /** By which lists the crash is signed. */
  signatureConfig: SignatureConfig
  /** When processing began. */
  now: Date
}

/** Takes a public note: never text that came with the report. */
export type Note = (text: string) => void

export interface Rule {
  /** Unique, in the words of a sentence with dashes. */
  name: string
  /** Raised when the rule gives other results for the same crash. */
  version: number
  /** Rules that must have run before. */
  after?: readonly string[]
  /** A pure function that returns the fields it adds or replaces; null or nothing for none. */
  run(input: RuleInput, draft: Readonly<PartialCrash>, note: Note): PartialCrash | null | undefined
}

/** A rule, checked to return only fields of the catalog. */
export function rule<Added extends PartialCrash | null>(
  definition: Omit<Rule, 'run'> & {
    run(input: RuleInput, draft: Readonly<PartialCrash>, note: Note): Added & NothingElse<Added>
  },
): Rule {
  return definition
}

type NothingElse<Added> = Added extends object
  ? { [K in Exclude<keyof Added, keyof PartialCrash>]: never }
  : Added

/** An annotation as text; null when it is absent or not text. */
export function annotationText(input: RuleInput, annotation: keyof RawCrash): string | null {
  const value = input.raw[annotation]
  return typeof value === 'string' ? value : null
}

/** True when the report has the annotation, whatever its value. */
export const has = (input: RuleInput, annotation: keyof RawCrash) => Object.hasOwn(input.raw, annotation)

/**
 * Reads decimal integer text as most clients' tools write it: spaces around, a sign and single `_` between digits are
 * allowed. Null for other text, and for values that a number does not hold exactly.
 */
export function parseInteger(text: string): number | null {
  if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) return null
  const value = Number(text.replaceAll('_', ''))
  return Number.isSafeInteger(value) ? value : null
}
