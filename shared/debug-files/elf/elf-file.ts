// Headers of ELF files (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html), of both classes and byte orders.
import { ByteCursor, type ImageBase } from '../byte-cursor.ts'
import { type ByteSource, decodeText, emptySource, partOf, textAt } from '../byte-source.ts'
import { DamagedError } from '../module-symbols.ts'

export interface ElfSection {
  name: string
  type: number
  flags: number
  /** Relative to the base of the image. */
  address: number
  offset: number
  size: number
  link: number
  entrySize: number
}

export interface ElfSegment {
  type: number
  flags: number
  offset: number
  address: number
  fileSize: number
  memorySize: number
  align: number
}

export interface ElfFile {
  source: ByteSource
  littleEndian: boolean
  addressSize: 4 | 8
  /** e_type: 1 relocatable, 2 executable, 3 shared object or PIE. */
  type: number
  /** As in MODULE records; null for processors that symbol files do not name. */
  arch: string | null
  base: ImageBase
  sections: readonly ElfSection[]
  segments: readonly ElfSegment[]
}

const archs: ReadonlyMap<number, string> = new Map([
  [3, 'x86'],
  [8, 'mips'],
  [20, 'ppc'],
  [21, 'ppc64'],
  [40, 'arm'],
  [62, 'x86_64'],
  [183, 'arm64'],
  [243, 'riscv64'],
])

export const isElf = (head: Uint8Array) =>
  head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46

const noBits = 8
const load = 1
const executable = 4

/** @throws DamagedError, RangeError when the headers cannot be read */
export function readElf(source: ByteSource): ElfFile {
  const head = source.read(0, 64)
  if (!isElf(head)) throw new DamagedError('not an ELF file')
  const addressSize = head[4] === 2 ? 8 : 4
  const littleEndian = head[5] !== 2
  const cursor = new ByteCursor(head, littleEndian)
  cursor.at = 16
  const type = cursor.u16()
  const machine = cursor.u16()
  cursor.at = 24 + addressSize
  const segmentsAt = cursor.unsigned(addressSize)
  const sectionsAt = cursor.unsigned(addressSize)
  cursor.at += 6
  const [segmentSize, segmentCount, sectionSize, sectionCount, namesIndex] = [0, 0, 0, 0, 0].map(() =>
    cursor.u16(),
  )
  const layout = { source, addressSize, littleEndian } as const
  const segmentBytes = source.read(segmentsAt, segmentSize! * segmentCount!)
  const base = baseOf(segmentBytes, segmentSize!, layout)
  const segments = readSegments(segmentBytes, segmentSize!, { ...layout, base })
  const table = { at: sectionsAt, entrySize: sectionSize!, count: sectionCount!, namesIndex: namesIndex! }
  const sections = sectionsAt === 0 ? [] : readSections(table, { ...layout, base })
  const arch = archs.get(machine) ?? null
  return {
    ...layout,
    type,
    arch: arch === 'mips' && addressSize === 8 ? 'mips64' : arch,
    base,
    sections,
    segments,
  }
}

interface Layout {
  source: ByteSource
  addressSize: 4 | 8
  littleEndian: boolean
}

/** The address of the first loaded segment, rounded down to a page. */
function baseOf(bytes: Uint8Array, entrySize: number, { addressSize, littleEndian }: Layout): ImageBase {
  const cursor = new ByteCursor(bytes, littleEndian)
  for (let at = 0; entrySize >= 32 && at + entrySize <= bytes.length; at += entrySize) {
    cursor.at = at
    if (cursor.u32() !== load) continue
    cursor.at = at + (addressSize === 8 ? 16 : 8)
    if (addressSize === 4) return { high: 0, low: (cursor.u32() & ~0xfff) >>> 0 }
    const [first, second] = [cursor.u32(), cursor.u32()]
    const [high, low] = littleEndian ? [second, first] : [first, second]
    return { high, low: (low & ~0xfff) >>> 0 }
  }
  return { high: 0, low: 0 }
}

