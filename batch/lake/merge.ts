// Merges rows into the files of a table's day, so that every crash is in exactly one file.
import { readFile } from 'node:fs/promises'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { execute, identifier, rowsOf } from './duckdb.ts'
import { idSumSql } from './id-sum.ts'
import { damaged } from './files/damage.ts'
import { keepCopy, localCopy } from './files/local-copies.ts'
import {
  listFiles,
  putTableFile,
  retryOnConflict,
  storageOf,
  type TableFile,
  type TableFiles,
} from './files/table-files.ts'
import { copyStatement, crashRowGroup } from './parquet.ts'
import { modulesTable, type Table } from './tables.ts'
import { temporaryFile } from './files/temporary.ts'

/** Rows to merge, and the IDs of their crashes. */
export interface NewRows {
  /** Selects the columns of the table; null: there are no new rows. */
  query: string | null
  /** All crashes whose rows are replaced, including those without new rows. */
  crashIds: readonly string[]
}

/**
 * Replaces the rows of crashes in a table's day. Afterwards every crash of `crashIds` has exactly its new rows.
 * Rows of known crashes replace the old ones in the same file; rows of new crashes go to the newest file of `shard`.
 * Each file is rewritten as a whole, on the condition that it is still the version that was read. If another run has
 * changed it, the merge starts again from the listing.
 * @throws CrashError 'storage'; 'damaged' if a file is damaged and `files` does not repair damage
 * @returns the number of crashes in the newest file of the shard, or 0 if that file was not written
 */
export async function mergeRows(
  files: TableFiles,
  table: Table,
  target: { date: IsoDate; shard: string },
  rows: NewRows,
): Promise<{ crashes: number }> {
  const where = tablePrefix(table.name, target.date)
  return retryOnConflict(files, where, () => tryMerge(files, table, target, rows))
}

async function tryMerge(
  files: TableFiles,
  table: Table,
  target: { date: IsoDate; shard: string },
  rows: NewRows,
): Promise<{ crashes: number } | null> {
  const existing = await listFiles(files, table, target.date)
  const copies = new Map<string, string>()
  for (const file of existing) {
    const copy = await localCopy(files, table, file)
    if (copy === 'changed') return null
    // Only runs that repair damage can merge into a damaged file: they move it away.
    if (copy === 'damaged') throw damaged(files.damaged.get(file.key)!)
    copies.set(file.key, copy.path)
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

/** The file for rows of new crashes: the newest of the shard, or the next one if that is full. */
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
 * The files to write, each with the crashes whose rows it receives: the first file that holds the crash, or `end`.
 * Files that only lose rows come last, so that a crash found in several files is removed from all but one.
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
  for (const { crash_id, key } of holding.toSorted((a, b) => ascending(a.key, b.key)))
    if (!first.has(crash_id)) first.set(crash_id, key)
  const parts = Map.groupBy(new Set(crashIds), (crashId) => first.get(crashId) ?? end)
  const ordered = new Map([...parts].sort(([a], [b]) => ascending(a, b)))
  for (const { key } of holding) if (!ordered.has(key)) ordered.set(key, [])
  return ordered
}

interface Part {
  key: string
  file: TableFile | undefined
  path: string | undefined
  /** Crashes whose new rows go to this file. */
  crashIds: readonly string[]
  rows: NewRows
}

/** Writes one file: its rows without the merged crashes, and its new rows. Null: another run has changed the file. */
async function writePart(files: TableFiles, table: Table, part: Part): Promise<number | null> {
  if (!part.file && part.rows.query === null) return 0
  const storage = storageOf(files, table)
  await using out = await temporaryFile(files.dir)
  await copyPart(files, table, part, out.path)
  const metadata = await describeRows(files, table, out.path)
  const crashes = Number(metadata.crashes)
  // A file that loses its last row stays as an empty file: a delete cannot be conditional on the version.
  if (!part.file && crashes === 0) return 0
  const info = await putTableFile(storage, part.key, await readFile(out.path), {
    metadata,
    ...(part.file ? { ifMatch: part.file.etag } : { ifNoneMatch: '*' as const }),
  })
  if (info) await keepCopy(files, info, out.path, part.file)
  return info ? crashes : null
}

/**
 * Metadata of a file: the number of its crashes, the sum of their IDs, and the sum of the IDs of crashes with
 * modules.
 * In tables with one row per crash, a duplicate row counts twice.
 */
export async function describeRows(
  files: TableFiles,
  table: Table,
  path: string,
): Promise<Record<string, string>> {
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

async function copyPart(files: TableFiles, table: Table, part: Part, out: string): Promise<void> {
  const { path, rows, crashIds } = part
  const columns = table.columns.map((c) => identifier(c.name)).join(', ')
  const sources = [
    rows.query !== null &&
      `SELECT ${columns} FROM (${rows.query}) SEMI JOIN (SELECT unnest($crashIds) AS crash_id) USING (crash_id)`,
    path &&
      'SELECT * FROM read_parquet($path) ANTI JOIN (SELECT unnest($replaced) AS crash_id) USING (crash_id)',
  ].filter((source) => typeof source === 'string')
  await execute(
    files.database.connection,
    copyStatement(table, sources.join(' UNION ALL BY NAME '), { rowGroupSize: crashRowGroup }),
    {
      out,
      ...(rows.query !== null && { crashIds }),
      ...(path && { path, replaced: rows.crashIds }),
    },
  )
}
