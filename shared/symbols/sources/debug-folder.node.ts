// Programs and debug files in a folder as symbols, found by their IDs wherever they lie.
import { closeSync, openSync, readSync } from 'node:fs'
import {
  type DebugFile,
  debugHeadBytes,
  formatOfDebugFile,
  openDebugFile,
} from '../../debug-files/debug-file.ts'
import { sourceOfFile } from '../../debug-files/file-source.node.ts'
import { filesBelow, findDebugFiles } from '../../debug-files/find-files.node.ts'
import { HelpersOnDisk } from '../../debug-files/find-helpers.node.ts'
import { HelperFiles } from '../../debug-files/helper-files.ts'
import { DamagedError } from '../../debug-files/module-symbols.ts'
import { isOfModule, textOfModule } from '../../debug-files/module-text.ts'
import { CrashError } from '../../errors.ts'
import type { Millis } from '../../units.ts'
import type { ModuleKey } from './symbol-path.ts'

/** How long a list of the folder's files is used. */
const freshFor: Millis = 300_000

/** Files that are surely no programs. */
const otherNames =
  /\.(sym|gz|symdex|txt|json|log|xml|html?|cc?|cpp|cxx|hh?|hpp|rs|go|js|ts|py|o|obj|a|lib|rlib|d|md|png)$/i

/** Finds the files of a folder that are of a module, and files with parts of the debug data of others. */
export interface DebugFolder {
  find(module: ModuleKey): { paths: readonly string[]; helpers: HelperFiles }
}

interface Listing {
  paths: Map<string, string[]>
  helpers: HelperFiles
}

export function debugFolder(folder: string, now: () => Millis = () => performance.now()): DebugFolder {
  let listing: Listing = { paths: new Map(), helpers: new HelperFiles() }
  let listedAt = Number.NEGATIVE_INFINITY
  return {
    find({ debugId, codeId }) {
      if (now() - listedAt > freshFor) {
        listing = listFolder(folder)
        listedAt = now()
      }
      const { paths, helpers } = listing
      const ids = [debugId, codeId].map((id) => id.toUpperCase())
      return { paths: ids.flatMap((id) => paths.get(id) ?? []), helpers }
    },
  }
}

function listFolder(folder: string): Listing {
  const paths = new Map<string, string[]>()
  const helpers = new HelperFiles()
  for (const path of filesBelow(folder)) {
    if (otherNames.test(path)) continue
    for (const opened of openQuietly(path)) {
      const { identity, helper, format, file } = opened
      if (helper && format === 'ELF') helpers.add(path, file, helper)
      for (const id of helper ? [] : [identity.debugId, identity.codeId]) {
        if (id !== null) paths.set(id.toUpperCase(), [...(paths.get(id.toUpperCase()) ?? []), path])
      }
    }
  }
  return { paths, helpers }
}

/** Without files that cannot be used. */
function openQuietly(path: string): DebugFile[] {
  try {
    return isDebugFile(path) ? openDebugFile(path, sourceOfFile(path)) : []
  } catch (error) {
    if (error instanceof DamagedError || (error as NodeJS.ErrnoException).code !== undefined) return []
    throw error
  }
}

/** By the first bytes; false for a file that cannot be read. */
export function isDebugFile(path: string): boolean {
  try {
    const descriptor = openSync(path, 'r')
    try {
      const head = new Uint8Array(debugHeadBytes)
      return formatOfDebugFile(head.subarray(0, readSync(descriptor, head))) !== null
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return false
  }
}

/** True when a given file is of a module. */
export const isFileOfModule = (path: string, module: ModuleKey): boolean =>
  openQuietly(path).some((file) => !file.helper && isOfModule(file, module))

/**
 * The symbol file of a module from these files and those beside them; null when they are of others.
 * @throws CrashError 'bad-symbols' when they cannot be read
 */
export async function debugFilesText(
  paths: readonly string[],
  module: ModuleKey,
  helpers: HelperFiles,
): Promise<Uint8Array | null> {
  const { files, problems } = findDebugFiles(paths)
  const text = await textOfModule(files, module, (group) => new HelpersOnDisk(group, helpers))
  if (text === null && problems.length > 0)
    throw new CrashError('bad-symbols', `It cannot be used: ${problems[0]!.reason}`)
  return text
}
