// Symbols of an ELF program or library, with its separate debug file where there is one.
import type { ByteSource } from '../byte-source.ts'
import { readFrames } from '../cfi/frame-section.ts'
import { cpuRulesOf } from '../cfi/register-names.ts'
import { addCodeSymbols, type CodeSymbol, SymbolIndex } from '../code-symbols.ts'
import { addDwarf, type DwarfOptions } from '../dwarf/dwarf-symbols.ts'
import { codeIdOfBuildId, debugIdOfBuildId } from '../identity.ts'
import type { Image } from '../image.ts'
import type { ModuleIdentity, ModuleSymbols } from '../module-symbols.ts'
import { buildIdOf, identifierOf } from './build-id.ts'
import { codeRanges, type ElfFile, type ElfSection, sectionNamed, sonameOf } from './elf-file.ts'
import { elfImage, sectionContent } from './elf-image.ts'
import { readElfSymbols } from './elf-symbols.ts'
import { supplementLinkOf } from './supplement-link.ts'

/** Bytes of one section with call frame information. */
const maxFrameBytes = 1 << 29

/** `fileName`: base name of the file. */
export function elfIdentity(file: ElfFile, fileName: string): ModuleIdentity {
  const id = identifierOf(file)
  const buildId = buildIdOf(file)
  return {
    os: 'Linux',
    arch: file.arch ?? 'unknown',
    debugId: id && debugIdOfBuildId(id),
    debugFile: sonameOf(file) ?? fileName.replace(/\.debug$/, ''),
    codeId: buildId && codeIdOfBuildId(buildId),
    codeFile: null,
  }
}

/** Adds what the files of one module say; each has the same build ID, or the debug file is the only one. */
export function addElf(
  module: ModuleSymbols,
  files: readonly ElfFile[],
  { onProgress, helpers }: Pick<DwarfOptions, 'onProgress' | 'helpers'> = {},
): void {
  const { arch } = module.identity
  const symbols = allSymbols(files)
  const index = new SymbolIndex(symbols)
  for (const file of files) {
    const image = elfImage(file, arch)
    const supplement = supplementOf(module, file, helpers)
    module.attempt('.debug_info', () =>
      addDwarf(module, image, { symbols: index, onProgress, helpers, supplement }),
    )
    module.attempt('.eh_frame', () => addFrames(module, file))
  }
  module.attempt('the list of symbols', () => addCodeSymbols(module, symbols))
  if (symbols.length + module.functions.rows + module.cfi.rows === 0) addSectionNames(module, files)
}

/** What dwz moved to a file that several share; null without one. */
function supplementOf(module: ModuleSymbols, file: ElfFile, helpers: DwarfOptions['helpers']): Image | null {
  let image: Image | null = null
  module.attempt('the link to the supplement of dwz', () => {
    const link = supplementLinkOf(file)
    const found = link && helpers?.supplement(link)
    if (found) {
      module.admit(found.source.size)
      image = elfImage(found, module.identity.arch)
    } else if (link)
      module.warn(
        `names are missing that dwz moved to ${link.name} (build ID ${link.id}), which was not found`,
      )
  })
  return image
}

/** Of all tables, those of larger ones first: a stripped file has only what it exports. */
function allSymbols(files: readonly ElfFile[]): CodeSymbol[] {
  const tables = files.map((file) => {
    try {
      return readElfSymbols(file)
    } catch (error) {
      if (error instanceof RangeError) return []
      throw error
    }
  })
  const symbols = tables.toSorted((a, b) => b.length - a.length).flat()
  return symbols.sort((a, b) => a.address - b.address)
}

function addFrames(module: ModuleSymbols, file: ElfFile): void {
  const cpu = cpuRulesOf(module.identity.arch)
  if (!cpu) return
  for (const name of ['.eh_frame', '.debug_frame', '.zdebug_frame']) {
    const section = sectionNamed(file, name)
    const content = section && sectionContent(file, section)
    if (!section || !content || content.size === 0) continue
    addFrameSection(module, file, { section, content, isEh: name === '.eh_frame' })
  }
}

function addFrameSection(
  module: ModuleSymbols,
  file: ElfFile,
  { section, content, isEh }: { section: ElfSection; content: ByteSource; isEh: boolean },
): void {
  const { littleEndian, base } = file
  const { isCode } = elfImage(file, module.identity.arch)
  const frames = readFrames(
    {
      bytes: content.read(0, Math.min(content.size, maxFrameBytes)),
      address: section.address,
      isEh,
      littleEndian,
      base,
      cpu: cpuRulesOf(module.identity.arch)!,
      dataAddress: sectionNamed(file, '.got')?.address ?? 0,
      isCode,
    },
    () => module.warn(`${section.name} has damaged records`),
  )
  for (const record of frames) module.addCfi(record)
}

/** Without any symbol or unwind rule, the names of sections still tell a stack walker where code is. */
function addSectionNames(module: ModuleSymbols, files: readonly ElfFile[]): void {
  for (const { name, address } of files.flatMap(codeRanges)) {
    if (name !== '' && address >= 0)
      module.publics.push({ address, name: `<${name} ELF section in ${module.identity.debugFile}>` })
  }
}
