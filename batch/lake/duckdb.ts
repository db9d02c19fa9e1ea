// DuckDB in this process: opened with modest limits, and SQL text made safely.
import { availableParallelism } from 'node:os'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** A connection and the end of its life. */
export interface Database {
  connection: DuckDBConnection
  /** Another connection to the same database: each can have one streaming query at a time. */
  connect(): Promise<DuckDBConnection>
  close(): void
}

/** Limits: memory in DuckDB's notation, and a folder into which larger work spills. */
export interface DatabaseOptions {
  memory: string
  spillDir: string
  threads?: number
}

/** An empty database in memory. Its zone is UTC whatever the host's is. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? Math.min(4, availableParallelism())),
    memory_limit: options.memory,
    temp_directory: options.spillDir,
    preserve_insertion_order: 'false',
    // What a merge needed goes back to the system when it is over.
    allocator_background_threads: 'true',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return {
    connection,
    connect: () => instance.connect(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** A SQL string literal. */
export const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
/** A SQL identifier. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
/** A SQL list of string literals. */
export const quoteList = (texts: readonly string[]) => `[${texts.map(quote).join(', ')}]`

/** The first column of a query's rows, as text, streamed: memory stays flat however many there are. */
export async function* streamText(database: Database, sql: string): AsyncGenerator<string> {
  const connection = await database.connect()
  try {
    const result = await connection.stream(sql)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) return
      for (const value of chunk.getColumnValues(0)) yield String(value)
    }
  } finally {
    connection.closeSync()
  }
}

/** All rows of a query as plain JavaScript values: integers as number or bigint, times as Date. */
export async function rowsOf<T = Record<string, unknown>>(
  connection: DuckDBConnection,
  sql: string,
  values?: Record<string, string | number>,
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, values)
  return reader.getRowObjectsJS() as T[]
}
