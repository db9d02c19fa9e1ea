// Writes to a folder store: whole objects or nothing, with any number of concurrent processes.
import { createHash, type Hash } from 'node:crypto'
import { existsSync, linkSync, renameSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CrashError } from '../../errors.ts'
import { makeFolder } from '../../make-folder.node.ts'
import { present } from '../../present.ts'
import { type Body, piecesOf } from '../body.ts'
import { optionsOf } from '../put-stream.ts'
import type { CopyOptions, ObjectInfo, PutOptions, StreamArguments } from '../storage.ts'
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
  type Present,
  parseVersions,
  placeOf,
  readMetaText,
  statOrNull,
  type Version,
} from './files.node.ts'
import { forgetFolder, syncFolder } from './sync.node.ts'
import { linkTemporary, removeFile, writeMeta, writeTemporary } from './temporary.node.ts'

const freshForMs = 1000

/** Writes an object. Small steps are synchronous: a system call costs less than a round trip to another thread. */
export async function writeObject(
  folder: Folder,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo | null> {
  requireFolderKey(key)
  if (options.ifNoneMatch && existsSync(dataPath(folder, key))) {
    // Sync before reporting "exists": the writer may not have synced yet.
    await syncFolderOf(folder, key)
    return null
  }
  const hash = createHash('sha256')
  for (const piece of piecesOf(body)) hash.update(piece)
  const written = await writeTemporary(folder, piecesOf(body))
  return moveHashed(folder, key, { ...written, hash, options })
}

/** Writes an object of unknown length; null when its options are null. */
export async function writeStream(
  folder: Folder,
  key: string,
  ...[pieces, options]: StreamArguments
): Promise<ObjectInfo | null> {
  requireFolderKey(key)
  const hash = createHash('sha256')
  const written = await writeTemporary(folder, hashing(pieces, hash))
  try {
    const known = await optionsOf(options)
    return known && (await moveHashed(folder, key, { ...written, hash, options: known }))
  } finally {
    removeFile(written.temporary)
  }
}

async function* hashing(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
}

function requireFolderKey(key: string): void {
  if (isFolderKey(key)) return
  throw new CrashError('bad-usage', `Not a key of a folder store: ${JSON.stringify(key)}`)
}

const syncFolderOf = (folder: Folder, key: string) =>
  syncFolder(dirname(dataPath(folder, key)), dirname(folder.root))

interface Written {
  temporary: string
  stats: Stats
  hash: Hash
  options: PutOptions
}

function moveHashed(
  folder: Folder,
  key: string,
  { temporary, stats, hash, options }: Written,
): Promise<ObjectInfo | null> {
  const { contentType, contentEncoding, metadata } = options
  const version: Version = {
    ...placeOf(stats),
    etag: etagOf(hash.digest('hex')),
    ...present({ contentType, contentEncoding, metadata }),
  }
  return moveIntoPlace(folder, key, { temporary, stats, version, options })
}

/** Links an object under another key: it takes no space until one of both is replaced. */
export async function copyObject(
  folder: Folder,
  { from, to, ifMatch }: { from: string; to: string } & CopyOptions,
): Promise<boolean> {
  requireFolderKey(to)
  for (;;) {
    const source = await findPresent(folder, from)
    if (!source || (ifMatch !== undefined && source.version.etag !== ifMatch)) return false
    const temporary = linkTemporary(folder, dataPath(folder, from))
    const stats = temporary && statOrNull(temporary)
    if (!temporary || !stats || !isVersionOf(placeOf(source.stats), stats)) {
      // It was replaced in between.
      if (temporary) removeFile(temporary)
      continue
    }
    const version = { ...source.version, ...placeOf(stats), copiedMs: Date.now() }
    return (await moveIntoPlace(folder, to, { temporary, stats, version, options: {} })) !== null
  }
}

interface Ready {
  temporary: string
  stats: Stats
  version: Version
  options: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>
}

/** Null when a condition did not hold. */
async function moveIntoPlace(
  folder: Folder,
  key: string,
  { temporary, stats, version, options }: Ready,
): Promise<ObjectInfo | null> {
  try {
    const done =
      (options.ifMatch === undefined && tryCreate(folder, key, temporary, version)) ||
      (await replace(folder, key, { ...options, temporary, version }))
    if (done !== true) {
      if (options.ifNoneMatch) await syncFolderOf(folder, key)
      return null
    }
  } finally {
    removeFile(temporary)
  }
  await syncFolderOf(folder, key)
  return infoOf(key, stats, version)
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
  { temporary, version, ifMatch, ifNoneMatch }: PutOptions & { temporary: string; version: Version },
): Promise<true | null> {
  for (;;) {
    const current = await findPresent(folder, key)
    if (ifNoneMatch && current) return null
    if (ifMatch !== undefined && current?.version.etag !== ifMatch) return null
    const text = readMetaText(folder, key)
    const versions = parseVersions(text)
    if (!current && !versions && isFresh(metaPath(folder, key))) {
      await folder.sleep(5)
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
    makeFolder(dirname(path))
    action(path)
  }
}

function blockedKey(key: string, cause: unknown): unknown {
  if (!hasCode(Object.assign(new Error(), cause), 'ENOTDIR', 'EISDIR')) return cause
  return new CrashError('storage', `A folder store cannot hold both ${key} and a key below it`)
}
