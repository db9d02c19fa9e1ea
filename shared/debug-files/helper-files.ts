// Files with a part of the debug data of others: split DWARF (`.dwo`, `.dwp`), and supplements that dwz makes.
import { baseName } from '../text/base-name.ts'
import { codeRanges, type ElfFile, sectionNamed } from './elf/elf-file.ts'
import { supplementIdsOf, type SupplementLink } from './elf/supplement-link.ts'

/** `dwo`: of one or a few units; `dwp`: of a whole program. */
export type HelperKind = 'dwo' | 'dwp' | 'supplement'

const objectFile = 1

/** Null for programs, libraries, their debug files, and object files. @throws RangeError when it is damaged */
export function helperKindOf(file: ElfFile): HelperKind | null {
  if (sectionNamed(file, '.debug_cu_index')) return 'dwp'
  if (file.type !== objectFile) return null
  const has = (...names: string[]) => names.some((name) => sectionNamed(file, name))
  if (has('.debug_info.dwo', '.zdebug_info.dwo')) return 'dwo'
  const isSupplement =
    has('.debug_info', '.zdebug_info', '.debug_str', '.zdebug_str') && codeRanges(file).length === 0
  return isSupplement && supplementIdsOf(file).length > 0 ? 'supplement' : null
}

/** What a skeleton unit states of its file. */
export interface SplitName {
  dwoName: string
  directory: string
}

/** Where the files that belong to a module are looked for. */
export interface HelperSource {
  /** Files that may hold a unit: its ID decides. */
  split(unit: SplitName): Iterable<ElfFile>
  packages(): Iterable<ElfFile>
  supplement(link: SupplementLink): ElfFile | null
}

/** Those among given files. */
export class HelperFiles implements HelperSource {
  private readonly dwos = new Map<string, ElfFile[]>()
  private readonly packaged: ElfFile[] = []
  private readonly supplements = new Map<string, ElfFile>()

  add(path: string, file: ElfFile, kind: HelperKind): void {
    const name = baseName(path)
    if (kind === 'dwp') this.packaged.push(file)
    else if (kind === 'dwo') this.dwos.set(name, [...(this.dwos.get(name) ?? []), file])
    else for (const id of supplementIdsOf(file)) this.supplements.set(id, file)
  }

  split({ dwoName }: SplitName): Iterable<ElfFile> {
    return this.dwos.get(baseName(dwoName)) ?? []
  }

  packages(): Iterable<ElfFile> {
    return this.packaged
  }

  supplement({ id }: SupplementLink): ElfFile | null {
    return this.supplements.get(id) ?? null
  }
}
