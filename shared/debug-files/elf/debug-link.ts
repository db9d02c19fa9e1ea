// `.gnu_debuglink`: the name and checksum of a separate debug file.
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, decodeText } from '../byte-source.ts'
import { type ElfFile, sectionNamed } from './elf-file.ts'
import { sectionContent } from './elf-image.ts'

export interface DebugLink {
  /** Base name. */
  name: string
  /** CRC-32 of the whole file. */
  crc: number
}

/** Null without the section. */
export function debugLinkOf(file: ElfFile): DebugLink | null {
  const section = sectionNamed(file, '.gnu_debuglink')
  if (!section) return null
  const bytes = sectionContent(file, section).read(0, 4096)
  const end = bytes.indexOf(0)
  const crcAt = (end + 4) & ~3
  if (end < 1 || crcAt + 4 > bytes.length) return null
  const cursor = new ByteCursor(bytes, file.littleEndian)
  cursor.at = crcAt
  return { name: decodeText(bytes.subarray(0, end)), crc: cursor.u32() }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})
const chunkBytes = 1 << 20

/** CRC-32 (ISO 3309) of all bytes. */
export function crc32Of(source: ByteSource): number {
  let crc = 0xffff_ffff
  for (let at = 0; at < source.size; at += chunkBytes) {
    for (const byte of source.read(at, chunkBytes)) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  }
  return (crc ^ 0xffff_ffff) >>> 0
}
