// Finds debug files on disk, and those that belong to a given one.
import { type Dir, lstatSync, opendirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CrashError } from '../errors.ts'
import {
  type DebugFile,
  debugHeadBytes,
  formatOfDebugFile,
  helpersAmong,
  type ModuleFiles,
  openDebugFile,
  readModule,
} from './debug-file.ts'
import { buildIdOf } from './elf/build-id.ts'
import { sourceOfFile } from './file-source.node.ts'
import { DamagedError, type ModuleSymbols } from './module-symbols.ts'
import { HelpersOnDisk, systemDebugFolder } from './find-helpers.node.ts'

const maxDepth = 64
/** What the linker made programs of: a build folder has thousands. */
const isObjectFile = /\.(o|obj|ko|lo|a|lib|rlib|rmeta|pch|gch|d)$/i

export interface FoundFiles {
  files: DebugFile[]
  /** Files that look like debug files and cannot be used, with the reason. */
  problems: { path: string; reason: string }[]
}

/**
 * The debug files at `paths` (files and folders, whose other files are ignored) and, for given files, those beside them
 * that belong to the same module.
 * @throws CrashError 'missing' for a path that does not exist, 'bad-usage' for a given file that is not a debug file
 */
export function findDebugFiles(paths: readonly string[]): FoundFiles {
  const found: FoundFiles = { files: [], problems: [] }
  const seen = new Set<string>()
  for (const path of paths) {
    const info = statSync(path, { throwIfNoEntry: false })
    if (!info) throw new CrashError('missing', `${path} does not exist`)
    for (const file of info.isDirectory() ? filesBelow(path) : [path]) {
      if (seen.has(file)) continue
      seen.add(file)
      const opened = openInto(found, file)
      if (!info.isDirectory() && opened === null)
        throw new CrashError('bad-usage', `${path} is not an ELF, PE, PDB or Mach-O file`)
    }
  }
  for (const file of found.files.filter(({ helper }) => !helper))
    for (const path of companionPaths(file)) addCompanion(found, file, path, seen)
  return found
}

/** Reads modules with the parts of their debug data that are among `files`, or where they usually are. */
export function moduleReader(files: readonly DebugFile[]): (module: ModuleFiles) => Promise<ModuleSymbols> {
  const known = helpersAmong(files)
  return (module) => readModule(module, { helpers: new HelpersOnDisk(module, known) })
}

/** Null when the file is not a debug file. */
function openInto({ files, problems }: FoundFiles, path: string): readonly DebugFile[] | null {
  try {
    const source = sourceOfFile(path)
    if (formatOfDebugFile(source.read(0, debugHeadBytes)) === null) return null
    const opened = openDebugFile(path, source)
    files.push(...opened)
    return opened
  } catch (error) {
    const isExpected = error instanceof DamagedError || (error as NodeJS.ErrnoException).code !== undefined
    if (!isExpected) throw error
    problems.push({ path, reason: (error as Error).message })
    return []
  }
}

function addCompanion(found: FoundFiles, file: DebugFile, path: string, seen: Set<string>): void {
  if (seen.has(path) || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return
  const beside: FoundFiles = { files: [], problems: [] }
  openInto(beside, path)
  const matching = beside.files.filter((other) => !other.helper && isSameModule(file, other))
  if (matching.length === 0) return
  seen.add(path)
  found.files.push(...matching)
}

/** Equal IDs; or an ELF debug file without one, whose checksum `groupModules` compares. */
function isSameModule(file: DebugFile, other: DebugFile): boolean {
  if (other.format === 'ELF' && !other.isBinary && buildIdOf(other.file) === null) return true
  return other.identity.debugId !== null && other.identity.debugId === file.identity.debugId
}

/** Paths where the other file of a module usually is. */
export function companionPaths(file: DebugFile): string[] {
  const folder = dirname(file.path)
  const name = basename(file.path)
  const stem = name.replace(/\.[^.]*$/, '')
  switch (file.format) {
    case 'PE':
      return [file.companion ?? '', `${stem}.pdb`].filter((pdb) => pdb !== '').map((pdb) => join(folder, pdb))
    case 'PDB':
      return ['exe', 'dll', 'sys', 'ocx', 'node'].map((extension) => join(folder, `${stem}.${extension}`))
    case 'Mach-O':
      return file.isBinary
        ? filesBelowIfAny(join(folder, `${name}.dSYM`))
        : [join(folder.replace(/[^/]*\.dSYM\/.*$/, ''), name)]
    default:
      return elfCompanions(file, folder, name)
  }
}

function elfCompanions(file: DebugFile & { format: 'ELF' }, folder: string, name: string): string[] {
  if (!file.isBinary) return [join(folder, name.replace(/\.debug$/, ''))]
  const { companion } = file
  const linked =
    companion === null
      ? []
      : [
          join(folder, companion),
          join(folder, '.debug', companion),
          join(systemDebugFolder, folder, companion),
        ]
  const id = Buffer.from(buildIdOf(file.file) ?? []).toString('hex')
  const byId = id.length < 4 ? [] : [join('.build-id', id.slice(0, 2), `${id.slice(2)}.debug`)]
  return [...linked, ...byId.flatMap((path) => [join(folder, path), join(systemDebugFolder, path)])]
}

const filesBelowIfAny = (folder: string): string[] =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? [...filesBelow(folder)] : []

/** Null for a folder that is not there, or that this user cannot read. */
function openFolder(path: string): Dir | null {
  try {
    return opendirSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code))) return null
    throw error
  }
}

/** Regular files of a folder and its folders, at most `maxFiles`, without object files; links are not followed. */
export function* filesBelow(folder: string, maxFiles = 1_000_000): Generator<string> {
  const pending = [{ path: folder, depth: 0 }]
  let count = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    using entries = openFolder(next.path)
    if (!entries) continue
    for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
      const path = join(next.path, entry.name)
      const info = entry.isFile() || entry.isDirectory() ? entry : lstatSync(path)
      if (info.isDirectory() && next.depth < maxDepth) pending.push({ path, depth: next.depth + 1 })
      else if (info.isFile() && !isObjectFile.test(entry.name) && ++count <= maxFiles) yield path
    }
  }
}
