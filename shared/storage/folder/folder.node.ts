// A store in a folder: each object is a plain file, readable by other programs. FORMATS.md, "Folder store".
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Storage } from '../storage.ts'
import { type Folder, ownFolder, translate } from './files.node.ts'
import { createFolderLock } from './lock.node.ts'
import { describeObject, listFolders, listObjects, readObject } from './read.node.ts'
import { removeObjects } from './remove.node.ts'
import { sweepTemporary } from './temporary.node.ts'
import { copyObject, writeObject, writeStream } from './write.node.ts'

/**
 * A store in `dir`, created on first write. Several processes, of Node and Deno, may use it at once: a new object is
 * linked into place; replacing and removing happen under a lock of the operating system, which ends with its process.
 * Objects are on disk when `put` returns; after a power failure metadata may lack the last seconds, and then `etag`
 * is recomputed from the content. A part of a key must not exceed 250 bytes (CrashError 'bad-usage'), and no key may
 * be a folder of another key (CrashError 'storage').
 */
export function createFolderStorage(
  dir: string,
  { sleep = setTimeout }: Partial<Pick<Folder, 'sleep'>> = {},
): Storage {
  const root = resolve(dir)
  const folder: Folder = { root, lock: createFolderLock(join(root, ownFolder, 'lock')), sleep }
  let swept: Promise<void> | undefined
  const sweepOnce = () => {
    swept ??= sweepTemporary(folder)
    return swept
  }

  return {
    get: (key, options) => translate(() => readObject(folder, key, options?.range)),
    head: (key) => translate(() => describeObject(folder, key)),
    put: (key, body, options) =>
      translate(async () => {
        await sweepOnce()
        return writeObject(folder, key, body, options ?? {})
      }),
    putStream: (key, ...stream) =>
      translate(async () => {
        await sweepOnce()
        return writeStream(folder, key, ...stream)
      }),
    copy: (from, to, options) =>
      translate(async () => {
        await sweepOnce()
        return copyObject(folder, { from, to, ...options })
      }),
    list: (prefix, options) => listObjects(folder, prefix, options ?? {}),
    folders: (prefix) => listFolders(folder, prefix),
    delete: (keys) => translate(() => removeObjects(folder, typeof keys === 'string' ? [keys] : keys)),
  }
}
