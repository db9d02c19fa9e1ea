// Makes what was written last through a power cut: files, and the folders that name them.
import { closeSync, constants, fsync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { hasCode } from './files.node.ts'

/** Waits until an open file is on disk. */
export const syncFile = promisify(fsync)

const maxLasting = 10_000
/** Folders that are on disk themselves, with all above them. */
const lasting = new Set<string>()

/**
 * Makes links and renames in a folder last, and the folder itself. `top`: a folder above it that needs no care.
 */
export async function syncFolder(path: string, top: string): Promise<void> {
  await syncEntries(path)
  if (lasting.has(path)) return
  const above: string[] = []
  for (let dir = path; dir.length > top.length && !lasting.has(dir); dir = dirname(dir)) above.push(dir)
  for (const dir of above) await syncEntries(dirname(dir))
  if (lasting.size > maxLasting) lasting.clear()
  for (const dir of above) lasting.add(dir)
}

/** To be called before a folder is made, perhaps anew, with all above it that are missing. */
export function forgetFolder(path: string): void {
  for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) lasting.delete(dir)
}

/** By folder: the sync at work, and the one that begins after it. */
const syncing = new Map<string, { now: Promise<void>; next?: Promise<void> }>()

/** A sync at work may have begun too early for the caller: all who come meanwhile share the one after it. */
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

/** Systems that cannot open a folder do without; a folder that is gone was emptied meanwhile. */
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