function readSegments(
  bytes: Uint8Array,
  entrySize: number,
  layout: Layout & { base: ImageBase },
): ElfSegment[] {
  const { addressSize, littleEndian, base } = layout
  const cursor = new ByteCursor(bytes, littleEndian)
  const segments: ElfSegment[] = []
  for (let at = 0; entrySize >= 32 && at + entrySize <= bytes.length; at += entrySize) {
    cursor.at = at
    const type = cursor.u32()
    const early = addressSize === 8 ? cursor.u32() : 0
    const offset = cursor.unsigned(addressSize)
    const address = cursor.address(addressSize, base)
    cursor.skip(addressSize)
    const fileSize = cursor.unsigned(addressSize)
    const memorySize = cursor.unsigned(addressSize)
    const flags = addressSize === 8 ? early : cursor.u32()
    const align = cursor.unsigned(addressSize)
    segments.push({ type, flags, offset, address, fileSize, memorySize, align })
  }
  return segments
}

interface SectionTable {
  at: number
  entrySize: number
  count: number
  namesIndex: number
}

/** Counts from 0xff00 are in section 0. */
function readSections(table: SectionTable, layout: Layout & { base: ImageBase }): ElfSection[] {
  const { source, addressSize } = layout
  const { at, entrySize } = table
  if (entrySize < (addressSize === 8 ? 64 : 40)) return []
  const first = readSection(source.read(at, entrySize), layout)
  if (!first) return []
  const count = table.count || first.size
  const namesIndex = table.namesIndex === 0xffff ? first.link : table.namesIndex
  const bytes = source.read(at, entrySize * Math.min(count, Math.floor(source.size / entrySize)))
  const sections: (ElfSection & { nameAt: number })[] = []
  for (let i = 0; (i + 1) * entrySize <= bytes.length; i++) {
    const section = readSection(bytes.subarray(i * entrySize, (i + 1) * entrySize), layout)
    if (section) sections.push(section)
  }
  const names = sections[namesIndex]
  const texts = names ? partOf(source, names.offset, names.size).read(0, 4 << 20) : new Uint8Array(0)
  return sections.map(({ nameAt, ...section }) => ({ ...section, name: nameIn(texts, nameAt) }))
}

function nameIn(texts: Uint8Array, at: number): string {
  const end = texts.indexOf(0, at)
  return end >= 0 && end - at < 1000 ? decodeText(texts.subarray(at, end)) : ''
}

function readSection(bytes: Uint8Array, { addressSize, littleEndian, base }: Layout & { base: ImageBase }) {
  if (bytes.length < (addressSize === 8 ? 64 : 40)) return null
  const cursor = new ByteCursor(bytes, littleEndian)
  const nameAt = cursor.u32()
  const type = cursor.u32()
  const flags = cursor.unsigned(addressSize)
  const address = cursor.address(addressSize, base)
  const offset = cursor.unsigned(addressSize)
  const size = cursor.unsigned(addressSize)
  const link = cursor.u32()
  cursor.skip(4 + addressSize)
  const entrySize = cursor.unsigned(addressSize)
  return { nameAt, name: '', type, flags, address, offset, size, link, entrySize }
}

/** Bytes of a section in the file, not inflated: none for a section without contents, such as code in a debug file. */
export const contentOf = ({ source }: ElfFile, section: ElfSection): ByteSource =>
  section.type === noBits ? emptySource : partOf(source, section.offset, section.size)

export const sectionNamed = ({ sections }: ElfFile, name: string) =>
  sections.find((section) => section.name === name)

/** Executable sections; without section headers, executable segments. */
export function codeRanges({
  sections,
  segments,
}: ElfFile): { name: string; address: number; size: number }[] {
  const code = sections.filter(({ flags, size }) => (flags & executable) !== 0 && size > 0)
  if (code.length > 0) return code
  return segments
    .filter(({ type, flags }) => type === load && (flags & 1) !== 0)
    .map(({ address, memorySize }) => ({ name: '', address, size: memorySize }))
}

/** DT_SONAME, or null. */
export function sonameOf(file: ElfFile): string | null {
  const dynamic = file.sections.find(({ type }) => type === 6)
  const strings = dynamic && file.sections[dynamic.link]
  if (!dynamic || !strings) return null
  const bytes = contentOf(file, dynamic).read(0, 64 * 1024)
  const cursor = new ByteCursor(bytes, file.littleEndian)
  while (cursor.at + 2 * file.addressSize <= bytes.length) {
    const tag = cursor.unsigned(file.addressSize)
    const value = cursor.unsigned(file.addressSize)
    if (tag === 0) break
    if (tag === 14) return textAt(contentOf(file, strings), value, 1000) || null
  }
  return null
}
