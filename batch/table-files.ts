// The Parquet files of a table's day: listing them, local copies of exact versions, and merging rows in.
import { createWriteStream } from 'node:fs'
import { link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CrashError } from '../shared/errors.ts'
import { parseTableKey, tableKey, tablePrefix } from '../shared/keys.ts'
import type { ObjectInfo, Storage, Stores } from '../shared/storage/storage.ts'
import type { Bytes, IsoDate } from '../shared/units.ts'
import { type Database, identifier, openDatabase, quote, quoteList, rowsOf } from './database.ts'
import type { Table } from './tables.ts'

/** One Parquet file of a table. */
export interface TableFile {
  key: string
  date: IsoDate
  shard: string
  part: number
  size: Bytes
  etag: string
}

/** What reading and merging need. */
export interface TableFiles {
  stores: Stores
  database: Database
  /** Folder of this run alone. */
  dir: string
  /** Folder of copies of table files, each named by its version; shared by all runs, and may be deleted. */
  cacheDir: string
  /** A file that has reached this size is left alone and the next one begun. */
  partBytes: Bytes
}

/** About 128 MB: large enough for readers, small enough to be written again for every merge. */
const defaultPartBytes: Bytes = 128 * 1024 * 1024

/** A merge that lost this many races in a row gives up: something else is wrong then. */
const maxAttempts = 40

export const storageOf = (files: TableFiles, table: Table): Storage => files.stores[table.bucket]

/** Files that are open until `close`, which removes the run's folder. */
export interface OpenTableFiles extends TableFiles {
  close(): Promise<void>
}

export interface OpenFilesOptions {
  stores: Stores
  /** Folder for everything that may be deleted. */
  cacheDir: string
  /** Memory that DuckDB may use, in its own notation. */
  duckdbMemory: string
  threads?: number
  partBytes?: Bytes
}

/** A run on the tables of a store: a database without views, and a folder of its own. */
export async function openTableFiles(options: OpenFilesOptions): Promise<OpenTableFiles> {
  const { stores, cacheDir, duckdbMemory, threads, partBytes = defaultPartBytes } = options
  const dir = join(cacheDir, `work-${process.pid}-${Math.random().toString(36).slice(2)}`)
  await mkdir(dir, { recursive: true })
  const database = await openDatabase({
    memory: duckdbMemory,
    spillDir: join(dir, 'spill'),
    ...(threads && { threads }),
  })
  return {
    stores,
    database,
    dir,
    cacheDir: join(cacheDir, 'tables'),
    partBytes,
    async close() {
      database.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The files of a table, of one day or of all, in order of key. */
export async function listTableFiles(storage: Storage, table: string, date?: IsoDate): Promise<TableFile[]> {
  const out: TableFile[] = []
  for await (const info of storage.list(tablePrefix(table, date))) {
    const parsed = parseTableKey(info.key)
    if (parsed) out.push({ key: info.key, ...parsed, size: info.size, etag: info.etag })
  }
  return out
}

/**
 * Path of a local copy of exactly this version of the file, which stays for the run; null when the store holds another
 * version by now. The copy is a second name of the one in the shared folder: another run may remove that.
 */
export async function localCopy(
  files: TableFiles,
  storage: Storage,
  file: TableFile,
): Promise<string | null> {
  const own = copyPath(files.dir, file.key, file.etag)
  const shared = copyPath(files.cacheDir, file.key, file.etag)
  for (;;) {
    if ((await exists(own)) || (await linkTo(shared, own))) return own
    if (!(await download(storage, file, shared))) return null
  }
}

/** Fetches a version of a file; false when the store holds another by now. */
async function download(storage: Storage, file: TableFile, path: string): Promise<boolean> {
  const object = await storage.get(file.key)
  if (!object || object.etag !== file.etag) {
    await object?.body.cancel()
    return false
  }
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`
  const body = Readable.fromWeb(object.body as Parameters<typeof Readable.fromWeb>[0])
  await pipeline(body, createWriteStream(partial))
  await rename(partial, path)
  return true
}

/** Gives a file another name; false when it is not there. */
async function linkTo(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true })
  try {
    await link(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return true
    if (code === 'ENOENT') return false
    throw error
  }
}

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
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const merged = await tryMerge(files, table, target, rows)
    if (merged) return merged
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 25 * (attempt + 1)))
  }
  throw new CrashError(
    'storage',
    `Merging into ${tablePrefix(table.name, target.date)} lost ${maxAttempts} races; is another run on shard ${target.shard}?`,
  )
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
  const { crashes } = (
    await rowsOf<{ crashes: bigint }>(
      files.database.connection,
      `SELECT count(DISTINCT crash_id) AS crashes FROM read_parquet(${quote(out)})`,
    )
  )[0]!
  try {
    // A file that lost its last row stays, empty: deleting it could not be made conditional on its version.
    if (!merge.file && crashes === 0n) return 0
    const info = await storage.put(merge.key, await readFile(out), {
      contentType: 'application/vnd.apache.parquet',
      metadata: { crashes: String(crashes) },
      ...(merge.file ? { ifMatch: merge.file.etag } : { ifNoneMatch: '*' as const }),
    })
    if (info) await keepCopy(files, merge, info, out)
    return info ? Number(crashes) : null
  } finally {
    await rm(out, { force: true })
  }
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

/** The file just written is the copy that the next merge begins with; the version before is of no use any more. */
async function keepCopy(files: TableFiles, merge: Merge, info: ObjectInfo, out: string): Promise<void> {
  const own = copyPath(files.dir, info.key, info.etag)
  await rename(out, own)
  await linkTo(own, copyPath(files.cacheDir, info.key, info.etag))
  if (!merge.file || merge.file.etag === info.etag) return
  for (const dir of [files.dir, files.cacheDir]) {
    await rm(copyPath(dir, merge.key, merge.file.etag), { force: true })
  }
}

const copyPath = (dir: string, key: string, etag: string) =>
  join(dir, `${key.replaceAll('/', '~')}@${etag.replace(/[^A-Za-z0-9._-]/g, '_')}`)

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
