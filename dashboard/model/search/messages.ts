// Messages between the page and the worker that searches, and the states of a search.
import type { Answer } from '../../../shared/search/answer.ts'
import type { Query } from '../../../shared/search/query.ts'
import type { Bytes } from '../../../shared/units.ts'

export type ToWorker =
  /** `maxBytes`: a search that reads more is announced instead; null: read all. */
  { kind: 'search'; id: number; query: Query; maxBytes: Bytes | null } | { kind: 'cancel'; id: number }

/** What a search reads, known before anything is fetched. What was read before is not counted. */
export interface SearchCost {
  bytes: Bytes
  rows: number
  days: number
}

export interface SearchStatus {
  days: number
  allDays: number
  bytes: Bytes
  allBytes: Bytes
  rows: number
}

export type FromWorker =
  | { kind: 'too-large'; id: number; cost: SearchCost }
  /** There are no search files. */
  | { kind: 'missing'; id: number }
  /** The answer concerns the days read so far. */
  | { kind: 'progress'; id: number; status: SearchStatus; answer: Answer }
  | { kind: 'done'; id: number; status: SearchStatus; answer: Answer }
  | { kind: 'failed'; id: number; message: string }
  | { kind: 'cancelled'; id: number }

/** Why the server answers. */
export type ServerReason = 'missing' | 'asked' | 'protected'

export type SearchState =
  | { state: 'starting' }
  | { state: 'asking'; cost: SearchCost }
  | { state: 'running'; status: SearchStatus | null; answer: Answer | null }
  | { state: 'on-server'; reason: ServerReason }
  | { state: 'done'; source: 'files'; status: SearchStatus; answer: Answer }
  | { state: 'done'; source: 'server'; reason: ServerReason; answer: Answer }
  | { state: 'cancelled'; status: SearchStatus | null; answer: Answer | null }
  /** `source`: what failed. `missing`: there are no search files, and the server failed. */
  | { state: 'failed'; source: 'files' | 'server'; message: string; missing: boolean }
