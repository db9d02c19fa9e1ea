// The views of a session: over stand-ins while a statement is planned, then over the files that it reads.
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { CrashError } from '../../shared/errors.ts'
import { tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { execute, identifier, literalList } from '../lake/duckdb.ts'
import type { OpenStore } from '../lake/open-store.ts'
import { retryOnConflict, type TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, type Table, tables } from '../lake/tables.ts'
import { extraViews, viewDescriptions } from '../lake/views.ts'
import type { NeededDays } from './needed-days.ts'
import { createStandIns, type StandIns, unreadName } from './stand-ins.ts'
import { listSource, type TableSource } from './table-source.ts'

/** A table that a statement has named. */
export interface OpenTable {
  table: Table
  source: TableSource
  standIns: StandIns
  /** Days whose files the view shows. */
  dates: ReadonlySet<IsoDate>
}

interface Context {
  open: OpenStore
  files: TableFiles
  connection: DuckDBConnection
  tables: Map<string, OpenTable>
  starting: AbortController
  /** Absent: a session of its own user. */
  sandbox: { mayRead(table: Table): boolean } | null
}

/** The function with the newest day of `crashes`: a constant, by which DuckDB can choose files. */
const newestDay = 'newest_day'

/** Whether `openView` knows a name. */
export const isView = (name: string | null): boolean =>
  name === newestDay || viewDescriptions.some((view) => view.name === name)

/**
 * Creates a view of Mayday's, or the function `newest_day`. False: the name is not one of them, or is open already.
 * @throws errors of DuckDB about other missing views
 */
export async function openView(context: Context, name: string): Promise<boolean> {
  if (name === newestDay) return openTable(context, crashesTable)
  const table = tables.find((candidate) => (candidate.view ?? candidate.name) === name)
  if (table) return openTable(context, table)
  const view = extraViews.find((candidate) => candidate.name === name)
  if (view) await execute(context.connection, `CREATE VIEW memory.main.${view.name} AS ${view.sql}`)
  return view !== undefined
}

async function openTable(context: Context, table: Table): Promise<boolean> {
  const { open, files, tables: opened, sandbox } = context
  if (opened.has(table.name)) return false
  if (sandbox && !sandbox.mayRead(table))
    throw new CrashError('bad-usage', `The table ${table.name} is protected`)
  const source = await listSource(open, files, table)
  const standIns = await createStandIns(files.database, join(open.cacheDir, 'stand-ins'), table, source.dates)
  const added: OpenTable = { table, source, standIns, dates: new Set() }
  opened.set(table.name, added)
  await showPlanned(files, added)
  if (table === crashesTable) {
    if (!sandbox && source.dates.length === 0) process.stderr.write(emptyHint(open.url))
    await defineNewestDay(files, source)
  }
  return true
}

async function defineNewestDay({ database }: TableFiles, { dates }: TableSource): Promise<void> {
  const newest = dates.length ? `DATE '${dates.toSorted().at(-1)}'` : 'NULL::DATE'
  await execute(database.connection, `CREATE OR REPLACE MACRO memory.main.${newestDay}() AS ${newest}`)
}

const emptyHint = (url: string) =>
  `mayday: ${url} has no crashes yet. Process reports with mayday process; npm start uses --store r2:local.\n`

const partitions = 'hive_partitioning = true, hive_types = {of: VARCHAR, date: DATE}'

/** Makes the view of a table one over stand-ins for all its files. */
export async function showPlanned(files: TableFiles, opened: OpenTable): Promise<void> {
  const { table, source, standIns } = opened
  const paths = [standIns.schema, ...source.dates.map(standIns.planned)]
  opened.dates = new Set()
  await replaceView(
    files,
    table,
    `read_parquet(${literalList(paths)}, ${partitions}) WHERE of = '${table.name}'`,
  )
}

/**
 * Makes the view of a table one over the files of some days. Days without rows for the statement are not in it; it
 * fails when it reads others.
 * @throws CrashError 'storage'
 */
export async function showFiles(
  { open, files, starting }: Pick<Context, 'open' | 'files' | 'starting'>,
  opened: OpenTable,
  { read: dates, filtered }: NeededDays,
): Promise<void> {
  const { table, standIns } = opened
  const paths = await retryOnConflict(files, tablePrefix(table.name), async () => {
    const current = await opened.source.paths(dates, starting.signal)
    if (current === null) opened.source = await listSource(open, files, table)
    return current
  })
  const hidden = opened.source.dates.filter((date) => !dates.has(date) && !filtered.has(date))
  const shown = `SELECT * FROM read_parquet(${literalList([standIns.schema, ...paths])}, union_by_name = true, hive_partitioning = false)`
  const unread = literalList([standIns.schema, ...hidden.map(standIns.unread)])
  const rest = `SELECT * EXCLUDE (of) FROM read_parquet(${unread}, ${partitions}) WHERE of = '${unreadName}'`
  opened.dates = dates
  await replaceView(files, table, hidden.length ? `(${shown} UNION ALL BY NAME ${rest})` : `(${shown})`)
}

async function replaceView({ database }: TableFiles, table: Table, from: string): Promise<void> {
  const columns = table.columns.map((column) => identifier(column.name)).join(', ')
  const name = identifier(table.view ?? table.name)
  await execute(
    database.connection,
    `CREATE OR REPLACE VIEW memory.main.${name} AS SELECT ${columns} FROM ${from}`,
  )
}
