// Local copies of exact versions of table files, checked when they are fetched; kept in a cache that runs share.
import { createHash, type Hash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { link, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder } from '../../../shared/make-folder.node.ts'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pMap from 'p-map'
import { tablePrefix } from '../../../shared/keys.ts'
import { own } from '../../../shared/own.ts'
import { present } from '../../../shared/present.ts'
import type { ObjectInfo } from '../../../shared/storage/storage.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { faultOf } from '../duckdb.ts'
import {
  contentSum,
  listFiles,
  retryOnConflict,
  storageOf,
  type TableFile,
  type TableFiles,
} from './table-files.ts'
import type { Table } from '../tables.ts'

/** A local copy of a file; `changed`: the store now has another version; `damaged`: it cannot be read. */
export type LocalCopy = { path: string } | 'changed' | 'damaged'

/**
 * A local copy of exactly this version of the file, valid until the end of the run: a hard link to the one in the
 * cache, which another run may remove. A damaged file is recorded, and moved away if the run repairs damage.
 */
export async function localCopy(files: TableFiles, table: Table, file: TableFile): Promise<LocalCopy> {
  const { dir, cacheDir, thorough } = files
  const path = copyPath(dir, file.key, file.etag)
  const cached = copyPath(cacheDir, file.key, file.etag)
  if (await isCopy(path, file)) return { path }
  if (!thorough && (await takeCached(cached, path, file))) return { path }
  const fault = await download(files, table, file, path)
  if (fault === 'changed') return 'changed'
  await rm(cached, { force: true })
  if (fault !== null) return recordDamage(files, table, file, fault.why)
  await shareCopy(files, file)
  return { path }
}

async function recordDamage(
  files: TableFiles,
  table: Table,
  file: TableFile,
  why: string,
): Promise<LocalCopy> {
  const { key } = file
  const moved_to = (await files.onDamaged?.(files, table, file)) ?? undefined
  files.damaged.set(key, { key, why, ...present({ moved_to }) })
  return files.onDamaged ? 'changed' : 'damaged'
}

/** Links a copy from the cache. A copy of another size is damaged: it is removed. */
async function takeCached(cached: string, path: string, file: TableFile): Promise<boolean> {
  if (!(await linkTo(cached, path))) return false
  if (await isCopy(path, file)) return true
  await rm(cached, { force: true })
  await rm(path, { force: true })
  return false
}

/** Whether `localCopy` needs no download. */
export const hasCopy = async ({ dir, cacheDir }: TableFiles, file: TableFile): Promise<boolean> =>
  (await isCopy(copyPath(dir, file.key, file.etag), file)) ||
  (await isCopy(copyPath(cacheDir, file.key, file.etag), file))

/** Maximum number of concurrent downloads. */
const copiesAtOnce = 8

/**
 * Local copies of the current files of a table, for some days or all, without damaged ones and
 * those that do not matter to the run.
 * @throws CrashError 'storage'
 */
export function localPaths(files: TableFiles, table: Table, dates?: readonly IsoDate[]): Promise<string[]> {
  const copyListed = async () => localCopies(files, table, await listFiles(files, table, dates))
  const where = tablePrefix(table.name, dates?.length === 1 ? dates[0] : undefined)
  return retryOnConflict(files, where, copyListed)
}

/** Local copies of the sound files of a table. Null: the store now has another version of a file. */
export async function localCopies(
  files: TableFiles,
  table: Table,
  found: readonly TableFile[],
): Promise<string[] | null> {
  const copies = await pMap(found, (file) => localCopy(files, table, file), { concurrency: copiesAtOnce })
  if (copies.includes('changed')) return null
  return copies.flatMap((copy) => (typeof copy === 'object' ? [copy.path] : []))
}

/** Downloads a version of a file and checks its content. Null: it is sound. */
async function download(
  files: TableFiles,
  table: Table,
  file: TableFile,
  path: string,
): Promise<'changed' | { why: string } | null> {
  const object = await storageOf(files, table).get(file.key)
  if (!object || object.etag !== file.etag) {
    await object?.body.cancel()
    return 'changed'
  }
  makeFolder(dirname(path))
  const partial = `${path}.${Math.random().toString(36).slice(2)}.tmp`
  const sum = createHash('sha256')
  const body = Readable.fromWeb(object.body as Parameters<typeof Readable.fromWeb>[0])
  await pipeline(body, hashing(sum), createWriteStream(partial))
  const expected = own(object.metadata, contentSum)
  const isKnown = expected !== undefined && sum.digest('hex') === expected
  const why = isKnown ? null : await faultOf(files.database, partial)
  if (why === null && (isKnown || expected === undefined)) {
    await rename(partial, path)
    return null
  }
  await rm(partial, { force: true })
  return { why: why ?? 'its content does not match its checksum' }
}

const hashing = (hash: Hash) =>
  async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
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
  makeFolder(dirname(to))
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
  const copy = copyPath(files.dir, written.key, written.etag)
  makeFolder(dirname(copy))
  await rename(path, copy)
  await shareCopy(files, written)
  if (before && before.etag !== written.etag) {
    await rm(copyPath(files.dir, before.key, before.etag), { force: true })
  }
}

/** One directory per file, with its versions. DuckDB would read a name with `=` as a partition. */
const copyPath = (dir: string, key: string, etag: string) =>
  join(dir, key.replace(/[/=]/g, '~'), `v-${etag.replace(/[^A-Za-z0-9._-]/g, '_')}`)

const isCopy = (path: string, { size }: TableFile): Promise<boolean> =>
  stat(path).then(
    (found) => found.size === size,
    () => false,
  )
