// Merging rows into the files of a table's day, so that every crash stands in exactly one of them.
import { readFile } from 'node:fs/promises'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { execute, identifier, rowsOf } from './duckdb.ts'
import { idSumSql } from './id-sum.ts'
import {
  keepCopy,
  listTableFiles,
  localCopy,
  parquetType,
  storageOf,
  type TableFile,
  type TableFiles,
  untilUndisturbed,
} from './table-files.ts'
import { modulesTable, type Table } from './tables.ts'
import { temporaryFile } from './temporary.ts'

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
  const end = targetKey(existing, table.name, target, files.partBytes)
  const parts = await assignParts(files, copies, end, rows.crashIds)
  let crashes = 0
  for (const [key, crashIds] of parts) {
    const file = existing.find((f) => f.key === key)
    const written = await writePart(files, table, { key, file, path: copies.get(key), crashIds, rows })
    if (written === null) return null
    if (key === end) crashes = written
  }
  return { crashes }
}

/** The file that takes rows of crashes not seen before: the newest of the shard, or the next when that one is full. */
function targetKey(
  existing: readonly TableFile[],
  table: string,
  target: { date: IsoDate; shard: string },
  partBytes: Bytes,
): string {
  const own = existing.filter((f) => f.shard === target.shard)
  const newest = own.reduce<TableFile | null>((best, f) => (best && best.part > f.part ? best : f), null)
  if (newest && newest.size < partBytes) return newest.key
  return tableKey(table, target.date, target.shard, newest ? newest.part + 1 : 0)
}

/**
 * The files to write, each with the crashes whose rows it gets: of each crash the first file that holds it, else `end`.
 * Files that only lose rows come last: a crash found in several files is taken out of all but one.
 */
async function assignParts(
  files: TableFiles,
  copies: ReadonlyMap<string, string>,
  end: string,
  crashIds: readonly string[],
): Promise<Map<string, string[]>> {
  const keyOf = new Map([...copies].map(([key, path]) => [path, key]))
  const held = copies.size
    ? await rowsOf<{ crash_id: string; path: string }>(
        files.database.connection,
        `SELECT DISTINCT crash_id, part_path AS path
         FROM read_parquet($paths, union_by_name = true, filename = 'part_path')
         SEMI JOIN (SELECT unnest($crashIds) AS crash_id) USING (crash_id)`,
        { paths: [...copies.values()], crashIds },
      )
    : []
  const first = new Map<string, string>()
  const holding = held.map(({ crash_id, path }) => ({ crash_id, key: keyOf.get(path)! }))
  for (const { crash_id, key } of holding.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
    if (!first.has(crash_id)) first.set(crash_id, key)
  const parts = Map.groupBy(new Set(crashIds), (crashId) => first.get(crashId) ?? end)
  const ordered = new Map([...parts].sort(([a], [b]) => (a < b ? -1 : 1)))
  for (const { key } of holding) if (!ordered.has(key)) ordered.set(key, [])
  return ordered
}

interface Part {
  key: string
  file: TableFile | undefined
  path: string | undefined
  /** Crashes whose new rows go into this file. */
  crashIds: readonly string[]
  rows: NewRows
}

/** Writes one file: its rows without the crashes being merged, and the new rows it gets. Null: the race was lost. */
async function writePart(files: TableFiles, table: Table, part: Part): Promise<number | null> {
  const storage = storageOf(files, table)
  await using out = await temporaryFile(files.dir)
  await copyPart(files, table, part, out.path)
  const metadata = await describeRows(files, table, out.path)
  const crashes = Number(metadata.crashes)
  // A file that lost its last row stays, empty: deleting it could not be made conditional on its version.
  if (!part.file && crashes === 0) return 0
  const info = await storage.put(part.key, await readFile(out.path), {
    contentType: parquetType,
    metadata,
    ...(part.file ? { ifMatch: part.file.etag } : { ifNoneMatch: '*' as const }),
  })
  if (info) await keepCopy(files, info, out.path, part.file)
  return info ? crashes : null
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
    `SELECT count(*) AS crashes, ${idSumSql()} AS ids${withModules} FROM (${rows} FROM read_parquet($path))`,
    { path },
  )
  return Object.fromEntries(Object.entries(found!).map(([name, value]) => [name, String(value)]))
}

/** Readers skip row groups by their statistics: smaller groups are skipped more often, larger ones compress better. */
const rowGroupSize = 20_480

async function copyPart(files: TableFiles, table: Table, part: Part, out: string): Promise<void> {
  const { path, rows, crashIds } = part
  const columns = table.columns.map((c) => identifier(c.name)).join(', ')
  const sources = [
    rows.paths.length &&
      `SELECT ${columns} FROM read_parquet($added) SEMI JOIN (SELECT unnest($crashIds) AS crash_id) USING (crash_id)`,
    path &&
      'SELECT * FROM read_parquet($path) ANTI JOIN (SELECT unnest($replaced) AS crash_id) USING (crash_id)',
  ].filter((source) => typeof source === 'string')
  await execute(
    files.database.connection,
    `COPY (SELECT * FROM (${sources.join(' UNION ALL BY NAME ')}) ORDER BY ${table.sort.map(identifier).join(', ')})
     TO $out (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupSize})`,
    {
      out,
      ...(rows.paths.length && { added: rows.paths, crashIds }),
      ...(path && { path, replaced: rows.crashIds }),
    },
  )
}
