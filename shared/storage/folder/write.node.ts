// Writes to a folder store: whole objects or nothing, with any number of concurrent processes.
import { createHash, randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  write,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CrashError } from '../../errors.ts'
import { type Body, piecesOf } from '../body.ts'
import {
  dataPath,
  etagOf,
  type Folder,
  findPresent,
  hasCode,
  infoOf,
  isFolderKey,
  isVersionOf,
  metaPath,
  ownFolder,
  type Present,
  pieceBytes,
  parseVersions,
  placeOf,
  readMetaText,
  statOrNull,
  temporaryFolder,
  type Version,
} from './files.node.ts'
import { forgetFolder, syncFile, syncFolder } from './sync.node.ts'
import type { ObjectInfo, PutOptions } from '../storage.ts'

const writeAsync = promisify(write)
const staleAfterMs = 3_600_000
const freshForMs = 1000

/** Writes an object. Small steps are synchronous: a system call costs less than a round trip to another thread. */
export async function writeObject(
  folder: Folder,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo | null> {
  if (!isFolderKey(key)) {
    throw new CrashError('bad-usage', `Not a key of a folder store: ${JSON.stringify(key)}`)
  }
  const path = dataPath(folder, key)
  const last = () => syncFolder(dirname(path), dirname(folder.root))
  if (options.ifNoneMatch && existsSync(path)) {
    // Sync before reporting "exists": the writer may not have synced yet.
    await last()
    return null
  }
  const { temporary, stats } = await writeTemporary(folder, piecesOf(body))
  const version = versionFor(stats, piecesOf(body), options)
  try {
    const done =
      (options.ifNoneMatch && tryCreate(folder, key, temporary, version)) ||
      (await replace(folder, key, temporary, version, options))
    if (done !== true) {
      if (options.ifNoneMatch) await last()
      return null
    }
  } finally {
    removeFile(temporary)
  }
  await last()
  return infoOf(key, stats, version)
}

function versionFor(stats: Stats, pieces: readonly Uint8Array[], options: PutOptions): Version {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  const { contentType, contentEncoding, metadata } = options
  return {
    ...placeOf(stats),
    etag: etagOf(hash.digest('hex')),
    ...(contentType && { contentType }),
    ...(contentEncoding && { contentEncoding }),
    ...(metadata && { metadata }),
  }
}

/**
 * Fast path for a new object, without the lock: metadata first, then the whole object. False when either exists, even
 * from a concurrent writer; the slow path handles that.
 */
function tryCreate(folder: Folder, key: string, temporary: string, version: Version): boolean {
  try {
    inFolderOf(metaPath(folder, key), (path) =>
      writeFileSync(path, JSON.stringify([version]), { flag: 'wx' }),
    )
    inFolderOf(dataPath(folder, key), (path) => linkSync(temporary, path))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw blockedKey(key, error)
  }
}

/** Slow path: compares and replaces under the lock. Null when a condition did not hold. */
async function replace(
  folder: Folder,
  key: string,
  temporary: string,
  version: Version,
  options: PutOptions,
): Promise<true | null> {
  for (;;) {
    const current = await findPresent(folder, key)
    if (options.ifNoneMatch && current) return null
    if (options.ifMatch !== undefined && current?.version.etag !== options.ifMatch) return null
    const text = readMetaText(folder, key)
    const versions = parseVersions(text)
    if (!current && !versions && isFresh(metaPath(folder, key))) {
      await sleep(5)
      continue
    }
    const others = current ? [current.version] : (versions ?? []).slice(0, 3)
    const meta = writeMeta(folder, [version, ...others])
    try {
      const files = { data: temporary, meta, isFirst: text === null }
      if (await folder.lock.run(() => commit(folder, key, current, files))) return true
    } finally {
      removeFile(meta)
    }
  }
}

/** Modified just now: a writer may be active. */
function isFresh(path: string): boolean {
  const stats = statOrNull(path)
  return stats !== null && Math.abs(Date.now() - stats.mtimeMs) < freshForMs
}

/** Path of a temporary metadata file with these versions. */
function writeMeta(folder: Folder, versions: readonly Version[]): string {
  const path = join(temporaryFolder(folder), randomUUID())
  writeFileSync(path, JSON.stringify(versions), { flag: 'wx' })
  return path
}

/**
 * Renames both files into place, unless the object is no longer `current` or another metadata file appeared first:
 * then false. Runs synchronously under the lock. If the process is killed in between, the metadata file lists both
 * versions.
 */
function commit(
  folder: Folder,
  key: string,
  current: Present | null,
  files: { data: string; meta: string; isFirst: boolean },
): boolean {
  const path = dataPath(folder, key)
  try {
    const now = statSync(path, { throwIfNoEntry: false })
    if (now?.isDirectory()) throw blockedKey(key, { code: 'EISDIR' })
    if (now ? !current || !isVersionOf(placeOf(current.stats), now) : current) return false
    const place = files.isFirst ? linkSync : renameSync
    inFolderOf(metaPath(folder, key), (to) => place(files.meta, to))
    if (current) renameSync(files.data, path)
    else inFolderOf(path, (to) => linkSync(files.data, to))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw blockedKey(key, error)
  }
}

/** Runs `action` on `path`, creating its folder when it is missing. */
function inFolderOf(path: string, action: (path: string) => void): void {
  try {
    action(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    forgetFolder(dirname(path))
    mkdirSync(dirname(path), { recursive: true })
    action(path)
  }
}

function blockedKey(key: string, cause: unknown): unknown {
  if (!hasCode(Object.assign(new Error(), cause), 'ENOTDIR', 'EISDIR')) return cause
  return new CrashError('storage', `A folder store cannot hold both ${key} and a key below it`)
}

// ---- files

async function writeTemporary(
  folder: Folder,
  pieces: readonly Uint8Array[],
): Promise<{ temporary: string; stats: Stats }> {
  const temporary = join(temporaryFolder(folder), randomUUID())
  const fd = await openTemporary(folder, temporary)
  try {
    for (const piece of pieces) await writeAll(fd, piece)
    await syncFile(fd)
    return { temporary, stats: fstatSync(fd) }
  } catch (error) {
    removeFile(temporary)
    throw error
  } finally {
    closeSync(fd)
  }
}

async function openTemporary(folder: Folder, path: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  try {
    return openSync(path, flags, 0o644)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    mkdirSync(temporaryFolder(folder), { recursive: true })
    return openSync(path, flags, 0o644)
  }
}

async function writeAll(fd: number, piece: Uint8Array): Promise<void> {
  let at = 0
  while (at < piece.length) {
    const left = piece.length - at
    at +=
      left <= pieceBytes
        ? writeSync(fd, piece, at, left)
        : (await writeAsync(fd, piece, at, left, null)).bytesWritten
  }
}

/** Removes a file if it exists. */
function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
  }
}

