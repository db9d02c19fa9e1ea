// Runs statements of many clients on one database: a few at a time, each on a connection of its own, and interrupted
// when its client leaves.
import type { DuckDBConnection } from '@duckdb/node-api'
import { ApiProblem } from '../../shared/api/problems.ts'
import { CrashError } from '../../shared/errors.ts'
import type { Database, SqlValues } from '../lake/duckdb.ts'
import { rowsOf } from '../lake/duckdb.ts'

export interface Statements {
  /**
   * The rows of a statement.
   * @throws CrashError 'timeout' when the signal aborts; ApiProblem 503 when too many statements wait; errors of DuckDB
   */
  run<T>(sql: string, values: SqlValues, signal: AbortSignal): Promise<T[]>
  close(): void
}

/** DuckDB distributes each statement over its threads. */
const atOnce = 4
/** A search has several statements. */
const maxWaiting = 200
/** DuckDB ignores an interrupt that precedes its start. */
const interruptEveryMs = 50

export function createStatements(database: Pick<Database, 'connect'>): Statements {
  const idle: DuckDBConnection[] = []
  const waiting: (() => void)[] = []
  let running = 0
  async function enter(signal: AbortSignal): Promise<void> {
    if (running < atOnce) {
      running++
      return
    }
    if (waiting.length >= maxWaiting)
      throw new ApiProblem(503, { error: 'Too many searches in progress: try again' }, { 'retry-after': '2' })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const give = () => {
      signal.removeEventListener('abort', leave)
      resolve()
    }
    const leave = () => {
      waiting.splice(waiting.indexOf(give), 1)
      reject(late(signal))
    }
    signal.addEventListener('abort', leave, { once: true })
    waiting.push(give)
    return promise
  }
  function exit(): void {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  return {
    async run<T>(sql: string, values: SqlValues, signal: AbortSignal) {
      if (signal.aborted) throw late(signal)
      await enter(signal)
      try {
        const connection = idle.pop() ?? (await connect(database))
        try {
          return await interruptible(connection, signal, () => rowsOf<T>(connection, sql, values))
        } finally {
          idle.push(connection)
        }
      } finally {
        exit()
      }
    },
    close() {
      for (const connection of idle.splice(0)) connection.closeSync()
    },
  }
}

async function connect(database: Pick<Database, 'connect'>): Promise<DuckDBConnection> {
  const connection = await database.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return connection
}

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw late(signal)
  let timer: ReturnType<typeof setInterval> | undefined
  const interrupt = () => {
    connection.interrupt()
    timer ??= setInterval(() => connection.interrupt(), interruptEveryMs)
  }
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    return await work()
  } catch (error) {
    throw signal.aborted ? late(signal, error) : error
  } finally {
    signal.removeEventListener('abort', interrupt)
    clearInterval(timer)
  }
}

const late = (signal: AbortSignal, cause?: unknown): CrashError =>
  new CrashError('timeout', 'The search took too long, or its client left', { cause: cause ?? signal.reason })
