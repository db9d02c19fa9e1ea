// The tables of a store in an open database: as text for statements, over the files that a statement needs.
import { join } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'
import { expectedFailure } from '../lake/files/damage.ts'
import { literalList, rowsOf, type SqlValues } from '../lake/duckdb.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import { type Table, tables } from '../lake/tables.ts'
import { createStandIns } from '../sql/stand-ins.ts'
import { type LiveFile, type LiveFiles, openLiveFiles } from './live-files.ts'
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
  /**
   * Runs work that reads tables; again when a file vanished meanwhile.
   * @throws CrashError 'timeout' when the signal aborts, 'storage', 'damaged'; ApiProblem when too many statements wait
   */
  read<T>(signal: AbortSignal, work: (reader: Reader) => Promise<T>): Promise<T>
}

interface OpenTable {
  files: LiveFiles
  /** A file without rows that has every column. */
  schema: string
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
  const byName = new Map<string, Promise<OpenTable>>()
  const openTable = async (table: Table): Promise<OpenTable> => {
    const { schema } = await createStandIns(database, join(open.cacheDir, 'stand-ins'), table, [])
    return { schema, files: openLiveFiles({ open, files, table, onFailure, clock }) }
  }
  const tableOf = (name: string): Promise<OpenTable> => {
    const table = tables.find((one) => one.name === name)
    if (!table) throw new Error(`There is no table ${name}`)
    const known = byName.get(name) ?? openTable(table)
    byName.set(name, known)
    known.catch(() => byName.delete(name))
    return known
  }
  const ranges = createRanges((paths) => rowsOf<StatsRow>(database.connection, statsSql, { paths }))
  const filesOf = async ({ files: live }: OpenTable, options: FileChoice) =>
    choose(await live.current(), options, ranges)
  const dates = async (name: string, options: FileChoice = {}) =>
    new Set((await filesOf(await tableOf(name), options)).map(({ date }) => date))
  const relation = async (name: string, options: FileChoice = {}) => {
    const table = await tableOf(name)
    const chosen = await filesOf(table, options)
    const paths = literalList([table.schema, ...chosen.map(({ path }) => path)])
    return `read_parquet(${paths}, union_by_name = true, hive_partitioning = false)`
  }
  const refresh = async () => {
    for (const table of byName.values()) await (await table).files.refresh()
  }
  const resources = opened.move()
  return {
    async read(signal, work) {
      const run = <T>(sql: string, values: SqlValues = {}) => statements.run<T>(sql, values, signal)
      for (let attempt = 1; ; attempt++) {
        try {
          return await work({ relation, dates, run })
        } catch (error) {
          if (attempt === maxAttempts || !isVanished(error))
            throw expectedFailure(error, files.cacheDir) ?? error
          await refresh()
        }
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
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
