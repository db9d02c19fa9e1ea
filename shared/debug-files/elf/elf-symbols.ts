// Symbol tables of ELF files.
import { ByteCursor } from '../byte-cursor.ts'
import { decodeText } from '../byte-source.ts'
import type { CodeSymbol } from '../code-symbols.ts'
import { contentOf, type ElfFile, type ElfSection } from './elf-file.ts'

const symbolTable = 2
const dynamicSymbols = 11
const func = 2
const indirectFunc = 10
const maxNameBytes = 64 * 1024
const entriesAtOnce = 4096

/** Functions of `.symtab`; without one, of `.dynsym`. Weaker names of an address come after stronger ones. */
export function readElfSymbols(file: ElfFile): CodeSymbol[] {
  for (const type of [symbolTable, dynamicSymbols]) {
    const table = file.sections.find((section) => section.type === type && section.size > 0)
    if (!table) continue
    const symbols = [...tableSymbols(file, table)]
    if (symbols.length > 0) return symbols.sort((a, b) => a.address - b.address || a.binding - b.binding)
  }
  return []
}

interface RawSymbol {
  nameAt: number
  info: number
  section: number
  address: number
  size: number
}

function* tableSymbols(file: ElfFile, table: ElfSection): Generator<CodeSymbol & { binding: number }> {
  const strings = file.sections[table.link]
  if (!strings) return
  const names = nameReader(contentOf(file, strings).read(0, strings.size))
  const entrySize = file.addressSize === 8 ? 24 : 16
  const content = contentOf(file, table)
  for (let at = 0; at + entrySize <= content.size; at += entrySize * entriesAtOnce) {
    const cursor = new ByteCursor(content.read(at, entrySize * entriesAtOnce), file.littleEndian)
    while (cursor.at + entrySize <= cursor.end) {
      const symbol = readSymbol(cursor, file)
      const name = isFunction(file, symbol) ? names(symbol.nameAt) : ''
      if (name === '' || name.startsWith('.L') || /^\$[adtx](\.|$)/.test(name)) continue
      yield {
        address: file.arch === 'arm' ? symbol.address & ~1 : symbol.address,
        size: symbol.size,
        name: name.replace(/@.*$/, ''),
        binding: bindingOrder(symbol.info >> 4),
      }
    }
  }
}

/** Global names before weak ones before local ones. */
const bindingOrder = (binding: number) => (binding === 1 ? 0 : binding === 2 ? 1 : 2)

function readSymbol(cursor: ByteCursor, { addressSize, base }: ElfFile): RawSymbol {
  const nameAt = cursor.u32()
  if (addressSize === 8) {
    const info = cursor.u8()
    cursor.skip(1)
    return { nameAt, info, section: cursor.u16(), address: cursor.address(8, base), size: cursor.u64() }
  }
  const address = cursor.address(4, base)
  const size = cursor.u32()
  const info = cursor.u8()
  cursor.skip(1)
  return { nameAt, info, section: cursor.u16(), address, size }
}

function isFunction({ base }: ElfFile, { info, section, address }: RawSymbol): boolean {
  const isUndefined = section === 0 || section >= 0xff00 || address === -(base.high * 2 ** 32 + base.low)
  return !isUndefined && [func, indirectFunc].includes(info & 0xf)
}

function nameReader(bytes: Uint8Array): (at: number) => string {
  return (at) => {
    const end = bytes.indexOf(0, at)
    return end < 0 || end - at > maxNameBytes ? '' : decodeText(bytes.subarray(at, end))
  }
}
