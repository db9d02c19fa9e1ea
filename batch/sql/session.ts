// SQL over a store that reads only what a statement needs. DuckDB itself determines that: it names the tables that it
// misses, and the plan over stand-ins for all files contains the condition that each file must meet. Days that do not
// meet it stay stand-ins that DuckDB refuses to read, so an error in this reasoning fails rather than omits rows.
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { tablePrefix } from '../../shared/keys.ts'
import type { Bytes } from '../../shared/units.ts'
import { visible } from '../cli/output.ts'
import { expectedFailure } from '../lake/files/damage.ts'
import { literalList, rowsOf, type SqlValues, startStreaming } from '../lake/duckdb.ts'
import { folderOf, openFiles, type OpenStore } from '../lake/open-store.ts'
import { type Table, tables } from '../lake/tables.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { type Scan, scansOf } from './day-plan.ts'
import { type NeededDays, neededDays } from './needed-days.ts'
import type { Running } from './output/result-rows.ts'
import { triedUnread, unreadName } from './stand-ins.ts'
import { isView, type OpenTable, openView, showFiles, showPlanned } from './table-views.ts'
import { similarView, viewListSql } from './view-list.ts'

export interface Session extends AsyncDisposable {
  connection: DuckDBConnection
  /** Working directory, removed with the session. */
  dir: string
  /** `damaged` has the files that statements skipped. */
  files: TableFiles
  /** How much of the current statement is done, 0 to 100, by DuckDB's estimate; null while none is executed. */
  progress(): number | null
  /** Table files that the last statement may have read. */
  reading(): { files: number; bytes: Bytes }
  /** Results may have more rows only if it is null. */
  maxRows: number | null
  /** Starts a statement; its rows stream. @throws CrashError 'bad-usage' for errors in SQL, 'storage' */
  run(sql: string, values?: SqlValues): Promise<Running>
  /** Stops the statement that runs: it fails with CrashError 'bad-usage'. */
  interrupt(): void
}

/** Limits of a session whose statements come from others. */
export interface Sandbox {
  /** Whether a table may be opened. */
  mayRead(table: Table): boolean
  maxRows: number
  /** Memory of DuckDB, in its notation. */
  memory: string
  threads: number
}

interface State {
  sandbox: Sandbox | null
  open: OpenStore
  files: TableFiles
  connection: DuckDBConnection
  /** Tables that statements of this session have named. */
  tables: Map<string, OpenTable>
  /** Aborted when the statement that is being started is interrupted. */
  starting: AbortController
  /** False while a statement is planned and its files are fetched. */
  isExecuting: boolean
}

/**
 * Opens a session. Nothing is listed or read before the first statement.
 * @param sandbox with it, DuckDB reads only folders with files of these tables, has no network, and its settings are
 * locked. Statements are not checked here (`sandbox/check-statement.ts`).
 */
