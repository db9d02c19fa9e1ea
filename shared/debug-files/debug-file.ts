// Recognizes debug files, groups those of one module, and reads them into symbols.
import { baseName } from '../text/base-name.ts'
import type { ByteSource } from './byte-source.ts'
import { buildIdOf } from './elf/build-id.ts'
import { crc32Of, type DebugLink, debugLinkOf } from './elf/debug-link.ts'
import { codeRanges, type ElfFile, isElf, readElf, sectionNamed } from './elf/elf-file.ts'
import { addElf, elfIdentity } from './elf/elf-module.ts'
import { miniDebugInfo } from './elf/mini-debug-info.ts'
import { HelperFiles, type HelperKind, helperKindOf, type HelperSource } from './helper-files.ts'
import { isFat, isMach, type MachFile, readMach, slicesOf } from './macho/macho-file.ts'
import { addMach, machIdentity } from './macho/macho-module.ts'
import { DamagedError, type LackingFile, type ModuleIdentity, ModuleSymbols } from './module-symbols.ts'
import { isMsf, otherPdbFormat } from './pdb/msf.ts'
import { type PdbFile, readPdb } from './pdb/pdb-file.ts'
import { addPdb, pdbIdentity } from './pdb/pdb-module.ts'
import { debugInfoOf, isPe, type PeFile, readPe } from './pe/pe-file.ts'
import { addPe, peIdentity } from './pe/pe-module.ts'

type Content =
  | { format: 'ELF'; file: ElfFile }
  | { format: 'PE'; file: PeFile }
  | { format: 'PDB'; file: PdbFile }
  | { format: 'Mach-O'; file: MachFile }

/** One module's part of a file: a fat Mach-O file has several. */
export type DebugFile = Content & {
  path: string
  identity: ModuleIdentity
  /** Base name of the file with the debug data that this one refers to; null when it refers to none. */
  companion: string | null
  /** Holds code, or what describes code in another file. */
  isBinary: boolean
  /** Of ELF files. */
  link?: DebugLink | null
  /** Of a file that is only a part of others. */
  helper?: HelperKind | null
}

/** Enough bytes for `formatOfDebugFile`. */
export const debugHeadBytes = 64

/** The format by the first bytes; null for other files. */
export function formatOfDebugFile(head: Uint8Array): Content['format'] | null {
  if (isElf(head)) return 'ELF'
  if (isMsf(head) || otherPdbFormat(head) !== null) return 'PDB'
  if (isMach(head) || isFat(head)) return 'Mach-O'
  return isPe(head) ? 'PE' : null
}

/**
 * What a file is; empty when it is not a debug file. Reads headers only.
 * @throws DamagedError with the reason when the file looks like one but cannot be used
 */
export function openDebugFile(path: string, source: ByteSource): DebugFile[] {
  const name = baseName(path)
  const head = source.read(0, debugHeadBytes)
  try {
    switch (formatOfDebugFile(head)) {
      case 'ELF':
        return [elfFile(path, name, readElf(source))]
      case 'PE':
        return [peFile(path, name, readPe(source))]
      case 'PDB':
        return [pdbFile(path, name, source)]
      case 'Mach-O':
        return slicesOf(source).map((slice) => machFile(path, name, readMach(slice)))
      default:
        return []
    }
  } catch (error) {
    if (error instanceof RangeError)
      throw new DamagedError('its headers are cut or damaged', { cause: error })
    throw error
  }
}

function elfFile(path: string, name: string, file: ElfFile): DebugFile {
  const helper = helperKindOf(file)
  if (file.type === 1 && helper === null)
    throw new DamagedError('an object file; give the program or library that is linked from it')
  if (file.arch === null) throw new DamagedError('for a processor that is not supported')
  const text = sectionNamed(file, '.text')
  const isBinary = text ? text.type !== 8 : codeRanges(file).length > 0
  const link = isBinary ? debugLinkOf(file) : null
  return {
    format: 'ELF',
    file,
    path,
    identity: elfIdentity(file, name),
    companion: link?.name ?? null,
    isBinary,
    link,
    helper,
  }
}

function peFile(path: string, name: string, file: PeFile): DebugFile {
  if (file.arch === null) throw new DamagedError('for a processor that is not supported')
  const pdb = debugInfoOf(file)?.pdbPath ?? ''
  const companion = pdb === '' ? null : baseName(pdb)
  return { format: 'PE', file, path, identity: peIdentity(file, name), companion, isBinary: true }
}

function pdbFile(path: string, name: string, source: ByteSource): DebugFile {
  const other = otherPdbFormat(source.read(0, debugHeadBytes))
  if (other !== null) throw new DamagedError(other)
  const file = readPdb(source)
  return { format: 'PDB', file, path, identity: pdbIdentity(file, name), companion: null, isBinary: false }
}

function machFile(path: string, name: string, file: MachFile): DebugFile {
  if (file.arch === null) throw new DamagedError('for a processor that is not supported')
  const isBinary = !file.sections.some(({ segment }) => segment === '__DWARF')
  return { format: 'Mach-O', file, path, identity: machIdentity(file, name), companion: null, isBinary }
}

