// The tables of a store in an open database: as text for statements, over the files that a statement needs.
import { join } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'
import { expectedFailure } from '../lake/files/damage.ts'
import { rowsOf, type SqlValues } from '../lake/duckdb.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import { crashesTable, type Table, tables } from '../lake/tables.ts'
import { createStandIns } from '../sql/stand-ins.ts'
import { type CoreRows, openCoreRows } from './core-rows.ts'
import { type LiveFile, type LiveFiles, openLiveFiles, parquetOf } from './live-files.ts'
import { createStatements } from './statements.ts'

/** Microseconds since 1970, or null for no bound: `from` inclusive, `to` exclusive. */
export interface TimeRange {
  from: number | null
  to: number | null
}

export interface FileChoice {
  /** Only files that may have crashes processed in this range; of the table `crashes`. */
  processed?: TimeRange
  /** Only files of these days of submission. */
  dates?: ReadonlySet<string>
  /** The columns that the statement names; of the table `crashes`, where most are kept in a faster form. */
  columns?: ReadonlySet<string>
}

/** What the statements of one call may read. */
export interface Reader {
  /** SQL for a FROM clause. @param table the name of a table @throws CrashError 'storage' */
  relation(table: string, choice?: FileChoice): Promise<string>
  /** The days of the files that `relation` reads. */
  dates(table: string, choice?: FileChoice): Promise<ReadonlySet<string>>
  run<T>(sql: string, values?: SqlValues): Promise<T[]>
}

export interface LiveTables extends AsyncDisposable {
  /** Waits for what is loaded in the background. */
  settled(): Promise<void>
  /**
   * Runs work that reads tables; again when a file vanished meanwhile.
   * @throws CrashError 'timeout' when the signal aborts, 'storage', 'damaged'; ApiProblem when too many statements wait
   */
  read<T>(signal: AbortSignal, work: (reader: Reader) => Promise<T>): Promise<T>
}

interface OpenTable {
  files: LiveFiles
  /** SQL over some files. */
  parquet(files: readonly LiveFile[]): string
  /** Of the table `crashes`. */
  core: CoreRows | null
}

export interface LiveTablesOptions {
  open: OpenStore
  onFailure(error: unknown): void
  clock?: () => Millis
}

const maxAttempts = 3

