// What the process that serves queries and the one that runs a query send each other.
import type { ErrorCode } from '../../../shared/errors.ts'
import type { Format } from '../output/write-result.ts'

/** One statement of a client. */
export interface QueryRequest {
  sql: string
  /** Values of its parameters (`$name`). */
  values: Readonly<Record<string, string>>
  format: Format
  /** Rows that the format `table` shows. */
  tableRows: number
  /** Whether it may read tables of the private bucket. */
  includeProtected: boolean
}

/** To the process that runs it. */
export interface QueryStart {
  store: string
  request: QueryRequest
  limits: { maxRows: number; memory: string; threads: number }
}

/** From that process, whose standard output is the result. */
export type QueryMessage =
  | { kind: 'ready' }
  /** The statement is allowed. `protectedTables`: tables of the private bucket that it reads. */
  | { kind: 'checked'; protectedTables: string[] }
  /** The result begins. `isPlan`: it is the text of EXPLAIN, in any format. */
  | { kind: 'started'; isPlan: boolean }
  | { kind: 'failed'; code: ErrorCode; message: string }
  | { kind: 'ended'; rows: number }