export async function openSession(
  open: OpenStore,
  { sandbox = null }: { sandbox?: Sandbox | null } = {},
): Promise<Session> {
  await using opened = new AsyncDisposableStack()
  const files = opened.use(
    await openFiles(open, sandbox ? { duckdbMemory: sandbox.memory, threads: sandbox.threads } : {}),
  )
  const { connection } = files.database
  await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false')
  await connection.run('SET parquet_metadata_cache = true')
  if (sandbox) await lock(open, files, sandbox)
  const state: State = {
    sandbox,
    open,
    files,
    connection,
    tables: new Map(),
    starting: new AbortController(),
    isExecuting: false,
  }
  const resources = opened.move()
  return {
    connection,
    dir: join(files.dir, 'sql'),
    files,
    progress: () => (state.isExecuting ? Math.max(0, connection.progress.percentage) : null),
    reading: () => readingOf(state),
    maxRows: sandbox?.maxRows ?? null,
    run: (sql, values = {}) =>
      run(state, /^\s*show\s+(all\s+)?tables\s*$/i.test(sql) ? viewListSql : sql, values),
    interrupt() {
      state.starting.abort()
      connection.interrupt()
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** From here on DuckDB reads and writes only these folders, and its settings cannot change. */
async function lock(open: OpenStore, { dir, database }: TableFiles, sandbox: Sandbox): Promise<void> {
  const folder = folderOf(open.url)
  const readable = tables.filter((table) => folder !== null && sandbox.mayRead(table))
  const places = [
    dir,
    join(open.cacheDir, 'stand-ins'),
    ...readable.map((table) => join(folder!, table.bucket, tablePrefix(table.name))),
  ].map((place) => `${place.replace(/\/+$/, '')}/`)
  await database.connection.run(`SET max_temp_directory_size = '4GB';
    SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;
    SET allow_community_extensions = false;
    SET allowed_directories = ${literalList(places)};
    SET enable_external_access = false; SET lock_configuration = true`)
}

function readingOf({ tables }: State): { files: number; bytes: Bytes } {
  const total = { files: 0, bytes: 0 }
  for (const { source, dates } of tables.values()) {
    const { files, bytes } = source.amount(dates)
    total.files += files
    total.bytes += bytes
  }
  return total
}

interface Request {
  sql: string
  values: SqlValues
  /** Read all days: the plan did not reveal which are needed. */
  readAll: boolean
}

async function run(state: State, sql: string, values: SqlValues): Promise<Running> {
  const request: Request = { sql, values, readAll: false }
  state.starting = new AbortController()
  const { signal } = state.starting
  for (;;) {
    state.isExecuting = false
    try {
      await arrange(state, request)
      const timeZone = await timeZoneOf(state.connection)
      const result = await startUnlessAborted(state, request, signal)
      return {
        result,
        timeZone,
        failure: (error) => failureOf(state, error),
        maxRows: state.sandbox?.maxRows ?? Number.POSITIVE_INFINITY,
      }
    } catch (error) {
      if (signal.aborted) throw new CrashError('bad-usage', 'Interrupted', { cause: error })
      await recover(state, request, error)
    }
  }
}

const interruptEveryMs = 100

/** DuckDB ignores an interrupt that precedes its start, so interrupts are repeated until the start ends. */
async function startUnlessAborted(
  state: State,
  { sql, values }: Request,
  signal: AbortSignal,
): Promise<DuckDBResult> {
  signal.throwIfAborted()
  const { connection } = state
  state.isExecuting = true
  const timer = setInterval(() => signal.aborted && connection.interrupt(), interruptEveryMs)
  try {
    return await startStreaming(connection, sql, values)
  } finally {
    clearInterval(timer)
  }
}

async function timeZoneOf(connection: DuckDBConnection): Promise<string> {
  const [row] = await rowsOf<{ zone: string }>(connection, "SELECT current_setting('TimeZone') AS zone")
  return row?.zone ?? 'UTC'
}

/** Prepares another attempt after an error. @throws CrashError when there is nothing left to try */
async function recover(state: State, request: Request, error: unknown): Promise<void> {
  if (isCrashError(error)) throw error
  await endAborted(state.connection)
  if (await openMissing(state, error)) return
  if (!request.readAll && triedUnread(messageOf(error))) {
    request.readAll = true
    return
  }
  const failure = failureOf(state, error)
  if (failure.code !== 'damaged' || !(await findDamaged(state))) throw failure
}

const failureOf = ({ files }: State, error: unknown): CrashError =>
  expectedFailure(error, files.cacheDir) ?? sqlError(error)

async function findDamaged({ tables }: State): Promise<boolean> {
  for (const { source, dates } of tables.values()) if (await source.findDamaged(dates)) return true
  return false
}

/** The part of a statement that is planned: `EXPLAIN` itself cannot be. */
export const explainPrefix = /^\s*explain\s+(analyze\s+)?(\([^)]*\)\s*)?/i

/** Makes the views show the files that a statement reads. @throws errors of DuckDB */
async function arrange(state: State, { sql, values, readAll }: Request): Promise<void> {
  const tables = [...state.tables.values()]
  for (const table of tables) await showPlanned(state.files, table)
  const text = sql.replace(explainPrefix, '')
  const onlyExplains = explainPrefix.test(sql) && !/^\s*explain\s+analyze/i.test(sql)
  const scans = readAll ? [] : await plan(state.connection, text, values)
  for (const table of tables) {
    if (onlyExplains && !table.source.inPlace) continue
    const own = scans.filter((scan) => scan.of === table.table.name)
    const needed = await neededDays(state.connection, { sql: text, values, scans: own }, table.source.dates)
    await showFiles(state, table, readAll ? allDays(table) : needed)
  }
  if (readAll || onlyExplains || tables.every(({ dates, source }) => dates.size === source.dates.length))
    return
  const remaining = await plan(state.connection, text, values)
  if (remaining.every(({ of, files }) => of !== unreadName || files === 0)) return
  for (const table of tables) await showFiles(state, table, allDays(table))
}

const allDays = ({ source }: OpenTable): NeededDays => ({ read: new Set(source.dates), filtered: new Set() })

/** The scans of a statement; none when it cannot be planned, such as SET. */
async function plan(connection: DuckDBConnection, sql: string, values: SqlValues): Promise<Scan[]> {
  try {
    const rows = await rowsOf<{ explain_value: string }>(connection, `EXPLAIN (FORMAT json) ${sql}`, values)
    return rows.flatMap((row) => scansOf(row.explain_value))
  } catch (error) {
    await endAborted(connection)
    if (isView(missingName(error)) || triedUnread(messageOf(error))) throw error
    return []
  }
}

/** Ends a failed transaction: DuckDB runs PIVOT in one. */
async function endAborted(connection: DuckDBConnection): Promise<void> {
  const isAborted = await connection.run('SELECT 1').then(
    () => false,
    (error) => messageOf(error).includes('transaction is aborted'),
  )
  if (isAborted) await connection.run('ROLLBACK')
}

/** Opens the view or function that DuckDB misses. False: it is not one of Mayday's, or open already. */
async function openMissing(state: State, error: unknown): Promise<boolean> {
  const name = missingName(error)
  if (name === null) return false
  try {
    return await openView(state, name)
  } catch (inner) {
    if (isCrashError(inner) || !(await openMissing(state, inner))) throw inner
    return openMissing(state, error)
  }
}

function missingName(error: unknown): string | null {
  const match = /Catalog Error: (?:Table|Scalar Function) with name "?(?:main\.)?(\w+)"? does not exist/.exec(
    messageOf(error),
  )
  return match ? match[1]!.toLowerCase() : null
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

function sqlError(cause: unknown): CrashError {
  const message = messageOf(cause).replace(/^Failed to extract statements: /, '')
  const name = missingName(cause)
  const similar = name === null ? null : similarView(name)
  const text =
    similar === null ? message : message.replace(/Did you mean ".*?"\?/, `Did you mean "${similar}"?`)
  const isInterrupt = text.startsWith('INTERRUPT Error')
  return new CrashError('bad-usage', isInterrupt ? 'Interrupted' : `SQL: ${visible(text)}`, { cause })
}