export async function openLiveTables({
  open,
  onFailure,
  clock = () => performance.now(),
}: LiveTablesOptions): Promise<LiveTables> {
  await using opened = new AsyncDisposableStack()
  const files = opened.use(await openFiles(open))
  const { database } = files
  await database.connection.run('SET GLOBAL parquet_metadata_cache = true')
  const statements = createStatements(database)
  opened.defer(() => statements.close())
  const registry = createRegistry({ open, files, onFailure, clock })
  opened.defer(registry.close)
  const resources = opened.move()
  return {
    settled: registry.settled,
    async read(signal, work) {
      const run = <T>(sql: string, values: SqlValues = {}) => statements.run<T>(sql, values, signal)
      for (let attempt = 1; ; attempt++) {
        try {
          return await work({ relation: registry.relation, dates: registry.dates, run })
        } catch (error) {
          if (attempt === maxAttempts || !isVanished(error))
            throw expectedFailure(error, files.cacheDir) ?? error
          await registry.refresh()
        }
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

type RegistryOptions = Required<LiveTablesOptions> & { files: TableFiles }

/** The tables that calls have named. */
function createRegistry(options: RegistryOptions) {
  const { database } = options.files
  const byName = new Map<string, Promise<OpenTable>>()
  const tableOf = (name: string): Promise<OpenTable> => {
    const table = tables.find((one) => one.name === name)
    if (!table) throw new Error(`There is no table ${name}`)
    const known = byName.get(name) ?? openTable(table, options)
    byName.set(name, known)
    known.catch(() => byName.delete(name))
    return known
  }
  const ranges = createRanges((paths) => rowsOf<StatsRow>(database.connection, statsSql, { paths }))
  const filesOf = async ({ files: live }: OpenTable, choice: FileChoice) =>
    choose(await live.current(), choice, ranges)
  const eachOpen = async (act: (table: OpenTable) => Promise<void> | undefined) => {
    for (const table of byName.values()) await act(await table)
  }
  return {
    dates: async (name: string, choice: FileChoice = {}) =>
      new Set((await filesOf(await tableOf(name), choice)).map(({ date }) => date)),
    async relation(name: string, choice: FileChoice = {}) {
      const table = await tableOf(name)
      const { core, parquet } = table
      const listing = await table.files.current()
      core?.follow(listing)
      const chosen = await choose(listing, choice, ranges)
      const kept = choice.columns && core?.relation(chosen, choice.columns, parquet)
      return kept ?? parquet(chosen)
    },
    refresh: () => eachOpen(({ files }) => files.refresh()),
    settled: () => eachOpen(({ core }) => core?.settled()),
    close: () => eachOpen(({ core }) => core?.close()),
  }
}

async function openTable(
  table: Table,
  { open, files, onFailure, clock }: RegistryOptions,
): Promise<OpenTable> {
  const { database, dir } = files
  const { schema } = await createStandIns(database, join(open.cacheDir, 'stand-ins'), table, [])
  return {
    parquet: (some) => parquetOf([schema, ...some.map(({ path }) => path)]),
    core: table === crashesTable ? await openCoreRows(database, { schema, dir, onFailure, clock }) : null,
    files: openLiveFiles({ open, files, table, onFailure, clock }),
  }
}

/** A file was replaced or expired after it was listed. */
const isVanished = (error: unknown): boolean =>
  error instanceof Error &&
  !(error instanceof CrashError) &&
  /No such file or directory|No files found that match/.test(error.message)

async function choose(
  all: readonly LiveFile[],
  { processed, dates }: FileChoice,
  ranges: Ranges,
): Promise<readonly LiveFile[]> {
  const ofDates = dates ? all.filter(({ date }) => dates.has(date)) : all
  if (!processed) return ofDates
  const known = await ranges.of(ofDates)
  return ofDates.filter((_file, i) => {
    const range = known[i]
    if (!range) return true
    return (
      (processed.to === null || range.first < processed.to) &&
      (processed.from === null || range.last >= processed.from)
    )
  })
}

/** First and last processed time of a file, inclusive. */
interface FileRange {
  first: number
  last: number
}

interface Ranges {
  /** Null for a file that does not state them. */
  of(files: readonly LiveFile[]): Promise<(FileRange | null)[]>
}

interface StatsRow {
  path: string
  first: bigint | null
  last: bigint | null
}

const statsSql = `SELECT file_name AS path,
    CASE WHEN bool_and(stats_min_value IS NOT NULL) THEN epoch_us(min(stats_min_value::TIMESTAMPTZ)) END AS first,
    CASE WHEN bool_and(stats_max_value IS NOT NULL) THEN epoch_us(max(stats_max_value::TIMESTAMPTZ)) END AS last
  FROM parquet_metadata($paths) WHERE path_in_schema = 'processed_at' GROUP BY 1`

/** Reads the footer of each version of a file once. */
function createRanges(read: (paths: string[]) => Promise<StatsRow[]>): Ranges {
  let known = new Map<string, FileRange | null>()
  return {
    async of(files) {
      const unread = files.filter(({ version }) => !known.has(version))
      if (unread.length > 0) {
        const rows = new Map((await read(unread.map(({ path }) => path))).map((row) => [row.path, row]))
        for (const { path, version } of unread) known.set(version, rangeOf(rows.get(path)))
        // Versions that are no longer listed are forgotten now and then.
        if (known.size > 4 * files.length + 1000)
          known = new Map(files.map(({ version }) => [version, known.get(version) ?? null]))
      }
      return files.map(({ version }) => known.get(version) ?? null)
    },
  }
}

const rangeOf = (row: StatsRow | undefined): FileRange | null =>
  !row || row.first === null || row.last === null
    ? null
    : { first: Number(row.first), last: Number(row.last) }
