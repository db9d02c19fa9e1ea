// Creates folders.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a folder and those above it, if they do not exist. Node's own recursive `mkdir` never returns where nothing
 * can be created, as in `/proc`.
 * @param options `mode`: permissions of new folders
 */
export function makeFolder(path: string, options: { mode?: number } = {}): void {
  try {
    mkdirSync(path, options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path), options)
    makeLast(path, options)
  }
}

function makeLast(path: string, options: { mode?: number }): void {
  try {
    mkdirSync(path, options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
