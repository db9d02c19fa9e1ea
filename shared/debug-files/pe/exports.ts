// Names in PE files: exported functions, and the COFF symbols of MinGW.
import { ByteCursor } from '../byte-cursor.ts'
import { decodeText, partOf, textAt } from '../byte-source.ts'
import type { CodeSymbol } from '../code-symbols.ts'
import { codeSections, directory, type PeFile, readAt, textAtAddress } from './pe-file.ts'

const maxNames = 1_000_000
const maxSymbols = 4_000_000
const functionType = 0x20

/** Exports by name, without those of other libraries. */
export function readExports(file: PeFile): CodeSymbol[] {
  const { address, size } = file.directories[directory.exports] ?? { address: 0, size: 0 }
  const head = address === 0 ? new Uint8Array(0) : readAt(file, address, 40)
  if (head.length < 40) return []
  const cursor = new ByteCursor(head)
  cursor.at = 20
  const [functionCount, nameCount, functionsAt, namesAt, ordinalsAt] = [0, 0, 0, 0, 0].map(() => cursor.u32())
  const functions = new ByteCursor(readAt(file, functionsAt!, 4 * Math.min(functionCount!, maxNames)))
  const names = new ByteCursor(readAt(file, namesAt!, 4 * Math.min(nameCount!, maxNames)))
  const ordinals = new ByteCursor(readAt(file, ordinalsAt!, 2 * Math.min(nameCount!, maxNames)))
  const isCode = isCodeOf(file)
  const symbols: CodeSymbol[] = []
  while (names.at + 4 <= names.end && ordinals.at + 2 <= ordinals.end) {
    const nameAt = names.u32()
    functions.at = 4 * ordinals.u16()
    if (functions.at + 4 > functions.end) continue
    const target = functions.u32()
    const isForwarder = target >= address && target < address + size
    const name = isForwarder || !isCode(target) ? '' : textAtAddress(file, nameAt)
    if (name !== '') symbols.push({ address: target, size: 0, name })
  }
  return symbols
}

function isCodeOf(file: PeFile): (address: number) => boolean {
  const sections = codeSections(file)
  return (address) =>
    sections.some((s) => address >= s.address && address < s.address + Math.max(s.size, s.fileSize))
}

/** Functions of the COFF symbol table, which only MinGW's linker writes. */
export function readCoffSymbols(file: PeFile): CodeSymbol[] {
  if (file.symbolsAt === 0) return []
  const { source, symbolsAt, symbolCount } = file
  const strings = partOf(source, symbolsAt + 18 * symbolCount, 1 << 30)
  const cursor = new ByteCursor(source.read(symbolsAt, 18 * Math.min(symbolCount, maxSymbols)))
  const symbols: CodeSymbol[] = []
  while (cursor.at + 18 <= cursor.end) {
    const label = cursor.take(8)
    const value = cursor.u32()
    const section = file.sections[cursor.u16() - 1]
    const type = cursor.u16()
    cursor.skip(1)
    const auxiliary = cursor.u8()
    cursor.at += 18 * auxiliary
    if (type !== functionType || !section || (section.flags & 0x2000_0000) === 0) continue
    const raw = nameOf(label, (offset) => textAt(strings, offset))
    const name = file.arch === 'x86' ? raw.replace(/^_/, '') : raw
    if (name !== '') symbols.push({ address: section.address + value, size: 0, name })
  }
  return symbols
}

/** Eight bytes, or four zeros and an offset in the table of strings. */
function nameOf(label: Uint8Array, longName: (offset: number) => string): string {
  const view = new DataView(label.buffer, label.byteOffset, 8)
  if (view.getUint32(0, true) === 0) return longName(view.getUint32(4, true))
  const end = label.indexOf(0)
  return decodeText(end < 0 ? label : label.subarray(0, end))
}
