// Symbols of a PE program or library: unwind information, exports, and the DWARF that MinGW and others put into it.
import { type ByteSource, withPages } from '../byte-source.ts'
import { readFrames } from '../cfi/frame-section.ts'
import { withoutOverlaps } from '../cfi/nested-records.ts'
import { cpuRulesOf } from '../cfi/register-names.ts'
import { addCodeSymbols, type CodeSymbol, SymbolIndex } from '../code-symbols.ts'
import { addDwarf, type DwarfOptions } from '../dwarf/dwarf-symbols.ts'
import { codeLookup, type Image } from '../image.ts'
import type { CfiRecord, ModuleIdentity, ModuleSymbols } from '../module-symbols.ts'
import { readCoffSymbols, readExports } from './exports.ts'
import { codeSections, debugInfoOf, type PeFile, peCodeId, sectionBytes } from './pe-file.ts'
import { unwindArm64 } from './unwind-arm64.ts'
import { isChained, runtimeFunctions, unwindX64 } from './unwind-x64.ts'

const leafX64 = [
  ['.cfa', '$rsp 8 +'],
  ['.ra', '.cfa -8 + ^'],
] as const
const leafArm64 = [
  ['.cfa', 'sp'],
  ['.ra', 'x30'],
] as const

const baseName = (path: string) => path.replace(/^.*[\\/]/, '')

/** `fileName`: base name of the file. */
export function peIdentity(file: PeFile, fileName: string): ModuleIdentity {
  const info = debugInfoOf(file)
  return {
    os: 'windows',
    arch: file.arch ?? 'unknown',
    debugId: info?.debugId ?? null,
    debugFile: (info && baseName(info.pdbPath)) || fileName,
    codeId: peCodeId(file),
    codeFile: fileName,
  }
}

/** Adds the contents of a PE file; add those of its PDB first. */
export function addPe(
  module: ModuleSymbols,
  file: PeFile,
  { onProgress }: Pick<DwarfOptions, 'onProgress'> = {},
): void {
  const image = peImage(file)
  const symbols = sortedSymbols(file)
  module.attempt('.debug_info', () =>
    addDwarf(module, image, { symbols: new SymbolIndex(symbols), onProgress }),
  )
  module.attempt('.debug_frame', () => addFrames(module, file, image))
  const starts = new Map<number, number>()
  module.attempt('.pdata', () => addUnwind(module, file, starts))
  module.attempt('the list of symbols', () => addCodeSymbols(module, withSizes(symbols, starts)))
}

function sortedSymbols(file: PeFile): CodeSymbol[] {
  return [...readCoffSymbols(file), ...readExports(file)].sort((a, b) => a.address - b.address)
}

/** A symbol is as long as the entry of `.pdata` that begins at its address. */
const withSizes = (symbols: readonly CodeSymbol[], starts: ReadonlyMap<number, number>): CodeSymbol[] =>
  symbols.map((symbol) => ({ ...symbol, size: starts.get(symbol.address) ?? 0 }))

function addUnwind(module: ModuleSymbols, file: PeFile, sizes: Map<number, number>): void {
  const damage = () => module.warn('some unwind information in .pdata cannot be read')
  const records: CfiRecord[] = []
  if (file.arch === 'x86_64') {
    for (const entry of runtimeFunctions(file)) {
      const record = unwindX64(file, entry, module.spend)
      if (record) records.push(record)
      else damage()
      if (!isChained(file, entry)) sizes.set(entry.start, entry.end - entry.start)
    }
  } else if (file.arch === 'arm64') {
    for (const record of unwindArm64(file, damage)) {
      records.push(record)
      sizes.set(record.start, record.size)
    }
  }
  if (records.length === 0) return
  const flat = withoutOverlaps(records)
  for (const record of flat) module.addCfi(record)
  addLeaves(module, file, flat)
}

/** Code without an entry calls nothing and moves no stack pointer: the rule of the Windows unwinder. */
function addLeaves(module: ModuleSymbols, file: PeFile, records: readonly CfiRecord[]): void {
  const initial = file.arch === 'arm64' ? leafArm64 : leafX64
  for (const section of codeSections(file)) {
    let at = section.address
    const end = section.address + Math.min(section.size || section.fileSize, section.fileSize)
    const inside = records.filter((record) => record.start >= section.address && record.start < end)
    for (const { start, size } of [...inside, { start: end, size: 0 }]) {
      if (start > at) module.addCfi({ start: at, size: start - at, initial, changes: [] })
      at = Math.max(at, start + size)
    }
  }
}

function addFrames(module: ModuleSymbols, file: PeFile, { isCode, littleEndian, base }: Image): void {
  const cpu = cpuRulesOf(module.identity.arch)
  for (const name of ['.debug_frame', '.eh_frame']) {
    const section = file.sections.find((candidate) => candidate.name === name)
    if (!cpu || !section) continue
    const content = sectionBytes(file, section)
    const bytes = content.read(0, content.size)
    const shared = { littleEndian, base, cpu, isCode, address: section.address }
    const onDamage = () => module.warn(`${name} has damaged records`)
    for (const record of readFrames({ bytes, isEh: name === '.eh_frame', ...shared }, onDamage))
      module.addCfi(record)
  }
}

function peImage(file: PeFile): Image {
  const { addressSize, base, sections } = file
  const open = (name: string): ByteSource | null => {
    const section = sections.find((candidate) => candidate.name === `.debug_${name}`)
    return section ? withPages(sectionBytes(file, section)) : null
  }
  const known = new Map<string, ByteSource | null>()
  return {
    littleEndian: true,
    addressSize,
    base,
    arch: file.arch ?? 'unknown',
    isCode: codeLookup(
      codeSections(file).map(({ address, size, fileSize }) => ({ address, size: size || fileSize })),
    ),
    debugSection(name) {
      if (!known.has(name)) known.set(name, open(name))
      return known.get(name)!
    },
  }
}
