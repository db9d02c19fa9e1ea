// DuckDB over a store: one view per table, regardless of the age of its files, and some additional views.
import { join } from 'node:path'
import { checkVendor } from '../../shared/fields/simulated.ts'
import { setOwn } from '../../shared/own.ts'
import { damageIn } from './files/damage.ts'
import { type Database, execute, faultOf, identifier, literalList, rowsOf } from './duckdb.ts'
import { sqlType } from './column-types.ts'
import { folderOf, openFiles, type OpenStore } from './open-store.ts'
import { localPaths } from './files/local-copies.ts'
import { listTableFiles, storageOf, type TableFiles } from './files/table-files.ts'
import { type Table, tables } from './tables.ts'

/** A database with views of a store. */
export interface Lake extends AsyncDisposable {
  database: Database
  /** `damaged` has the files that the views omit. */
  files: TableFiles
  /** Number of files by table. A table without files is an empty view. */
  fileCount: Readonly<Record<string, number>>
}

/** Views in addition to those of the tables. */
export const extraViews = [
  {
    name: 'unique_crashes',
    sql: `SELECT * FROM crashes WHERE duplicate_of IS NULL AND vendor IS DISTINCT FROM '${checkVendor}'`,
    description:
      'crashes, without reports that were sent again on a later day and test crashes of mayday check',
  },
  {
    name: 'frames',
    sql: `SELECT crash_id, date, product, version, release_channel, platform, signature, proto_signature, weight,
            generate_subscripts(frames, 1) - 1 AS depth, unnest(frames, recursive := true)
          FROM crashes`,
    description: 'one row per frame of the crashing thread; depth is 0 for the innermost frame',
  },
  {
    name: 'signatures',
    sql: `SELECT signature, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
            coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS first_build,
            sum(count)::BIGINT AS count, sum(weighted) AS weighted,
            list({product: product, count: count, weighted: weighted} ORDER BY count DESC, product) AS products
          FROM (
            SELECT signature, product, min(date) AS first_seen, max(date) AS last_seen,
              coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS first_build,
              sum(count)::BIGINT AS count, sum(weighted) AS weighted
            FROM signature_days GROUP BY signature, product
          ) GROUP BY signature`,
    description:
      'one row per signature: first and last seen, lowest build ID, counts in total and per product',
  },
  {
    name: 'crash_rates',
    sql: `SELECT u.date, u.product, u.version, u.release_channel, u.platform, users, sessions, hours,
            coalesce(sum(c.crashes), 0)::BIGINT AS crashes, coalesce(sum(c.weighted), 0) AS weighted,
            coalesce(sum(c.variance), 0) AS variance
          FROM usage u LEFT JOIN (
            SELECT date, product, version, release_channel, platform, count(*) AS crashes,
              sum(weight) AS weighted, sum(weight * weight) AS variance
            FROM unique_crashes GROUP BY ALL
          ) c ON c.date = u.date AND c.product = u.product AND (u.version IS NULL OR c.version = u.version)
            AND (u.release_channel IS NULL OR c.release_channel = u.release_channel)
            AND (u.platform IS NULL OR c.platform = u.platform)
          GROUP BY ALL`,
    description:
      'usage with the crashes of the same day and program; variance is that of the estimate weighted',
  },
  {
    name: 'builds',
    sql: `SELECT product, version, release_channel, build_id, min(date) AS first_seen, max(date) AS last_seen,
            sum(count)::BIGINT AS count, sum(weighted) AS weighted
          FROM build_days GROUP BY ALL`,
    description: 'one row per product, version, channel and build ID, seen in crashes or imported',
  },
  {
    name: 'bug_signatures',
    sql: `SELECT unnest(signatures) AS signature, tracker, id, url, status, resolution, is_open, summary
          FROM bugs`,
    description: 'one row per bug and signature that it names',
  },
] as const

/**
 * Opens DuckDB over a store. Files in a directory are read in place. Files of other stores are copied to the cache,
 * and only changed files are fetched again.
 * @param options `thorough`: check the whole content of files, which queries would do anyway, but one by one
 */
export async function openLake(open: OpenStore, options: { thorough?: boolean } = {}): Promise<Lake> {
  await using opened = new AsyncDisposableStack()
  const files = opened.use(await openFiles(open, options))
  const { database } = files
  const fileCount: Record<string, number> = {}
  for (const table of tables) {
    const paths = await tablePaths(files, table, folderOf(open.url))
    setOwn(fileCount, table.name, paths.length)
    await createView(database, table, paths)
  }
  for (const { name, sql } of extraViews) await execute(database.connection, `CREATE VIEW ${name} AS ${sql}`)
  const resources = opened.move()
  return { database, files, fileCount, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Local paths of all files of a table, without damaged ones. */
async function tablePaths(files: TableFiles, table: Table, folder: string | null): Promise<string[]> {
  if (!folder) return localPaths(files, table)
  const found = await listTableFiles(storageOf(files, table), table.name)
  const paths = new Map(found.map(({ key }) => [key, join(folder, table.bucket, key)]))
  if (!files.thorough && (await areReadable(files.database, [...paths.values()]))) return [...paths.values()]
  for (const [key, path] of paths) {
    const why = await faultOf(files.database, path)
    if (why === null) continue
    files.damaged.set(key, { key, why })
    paths.delete(key)
  }
  return [...paths.values()]
}

/** Whether the schemas of all files can be read. */
async function areReadable({ connection }: Database, paths: readonly string[]): Promise<boolean> {
  try {
    if (paths.length) await execute(connection, `DESCRIBE SELECT * FROM ${sourceOf(paths)}`)
    return true
  } catch (error) {
    if (damageIn((error as Error).message) === null) throw error
    return false
  }
}

const sourceOf = (paths: readonly string[]) =>
  `read_parquet(${literalList(paths)}, union_by_name = true, hive_partitioning = false)`

/**
 * A view with the table's columns in their order. Columns that no file has are null; columns that only files have
 * follow at the end.
 */
async function createView(database: Database, table: Table, paths: readonly string[]): Promise<void> {
  const { connection } = database
  const source = paths.length ? sourceOf(paths) : null
  const present = source
    ? (await rowsOf<{ column_name: string }>(connection, `DESCRIBE SELECT * FROM ${source}`)).map(
        (r) => r.column_name,
      )
    : []
  const columns = table.columns.map((column) =>
    present.includes(column.name)
      ? identifier(column.name)
      : `NULL::${sqlType(column)} AS ${identifier(column.name)}`,
  )
  const known = new Set(table.columns.map((column) => column.name))
  const others = present.filter((name) => !known.has(name)).map(identifier)
  const from = source ? `FROM ${source}` : 'WHERE false'
  const name = identifier(table.view ?? table.name)
  await execute(connection, `CREATE VIEW ${name} AS SELECT ${[...columns, ...others].join(', ')} ${from}`)
}

/** Names and descriptions of all views. */
export const viewDescriptions: readonly { name: string; description: string }[] = [
  ...tables.map(({ name, view, description }) => ({ name: view ?? name, description })),
  ...extraViews.map(({ name, description }) => ({ name, description })),
]
