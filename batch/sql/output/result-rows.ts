// The rows of a streaming result, chunk by chunk.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { CrashError } from '../../../shared/errors.ts'
import { isNumeric, toPlain, type ToPlain } from './plain-values.ts'

/** A statement whose rows have not been read yet. */
export interface Running {
  result: DuckDBResult
  /** Name of the time zone in which it shows points in time. */
  timeZone: string
  /** An error while rows are read, for the user. */
  failure(error: unknown): CrashError
  /** Reading more rows fails. */
  maxRows: number
}

/** A column of a result. */
export interface ResultColumn {
  /** Unique in the result. */
  name: string
  numeric: boolean
  plain: ToPlain
}

/** The columns of a result. */
export function columnsOf({ result, timeZone }: Running): ResultColumn[] {
  const types = result.columnTypes()
  return result.deduplicatedColumnNames().map((name, i) => {
    const type = types[i]!
    return { name, numeric: isNumeric(type), plain: toPlain(type, timeZone) }
  })
}

/** Chunks of up to 2048 rows between collections of garbage. */
const collectEvery = 16

/** Collects young objects. Chunks hold memory that V8 does not count, so it would keep all those of a long result. */
const collect = ((): ((options: { type: 'minor' }) => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
})()

/** The chunks of a result that have rows. @throws CrashError 'limit' beyond `maxRows`, and errors of the statement */
export async function* chunksOf({ result, failure, maxRows }: Running): AsyncGenerator<DuckDBDataChunk> {
  let rows = 0
  for (let count = 1; ; count++) {
    if (count % collectEvery === 0) collect({ type: 'minor' })
    const chunk = await result.fetchChunk().catch((error) => {
      throw failure(error)
    })
    if (!chunk || chunk.rowCount === 0) return
    rows += chunk.rowCount
    if (rows > maxRows) throw tooManyRows(maxRows)
    yield chunk
  }
}

export const tooManyRows = (most: number): CrashError =>
  new CrashError('limit', `The result has more than ${most} rows: add a LIMIT`)

/** The rows of a chunk as plain values. @param most of them */
export function plainRows(
  chunk: DuckDBDataChunk,
  columns: readonly ResultColumn[],
  most = chunk.rowCount,
): unknown[][] {
  const values = columns.map(({ plain }, i) => chunk.getColumnValues(i).slice(0, most).map(plain))
  return Array.from({ length: Math.min(most, chunk.rowCount) }, (_, row) =>
    values.map((column) => column[row]),
  )
}
