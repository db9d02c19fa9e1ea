// Debug sections of ELF files, inflated where they are compressed.
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, sourceOfBytes, withPages } from '../byte-source.ts'
import { codeLookup, type Image } from '../image.ts'
import { inflateSection } from '../inflate.ts'
import { DamagedError } from '../module-symbols.ts'
import { codeRanges, contentOf, type ElfFile, type ElfSection } from './elf-file.ts'

const compressed = 0x800
const zlibType = 1
const zstdType = 2

/** The contents of a section as the compiler wrote them. @throws DamagedError, RangeError when they cannot be inflated */
export function sectionContent(file: ElfFile, section: ElfSection): ByteSource {
  const content = contentOf(file, section)
  if (section.name.startsWith('.zdebug_')) return sourceOfBytes(inflateOld(content))
  if ((section.flags & compressed) === 0) return content
  const bytes = content.read(0, content.size)
  const cursor = new ByteCursor(bytes, file.littleEndian)
  const type = cursor.u32()
  if (file.addressSize === 8) cursor.skip(4)
  const size = cursor.unsigned(file.addressSize)
  const data = bytes.subarray(file.addressSize === 8 ? 24 : 12)
  if (type !== zlibType && type !== zstdType)
    throw new DamagedError(`${section.name} has an unknown compression`)
  return sourceOfBytes(inflateSection(data, type === zlibType ? 'zlib' : 'zstd', size))
}

/** `ZLIB`, the size as 8 bytes in big-endian order, then the data. */
function inflateOld(content: ByteSource): Uint8Array {
  const bytes = content.read(0, content.size)
  const cursor = new ByteCursor(bytes, false)
  if (cursor.u32() !== 0x5a4c4942) throw new DamagedError('a section .zdebug_* does not start with ZLIB')
  return inflateSection(bytes.subarray(12), 'zlib', cursor.u64())
}

/** Sections of split DWARF that stay in the program. */
const programSections: ReadonlySet<string> = new Set(['addr', 'ranges', 'line', 'line_str'])

/** Of `program`, with the debug data in a file with split DWARF. */
export function splitImage(program: Image, file: ElfFile): Image {
  const sections = debugSections(file, '.dwo')
  const debugSection = (name: string) =>
    programSections.has(name) ? program.debugSection(name) : sections(name)
  return { ...program, littleEndian: file.littleEndian, debugSection }
}

/** Finds debug sections by their names without format; an inflated section is kept. */
function debugSections(file: ElfFile, suffix = ''): (name: string) => ByteSource | null {
  const sections = new Map<string, ByteSource | null>()
  const open = (name: string): ByteSource | null => {
    const names = [`.debug_${name}${suffix}`, `.zdebug_${name}${suffix}`]
    const section = file.sections.find((candidate) => names.includes(candidate.name) && candidate.size > 0)
    const content = section ? sectionContent(file, section) : null
    return content && content.size > 0 ? withPages(content) : null
  }
  return (name) => {
    let section = sections.get(name)
    if (section === undefined) {
      section = open(name)
      sections.set(name, section)
    }
    return section
  }
}

/** Call frame information and addresses come from `file`. */
export function elfImage(file: ElfFile, arch: string): Image {
  const { littleEndian, addressSize, base } = file
  return {
    littleEndian,
    addressSize,
    base,
    arch,
    isCode: codeLookup(codeRanges(file)),
    debugSection: debugSections(file),
  }
}
