// What identifies an ELF file.
import { ByteCursor } from '../byte-cursor.ts'
import type { ByteSource } from '../byte-source.ts'
import { partOf } from '../byte-source.ts'
import { contentOf, type ElfFile, sectionNamed } from './elf-file.ts'

const noteSegment = 4
const noteSection = 7
const maxNoteBytes = 1 << 20

/** The GNU build ID: usually 20 bytes; null without one. */
export function buildIdOf(file: ElfFile): Uint8Array | null {
  const notes: { content: ByteSource; align: number }[] = [
    ...file.sections
      .filter(({ type }) => type === noteSection)
      .map((s) => ({ content: contentOf(file, s), align: 4 })),
    ...file.segments
      .filter(({ type }) => type === noteSegment)
      .map(({ offset, fileSize, align }) => ({ content: partOf(file.source, offset, fileSize), align })),
  ]
  for (const { content, align } of notes) {
    const id = findBuildId(
      new ByteCursor(content.read(0, maxNoteBytes), file.littleEndian),
      align === 8 ? 8 : 4,
    )
    if (id) return id
  }
  return null
}

/** Notes: length of name, length of description, type, then both, padded. */
function findBuildId(cursor: ByteCursor, align: number): Uint8Array | null {
  while (cursor.at + 12 <= cursor.end) {
    const nameLength = cursor.u32()
    const length = cursor.u32()
    const type = cursor.u32()
    const from = padded(cursor.at + nameLength, align)
    if (from + length > cursor.end) return null
    const isGnu = nameLength === 4 && cursor.u32() === 0x554e47
    if (isGnu && type === 3 && length > 0 && length <= 64) return cursor.bytes.subarray(from, from + length)
    cursor.at = padded(from + length, align)
  }
  return null
}

const padded = (at: number, align: number) => Math.ceil(at / align) * align

/** As Breakpad: the build ID; without one, the XOR over blocks of 16 bytes of the first page of code. */
export function identifierOf(file: ElfFile): Uint8Array | null {
  const buildId = buildIdOf(file)
  if (buildId) return buildId
  const text = sectionNamed(file, '.text')
  const code = text ? contentOf(file, text).read(0, 4096) : new Uint8Array(0)
  if (code.length === 0) return null
  const hash = new Uint8Array(16)
  for (let i = 0; i < code.length - (code.length % 16); i++) hash[i % 16]! ^= code[i]!
  return hash
}
