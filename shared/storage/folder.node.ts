// A store in a folder: each object is a plain file, so that other programs can read it in place. FORMATS.md, "Folder".
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmdirSync, rmSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CrashError } from '../errors.ts'
import { type Body, boundsOf, objectOf, piecesOf } from './body.ts'
import { createFolderLock, type FolderLock } from './folder-lock.node.ts'
import { compareKeys, isKey } from './keys.ts'
import type { ByteRange, ListOptions, ObjectInfo, PutOptions, Storage, StoredObject } from './storage.ts'

/** Our own files inside the folder: `meta/<key>.json`, `tmp/`, `lock`. */
const ownFolder = '.mayday'
/** A part of a key must be a file name, also with `.json` behind it. */
const maxPartBytes = 250
const readAtOnce = 256 * 1024
const staleAfterMs = 3_600_000

/** What is told of one version of an object. The version it tells of is recognised by the file it stands in. */
interface Version {
  ino: number
  size: number
  mtimeMs: number
  etag: string
  contentType?: string
  contentEncoding?: string
  metadata?: Readonly<Record<string, string>>
}

interface Folder {
  root: string
  lock: FolderLock
  swept: boolean
}

/**
 * A store in `dir`, made when first written. Several processes, also of Node and Deno, may use it at once: what
 * changes an existing object happens under a lock of the operating system, which ends with its process. Writes are
 * on disk when `put` returns. One part of a key must not be longer than 250 bytes, and no key may continue another
 * key after a slash: these throw CrashError('storage').
 */
export function createFolderStorage(dir: string): Storage {
  const root = resolve(dir)
  const folder: Folder = { root, lock: createFolderLock(join(root, ownFolder, 'lock')), swept: false }
  return {
    get: (key, options) => translate(() => read(folder, key, options?.range)),
    head: (key) => translate(() => describe(folder, key)),
    put: (key, body, options) => translate(() => write(folder, key, body, options ?? {})),
    list: (prefix, options) => list(folder, prefix, options ?? {}),
    delete: (keys) => translate(() => remove(folder, typeof keys === 'string' ? [keys] : keys)),
  }
}

const dataPath = (folder: Folder, key: string) => join(folder.root, key)
const metaPath = (folder: Folder, key: string) => join(folder.root, ownFolder, 'meta', `${key}.json`)

function isFolderKey(key: string): boolean {
  return (
    isKey(key) &&
    !/^\.mayday(?:\/|$)/i.test(key) &&
    key.split('/').every((part) => Buffer.byteLength(part) <= maxPartBytes)
  )
}

async function translate<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    if (cause instanceof CrashError || !isSystemError(cause)) throw cause
    throw new CrashError('storage', `The folder store failed: ${cause.message}`, { cause })
  }
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const hasCode = (error: unknown, ...codes: string[]) => isSystemError(error) && codes.includes(error.code)

// ---- reading

async function openFile(folder: Folder, key: string): Promise<{ file: FileHandle; stats: Stats } | null> {
  if (!isFolderKey(key)) return null
  let file: FileHandle
  try {
    file = await open(dataPath(folder, key), 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null
    throw error
  }
  const stats = await file.stat()
  if (stats.isFile()) return { file, stats }
  await file.close()
  return null
}

async function read(folder: Folder, key: string, range?: ByteRange): Promise<StoredObject | null> {
  const opened = await openFile(folder, key)
  if (!opened) return null
  const { file, stats } = opened
  try {
    const info = infoOf(key, stats, await versionOf(folder, key, stats, file))
    const [start, end] = boundsOf(range, stats.size)
    if (end - start <= readAtOnce) {
      const bytes = await readExactly(file, start, end)
      await file.close()
      return objectOf(info, bytes)
    }
    return openObject(info, file, start, end)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readExactly(file: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0)
      throw new CrashError('storage', 'A file became shorter while it was read. Read it again.')
    filled += bytesRead
  }
  return bytes
}

/** A large object: its file stays open until its content has been read, so that it cannot be replaced meanwhile. */
function openObject(info: ObjectInfo, file: FileHandle, start: number, end: number): StoredObject {
  let at = start
  const body = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const next = Math.min(at + readAtOnce, end)
        controller.enqueue(await translate(() => readExactly(file, at, next)))
        at = next
        if (at < end) return
        controller.close()
        await file.close()
      },
      cancel: () => file.close(),
    })
  return {
    ...info,
    get body() {
      return body()
    },
    async bytes() {
      try {
        return await translate(() => readExactly(file, start, end))
      } finally {
        await file.close()
      }
    },
  }
}

