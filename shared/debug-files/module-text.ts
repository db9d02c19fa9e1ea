// Symbol files of modules that are asked for by ID.
import { concatBytes } from '../bytes/concat.ts'
import { CrashError } from '../errors.ts'
import { sourceOfBytes } from './byte-source.ts'
import {
  type DebugFile,
  debugHeadBytes,
  formatOfDebugFile,
  groupModules,
  helpersAmong,
  type ModuleFiles,
  openDebugFile,
  readModule,
} from './debug-file.ts'
import type { HelperSource } from './helper-files.ts'
import { DamagedError } from './module-symbols.ts'
import { symText } from './sym-text.ts'

/** As in minidumps: hexadecimal digits in any case, or empty. */
export interface ModuleIds {
  debugId: string
  codeId: string
}

/** True for a file of a module: one with its debug ID or, when either lacks that, its code ID. */
export function isOfModule({ identity }: DebugFile, { debugId, codeId }: ModuleIds): boolean {
  if (identity.debugId !== null && isSame(identity.debugId, debugId)) return true
  return identity.codeId !== null && isSame(identity.codeId, codeId)
}

const isSame = (a: string, b: string) => a !== '' && a.toUpperCase() === b.toUpperCase()

/** The symbol file of a module, from those of the files that are of it; null when none is. */
export async function textOfModule(
  files: readonly DebugFile[],
  ids: ModuleIds,
  helpersOf: (group: ModuleFiles) => HelperSource = () => helpersAmong(files),
): Promise<Uint8Array | null> {
  const group = groupModules(files).find((candidates) => candidates.some((file) => isOfModule(file, ids)))
  return group ? concatBytes([...symText(await readModule(group, { helpers: helpersOf(group) }))]) : null
}

/**
 * The symbol file of a module from the contents of its files: text is returned unchanged, debug files are read.
 * @throws CrashError 'bad-symbols' when they cannot be read, or are of other modules
 */
export async function textOfFiles(
  files: readonly { name: string; bytes: Uint8Array }[],
  ids: ModuleIds,
): Promise<Uint8Array> {
  const [first] = files
  if (first && formatOfDebugFile(first.bytes.subarray(0, debugHeadBytes)) === null) return first.bytes
  try {
    const opened = files.flatMap(({ name, bytes }) => openDebugFile(name, sourceOfBytes(bytes)))
    const text = await textOfModule(opened, ids)
    if (text) return text
    const found = opened.map(({ identity }) => identity.debugId ?? identity.codeId ?? 'nothing').join(', ')
    throw new CrashError('bad-symbols', `It is of another module: it identifies itself as ${found}`)
  } catch (cause) {
    if (!(cause instanceof DamagedError)) throw cause
    throw new CrashError('bad-symbols', `It cannot be used: ${cause.message}`, { cause })
  }
}