/** Removes leftovers of interrupted writes. */
export async function sweepTemporary(folder: Folder): Promise<void> {
  const dir = temporaryFolder(folder)
  for (const name of await namesIn(dir)) {
    const stats = statOrNull(join(dir, name))
    if (stats && Date.now() - stats.mtimeMs > staleAfterMs) await rm(join(dir, name), { force: true })
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

// ---- removing

export async function removeObjects(folder: Folder, keys: readonly string[]): Promise<void> {
  const ours = keys.filter(isFolderKey)
  for (let at = 0; at < ours.length; at += 100) {
    await folder.lock.run(() => {
      for (const key of ours.slice(at, at + 100)) removeOne(folder, key)
    })
  }
}

/** The object goes last: until then no writer can create it again and lose its metadata. */
function removeOne(folder: Folder, key: string): void {
  const path = dataPath(folder, key)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return
  removeFile(metaPath(folder, key))
  removeFile(path)
  removeEmptyFolders(dirname(path), folder.root)
  removeEmptyFolders(dirname(metaPath(folder, key)), join(folder.root, ownFolder))
}

function removeEmptyFolders(from: string, upTo: string): void {
  for (let dir = from; dir.length > upTo.length; dir = dirname(dir)) {
    try {
      rmdirSync(dir)
    } catch {
      return
    }
  }
}
