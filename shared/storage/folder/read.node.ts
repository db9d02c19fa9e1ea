// Reading and listing a folder store.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { boundsOf, objectOf } from '../body.ts'
import { compareKeys } from '../keys.ts'
import type { ByteRange, ListOptions, ObjectInfo, StoredObject } from '../storage.ts'
import {
  becameShorter,
  dataPath,
  type Folder,
  findPresent,
  hasCode,
  infoOf,
  isFolderKey,
  isVersionOf,
  openFile,
  ownFolder,
  pieceBytes,
  readExactly,
  readVersions,
  translate,
  versionOf,
} from './files.node.ts'

export async function readObject(
  folder: Folder,
  key: string,
  range: ByteRange | undefined,
): Promise<StoredObject | null> {
  const small = readSmall(folder, key, range)
  if (small !== undefined) return small
  const opened = await openFile(folder, key)
  if (!opened) return null
  const { file, stats } = opened
  try {
    const info = infoOf(key, stats, await versionOf(folder, key, stats, file))
    const [start, end] = boundsOf(range, stats.size)
    if (end - start > pieceBytes) return openObject(info, file, start, end)
    const bytes = await readExactly(file, start, end)
    await file.close()
    return objectOf(info, bytes)
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Reads a small object or range synchronously: a system call costs less than a round trip to another thread.
 * Undefined for large content and for files of other programs.
 */
function readSmall(
  folder: Folder,
  key: string,
  range: ByteRange | undefined,
): StoredObject | null | undefined {
  if (!isFolderKey(key)) return null
  const fd = openOrNull(dataPath(folder, key))
  if (fd === null) return null
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return null
    const [start, end] = boundsOf(range, stats.size)
    if (end - start > pieceBytes) return undefined
    const version = readVersions(folder, key).find((known) => isVersionOf(known, stats))
    return version && objectOf(infoOf(key, stats, version), readExactlySync(fd, start, end))
  } finally {
    closeSync(fd)
  }
}

function openOrNull(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null
    throw error
  }
}

function readExactlySync(fd: number, start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - start)
  for (let filled = 0; filled < bytes.length; ) {
    const read = readSync(fd, bytes, filled, bytes.length - filled, start + filled)
    if (read === 0) throw becameShorter()
    filled += read
  }
  return bytes
}

/** A large object: its file stays open until the content has been read, so a replacement does not affect it. */
function openObject(info: ObjectInfo, file: FileHandle, start: number, end: number): StoredObject {
  return {
    ...info,
    get body() {
      return streamOf(file, start, end)
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

function streamOf(file: FileHandle, start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = start
  return new ReadableStream({
    async pull(controller) {
      const next = Math.min(at + pieceBytes, end)
      controller.enqueue(await translate(() => readExactly(file, at, next)))
      at = next
      if (at < end) return
      controller.close()
      await file.close()
    },
    cancel: () => file.close(),
  })
}

export async function describeObject(folder: Folder, key: string): Promise<ObjectInfo | null> {
  const present = await findPresent(folder, key)
  return present && infoOf(key, present.stats, present.version)
}

export async function* listObjects(
  folder: Folder,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<ObjectInfo> {
  const dir = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  if (dir !== '' && !isFolderKey(dir.slice(0, -1))) return
  yield* walk(folder, dir, (key, isDirectory) => {
    const { startAfter } = options
    const inPrefix = key.startsWith(prefix) || (isDirectory && prefix.startsWith(key))
    if (!inPrefix || startAfter === undefined) return inPrefix
    return compareKeys(key, startAfter) > 0 || (isDirectory && startAfter.startsWith(key))
  })
}

/** The folders directly below `prefix`. Empty ones, which a folder store removes, would be listed too. */
export async function* listFolders(folder: Folder, prefix: string): AsyncGenerator<string> {
  if (prefix !== '' && !isFolderKey(prefix.slice(0, -1))) return
  const entries = await translate(() => entriesOf(folder, prefix))
  const keys = entries.filter(({ key, isDirectory }) => isDirectory && key !== `${ownFolder}/`)
  yield* keys.map(({ key }) => key).sort(compareKeys)
}

/** Yields the files below `dir` (empty or ending in `/`) in key order. Folders sort with a final slash. */
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
      Promise.all(batch.map((entry) => (entry.isDirectory ? null : describeObject(folder, entry.key)))),
    )
    // All of the above may have run synchronously: yield to other tasks.
    await new Promise((resume) => setImmediate(resume))
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
