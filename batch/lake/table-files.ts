// The Parquet files of tables: listing them, and local copies of exact versions.
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

/** One Parquet file of a table. */
export interface TableFile {
  key: string
  date: IsoDate
  shard: string
  part: number
  size: Bytes
  etag: string
  /** What the listing tells of it; those of some stores tell nothing. */
  metadata: ObjectInfo['metadata']
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
  /** How work is repeated that met a file another run was writing. */
  retry: Partial<RetryOptions>
}

/** About 128 MB: large enough for readers, small enough to be written again for every merge. */
const defaultPartBytes: Bytes = 128 * 1024 * 1024

/** Content type of table files. */
export const parquetType = 'application/vnd.apache.parquet'

export const storageOf = (files: TableFiles, table: Table): Storage => files.stores[table.bucket]

/** Table files of a run. Closing them removes the run's folder. */
export interface OpenTableFiles extends TableFiles, AsyncDisposable {
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
  retry?: Partial<RetryOptions>
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

/** The files of a table, of one day or of all, in order of key. */
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
 * Path of a local copy of exactly this version of the file, which stays for the run; null when the store holds another
 * version by now. The copy is a second name of the one in the shared folder: another run may remove that.
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

/** Files fetched at the same time. */
const copiesAtOnce = 8

/** Local copies of the current files of a table: of some days, or of all. @throws CrashError 'storage' */
export function localPaths(files: TableFiles, table: Table, dates?: readonly IsoDate[]): Promise<string[]> {
  const storage = storageOf(files, table)
  const copyListed = async (date?: IsoDate) =>
    localCopies(files, table, await listTableFiles(storage, table.name, date))
  const copyCurrent = (date?: IsoDate) =>
    untilUndisturbed(files, tablePrefix(table.name, date), () => copyListed(date))
  if (!dates) return copyCurrent()
  return pMap(dates, copyCurrent, { concurrency: 1 }).then((paths) => paths.flat())
}

/** Local copies of files of a table; null when the store holds another version of one by now. */
export async function localCopies(
  files: TableFiles,
  table: Table,
  found: readonly TableFile[],
): Promise<string[] | null> {
  const storage = storageOf(files, table)
  const paths = await pMap(found, (file) => localCopy(files, storage, file), { concurrency: copiesAtOnce })
  return paths.every((path) => path !== null) ? paths : null
}

/** More failures in a row have another reason than other runs that write the same files. */
const maxRaces = 40

/** An attempt met a file that changed after it was listed. */
class LostRace extends Error {}

/**
 * Repeats `attempt`, with pauses, while it returns null because another run changed a file in between.
 * @param where prefix or key of the files, for the error
 * @throws CrashError 'storage' when that happens 40 times in a row
 */
export async function untilUndisturbed<T>(
  files: Pick<TableFiles, 'retry'>,
  where: string,
  attempt: () => Promise<T | null>,
): Promise<T> {
  const attemptOnce = async (): Promise<T> => {
    const result = await attempt()
    if (result === null) throw new LostRace()
    return result
  }
  const isTransient = (error: unknown) => error instanceof LostRace
  try {
    const options = { attempts: maxRaces, firstPause: 10, longestPause: 1000, isTransient }
    return await retry(attemptOnce, { ...options, ...files.retry })
  } catch (cause) {
    if (!isTransient(cause)) throw cause
    throw new CrashError(
      'storage',
      `${where} changed ${maxRaces} times while it was in use: is another run working on the same shard? ` +
        'If not, the store lists other versions of objects than it returns.',
      { cause },
    )
  }
}

/** Fetches a version of a file; false when the store holds another by now. */
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

/** Gives this run's copy to the shared folder, in place of copies of other versions: the cache is as large as the tables. */
async function shareCopy(files: TableFiles, { key, etag }: { key: string; etag: string }): Promise<void> {
  const shared = copyPath(files.cacheDir, key, etag)
  await linkTo(copyPath(files.dir, key, etag), shared)
  const versions = await readdir(dirname(shared)).catch(() => [])
  for (const version of versions) {
    if (version !== basename(shared)) await rm(join(dirname(shared), version), { force: true })
  }
}

/** Removes the copies of files that are no more. */
export async function forgetCopies(files: TableFiles, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await rm(dirname(copyPath(files.cacheDir, key, '')), { recursive: true, force: true })
  }
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

/**
 * Takes a file of this run's folder as the copy of the version just written, and forgets the version before: the next
 * merge begins with it.
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

/** A folder a file, with its versions. DuckDB would take a name with `=` for a partition. */
const copyPath = (dir: string, key: string, etag: string) =>
  join(dir, key.replace(/[/=]/g, '~'), `v-${etag.replace(/[^A-Za-z0-9._-]/g, '_')}`)

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
