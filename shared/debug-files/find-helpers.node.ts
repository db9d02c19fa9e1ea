// Finds files on disk that hold parts of a module's debug data: split DWARF, and supplements of dwz.
import { statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { ModuleFiles } from './debug-file.ts'
import { type ElfFile, isElf, readElf } from './elf/elf-file.ts'
import { supplementIdsOf, type SupplementLink } from './elf/supplement-link.ts'
import { sourceOfFile } from './file-source.node.ts'
import {
  type HelperFiles,
  type HelperKind,
  helperKindOf,
  type HelperSource,
  type SplitName,
} from './helper-files.ts'
import { DamagedError } from './module-symbols.ts'

/** Where Linux distributions install debug files. */
export const systemDebugFolder = '/usr/lib/debug'

/** Those among known files, then those where compilers and packages put them. */
export class HelpersOnDisk implements HelperSource {
  private readonly paths: readonly string[]
  private readonly known: HelperFiles

  constructor(files: ModuleFiles, known: HelperFiles) {
    this.paths = files.map(({ path }) => resolve(path))
    this.known = known
  }

  /** Where it was compiled, or beside the program. */
  *split(unit: SplitName): Generator<ElfFile> {
    yield* this.known.split(unit)
    const { dwoName, directory } = unit
    const beside = this.paths.flatMap((path) => [
      join(dirname(path), basename(dwoName)),
      ...(isAbsolute(dwoName) ? [] : [join(dirname(path), dwoName)]),
    ])
    const compiled = isAbsolute(directory) || isAbsolute(dwoName) ? [resolve(directory, dwoName)] : []
    yield* opened([...beside, ...compiled], 'dwo')
  }

  /** `app.dwp` beside `app` or `app.debug`. */
  *packages(): Generator<ElfFile> {
    yield* this.known.packages()
    yield* opened(
      this.paths.flatMap((path) => [`${path}.dwp`, `${path.replace(/\.debug$/, '')}.dwp`]),
      'dwp',
    )
  }

  supplement(link: SupplementLink): ElfFile | null {
    const known = this.known.supplement(link)
    if (known) return known
    for (const file of opened(this.supplementPaths(link), 'supplement'))
      if (supplementIdsOf(file).includes(link.id)) return file
    return null
  }

  private supplementPaths({ name, id }: SupplementLink): string[] {
    const byId = join('.build-id', id.slice(0, 2), `${id.slice(2)}.debug`)
    const leaf = basename(name)
    return this.paths.flatMap((path) => {
      const folder = dirname(path)
      // The folder of a package that was unpacked, in which absolute links begin.
      const root = path.includes(systemDebugFolder) ? path.slice(0, path.indexOf(systemDebugFolder)) : ''
      const debug = join(root, systemDebugFolder)
      return [
        isAbsolute(name) ? join(root, name) : resolve(folder, name),
        ...[folder, join(folder, '.dwz'), join(debug, '.dwz')].map((place) => join(place, leaf)),
        ...[folder, debug, systemDebugFolder].map((place) => join(place, byId)),
      ]
    })
  }
}

/** Files of a kind that exist and can be read. */
function* opened(paths: readonly string[], kind: HelperKind): Generator<ElfFile> {
  for (const path of new Set(paths)) {
    const file = openQuietly(path)
    if (file && kindOf(file) === kind) yield file
  }
}

function openQuietly(path: string): ElfFile | null {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
    const source = sourceOfFile(path)
    return isElf(source.read(0, 4)) ? readElf(source) : null
  } catch (error) {
    if (isExpected(error)) return null
    throw error
  }
}

function kindOf(file: ElfFile): HelperKind | null {
  try {
    return helperKindOf(file)
  } catch (error) {
    if (isExpected(error)) return null
    throw error
  }
}

/** Damage, or a file that cannot be read or cannot have its name. */
const isExpected = (error: unknown) =>
  error instanceof DamagedError ||
  error instanceof RangeError ||
  (error as NodeJS.ErrnoException).code !== undefined
