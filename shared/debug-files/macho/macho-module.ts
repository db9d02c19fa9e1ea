// Symbols of a Mach-O program or library, with its dSYM where there is one.
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, withPages } from '../byte-source.ts'
import { type FrameSection, readFrameAt, readFrames } from '../cfi/frame-section.ts'
import { appleI386, cpuRulesOf } from '../cfi/register-names.ts'
import { addCodeSymbols, type CodeSymbol, SymbolIndex } from '../code-symbols.ts'
import { addDwarf, type DwarfOptions } from '../dwarf/dwarf-symbols.ts'
import { debugIdOfUuid } from '../identity.ts'
import { codeLookup, type Image } from '../image.ts'
import type { ModuleIdentity, ModuleSymbols } from '../module-symbols.ts'
import { type CompactEntry, compactEntries, compactRules } from './compact-unwind.ts'
import { contentOf, isCodeSection, type MachFile, sectionNamed } from './macho-file.ts'
import { readMachSymbols } from './macho-symbols.ts'

/** `fileName`: base name of the binary. */
export const machIdentity = (file: MachFile, fileName: string): ModuleIdentity => ({
  os: 'mac',
  arch: file.arch ?? 'unknown',
  debugId: file.uuid && debugIdOfUuid(file.uuid),
  debugFile: fileName,
  codeId: null,
  codeFile: null,
})

/** Adds what the files of one module say: names and lines usually come from the dSYM, unwind rules from the binary. */
export function addMach(
  module: ModuleSymbols,
  files: readonly MachFile[],
  { onProgress }: Pick<DwarfOptions, 'onProgress'> = {},
): void {
  const tables = files.map((file) => readMachSymbols(file))
  const symbols = tables.reduce<CodeSymbol[]>(
    (best, { symbols: list }) => (list.length > best.length ? list : best),
    [],
  )
  for (const file of files) {
    const image = machImage(file)
    module.attempt('__debug_info', () =>
      addDwarf(module, image, { symbols: new SymbolIndex(symbols), onProgress }),
    )
    module.attempt('unwind information', () => addUnwind(module, file, image))
  }
  if (module.functions.rows === 0 && tables.some(({ hasObjectFiles }) => hasObjectFiles))
    module.warn('the debug data are in the object files: run dsymutil and add the dSYM')
  module.attempt('the list of symbols', () => addCodeSymbols(module, symbols))
}

function machImage(file: MachFile): Image {
  const { littleEndian, addressSize, base, sections } = file
  const known = new Map<string, ByteSource | null>()
  return {
    littleEndian,
    addressSize,
    base,
    arch: file.arch ?? 'unknown',
    isCode: codeLookup(sections.filter(isCodeSection)),
    debugSection(name) {
      if (known.has(name)) return known.get(name)!
      const section = sections.find((candidate) => candidate.name === `__debug_${name}`.slice(0, 16))
      const content = section ? contentOf(file, section) : null
      known.set(name, content && content.size > 0 ? withPages(content) : null)
      return known.get(name)!
    },
  }
}

/** Frame descriptions are used where the compact information refers to them, or when there is none. */
function addUnwind(module: ModuleSymbols, file: MachFile, image: Image): void {
  const frames = frameSection(file, image)
  const onDamage = () => module.warn('__eh_frame has damaged records')
  const section = sectionNamed(file, '__unwind_info')
  const bytes = section ? contentOf(file, section).read(0, section.size) : new Uint8Array(0)
  if (bytes.length === 0) {
    for (const record of frames ? readFrames(frames, onDamage) : []) module.addCfi(record)
    return
  }
  const framesByStart =
    frames && new Map([...readFrames(frames, onDamage)].map((record) => [record.start, record]))
  for (const entry of compactEntries(bytes, file.littleEndian)) {
    const found = compactRules(module.identity.arch, entry, { codeAt: (address) => codeAt(file, address) })
    if (!found) continue
    if ('rules' in found) module.addCfi(recordOf(entry, found.rules))
    else {
      // Offsets of 24 bits are too short for large sections.
      const direct = frames && readFrameAt(frames, found.frameAt)
      const record = direct?.start === entry.start ? direct : framesByStart?.get(entry.start)
      if (record) module.addCfi(record)
    }
  }
}

const recordOf = ({ start, end }: CompactEntry, initial: readonly (readonly [string, string])[]) => ({
  start,
  size: end - start,
  initial,
  changes: [],
})

function frameSection(file: MachFile, { base, isCode, littleEndian }: Image): FrameSection | null {
  const section = sectionNamed(file, '__eh_frame')
  const cpu = file.arch === 'x86' ? appleI386 : cpuRulesOf(file.arch ?? '')
  if (!section || !cpu) return null
  const bytes = contentOf(file, section).read(0, section.size)
  return { bytes, address: section.address, isEh: true, littleEndian, base, cpu, isCode }
}

function codeAt(file: MachFile, address: number): number | null {
  const section = file.sections.find(
    (s) => isCodeSection(s) && address >= s.address && address < s.address + s.size,
  )
  const bytes = section ? contentOf(file, section).read(address - section.address, 4) : new Uint8Array(0)
  return bytes.length < 4 ? null : new ByteCursor(bytes, file.littleEndian).u32()
}
