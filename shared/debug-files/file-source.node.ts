// Files on disk as byte sources.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { sep } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { ByteSource } from './byte-source.ts'

/** Files are opened again when they are read after others. */
const openFiles = new LRUCache<string, number>({ max: 64, dispose: (descriptor) => closeSync(descriptor) })

function descriptorOf(path: string): number {
  let descriptor = openFiles.get(path)
  if (descriptor === undefined) {
    descriptor = openSync(path, 'r')
    openFiles.set(path, descriptor)
  }
  return descriptor
}

/** Closes the files below a folder, so that deleting them frees their space. */
export function closeFilesBelow(folder: string): void {
  for (const path of [...openFiles.keys()]) if (path.startsWith(`${folder}${sep}`)) openFiles.delete(path)
}

/** @throws the error of the file system when the file cannot be opened, or, later, read */
export function sourceOfFile(path: string): ByteSource {
  const { size } = fstatSync(descriptorOf(path))
  return {
    size,
    read(offset, length) {
      return fill(new Uint8Array(Math.max(0, Math.min(length, size - offset))), offset)
    },
    readInto: fill,
  }

  function fill(bytes: Uint8Array, offset: number): Uint8Array {
    const wanted = bytes.length
    let filled = 0
    while (filled < wanted) {
      const read = readSync(descriptorOf(path), bytes, filled, wanted - filled, offset + filled)
      if (read === 0) return bytes.subarray(0, filled)
      filled += read
    }
    return bytes
  }
}
