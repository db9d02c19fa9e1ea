// The files of a folder store: paths, and the metadata file of each object.
import { createHash } from 'node:crypto'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { CrashError } from '../../errors.ts'
import { present } from '../../present.ts'
import { isKey } from '../keys.ts'
import type { ObjectInfo } from '../storage.ts'
import type { FolderLock } from './lock.node.ts'

export interface Folder {
  root: string
  lock: FolderLock
  /** Waits for another writer, in milliseconds. */
  sleep: (ms: number) => Promise<unknown>
}

/** Reserved names inside the folder: `meta/<key>.json`, `tmp/`, `lock`. */
export const ownFolder = '.mayday'
/** Each part of a key must be a valid file name, with `.json` appended. */
const maxPartBytes = 250
/** Bytes read or written per call. */
export const pieceBytes = 256 * 1024

export const dataPath = (folder: Folder, key: string) => join(folder.root, key)
export const metaPath = (folder: Folder, key: string) => join(folder.root, ownFolder, 'meta', `${key}.json`)
export const temporaryFolder = (folder: Folder) => join(folder.root, ownFolder, 'tmp')

export function isFolderKey(key: string): boolean {
  return (
    isKey(key) &&
    !/^\.mayday(?:\/|$)/i.test(key) &&
    key.split('/').every((part) => part.length < 80 || Buffer.byteLength(part) <= maxPartBytes)
  )
}

/** Metadata of one version of an object. The version is identified by inode, size and time of its file. */
export interface Version {
  ino: number
  size: number
  mtimeMs: number
  etag: string
  /** When a copy was made: its file, a hard link, has the time of the original. */
  copiedMs?: number
  contentType?: string
  contentEncoding?: string
  metadata?: Readonly<Record<string, string>>
}

/** Runtimes round times differently, by less than a millisecond. */
export const isVersionOf = (version: Omit<Version, 'etag'>, stats: Stats) =>
  version.ino === stats.ino && version.size === stats.size && Math.abs(version.mtimeMs - stats.mtimeMs) < 2

export const placeOf = (stats: Stats) => ({ ino: stats.ino, size: stats.size, mtimeMs: stats.mtimeMs })
export const etagOf = (sha256hex: string) => sha256hex.slice(0, 32)

/** The versions in the metadata file: the newest first, then the previous one during a replacement. */
export const readVersions = (folder: Folder, key: string): Version[] =>
  parseVersions(readMetaText(folder, key)) ?? []

/** The text of the metadata file; null when there is none. */
export function readMetaText(folder: Folder, key: string): string | null {
  try {
    return readFileSync(metaPath(folder, key), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

/** Null for incomplete text: a write is in progress, or its writer died. */
export function parseVersions(text: string | null): Version[] | null {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(parsed) ? parsed.filter(isVersion) : []
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const isVersion = (value: unknown): value is Version =>
  typeof value === 'object' && value !== null && 'etag' in value && typeof value.etag === 'string'

/**
 * Metadata of an open file. A file added by another program, or by copying the folder, is identified by its content.
 */
export async function versionOf(
  folder: Folder,
  key: string,
  stats: Stats,
  file: FileHandle,
): Promise<Version> {
  const versions = readVersions(folder, key)
  const known = versions.find((version) => isVersionOf(version, stats))
  if (known) return known
  const hash = createHash('sha256')
  for (let at = 0; at < stats.size; at += pieceBytes) {
    hash.update(await readExactly(file, at, Math.min(at + pieceBytes, stats.size)))
  }
  const etag = etagOf(hash.digest('hex'))
  return versions.find((version) => version.etag === etag) ?? { ...placeOf(stats), etag }
}

export async function readExactly(
  file: FileHandle,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) throw becameShorter()
    filled += bytesRead
  }
  return bytes
}

export const becameShorter = () =>
  new CrashError('storage', 'A file became shorter while it was read. Read it again.')

export async function openFile(
  folder: Folder,
  key: string,
): Promise<{ file: FileHandle; stats: Stats } | null> {
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

export interface Present {
  stats: Stats
  version: Version
}

/** The object stored under a key; null when there is none. */
export async function findPresent(folder: Folder, key: string): Promise<Present | null> {
  if (!isFolderKey(key)) return null
  const stats = statOrNull(dataPath(folder, key))
  if (!stats?.isFile()) return null
  const known = readVersions(folder, key).find((version) => isVersionOf(version, stats))
  if (known) return { stats, version: known }
  const opened = await openFile(folder, key)
  if (!opened) return null
  try {
    return { stats: opened.stats, version: await versionOf(folder, key, opened.stats, opened.file) }
  } finally {
    await opened.file.close()
  }
}

export function statOrNull(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return null
    throw error
  }
}

export function infoOf(key: string, stats: Stats, version: Version): ObjectInfo {
  const { etag, contentType, contentEncoding, metadata, copiedMs = stats.mtimeMs } = version
  return {
    key,
    size: stats.size,
    etag,
    uploaded: new Date(copiedMs),
    ...present({ contentType, contentEncoding }),
    metadata: metadata ?? {},
  }
}

/** Runs `action`; errors of the operating system become CrashError('storage'). */
export async function translate<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    if (cause instanceof CrashError || !isSystemError(cause)) throw cause
    throw new CrashError('storage', `The folder store failed: ${cause.message}`, { cause })
  }
}

const isSystemError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

export const hasCode = (error: unknown, ...codes: string[]) =>
  isSystemError(error) && codes.includes(error.code)
