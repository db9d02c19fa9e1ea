// What a processing rule is, and the small readers that rules share.
import type { ProcessedCrash, RawCrash } from '../../../shared/crash.ts'
import { own } from '../../../shared/own.ts'
import type { Signing } from '../signature-config.ts'

/** One dump of the report after the stack walker has seen it. */
export interface WalkedDump {
  /** Sanitized dump name. */
  name: string
  /** Output of the walker; null when there is none (`status` says why). */
  dump: JsonDump | null
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
  /** Names of all files that came with the report. */
  dumpNames: readonly string[]
  /** Minidumps in order, the main one first. */
  walked: readonly WalkedDump[]
  /** Content of the file `memory_report`, inflated and parsed; null when there was none. */
  memoryReport: { report: unknown } | { error: string } | null
  duplicateOf: string | null
  /** The true version of a beta whose number is looked up in builds; null: not one of those products. */
  findBuild: ((channel: string, buildId: string) => string | null) | null
  /** By which lists the crash is signed. */
  signing: Signing
  /** When processing began. */
  now: Date
}

/** Fields gathered so far, by their names in the processed crash. */
export type Draft = Partial<ProcessedCrash>

/** Takes a public note: never text that came with the report. */
export type Note = (text: string) => void

/** A pure function that returns the fields it adds or replaces; null or nothing for none. */
export interface Rule {
  /** Unique, in the words of a sentence with dashes. */
  name: string
  /** Raised when the rule gives other results for the same crash. */
  version: number
  /** Rules that must have run before. */
  after?: readonly string[]
  run(input: RuleInput, draft: Readonly<Draft>, note: Note): Draft | null | undefined
}

/** The parts of the stack walker's output that rules read; it has more. Every part may be missing. */
export interface JsonDump {
  [key: string]: unknown
  status?: string
  pid?: number | null
  crash_info?: {
    [key: string]: unknown
    type?: string | null
    address?: string | null
    crashing_thread?: number | null
    adjusted_address?: { kind?: string; address?: string; offset?: string } | null
    memory_accesses?: { is_likely_guard_page?: boolean }[] | null
    possible_bit_flips?: { confidence?: number | null }[] | null
    crash_inconsistencies?: string[] | null
  } | null
  system_info?: {
    os?: string | null
    os_ver?: string | null
    cpu_arch?: string | null
    cpu_info?: string | null
    cpu_count?: number | null
    cpu_microcode_version?: string | null
  } | null
  lsb_release?: { description?: string | null } | null
  modules?: DumpModule[] | null
  threads?: DumpThread[] | null
  crashing_thread?: DumpThread | null
  thread_count?: number | null
  mac_crash_info?: { num_records?: number } | null
  mac_boot_args?: unknown
  soft_errors?: unknown
}

export interface DumpModule {
  [key: string]: unknown
  filename?: string | null
  debug_file?: string | null
  debug_id?: string | null
  code_id?: string | null
  version?: string | null
  missing_symbols?: boolean
}

export interface DumpThread {
  [key: string]: unknown
  thread_name?: string | null
  last_error_value?: unknown
  frame_count?: number
  frames?: DumpFrame[] | null
  truncated?: boolean
}

export interface DumpFrame {
  [key: string]: unknown
  frame?: number
  module?: string | null
  module_offset?: string | null
  function?: string | null
  file?: string | null
  line?: number | null
  trust?: string | null
  inlines?: { function?: string | null; file?: string | null; line?: number | null }[] | null
}

/** An annotation as text; null when it is absent or not text. */
export function textOf(input: RuleInput, annotation: string): string | null {
  const value = own(input.raw, annotation)
  return typeof value === 'string' ? value : null
}

/** True when the report has the annotation, whatever its value. */
export const has = (input: RuleInput, annotation: string) => Object.hasOwn(input.raw, annotation)

/** The walker's output for the main dump; null when there is none. */
export const dumpOf = (draft: Readonly<Draft>) => (draft.json_dump ?? null) as JsonDump | null

/** Frames of the crashing thread; thread 0 stands in when the dump does not tell. Empty when there are none. */
export function crashingFrames(draft: Readonly<Draft>): readonly DumpFrame[] {
  const dump = dumpOf(draft)
  const index = typeof draft.crashing_thread === 'number' ? draft.crashing_thread : 0
  return dump?.threads?.[index]?.frames ?? dump?.crashing_thread?.frames ?? []
}

/**
 * Reads decimal integer text as most clients' tools write it: spaces around, a sign and single `_` between digits are
 * allowed. Null for other text, and for values that a number does not hold exactly.
 */
export function parseInteger(text: string): number | null {
  if (!/^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text)) return null
  const value = Number(text.replaceAll('_', ''))
  return Number.isSafeInteger(value) ? value : null
}