async function describe(folder: Folder, key: string): Promise<ObjectInfo | null> {
  const found = await statAndVersion(folder, key)
  return found && infoOf(key, found.stats, found.version)
}

async function statAndVersion(
  folder: Folder,
  key: string,
): Promise<{ stats: Stats; version: Version } | null> {
  if (!isFolderKey(key)) return null
  const stats = await statOrNull(dataPath(folder, key))
  if (!stats?.isFile()) return null
  const known = (await readVersions(folder, key)).find((version) => isVersionOf(version, stats))
  if (known) return { stats, version: known }
  const opened = await openFile(folder, key)
  if (!opened) return null
  try {
    return { stats: opened.stats, version: await versionOf(folder, key, opened.stats, opened.file) }
  } finally {
    await opened.file.close()
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/**
 * What is known of an open file. A file that another program put there, or that came here by copying the folder, is
 * recognised by its content.
 */
async function versionOf(folder: Folder, key: string, stats: Stats, file: FileHandle): Promise<Version> {
  const versions = await readVersions(folder, key)
  const known = versions.find((version) => isVersionOf(version, stats))
  if (known) return known
  const hash = createHash('sha256')
  for (let at = 0; at < stats.size; at += readAtOnce) {
    hash.update(await readExactly(file, at, Math.min(at + readAtOnce, stats.size)))
  }
  const etag = etagOf(hash.digest('hex'))
  return versions.find((version) => version.etag === etag) ?? { ...placeOf(stats), etag }
}

async function readVersions(folder: Folder, key: string): Promise<Version[]> {
  try {
    const parsed: unknown = JSON.parse(await readFile(metaPath(folder, key), 'utf8'))
    return Array.isArray(parsed) ? parsed.filter(isVersion) : []
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return []
    throw error
  }
}

const isVersion = (value: unknown): value is Version =>
  typeof value === 'object' && value !== null && 'etag' in value && typeof value.etag === 'string'

/** Runtimes round times differently, by less than a millisecond. */
const isVersionOf = (version: Version, stats: Stats) =>
  version.ino === stats.ino && version.size === stats.size && Math.abs(version.mtimeMs - stats.mtimeMs) < 2

const placeOf = (stats: Stats) => ({ ino: stats.ino, size: stats.size, mtimeMs: stats.mtimeMs })
const etagOf = (sha256hex: string) => sha256hex.slice(0, 32)

function infoOf(key: string, stats: Stats, version: Version): ObjectInfo {
  const { etag, contentType, contentEncoding, metadata } = version
  return {
    key,
    size: stats.size,
    etag,
    uploaded: new Date(stats.mtimeMs),
    ...(contentType && { contentType }),
    ...(contentEncoding && { contentEncoding }),
    metadata: metadata ?? {},
  }
}

// ---- writing

async function write(
  folder: Folder,
  key: string,
  body: Body,
  options: PutOptions,
): Promise<ObjectInfo | null> {
  if (!isFolderKey(key))
    throw new CrashError('bad-usage', `Not a key of a folder store: ${JSON.stringify(key)}`)
  let current = await statAndVersion(folder, key)
  if (!holds(options, current)) return null
  await sweep(folder)
  const data = await writeTemporary(folder, piecesOf(body))
  const version = newVersion(data.stats, piecesOf(body), options)
  try {
    for (;;) {
      const versions = current ? [version, current.version] : [version]
      const meta = await writeTemporary(folder, [Buffer.from(JSON.stringify(versions))])
      const before = current?.stats ?? null
      if (await folder.lock.run(() => commit(folder, key, { before, data: data.path, meta: meta.path })))
        break
      await rm(meta.path, { force: true })
      current = await statAndVersion(folder, key)
      if (!holds(options, current)) {
        await rm(data.path, { force: true })
        return null
      }
    }
  } catch (error) {
    await rm(data.path, { force: true })
    throw error
  }
  await syncFolder(dirname(dataPath(folder, key)))
  return infoOf(key, data.stats, version)
}

function holds(options: PutOptions, current: { version: Version } | null): boolean {
  if (options.ifNoneMatch && current) return false
  return options.ifMatch === undefined || current?.version.etag === options.ifMatch
}

function newVersion(stats: Stats, pieces: readonly Uint8Array[], options: PutOptions): Version {
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
 * Puts both files in place, unless the object is not what it was `before`: then false. Runs under the lock, all at
 * once. Killed in between, the new metadata tells of both versions.
 */
function commit(
  folder: Folder,
  key: string,
  files: { before: Stats | null; data: string; meta: string },
): boolean {
  const path = dataPath(folder, key)
  const now = statSync(path, { throwIfNoEntry: false })
  if (now && !now.isFile()) {
    throw new CrashError('storage', `A folder store cannot hold ${key} beside keys that begin with ${key}/`)
  }
  const same = now
    ? files.before !== null && isVersionOf({ ...placeOf(files.before), etag: '' }, now)
    : files.before === null
  if (!same) return false
  mkdirSync(dirname(metaPath(folder, key)), { recursive: true })
  renameSync(files.meta, metaPath(folder, key))
  mkdirSync(dirname(path), { recursive: true })
  renameSync(files.data, path)
  return true
}

async function writeTemporary(
  folder: Folder,
  pieces: readonly Uint8Array[],
): Promise<{ path: string; stats: Stats }> {
  const path = join(folder.root, ownFolder, 'tmp', randomUUID())
  const file = await openNew(path)
  try {
    for (const piece of pieces) await writeAll(file, piece)
    await file.sync()
    return { path, stats: await file.stat() }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, 'wx')
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  let written = 0
  while (written < piece.length) {
    written += (await file.write(piece, written, piece.length - written)).bytesWritten
  }
}

/** Makes a rename last through a power cut; systems that cannot open a folder do without. */
async function syncFolder(path: string): Promise<void> {
  try {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!hasCode(error, 'EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOENT', 'EBADF')) throw error
  }
}

/** Removes, once per process, what interrupted writes left. */
async function sweep(folder: Folder): Promise<void> {
  if (folder.swept) return
  folder.swept = true
  const dir = join(folder.root, ownFolder, 'tmp')
  for (const name of await readdirOrNone(dir)) {
    const stats = await statOrNull(join(dir, name))
    if (stats && Date.now() - stats.mtimeMs > staleAfterMs) await rm(join(dir, name), { force: true })
  }
}

async function readdirOrNone(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

async function remove(folder: Folder, keys: readonly string[]): Promise<void> {
  const present = keys.filter(isFolderKey)
  for (let at = 0; at < present.length; at += 100) {
    await folder.lock.run(() => {
      for (const key of present.slice(at, at + 100)) removeOne(folder, key)
    })
  }
}

function removeOne(folder: Folder, key: string): void {
  const path = dataPath(folder, key)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return
  rmSync(path, { force: true })
  rmSync(metaPath(folder, key), { force: true })
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

// ---- listing

async function* list(folder: Folder, prefix: string, options: ListOptions): AsyncGenerator<ObjectInfo> {
  const dir = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (dir !== '' && !isFolderKey(dir.slice(0, -1))) return
  yield* walk(folder, dir, (key, isDirectory) => {
    const { startAfter } = options
    const inPrefix =
      isDirectory && key.length < prefix.length ? prefix.startsWith(key) : key.startsWith(prefix)
    if (!inPrefix || startAfter === undefined) return inPrefix
    return compareKeys(key, startAfter) > 0 || (isDirectory && startAfter.startsWith(key))
  })
}

/** Yields the files below `dir` (empty or ending in `/`) in order of key. Folders are asked for with a final slash. */
async function* walk(
  folder: Folder,
  dir: string,
  wanted: (key: string, isDirectory: boolean) => boolean,
): AsyncGenerator<ObjectInfo> {
  const entries = (await translate(() => entriesOf(folder, dir))).filter(
    (entry) => wanted(entry.key, entry.isDirectory) && entry.key !== `${ownFolder}/`,
  )
  entries.sort((a, b) => compareKeys(a.key, b.key))
  for (let at = 0; at < entries.length; at += 64) {
    const batch = entries.slice(at, at + 64)
    const infos = await translate(() =>
      Promise.all(batch.map((entry) => (entry.isDirectory ? null : describe(folder, entry.key)))),
    )
    for (const [i, entry] of batch.entries()) {
      const info = infos[i]
      if (entry.isDirectory) yield* walk(folder, entry.key, wanted)
      else if (info) yield info
    }
  }
}

async function entriesOf(folder: Folder, dir: string): Promise<{ key: string; isDirectory: boolean }[]> {
  try {
    const found = await readdir(join(folder.root, dir), { withFileTypes: true })
    return found
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => {
        const isDirectory = entry.isDirectory()
        return { key: `${dir}${entry.name}${isDirectory ? '/' : ''}`, isDirectory }
      })
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
