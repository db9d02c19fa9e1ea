// The interface of processing rules, and the helpers that rules share.
import type { MinidumpName, PartialCrash, RawCrash, ReportFile } from '../../../shared/crash.ts'
import type { StoredDump } from '../../../shared/fields/stackwalk.ts'
import type { SignatureConfig } from '../signature-config.ts'

/** One dump of the report, after the stack walk. */
export interface DumpResult {
  /** Sanitized dump name. */
  name: MinidumpName
  /** Output of the stack walker; null if there is none (`status` has the reason). */
  dump: StoredDump | null
  /** Groups crashes without symbols; null if the dump does not identify the crashing frame. */
  stackKey: string | null
  /** `OK`, `EmptyMinidump`, or the name of the error. */
  status: string
  /** The error message, protected; null on success. */
  error: string | null
}

/** The inputs of rules. They do not change while the rules run. */
export interface RuleInput {
  crashId: string
  /** Annotations and collector data, without NUL characters and null values. */
  raw: Readonly<RawCrash>
  /** All files of the report. */
  files: readonly ReportFile[]
  /** Minidumps in order, the main one first. */
  walked: readonly DumpResult[]
  /** Folders and servers that were asked for symbols after the store, in order; not public. */
  symbolPlaces: readonly string[]
  /** Content of the file `memory_report`, decompressed and parsed; null if there is none. */
  memoryReport: { report: unknown } | { error: string } | null
  duplicateOf: string | null
  /** Finds the true version of a beta by its build; null for products without listed builds. */
  findBuild: ((channel: string, buildId: string) => string | null) | null
  /** The lists that generate the signature. */
  signatureConfig: SignatureConfig
  /** Start of processing. */
  now: Date
}

/** Adds a public note, which must not contain text from the report. */
export type Note = (text: string) => void

export interface Rule {
  /** Unique name, words joined by hyphens. */
  name: string
  /** Increase it when the rule gives other results for the same crash. */
  version: number
  /** Rules that must run before this one. */
  after?: readonly string[]
  /** A pure function that returns the fields to add or replace; null or undefined for none. */
  run(input: RuleInput, draft: Readonly<PartialCrash>, note: Note): PartialCrash | null | undefined
}

/** Defines a rule; the type checker verifies that it returns only fields of the catalog. */
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

/** An annotation as text; null if it is missing or not text. */
export function annotationText(input: RuleInput, annotation: keyof RawCrash): string | null {
  const value = input.raw[annotation]
  return typeof value === 'string' ? value : null
}

/** Whether the report has the annotation, with any value. */
export const has = (input: RuleInput, annotation: keyof RawCrash) => Object.hasOwn(input.raw, annotation)
