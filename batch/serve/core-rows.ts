// The columns that most searches use, of files that do not change any more, kept in DuckDB's own format: several times
// faster than Parquet. Loaded in the background; until then a file is read where it is.
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Bytes, Millis } from '../../shared/units.ts'
import { type Database, execute, identifier, literal } from '../lake/duckdb.ts'
import { type LiveFile, parquetOf } from './live-files.ts'

/** Of the table `crashes`. Long texts and lists stay in Parquet. */
const coreColumns = [
  ...['crash_id', 'date', 'product', 'release_channel', 'version', 'build_id', 'platform'],
  ...['platform_pretty_version', 'cpu_arch', 'process_type', 'report_type', 'reason', 'startup_crash'],
  ...[
    'is_garbage_collecting',
    'duplicate_of',
    'weight',
    'signature',
    'processed_at',
    'submitted_at',
    'uptime',
  ],
  ...['install_time', 'address'],
] as const
const isCore: ReadonlySet<string> = new Set(coreColumns)

/** Days at the end of a listing whose files still change. */
const openDays = 2
/** Statements that name rows of a replaced file have ended by then. */
const rowsKeptFor: Millis = 120_000
/** Files beyond, oldest first, are not loaded: this bounds the space on disk. */
const maxBytes: Bytes = 4 * 1024 * 1024 * 1024

export interface CoreRows {
  /**
   * SQL for a FROM clause over some files, if `columns` are among those kept.
   * @param parquet SQL over files that are not loaded
   */
  relation(
    files: readonly LiveFile[],
    columns: ReadonlySet<string>,
    parquet: (files: readonly LiveFile[]) => string,
  ): string | null
  /** Starts to load files of a listing, and to drop those that it lacks. */
  follow(listing: readonly LiveFile[]): void
  /** Waits for the load in progress. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface CoreOptions {
  /** A Parquet file without rows that has every column. */
  schema: string
  /** For the database. */
  dir: string
  onFailure(error: unknown): void
  /** Milliseconds, monotonic. */
  clock(): Millis
}

const columnList = coreColumns.map(identifier).join(', ')

export async function openCoreRows(
  database: Pick<Database, 'connect'>,
  options: CoreOptions,
): Promise<CoreRows> {
  const connection = await database.connect()
  const { schema, dir, onFailure } = options
  await execute(connection, `ATTACH ${literal(join(dir, 'core.duckdb'))} AS core`)
  await execute(
    connection,
    `CREATE TABLE core.crash_rows AS SELECT 0::INTEGER AS file, ${columnList} FROM ${parquetOf([schema])} WHERE false`,
  )
  const { loaded, load, stop } = createLoader(connection, options)
  let work: Promise<void> | null = null
  return {
    relation: (files, columns, parquet) => relationOf(files, { columns, loaded, parquet }),
    follow(listing) {
      const wanted = wantedOf(listing)
      if (work || isLoaded(wanted, loaded)) return
      work = load(wanted)
        .catch(onFailure)
        .finally(() => {
          work = null
        })
    },
    settled: async () => void (await work),
    async close() {
      stop()
      await work
      connection.closeSync()
    },
  }
}

/** Null when the columns are not kept, or no file is loaded. */
function relationOf(
  files: readonly LiveFile[],
  {
    columns,
    loaded,
    parquet,
  }: {
    columns: ReadonlySet<string>
    loaded: ReadonlyMap<string, number>
    parquet: (files: readonly LiveFile[]) => string
  },
): string | null {
  if (![...columns].every((column) => isCore.has(column))) return null
  const numbers = files.flatMap(({ version }) => loaded.get(version) ?? [])
  if (numbers.length === 0) return null
  const kept = `SELECT ${columnList} FROM core.crash_rows WHERE file IN (${numbers.join(', ')})`
  const others = files.filter(({ version }) => !loaded.has(version))
  if (others.length === 0) return `(${kept})`
  return `(${kept} UNION ALL SELECT ${columnList} FROM ${parquet(others)})`
}

function createLoader(connection: DuckDBConnection, { schema, clock }: CoreOptions) {
  /** Numbers of loaded files by version. */
  const loaded = new Map<string, number>()
  /** Numbers of files that are no longer listed. */
  const stale: { file: number; since: Millis }[] = []
  let next = 1
  let isStopped = false
  const forget = async (versions: ReadonlySet<string>) => {
    for (const [version, file] of [...loaded]) {
      if (versions.has(version)) continue
      loaded.delete(version)
      stale.push({ file, since: clock() })
    }
    while (stale[0] && clock() - stale[0].since > rowsKeptFor && !isStopped)
      await execute(connection, 'DELETE FROM core.crash_rows WHERE file = $file', {
        file: stale.shift()!.file,
      })
  }
  return {
    loaded,
    async load(wanted: readonly LiveFile[]) {
      await forget(new Set(wanted.map(({ version }) => version)))
      for (const { version, path } of wanted) {
        if (isStopped) return
        if (loaded.has(version)) continue
        const file = next++
        const from = parquetOf([schema, path])
        await execute(connection, `INSERT INTO core.crash_rows SELECT ${file}, ${columnList} FROM ${from}`)
        loaded.set(version, file)
      }
    },
    stop() {
      isStopped = true
    },
  }
}

const isLoaded = (wanted: readonly LiveFile[], loaded: ReadonlyMap<string, number>): boolean =>
  wanted.length === loaded.size && wanted.every(({ version }) => loaded.has(version))

/** Settled files, newest first, within the limit. */
function wantedOf(listing: readonly LiveFile[]): LiveFile[] {
  const days = [...new Set(listing.map(({ date }) => date))].sort()
  const open = new Set(days.slice(-openDays))
  const settled = listing.filter(({ date }) => !open.has(date)).sort((a, b) => (a.date < b.date ? 1 : -1))
  let bytes = 0
  return settled.filter(({ size }) => {
    bytes += size
    return bytes <= maxBytes
  })
}
