// A store in a folder: each object is a plain file, so that other programs can read it in place. FORMATS.md, "Folder".
import { join, resolve } from 'node:path'
import { type Folder, ownFolder, translate } from './files.node.ts'
import { createFolderLock } from './lock.node.ts'
import { describeObject, listObjects, readObject } from './read.node.ts'
import { removeObjects, sweepTemporary, writeObject } from './write.node.ts'
import type { Storage } from '../storage.ts'

/**
 * A store in `dir`, made when first written. Several processes, of Node and Deno alike, may use it at once: a new
 * object is linked into place, and what replaces or removes one happens under a lock of the operating system, which
 * ends with its process. Objects are on disk when `put` returns; what is told of them may lag by seconds if the power
 * fails, and then only `etag` is made up again, from the content. One part of a key must not be longer than 250
 * bytes (CrashError 'bad-usage'), and no key may be another key with more parts (CrashError 'storage').
 */
export function createFolderStorage(dir: string): Storage {
  const root = resolve(dir)
  const folder: Folder = { root, lock: createFolderLock(join(root, ownFolder, 'lock')) }
  let swept: Promise<void> | undefined

  return {
    get: (key, options) => translate(() => readObject(folder, key, options?.range)),
    head: (key) => translate(() => describeObject(folder, key)),
    put: (key, body, options) =>
      translate(async () => {
        swept ??= sweepTemporary(folder)
        await swept
        return writeObject(folder, key, body, options ?? {})
      }),
    list: (prefix, options) => listObjects(folder, prefix, options ?? {}),
    delete: (keys) => translate(() => removeObjects(folder, typeof keys === 'string' ? [keys] : keys)),
  }
}
