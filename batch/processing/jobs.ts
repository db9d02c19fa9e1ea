// What the main thread and the worker threads of `mayday process` exchange: crashes to process, and their results.
import type { Millis } from '../../shared/units.ts'
import type { Build } from '../derived/builds.ts'
import type { ColumnarRows } from '../lake/rows.ts'
import type { Regrouped } from './regroup.ts'
import type { Mode } from './rules/rulesets.ts'

/** How much of a crash is attempted. Each step leaves out what may have caused the failure before. */
export type Effort = 'full' | 'no-dumps' | 'id-only'

/** One crash for a worker. */
export interface Job {
  crashId: string
  mode: Mode
  /** The stored report; in the mode `regroup`, the stored processed crash. */
  bytes: Uint8Array
  duplicateOf: string | null
  /** Only compare what regrouping would change. The result is in `regrouped`; there are no documents or rows. */
  preview?: true
  effort: Effort
  /** Why the previous attempt, with more effort, failed. */
  failure: string | null
}

/** The results of a batch of jobs. */
export interface BatchResult {
  /** Processed crashes as they are stored, one per job, in the order of the jobs. */
  documents: { crashId: string; product: string; bytes: Uint8Array }[]
  /** Rows of all crashes, by table. */
  rows: Record<string, ColumnarRows>
  /** Results of jobs that asked for a preview. */
  regrouped: Regrouped[]
  /** How many crashes lack symbols, by the reason why symbols could not be loaded. */
  symbolFailures: Record<string, number>
  /** Time spent by stage, and within the stage `rules` by rule, summed over the crashes. */
  timings: Record<string, Millis>
  ruleTimings: Record<string, Millis>
}

/** What a worker thread is started with: plain data. */
export interface ProcessorContext {
  /** Folders and URLs of symbols, asked in order after the store's own bucket. */
  symbols: readonly string[]
  /** Folder for indexes of symbol files. It may be emptied at any time. */
  symdexDir: string
  /** Imported builds. */
  builds: readonly Build[]
  /** Directory of the signature lists; null: the built-in ones. */
  lists: string | null
}
