// In-process DuckDB: opened with modest limits; statements with bound parameters.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api'
import { damageIn } from './files/damage.ts'

/** An in-process database and its main connection. */
export interface Database extends Disposable {
  connection: DuckDBConnection
  /** Opens another connection to the same database. Each connection can have one streaming query at a time. */
  connect(): Promise<DuckDBConnection>
  close(): void
}

/** Limits: memory in DuckDB's notation, and a directory for data that does not fit in memory. */
export interface DatabaseOptions {
  memory: string
  spillDir: string
  threads?: number
}

/** Opens an empty in-memory database. Its time zone is UTC, independent of the host. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? Math.min(4, availableParallelism())),
    memory_limit: options.memory,
    temp_directory: options.spillDir,
    preserve_insertion_order: 'false',
    // Return memory to the system after a merge.
    allocator_background_threads: 'true',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  return { connection, connect: () => instance.connect(), close, [Symbol.dispose]: close }
}

/** A SQL identifier. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`
/** A SQL string literal, for statements that do not accept parameters, such as `CREATE VIEW`. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
/** A list of SQL string literals. */
export const literalList = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`

/** Values of named parameters (`$name` in the statement). */
export type SqlValues = Readonly<Record<string, string | number | readonly string[]>>

/** Nothing without values: only then does DuckDB run a text of several statements, such as PIVOT becomes. */
function parametersOf(
  values: SqlValues,
): [values?: Record<string, DuckDBValue>, types?: Record<string, DuckDBType>] {
  const given = Object.entries(values)
  if (given.length === 0) return []
  const entries = given.map(([name, value]) => {
    if (typeof value === 'string') return { name, value, type: VARCHAR }
    if (typeof value === 'number') return { name, value, type: Number.isInteger(value) ? BIGINT : DOUBLE }
    return { name, value: listValue(value), type: LIST(VARCHAR) }
  })
  return [
    Object.fromEntries(
      entries.map(({ name, value, type }) => [name, type === BIGINT ? BigInt(value as number) : value]),
    ),
    Object.fromEntries(entries.map(({ name, type }) => [name, type])),
  ]
}

/** Runs a statement. */
export async function execute(
  connection: DuckDBConnection,
  sql: string,
  values: SqlValues = {},
): Promise<void> {
  await connection.run(sql, ...parametersOf(values))
}

/** Starts a statement whose rows are read in chunks. A connection has one such statement at a time. */
export const startStreaming = (
  connection: DuckDBConnection,
  sql: string,
  values: SqlValues = {},
): Promise<DuckDBResult> => connection.stream(sql, ...parametersOf(values))

/**
 * The rows of a query as vectors of its columns, some thousand rows at a time. They are all in memory before the first are
 * read, which takes half the time of a stream: each part of a stream waits for another thread.
 */
export async function readVectors(
  connection: DuckDBConnection,
  sql: string,
  values: SqlValues = {},
): Promise<Iterable<DuckDBVector[]>> {
  return vectorsIn(await connection.run(sql, ...parametersOf(values)))
}

function* vectorsIn(result: DuckDBMaterializedResult): Generator<DuckDBVector[]> {
  for (let index = 0; index < result.chunkCount; index++) yield vectorsOf(result.getChunk(index))
}

const vectorsOf = (chunk: DuckDBDataChunk): DuckDBVector[] =>
  Array.from({ length: chunk.columnCount }, (_, index) => chunk.getColumnVector(index))

/** Streams the first column of a query's rows as text, in constant memory. */
export async function* streamText(
  database: Database,
  sql: string,
  values: SqlValues = {},
): AsyncGenerator<string> {
  const connection = await database.connect()
  try {
    const result = await connection.stream(sql, ...parametersOf(values))
    for (;;) {
      const chunk = await result.fetchChunk()
      if (!chunk || chunk.rowCount === 0) return
      for (const value of chunk.getColumnValues(0)) yield String(value)
    }
  } finally {
    connection.closeSync()
  }
}

/**
 * The rows of a query in chunks, in constant memory. All rows are the same object: its properties are read from the
 * current row when they are used. The connection must not be used for anything else meanwhile.
 *
 * A text of more than 12 bytes takes several times as long to read as a shorter one, because it is outside its vector. A
 * query can return one in parts: columns `x 1`, `x 2` and so on are the property `x`, null when the first is.
 */
export async function* streamRows<T extends object>(
  connection: DuckDBConnection,
  sql: string,
  values: SqlValues = {},
): AsyncGenerator<Iterable<T>> {
  const result = await startStreaming(connection, sql, values)
  let vectors: DuckDBVector[] = []
  let at = 0
  const row = {} as T
  const columns = [...result.columnNames().entries()]
  for (const [name, parts] of Map.groupBy(columns, ([, column]) => column.replace(/ \d+$/, ''))) {
    const [first, ...rest] = parts.map(([index]) => index)
    const whole = () => vectors[first!]!.getItem(at)
    const joined = () =>
      whole() === null ? null : parts.map(([index]) => vectors[index]!.getItem(at)).join('')
    Object.defineProperty(row, name, { get: rest.length > 0 ? joined : whole, enumerable: true })
  }
  function* rowsOfChunk(count: number) {
    for (at = 0; at < count; at++) yield row
  }
  for (;;) {
    const chunk = await result.fetchChunk()
    if (!chunk || chunk.rowCount === 0) return
    vectors = vectorsOf(chunk)
    yield rowsOfChunk(chunk.rowCount)
  }
}

/** Returns all rows of a query as plain JavaScript values: integers as number or bigint, timestamps as Date. */
export async function rowsOf<T = Record<string, unknown>>(
  connection: DuckDBConnection,
  sql: string,
  values: SqlValues = {},
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql, ...parametersOf(values))
  return reader.getRowObjectsJS() as T[]
}

/** Reads the statement in `sql/<name>.sql` of a directory. */
export const readSql = (folder: string, name: string): string =>
  readFileSync(join(folder, 'sql', `${name}.sql`), 'utf8')

/** Why a Parquet file cannot be read; null for a sound one. Reads all of it. */
export async function faultOf({ connection }: Database, path: string): Promise<string | null> {
  try {
    await execute(connection, 'SELECT bit_xor(hash(file)) FROM read_parquet($path) AS file', { path })
    return null
  } catch (error) {
    const why = damageIn((error as Error).message.replaceAll(path, '…'))
    if (why === null) throw error
    return why
  }
}
