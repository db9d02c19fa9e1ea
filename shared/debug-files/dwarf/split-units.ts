// Split DWARF: the units in `.dwo` and `.dwp` files to which skeleton units refer (DWARF 5 §3.1.3, and GNU's of DWARF 4).
import type { ElfFile } from '../elf/elf-file.ts'
import { sectionContent, splitImage } from '../elf/elf-image.ts'
import type { HelperSource } from '../helper-files.ts'
import type { Image } from '../image.ts'
import type { ModuleSymbols } from '../module-symbols.ts'
import { Dwarf } from './dwarf.ts'
import { FunctionNames } from './function-names.ts'
import { type Contribution, readPackageIndex } from './package-index.ts'
import type { Unit } from './unit.ts'
import { readFirstEntry, readUnitAt, readUnits } from './unit-reader.ts'

export interface SplitUnit {
  dwarf: Dwarf
  unit: Unit
  names: FunctionNames
}

interface Package {
  dwarf: Dwarf
  units: Map<string, Contribution>
}

const inOwnFile: Contribution = { info: 0, abbrev: 0, strOffsets: 0, rangeLists: 0 }

export class SplitUnits {
  private readonly module: ModuleSymbols
  private readonly image: Image
  private readonly helpers: HelperSource
  private packages: Package[] | null = null

  /** `image`: of the program, which has the addresses, ranges and lines. */
  constructor(module: ModuleSymbols, image: Image, helpers: HelperSource) {
    this.module = module
    this.image = image
    this.helpers = helpers
  }

  /** The unit of a skeleton that was read; null when no file has it. */
  open(skeleton: Unit): SplitUnit | null {
    const { dwoId, dwoName, directory } = skeleton
    if (dwoId === '' || dwoName === null) return null
    this.packages ??= [...this.helpers.packages()].flatMap((file) => this.openPackage(file) ?? [])
    for (const { dwarf, units } of this.packages) {
      const place = units.get(dwoId)
      const unit = place && readUnitAt(dwarf, place.info)
      if (unit) return joined(dwarf, skeleton, { unit, place, units: [unit] })
    }
    for (const file of this.helpers.split({ dwoName, directory })) {
      const found = this.inFile(file, skeleton)
      if (found) return found
    }
    return null
  }

  private openPackage(file: ElfFile): Package | null {
    const section = file.sections.find(({ name }) => name === '.debug_cu_index')
    let opened: Package | null = null
    this.module.attempt('.debug_cu_index', () => {
      const content = section && sectionContent(file, section)
      if (content)
        opened = { dwarf: this.openFile(file), units: readPackageIndex(content, file.littleEndian) }
    })
    return opened
  }

  private openFile(file: ElfFile): Dwarf {
    this.module.admit(file.source.size)
    return new Dwarf(splitImage(this.image, file), this.module.spend)
  }

  private inFile(file: ElfFile, skeleton: Unit): SplitUnit | null {
    const dwarf = this.openFile(file)
    const { units } = readUnits(dwarf)
    for (const unit of units) {
      const opened = joined(dwarf, skeleton, { unit, place: inOwnFile, units })
      if (unit.dwoId === '') readFirstEntry(dwarf, unit)
      if (unit.dwoId === skeleton.dwoId) return opened
    }
    return null
  }
}

/** Completes a unit with what only its skeleton and its package tell. */
function joined(
  dwarf: Dwarf,
  skeleton: Unit,
  { unit, place, units }: { unit: Unit; place: Contribution; units: readonly Unit[] },
): SplitUnit {
  const isWide = unit.offsetSize === 8
  // Tables of version 5 have headers of these sizes.
  const [textHeader, listHeader] = unit.version < 5 ? [0, 0] : isWide ? [16, 20] : [8, 12]
  unit.abbreviationsAt += place.abbrev
  unit.strOffsetsBase = place.strOffsets + textHeader
  unit.rangeListsBase = place.rangeLists + listHeader
  unit.addrBase = skeleton.addrBase
  unit.rangesBase = skeleton.splitRangesBase
  unit.lowPc = skeleton.lowPc
  unit.directory = skeleton.directory
  return { dwarf, unit, names: new FunctionNames(dwarf, units) }
}
