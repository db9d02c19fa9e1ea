// The Parquet files of tables: listings, and local copies of exact versions.
import { createWriteStream } from 'node:fs'
import { link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pMap from 'p-map'
import { CrashError } from '../../shared/errors.ts'
import { parseTableKey, tablePrefix } from '../../shared/keys.ts'
import { retry, type RetryOptions } from '../../shared/retry.ts'
import type { ObjectInfo, Storage, Stores } from '../../shared/storage/storage.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { type Database, openDatabase } from './duckdb.ts'
import type { Table } from './tables.ts'
import { present } from '../../shared/present.ts'

/** One Parquet file of a table. */
export interface TableFile {
  key: string
  date: IsoDate
  shard: string
  part: number
  size: Bytes
  etag: string
  /** Metadata from the listing. Some stores do not list metadata. */
  metadata: ObjectInfo['metadata']
}

/** Everything that reading and merging need. */
export interface TableFiles {
  stores: Stores
  database: Database
  /** Working directory of this run. */
  dir: string
  /** Directory of cached table files, named by version. It is shared by all runs and may be deleted. */
  cacheDir: string
  /** A file of this size is full: the next one is started. */
  partBytes: Bytes
  /** Retries after a concurrent change by another run. */
  retry: Partial<RetryOptions>
}

/** About 128 MB: large enough for readers, small enough to rewrite for every merge. */
const defaultPartBytes: Bytes = 128 * 1024 * 1024

/** Content type of table files. */
export const parquetType = 'application/vnd.apache.parquet'

export const storageOf = (files: TableFiles, table: Table): Storage => files.stores[table.bucket]

/** Table files of a run. Disposal removes the run's working directory. */
export interface OpenTableFiles extends TableFiles, AsyncDisposable {
  close(): Promise<void>
}

export interface OpenFilesOptions {
  stores: Stores
  /** Cache directory. It may be deleted. */
  cacheDir: string
  /** Memory limit of DuckDB, in its own notation. */
  duckdbMemory: string
  threads?: number
  partBytes?: Bytes
  retry?: Partial<RetryOptions>
}

/** Opens the tables of a store: a database without views and a working directory. */
export async function openTableFiles(options: OpenFilesOptions): Promise<OpenTableFiles> {
  const { stores, cacheDir, duckdbMemory, threads, partBytes = defaultPartBytes } = options
  const dir = join(cacheDir, `work-${process.pid}-${Math.random().toString(36).slice(2)}`)
  await mkdir(dir, { recursive: true })
  const database = await openDatabase({
    memory: duckdbMemory,
    spillDir: join(dir, 'spill'),
    ...present({ threads }),
  })
  const close = async () => {
    database.close()
    await rm(dir, { recursive: true, force: true })
  }
  return {
    stores,
    database,
    dir,
    cacheDir: join(cacheDir, 'tables'),
    partBytes,
    retry: options.retry ?? {},
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Lists the files of a table, for one day or all, ordered by key. */
export async function listTableFiles(storage: Storage, table: string, date?: IsoDate): Promise<TableFile[]> {
  const out: TableFile[] = []
  for await (const info of storage.list(tablePrefix(table, date))) {
    const parsed = parseTableKey(info.key)
    if (!parsed) continue
    const { key, size, etag, metadata } = info
    out.push({ key, ...parsed, size, etag, metadata })
  }
  return out
}

/**
 * Path of a local copy of exactly this version of the file, valid until the end of the run. Null: the store now has
 * another version. The copy is a hard link to the one in the cache, which another run may remove.
 */
export async function localCopy(
  files: TableFiles,
  storage: Storage,
  file: TableFile,
): Promise<string | null> {
  const own = copyPath(files.dir, file.key, file.etag)
  if ((await exists(own)) || (await linkTo(copyPath(files.cacheDir, file.key, file.etag), own))) return own
  if (!(await download(storage, file, own))) return null
  await shareCopy(files, file)
  return own
}

/** Maximum number of concurrent downloads. */
const copiesAtOnce = 8

/**
 * Local copies of the current files of a table, for some days or all.
 * @throws CrashError 'storage'
 */
export function localPaths(files: TableFiles, table: Table, dates?: readonly IsoDate[]): Promise<string[]> {
  const storage = storageOf(files, table)
  const copyListed = async (date?: IsoDate) =>
    localCopies(files, table, await listTableFiles(storage, table.name, date))
  const copyCurrent = (date?: IsoDate) =>
    retryOnConflict(files, tablePrefix(table.name, date), () => copyListed(date))
  if (!dates) return copyCurrent()
  return pMap(dates, copyCurrent, { concurrency: 1 }).then((paths) => paths.flat())
}

/** Local copies of files of a table. Null: the store now has another version of a file. */
export async function localCopies(
  files: TableFiles,
  table: Table,
  found: readonly TableFile[],
): Promise<string[] | null> {
  const storage = storageOf(files, table)
  const paths = await pMap(found, (file) => localCopy(files, storage, file), { concurrency: copiesAtOnce })
  return paths.every((path) => path !== null) ? paths : null
}

/** More failures in a row are not caused by other runs that write the same files. */
const maxConflicts = 40

/** The file changed after it was listed. */
class Conflict extends Error {}

/**
 * Repeats `attempt`, with pauses, while it returns null because of a concurrent change.
 * @param where prefix or key of the files, for the error
 * @throws CrashError 'storage' after 40 attempts
 */
export async function retryOnConflict<T>(
  files: Pick<TableFiles, 'retry'>,
  where: string,
  attempt: () => Promise<T | null>,
): Promise<T> {
  const attemptOnce = async (): Promise<T> => {
    const result = await attempt()
    if (result === null) throw new Conflict()
    return result
  }
  const isTransient = (error: unknown) => error instanceof Conflict
  try {
    const options = { attempts: maxConflicts, firstPause: 10, longestPause: 1000, isTransient }
    return await retry(attemptOnce, { ...options, ...files.retry })
  } catch (cause) {
    if (!isTransient(cause)) throw cause
    throw new CrashError(
      'storage',
      `${where} changed ${maxConflicts} times while it was in use. Is another run working on the same shard? ` +
        'If not, the store lists versions of objects that differ from those it returns.',
      { cause },
    )
  }
}

/** Downloads a version of a file. Returns false if the store now has another version. */
async function download(storage: Storage, file: TableFile, path: string): Promise<boolean> {
  const object = await storage.get(file.key)
  if (!object || object.etag !== file.etag) {
    await object?.body.cancel()
    return false
  }
  const partial = `${path}.${Math.random().toString(36).slice(2)}.tmp`
  const body = Readable.fromWeb(object.body as Parameters<typeof Readable.fromWeb>[0])
  await pipeline(body, createWriteStream(partial))
  await rename(partial, path)
  return true
}

/** Moves a copy to the cache, where it replaces copies of other versions: the cache does not outgrow the tables. */
async function shareCopy(files: TableFiles, { key, etag }: { key: string; etag: string }): Promise<void> {
  const shared = copyPath(files.cacheDir, key, etag)
  await linkTo(copyPath(files.dir, key, etag), shared)
  const versions = await readdir(dirname(shared)).catch(() => [])
  for (const version of versions) {
    if (version !== basename(shared)) await rm(join(dirname(shared), version), { force: true })
  }
}

/** Removes the cached copies of deleted files. */
export async function forgetCopies(files: TableFiles, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await rm(dirname(copyPath(files.cacheDir, key, '')), { recursive: true, force: true })
  }
}

/** Links a file to another name. Returns false if it does not exist. */
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

/**
 * Caches a file of the working directory as the version just written, in place of the version before: the next merge
 * starts from it.
 */
export async function keepCopy(
  files: TableFiles,
  written: ObjectInfo,
  path: string,
  before: TableFile | undefined,
): Promise<void> {
  const own = copyPath(files.dir, written.key, written.etag)
  await mkdir(dirname(own), { recursive: true })
  await rename(path, own)
  await shareCopy(files, written)
  if (before && before.etag !== written.etag) {
    await rm(copyPath(files.dir, before.key, before.etag), { force: true })
  }
}

/** One directory per file, with its versions. DuckDB would read a name with `=` as a partition. */
const copyPath = (dir: string, key: string, etag: string) =>
  join(dir, key.replace(/[/=]/g, '~'), `v-${etag.replace(/[^A-Za-z0-9._-]/g, '_')}`)

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
