// SQL over a store that reads only what a statement needs. DuckDB itself determines that: it names the tables that it
// misses, and the plan over stand-ins for all files contains the condition that each file must meet. Days that do not
// meet it stay stand-ins that DuckDB refuses to read, so an error in this reasoning fails rather than omits rows.
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { visible } from '../cli/output.ts'
import { rowsOf, type SqlValues, startStreaming } from '../lake/duckdb.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import type { TableFiles } from '../lake/table-files.ts'
import { type Scan, scansOf } from './day-plan.ts'
import { triedUnread, unreadName } from './stand-ins.ts'
import { type OpenTable, openView, showFiles, showPlanned } from './table-views.ts'
import { viewListSql } from './view-list.ts'

export interface Session extends AsyncDisposable {
  connection: DuckDBConnection
  /** Working directory, removed with the session. */
  dir: string
  /** Table files that the last statement may have read. */
  reading(): { files: number; bytes: Bytes }
  /** Starts a statement; its rows stream. @throws CrashError 'bad-usage' for errors in SQL, 'storage' */
  run(sql: string, values?: SqlValues): Promise<DuckDBResult>
}

interface State {
  open: OpenStore
  files: TableFiles
  connection: DuckDBConnection
  /** Tables that statements of this session have named. */
  tables: Map<string, OpenTable>
}

/** Opens a session. Nothing is listed or read before the first statement. */
export async function openSession(open: OpenStore): Promise<Session> {
  await using opened = new AsyncDisposableStack()
  const files = opened.use(await openFiles(open))
  const { connection } = files.database
  await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false')
  await connection.run('SET parquet_metadata_cache = true')
  const state: State = { open, files, connection, tables: new Map() }
  const resources = opened.move()
  return {
    connection,
    dir: join(files.dir, 'sql'),
    reading: () => readingOf(state),
    run: (sql, values = {}) =>
      run(state, /^\s*show\s+(all\s+)?tables\s*$/i.test(sql) ? viewListSql : sql, values),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
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

async function run(state: State, sql: string, values: SqlValues): Promise<DuckDBResult> {
  let readAll = false
  for (;;) {
    try {
      await arrange(state, sql, { values, readAll })
      return await startStreaming(state.connection, sql, values)
    } catch (error) {
      if (isCrashError(error)) throw error
      if (await openMissing(state, error)) continue
      if (readAll || !triedUnread(messageOf(error))) throw sqlError(error)
      readAll = true
    }
  }
}

/** The statement without `EXPLAIN`, which cannot be planned. */
const explainPrefix = /^\s*explain\s+(analyze\s+)?(\([^)]*\)\s*)?/i

/** Makes the views show the files that a statement reads. @throws errors of DuckDB about missing tables */
async function arrange(
  state: State,
  sql: string,
  { values, readAll }: { values: SqlValues; readAll: boolean },
): Promise<void> {
  const tables = [...state.tables.values()]
  for (const table of tables) await showPlanned(state.files, table)
  const text = sql.replace(explainPrefix, '')
  const scans = readAll ? [] : await plan(state.connection, text, values)
  const onlyExplained = explainPrefix.test(sql) && !/^\s*explain\s+analyze/i.test(sql)
  for (const table of tables) {
    if (onlyExplained && !table.source.inPlace) continue
    const dates = readAll ? new Set(table.source.dates) : await datesOf(state.connection, table, scans)
    await showFiles(state, table, dates)
  }
  if (readAll || tables.every((table) => table.dates.size === table.source.dates.length)) return
  const remaining = await plan(state.connection, text, values)
  if (remaining.some(({ of, files }) => of === unreadName && files !== 0)) throw new Error(triedUnreadHint)
}

const triedUnreadHint = 'unread.parquet'

/** The scans of a statement; none when it cannot be planned, such as SET. */
async function plan(connection: DuckDBConnection, sql: string, values: SqlValues): Promise<Scan[]> {
  try {
    const rows = await rowsOf<{ explain_value: string }>(connection, `EXPLAIN (FORMAT json) ${sql}`, values)
    return rows.flatMap((row) => scansOf(row.explain_value))
  } catch (error) {
    if (missingName(error) !== null || triedUnread(messageOf(error))) throw error
    return []
  }
}

/** The days of a table that the scans read. A condition that cannot be evaluated counts as true. */
async function datesOf(
  connection: DuckDBConnection,
  { table, source }: OpenTable,
  scans: readonly Scan[],
): Promise<Set<IsoDate>> {
  const own = scans.filter((scan) => scan.of === table.name)
  if (own.length === 0) return new Set()
  const condition = own.map((scan) => `(${scan.condition})`).join(' OR ')
  try {
    const rows = await rowsOf<{ day: IsoDate }>(
      connection,
      `SELECT date::VARCHAR AS day FROM (SELECT unnest($dates)::DATE AS date) WHERE ${condition}`,
      { dates: source.dates },
    )
    return new Set(rows.map((row) => row.day))
  } catch {
    return new Set(source.dates)
  }
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
  const match =
    /^Catalog Error: (?:Table|Scalar Function) with name "?(?:main\.)?(\w+)"? does not exist/.exec(
      messageOf(error),
    )
  return match ? match[1]!.toLowerCase() : null
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const sqlError = (cause: unknown) =>
  new CrashError('bad-usage', `SQL: ${visible(messageOf(cause))}`, { cause })
