// Temporary files of a folder store: written whole and synced, then moved into place by their writer.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  type Stats,
  unlinkSync,
  write,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeFolder } from '../../make-folder.node.ts'
import { type Folder, hasCode, pieceBytes, statOrNull, temporaryFolder, type Version } from './files.node.ts'
import { syncFile } from './sync.node.ts'

const writeAsync = promisify(write)
const staleAfterMs = 3_600_000

/** Path of a temporary metadata file with these versions. */
export function writeMeta(folder: Folder, versions: readonly Version[]): string {
  const path = join(temporaryFolder(folder), randomUUID())
  writeFileSync(path, JSON.stringify(versions), { flag: 'wx' })
  return path
}

/** Writes a temporary file and syncs it. */
export async function writeTemporary(
  folder: Folder,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<{ temporary: string; stats: Stats }> {
  const temporary = join(temporaryFolder(folder), randomUUID())
  const fd = await openTemporary(folder, temporary)
  try {
    for await (const piece of pieces) await writeAll(fd, piece)
    await syncFile(fd)
    return { temporary, stats: fstatSync(fd) }
  } catch (error) {
    removeFile(temporary)
    throw error
  } finally {
    closeSync(fd)
  }
}

/** Another name for a file; null when it does not exist. */
export function linkTemporary(folder: Folder, path: string): string | null {
  const temporary = join(temporaryFolder(folder), randomUUID())
  makeFolder(temporaryFolder(folder))
  try {
    linkSync(path, temporary)
    return temporary
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

async function openTemporary(folder: Folder, path: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  try {
    return openSync(path, flags, 0o644)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    makeFolder(temporaryFolder(folder))
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
export function removeFile(path: string): void {
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
