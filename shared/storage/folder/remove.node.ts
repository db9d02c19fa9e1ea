// Removes objects from a folder store, and folders that are then empty.
import { rmdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dataPath, type Folder, isFolderKey, metaPath, ownFolder } from './files.node.ts'
import { removeFile } from './temporary.node.ts'

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
