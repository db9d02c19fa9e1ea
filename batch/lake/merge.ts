// Merging rows into the files of a table's day, so that every crash stands in exactly one of them.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { identifier, quote, quoteList, rowsOf } from './duckdb.ts'
import { idSumSql } from '../processing/id-sum.ts'
import {
  keepCopy,
  listTableFiles,
  localCopy,
  storageOf,
  type TableFile,
  type TableFiles,
  untilUndisturbed,
} from './table-files.ts'
import { modulesTable, type Table } from './tables.ts'

/** Rows to be merged: Parquet files on this machine with the columns of the table, and the crash ids they speak of. */
export interface NewRows {
  paths: readonly string[]
  /** Every crash whose rows are replaced; also those that have no row in `paths` any more. */
  crashIds: readonly string[]
}

/**
 * Puts rows into a table's day. Afterwards every crash of `crashIds` has the rows of `paths` and no others: rows it
 * had are replaced in the file that held them, the rest goes to the newest file of `shard`. Each file is written
 * whole, on condition that it is the version that was read; a lost race is done again from the listing.
 * @returns how many crashes the newest file of the shard holds now, 0 when it was not written
 */
export async function mergeRows(
  files: TableFiles,
  table: Table,
  target: { date: IsoDate; shard: string },
  rows: NewRows,
): Promise<{ crashes: number }> {
  await files.database.connection.run('CREATE OR REPLACE TEMP TABLE merging (crash_id VARCHAR, home VARCHAR)')
  const where = tablePrefix(table.name, target.date)
  return untilUndisturbed(files, where, () => tryMerge(files, table, target, rows))
}

async function tryMerge(
  files: TableFiles,
  table: Table,
  target: { date: IsoDate; shard: string },
  rows: NewRows,
): Promise<{ crashes: number } | null> {
  const storage = storageOf(files, table)
  const existing = await listTableFiles(storage, table.name, target.date)
  const copies = new Map<string, string>()
  for (const file of existing) {
    const path = await localCopy(files, storage, file)
    if (path === null) return null
    copies.set(file.key, path)
  }
  const end = targetFile(existing, table.name, target, files.partBytes)
  const touched = await assignHomes(files, copies, end.key, rows.crashIds)
  let crashes = 0
  for (const key of touched) {
    const file = existing.find((f) => f.key === key)
    const written = await writeMerged(files, table, { key, file, path: copies.get(key), rows })
    if (written === null) return null
    if (key === end.key) crashes = written
  }
  return { crashes }
}

/** The file that takes rows of crashes not seen before: the newest of the shard, or the next when that one is full. */
function targetFile(
  existing: readonly TableFile[],
  table: string,
  target: { date: IsoDate; shard: string },
  partBytes: Bytes,
): { key: string } {
  const own = existing.filter((f) => f.shard === target.shard)
  const newest = own.reduce<TableFile | null>((best, f) => (best && best.part > f.part ? best : f), null)
  if (newest && newest.size < partBytes) return newest
  return { key: tableKey(table, target.date, target.shard, newest ? newest.part + 1 : 0) }
}

/**
 * Decides for each crash the one file its rows go to (the first that holds it, else `end`) and returns the keys of the
 * files to write. A crash found in several files is thereby taken out of all but one; those come last.
 */
async function assignHomes(
  files: TableFiles,
  copies: ReadonlyMap<string, string>,
  end: string,
  crashIds: readonly string[],
): Promise<string[]> {
  const { connection } = files.database
  await connection.run(
    'CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT unnest($ids::VARCHAR[]) AS crash_id',
    { ids: `[${crashIds.join(',')}]` },
  )
  const parts = [...copies].map(
    ([key, path]) =>
      `SELECT DISTINCT crash_id, ${quote(key)} AS key FROM read_parquet(${quote(path)}) SEMI JOIN wanted USING (crash_id)`,
  )
  const held = parts.length
    ? parts.join(' UNION ALL ')
    : 'SELECT NULL::VARCHAR AS crash_id, NULL::VARCHAR AS key WHERE false'
  await connection.run(`CREATE OR REPLACE TEMP TABLE held AS ${held}`)
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE merging AS SELECT w.crash_id, coalesce(min(h.key), ${quote(end)}) AS home
     FROM wanted w LEFT JOIN held h USING (crash_id) GROUP BY ALL`,
  )
  const homes = await rowsOf<{ key: string }>(
    connection,
    'SELECT DISTINCT home AS key FROM merging ORDER BY key',
  )
  const holding = await rowsOf<{ key: string }>(connection, 'SELECT DISTINCT key FROM held ORDER BY key')
  return [...new Set([...homes, ...holding].map((row) => row.key))]
}

interface Merge {
  key: string
  file: TableFile | undefined
  path: string | undefined
  rows: NewRows
}

/** Writes one file: what it held without the crashes being merged, and the rows whose home it is; null: race lost. */
async function writeMerged(files: TableFiles, table: Table, merge: Merge): Promise<number | null> {
  const storage = storageOf(files, table)
  const out = join(files.dir, `merge-${process.pid}-${Math.random().toString(36).slice(2)}.parquet`)
  await mkdir(files.dir, { recursive: true })
  await files.database.connection.run(mergeSql(table, merge, out))
  const metadata = await describeRows(files, table, out)
  const crashes = Number(metadata.crashes)
  try {
    // A file that lost its last row stays, empty: deleting it could not be made conditional on its version.
    if (!merge.file && crashes === 0) return 0
    const info = await storage.put(merge.key, await readFile(out), {
      contentType: 'application/vnd.apache.parquet',
      metadata,
      ...(merge.file ? { ifMatch: merge.file.etag } : { ifNoneMatch: '*' as const }),
    })
    if (info) await keepCopy(files, info, out, merge.file)
    return info ? crashes : null
  } finally {
    await rm(out, { force: true })
  }
}

/**
 * Metadata of a file: how many crashes it has rows of, the sum of their ids, and that of those which have modules. In
 * tables of one row a crash a row that is there twice counts twice.
 */
async function describeRows(files: TableFiles, table: Table, path: string): Promise<Record<string, string>> {
  const has = (name: string) => table.columns.some((column) => column.name === name)
  const rows = table.name === modulesTable.name ? 'SELECT DISTINCT crash_id' : 'SELECT *'
  const withModules = has('module_count') ? `, ${idSumSql('module_count > 0')} AS "ids-with-modules"` : ''
  const [found] = await rowsOf<Record<string, unknown>>(
    files.database.connection,
    `SELECT count(*) AS crashes, ${idSumSql()} AS ids${withModules} FROM (${rows} FROM read_parquet(${quote(path)}))`,
  )
  return Object.fromEntries(Object.entries(found!).map(([name, value]) => [name, String(value)]))
}

function mergeSql(table: Table, { key, path, rows }: Merge, out: string): string {
  const columns = table.columns.map((c) => identifier(c.name)).join(', ')
  const fresh = rows.paths.length
    ? `SELECT ${columns} FROM read_parquet(${quoteList(rows.paths)}) SEMI JOIN (SELECT crash_id FROM merging WHERE home = ${quote(key)}) USING (crash_id)`
    : null
  const kept = path ? `SELECT * FROM read_parquet(${quote(path)}) ANTI JOIN merging USING (crash_id)` : null
  const all = [fresh, kept].filter((part) => part !== null).join(' UNION ALL BY NAME ')
  return `COPY (SELECT * FROM (${all}) ORDER BY ${table.sort.map(identifier).join(', ')})
    TO ${quote(out)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`
}