/** Files of one module; the binary, if it is there, comes first. */
export type ModuleFiles = readonly [DebugFile, ...DebugFile[]]

/**
 * Groups files by the module that they describe. Equal IDs belong together; ELF files without a build ID belong to the
 * binary that names them, with their checksum. Files that are only parts of others make no module.
 */
export function groupModules(files: readonly DebugFile[]): ModuleFiles[] {
  const groups = new Map<string, DebugFile[]>()
  for (const file of files) {
    if (file.helper) continue
    const key = keyOf(file, files)
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()].map(
    (group) =>
      group.toSorted((a, b) => Number(b.isBinary) - Number(a.isBinary)) as [DebugFile, ...DebugFile[]],
  )
}

function keyOf(file: DebugFile, files: readonly DebugFile[]): string {
  const { debugId, arch } = (ownerOf(file, files) ?? file).identity
  return debugId === null ? `path ${file.path} ${arch}` : `${debugId} ${arch}`
}

/** The binary of an ELF debug file without a build ID. */
function ownerOf(file: DebugFile, files: readonly DebugFile[]): DebugFile | undefined {
  if (file.format !== 'ELF' || file.isBinary || buildIdOf(file.file) !== null) return undefined
  const owners = files.filter(({ companion }) => companion === baseName(file.path))
  const crc = owners.length > 0 ? crc32Of(file.file.source) : 0
  return owners.find(({ link }) => link?.crc === crc)
}

export interface ReadOptions {
  /** Called now and then with the part of the work that is done, from 0 to 1. */
  onProgress?: ((done: number) => void) | undefined
  /** Files with parts of the debug data. */
  helpers?: HelperSource | undefined
}

/** Those files that are only parts of others. */
export function helpersAmong(files: readonly DebugFile[]): HelperFiles {
  const helpers = new HelperFiles()
  for (const file of files)
    if (file.format === 'ELF' && file.helper) helpers.add(file.path, file.file, file.helper)
  return helpers
}

/** The symbols of a module from all its files. */
export async function readModule(files: ModuleFiles, options: ReadOptions = {}): Promise<ModuleSymbols> {
  const fileBytes = files.reduce(
    (sum, { file }) => sum + ('source' in file ? file.source.size : file.msf.size),
    0,
  )
  const module = new ModuleSymbols(identityOf(files), fileBytes)
  const onProgress = (done: number, all: number) => options.onProgress?.(all === 0 ? 1 : done / all)
  const of = <Format extends Content['format']>(format: Format) =>
    files.flatMap((file) =>
      file.format === format ? [file.file as Extract<Content, { format: Format }>['file']] : [],
    )
  const pdbs = of('PDB')
  const programs = of('PE')
  for (const pdb of pdbs.slice(0, 1)) addPdb(module, pdb, { onProgress })
  for (const program of programs.slice(0, 1)) addPe(module, program, { onProgress })
  const elf = of('ELF')
  const { helpers } = options
  if (elf.length > 0) addElf(module, [...elf, ...(await innerFiles(module, elf))], { onProgress, helpers })
  const mach = of('Mach-O')
  if (mach.length > 0) addMach(module, mach, { onProgress })
  warnOfMissing(module, files)
  module.lacks = lackingFile(module, files)
  return module
}

async function innerFiles(module: ModuleSymbols, files: readonly ElfFile[]): Promise<ElfFile[]> {
  const found: ElfFile[] = []
  for (const file of files) {
    try {
      const inner = await miniDebugInfo(file)
      if (inner) found.push(inner)
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error
      module.warn(error.message)
    }
  }
  return found
}

/** The binary's; a debug file may have another name. */
function identityOf(files: ModuleFiles): ModuleIdentity {
  const [first] = files
  return first.identity
}

function lackingFile({ lines, cfi, win }: ModuleSymbols, files: ModuleFiles): LackingFile | null {
  const [first] = files
  if (!first.isBinary) return cfi.rows + win.length === 0 ? 'program' : null
  const mayHaveMore = first.format !== 'PE' || first.companion !== null
  return lines.rows === 0 && mayHaveMore ? 'debug file' : null
}

function warnOfMissing(module: ModuleSymbols, files: ModuleFiles): void {
  const { debugFile, arch } = module.identity
  const has = (format: Content['format']) => files.some((file) => file.format === format)
  if (has('PDB') && !has('PE') && arch !== 'x86')
    module.warn(`${debugFile} without its .exe or .dll: no unwind rules for ${arch}`)
  const [first] = files
  if (first.format === 'PE' && first.companion !== null && !has('PDB') && module.lines.rows === 0)
    module.warn(`without ${first.companion}: no function names except exports, no lines`)
  if ((first.format === 'ELF' || first.format === 'Mach-O') && first.isBinary && module.lines.rows === 0) {
    const debugFile = first.companion ?? (first.format === 'ELF' ? 'a debug file' : 'its .dSYM')
    module.warn(`without ${debugFile}: no function names except its own symbols, no lines`)
  }
  if (!first.isBinary && first.format !== 'PDB' && module.cfi.rows === 0)
    module.warn(`${baseName(first.path)} is a debug file; without its binary there are no unwind rules`)
}
