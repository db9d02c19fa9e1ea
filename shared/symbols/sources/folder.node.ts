// Symbols from a single file, or from a folder in the usual layout: `<debug_file>/<debug_id>/<name>.sym`, or the same with
// `.gz`; or of programs and debug files anywhere in a folder.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { baseName } from '../../text/base-name.ts'
import { formatOf } from '../../bytes/format.ts'
import { HelperFiles } from '../../debug-files/helper-files.ts'
import { CrashError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'
import { parseSymFile } from '../sym/parse.ts'
import type { SymFileInfo } from '../sym/state.ts'
import { debugFilesText, debugFolder, isDebugFile, isFileOfModule } from './debug-folder.node.ts'
import { maxSymbolBytes, type StoredSymbolFile, type SymbolFiles, textSource } from './symbol-files.ts'
import { isId, isOfWindows, type ModuleKey, symbolPaths } from './symbol-path.ts'
import { problemOf } from './symbol-problem.ts'
import type { SymbolSource } from './symbol-source.ts'

/** The symbol files of a folder. Reads synchronously: a stack walk has no other work meanwhile. */
export function folderFiles(folder: string): SymbolFiles {
  const programs = debugFolder(folder)
  return {
    async find(module) {
      const text = findText(folder, module)
      if (text) return text
      const { paths, helpers } = programs.find(module)
      return programsOf(paths, module, helpers)
    },
  }
}

/** A symbol file in the usual layout. */
function findText(folder: string, module: ModuleKey): StoredSymbolFile | null {
  const paths = symbolPaths(module).flatMap((path) => [path, `${path}.gz`])
  for (const path of paths) {
    const file = found(join(folder, path))
    if (file) return file
  }
  if (!isOfWindows(module)) return null
  for (const path of paths) {
    const actual = withoutCase(folder, path.split('/'))
    const file = actual && found(actual)
    if (file) return file
  }
  return null
}

/** Symbols of programs and debug files, which are read when they are needed. */
function programsOf(
  paths: readonly string[],
  module: ModuleKey,
  helpers = new HelperFiles(),
): StoredSymbolFile | null {
  const first = paths[0] === undefined ? null : found(paths[0])
  return first && { ...first, read: async () => debugFilesText(paths, module, helpers) }
}

/** True for an existing file that is named as a symbol file, or is a program or debug file. */
export const isSymbolFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true &&
  (/\.sym(\.gz)?$/i.test(path) || isDebugFile(path))

/** The MODULE and INFO records are within these first bytes of a symbol file. */
const headBytes: Bytes = 4096

/** A single symbol file, program or debug file. */
export const oneFile = (path: string): SymbolFiles => (isDebugFile(path) ? oneProgram(path) : oneText(path))

/** A program or debug file, for the modules in it. */
const oneProgram = (path: string): SymbolFiles => ({
  async find(module) {
    return isFileOfModule(path, module) ? programsOf([path], module) : null
  },
})

/**
 * A single symbol file, for the module that its records identify and for modules of its name: a file of another build is
 * then refused with a reason. A file that no module can use is an error of every lookup: its user named it.
 */
function oneText(path: string): SymbolFiles {
  const read = () => orNull(path, () => readFileSync(path))
  let head: SymFileInfo | null = null
  return {
    async find(module) {
      head ??= headOf(path, read())
      const { debugId, codeId, debugFile } = head
      const isSame = (a: string, b: string) => isId(a) && a.toUpperCase() === b.toUpperCase()
      const names = [module.debugFile, module.codeFile].map((name) => baseName(name).toLowerCase())
      const named = debugFile !== '' && names.includes(baseName(debugFile).toLowerCase())
      return isSame(debugId, module.debugId) || isSame(codeId, module.codeId) || named ? found(path) : null
    },
  }
}

/** @throws CrashError 'bad-symbols' for a file that identifies no module */
function headOf(path: string, bytes: Uint8Array | null): SymFileInfo {
  const start = gunzipNow(bytes ?? new Uint8Array(0), maxSymbolBytes).subarray(0, headBytes)
  const file = parseSymFile(start)
  const { debugId, codeId, debugFile } = file.info
  const problem =
    problemOf(file, { debugFile: '', debugId: '', codeFile: '', codeId: '' }) ??
    (debugId || codeId || debugFile ? null : 'it has no MODULE record')
  if (problem === null) return file.info
  throw new CrashError('bad-symbols', `The symbol file ${path} cannot be used: ${problem}`)
}

/** The path of an existing file or folder whose names equal `names` without case, or null. */
function withoutCase(folder: string, names: readonly string[]): string | null {
  let path = folder
  for (const name of names) {
    const entries = orNull(path, () => readdirSync(path)) ?? []
    const wanted = name.toLowerCase()
    const entry = entries.find((candidate) => candidate.toLowerCase() === wanted)
    if (entry === undefined) return null
    path = join(path, entry)
  }
  return path
}

/** A source over a folder. */
export const folderSource = (folder: string): SymbolSource => textSource(folderFiles(folder), gunzipNow)

function found(path: string): StoredSymbolFile | null {
  const info = orNull(path, () => statSync(path, { throwIfNoEntry: false }))
  if (!info?.isFile()) return null
  const stamp = createHash('sha256')
    .update(`${path}\n${info.size}\n${info.mtimeMs}`)
    .digest('hex')
    .slice(0, 20)
  return { stamp, url: null, read: async () => orNull(path, () => readFileSync(path)) }
}

/** Null when the file does not exist. */
function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw new CrashError('storage', `The symbol file ${path} cannot be read (${code})`, { cause: error })
  }
}

/**
 * The content of gzip data, or the bytes themselves when they are not gzip; faster than `gunzip`.
 * @throws CrashError 'bad-symbols' when the data is damaged or inflates to more than `maxBytes`.
 */
export function gunzipNow(bytes: Uint8Array, maxBytes: Bytes): Uint8Array {
  if (formatOf(bytes) !== 'gzip') return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(bytes, maxBytes) })
  } catch (error) {
    throw new CrashError('bad-symbols', 'The gzip data of a symbol file is damaged or too large', {
      cause: error,
    })
  }
}

/** The maximum ratio of gzip. */
const maxInflation = 1032
const minChunk: Bytes = 64 * 1024

/**
 * The inflated size that gzip data declares, if it is possible: one buffer of that size is faster than many. One byte
 * more detects the end immediately.
 */
function chunkSizeFor(bytes: Uint8Array, maxBytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const declared = bytes.length < 18 ? 0 : view.getUint32(bytes.length - 4, true) + 1
  return Math.max(minChunk, Math.min(declared, maxBytes, bytes.length * maxInflation))
}
