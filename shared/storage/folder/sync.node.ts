// Makes writes survive a power failure: files, and the folders that list them.
import { closeSync, constants, fsync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from './files.node.ts'

/** Waits until an open file is on disk. */
export const syncFile = promisify(fsync)

const maxLasting = 10_000
/** Folders known to be on disk, with all their parents. */
const lasting = new Set<string>()

/** Syncs links and renames in a folder, and the folder itself. `top`: a parent that needs no sync. */
export async function syncFolder(path: string, top: string): Promise<void> {
  await syncEntries(path)
  if (lasting.has(path)) return
  const above: string[] = []
  for (let dir = path; dir.length > top.length && !lasting.has(dir); dir = dirname(dir)) above.push(dir)
  for (const dir of above) await syncEntries(dirname(dir))
  if (lasting.size > maxLasting) lasting.clear()
  for (const dir of above) lasting.add(dir)
}

/** Call this before creating a folder, possibly again, with all its missing parents. */
export function forgetFolder(path: string): void {
  for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) lasting.delete(dir)
}

/** By folder: the sync in progress, and the next one. */
const syncing = new Map<string, { now: Promise<void>; next?: Promise<void> }>()

/**
 * A sync in progress may have started before the caller's write: all callers that arrive meanwhile share the next
 * one.
 */
function syncEntries(path: string): Promise<void> {
  const running = syncing.get(path)
  if (!running) return startSync(path)
  running.next ??= running.now.catch(() => {}).then(() => startSync(path))
  return running.next
}

function startSync(path: string): Promise<void> {
  const own: { now: Promise<void>; next?: Promise<void> } = { now: syncNow(path) }
  syncing.set(path, own)
  const done = () => {
    if (!own.next) syncing.delete(path)
  }
  own.now.then(done, done)
  return own.now
}

/** Systems that cannot open a folder skip this; a missing folder was emptied meanwhile. */
async function syncNow(path: string): Promise<void> {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY)
  } catch (error) {
    if (hasCode(error, 'EISDIR', 'EPERM', 'EACCES', 'ENOENT')) return
    throw error
  }
  try {
    await syncFile(fd)
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'EINVAL', 'EBADF')) throw error
  } finally {
    closeSync(fd)
  }
}
