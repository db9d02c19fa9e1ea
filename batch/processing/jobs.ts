// What the main thread and the worker threads of `mayday process` exchange: crashes to process, and their results.
import type { Bytes, Millis } from '../../shared/units.ts'
import type { Build } from '../derived/builds.ts'
import type { EncodedRows } from '../lake/rows.ts'
import type { Product } from '../products/product-file.ts'
import type { Regrouped } from './regroup.ts'
import type { Mode } from './rules/rulesets.ts'

/** How much of a crash is processed. Each step omits what may have caused the previous failure. */
export type Effort = 'full' | 'no-dumps' | 'id-only'

/** One crash for a worker. */
export interface Job {
  crashId: string
  mode: Mode
  /** The stored report; in the mode `regroup`, the processed crash. */
  bytes: Uint8Array
  duplicateOf: string | null
  /** Only compare what regrouping would change. The result is in `regrouped`; there are no documents or rows. */
  preview?: true
  /**
   * Do not process what would give less than the report once contained: if it is unreadable or lost its dumps, its ID is
   * in `unreadable` or `dropped`; if it costs a thread, the job with less effort is in `lost`.
   */
  skipIncomplete?: true
  /** The sound processed crash of a report that lost its dumps: it is kept, and marked. */
  document?: Uint8Array
  effort: Effort
  /** Why the previous attempt, with more effort, failed. */
  failure: string | null
}

/** The results of a batch of jobs. */
export interface BatchResult {
  /**
   * Processed crashes in their stored form, one per job that was not skipped, in the order of the jobs; with the size of what
   * they were made of.
   */
  documents: { crashId: string; product: string; bytes: Uint8Array; inputBytes: Bytes }[]
  /** Crash IDs of skipped reports that are unreadable. */
  unreadable: string[]
  /** Crash IDs of skipped reports whose dumps were dropped. */
  dropped: string[]
  /** Skipped reports that cost a thread: what would process them with less effort. */
  lost: Job[]
  /** Rows of all crashes, by table. */
  rows: Record<string, EncodedRows>
  /** Results of jobs that asked for a preview. */
  regrouped: Regrouped[]
  /** How many crashes lack symbols, by the reason why symbols could not be loaded. */
  symbolFailures: Record<string, number>
  /** Time spent by stage, and within the stage `rules` by rule, summed over the crashes. */
  timings: Record<string, Millis>
  ruleTimings: Record<string, Millis>
}

export const emptyResult = (): BatchResult => ({
  documents: [],
  unreadable: [],
  dropped: [],
  lost: [],
  rows: {},
  regrouped: [],
  symbolFailures: {},
  timings: {},
  ruleTimings: {},
})

/** The data with which a worker thread starts. */
export interface ProcessorContext {
  /** Directories and URLs of symbols, tried in order after the store's own bucket. */
  symbols: readonly string[]
  /** Directory of symdexes. It may be emptied at any time. */
  symdexDir: string
  /** Largest symbol file of a server, inflated. Default: that of `SYMBOL_FETCH_MB`. */
  fetchBytes?: Bytes
  /** Imported builds. */
  builds: readonly Build[]
  products: readonly Product[]
  /** Directory of the signature lists; null: the built-in ones. */
  lists: string | null
}
