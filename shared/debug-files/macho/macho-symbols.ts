// Functions of a Mach-O symbol table, with sizes up to the next function.
import { ByteCursor } from '../byte-cursor.ts'
import { partOf, textAt, withPages } from '../byte-source.ts'
import type { CodeSymbol } from '../code-symbols.ts'
import { isCodeSection, type MachFile } from './macho-file.ts'

const stab = 0xe0
const typeMask = 0x0e
const inSection = 0x0e
const objectFile = 0x66
const maxSymbols = 8_000_000

/** Sorted by address. `hasObjectFiles`: the debug data stayed in the object files that were linked. */
export function readMachSymbols(file: MachFile): { symbols: CodeSymbol[]; hasObjectFiles: boolean } {
  const found: CodeSymbol[] = []
  let hasObjectFiles = false
  if (!file.symbols) return { symbols: found, hasObjectFiles }
  const { at, count, namesAt, namesSize } = file.symbols
  const names = withPages(partOf(file.source, namesAt, namesSize))
  const entrySize = file.addressSize === 8 ? 16 : 12
  const bytes = file.source.read(at, entrySize * Math.min(count, maxSymbols))
  const cursor = new ByteCursor(bytes, file.littleEndian)
  while (cursor.at + entrySize <= cursor.end) {
    const nameAt = cursor.u32()
    const type = cursor.u8()
    const section = file.sections[cursor.u8() - 1]
    cursor.skip(2)
    const address = cursor.address(file.addressSize, file.base)
    if ((type & stab) !== 0) hasObjectFiles ||= type === objectFile
    else if ((type & typeMask) === inSection && section && isCodeSection(section)) {
      const name = textAt(names, nameAt).replace(/^_/, '')
      if (name !== '') found.push({ address, size: 0, name })
    }
  }
  return { symbols: withSizes(file, found), hasObjectFiles }
}

function withSizes(file: MachFile, symbols: CodeSymbol[]): CodeSymbol[] {
  const starts = [...new Set([...symbols.map(({ address }) => address), ...functionStarts(file)])]
  starts.sort((a, b) => a - b)
  const ends = file.sections
    .filter(isCodeSection)
    .map(({ address, size }) => ({ address, end: address + size }))
  const sorted = symbols.toSorted((a, b) => a.address - b.address)
  let next = 0
  return sorted.map((symbol) => {
    while (next < starts.length && starts[next]! <= symbol.address) next++
    const section = ends.find(({ address, end }) => symbol.address >= address && symbol.address < end)
    const end = Math.min(starts[next] ?? Infinity, section?.end ?? symbol.address)
    return { ...symbol, size: Math.max(0, end - symbol.address) }
  })
}

/** Addresses of all functions: distances as LEB128, the first from the base. */
function functionStarts({ source, functionStarts: list, littleEndian }: MachFile): number[] {
  if (!list) return []
  const cursor = new ByteCursor(source.read(list.at, Math.min(list.size, 64 << 20)), littleEndian)
  const starts: number[] = []
  let address = 0
  try {
    for (let delta = cursor.uleb(); delta !== 0; delta = cursor.uleb()) {
      address += delta
      starts.push(address)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return starts
}
