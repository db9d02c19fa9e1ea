// Headers of PE files (https://learn.microsoft.com/windows/win32/debug/pe-format).
import { ByteCursor, type ImageBase } from '../byte-cursor.ts'
import { type ByteSource, decodeText, partOf, textAt } from '../byte-source.ts'
import { codeIdOfPe, debugIdOfGuid } from '../identity.ts'
import { DamagedError } from '../module-symbols.ts'

export interface PeSection {
  name: string
  /** Relative to the base of the image, as all addresses here. */
  address: number
  size: number
  fileOffset: number
  fileSize: number
  flags: number
}

export interface PeFile {
  source: ByteSource
  /** As in MODULE records; null for processors that symbol files do not name. */
  arch: string | null
  addressSize: 4 | 8
  base: ImageBase
  timestamp: number
  imageSize: number
  sections: readonly PeSection[]
  /** Address and size by number; 0 and 0 when absent. */
  directories: readonly { address: number; size: number }[]
  symbolsAt: number
  symbolCount: number
}

export const directory = { exports: 0, exceptions: 3, debug: 6 } as const

const archs: ReadonlyMap<number, string> = new Map([
  [0x14c, 'x86'],
  [0x8664, 'x86_64'],
  [0x1c4, 'arm'],
  [0xaa64, 'arm64'],
  [0xa641, 'arm64'],
])
const executable = 0x2000_0000
const maxSections = 1024

export const isPe = (head: Uint8Array) => head[0] === 0x4d && head[1] === 0x5a

/** @throws DamagedError, RangeError when the headers cannot be read */
export function readPe(source: ByteSource): PeFile {
  const dos = new ByteCursor(source.read(0, 64))
  dos.at = 0x3c
  const at = dos.u32()
  const cursor = new ByteCursor(source.read(at, 24))
  if (cursor.u32() !== 0x4550) throw new DamagedError('a program for DOS or 16-bit Windows, not a PE file')
  const machine = cursor.u16()
  const sectionCount = cursor.u16()
  const timestamp = cursor.u32()
  const symbolsAt = cursor.u32()
  const symbolCount = cursor.u32()
  const optionalSize = cursor.u16()
  const optional = readOptionalHeader(new ByteCursor(source.read(at + 24, optionalSize)))
  const strings = symbolsAt === 0 ? null : partOf(source, symbolsAt + 18 * symbolCount, 1 << 30)
  const table = source.read(at + 24 + optionalSize, 40 * Math.min(sectionCount, maxSections))
  const sections = Array.from({ length: Math.floor(table.length / 40) }, (_, i) =>
    readSection(table.subarray(40 * i, 40 * i + 40), strings),
  )
  return {
    source,
    arch: archs.get(machine) ?? null,
    timestamp,
    sections,
    symbolsAt,
    symbolCount,
    ...optional,
  }
}

function readOptionalHeader(cursor: ByteCursor) {
  const isWide = cursor.u16() === 0x20b
  cursor.at = isWide ? 24 : 28
  const low = cursor.u32()
  const base = { low, high: isWide ? cursor.u32() : 0 }
  cursor.at = 56
  const imageSize = cursor.u32()
  cursor.at = isWide ? 108 : 92
  const count = cursor.u32()
  const directories: { address: number; size: number }[] = []
  for (let i = 0; i < Math.min(count, 16) && cursor.at + 8 <= cursor.end; i++)
    directories.push({ address: cursor.u32(), size: cursor.u32() })
  return { addressSize: isWide ? 8 : 4, base, imageSize, directories } as const
}

/** Names of more than 8 characters are `/` and their decimal offset in the table of strings, or `//` and it in base64. */
function readSection(bytes: Uint8Array, strings: ByteSource | null): PeSection {
  const cursor = new ByteCursor(bytes)
  const label = cursor.take(8)
  const short = decodeText(label.subarray(0, label.includes(0) ? label.indexOf(0) : 8))
  const size = cursor.u32()
  const address = cursor.u32()
  const fileSize = cursor.u32()
  const fileOffset = cursor.u32()
  cursor.at = 36
  const offset = /^\/\d+$/.test(short)
    ? Number(short.slice(1))
    : short.startsWith('//')
      ? base64(short.slice(2))
      : -1
  const name = offset >= 0 && strings ? textAt(strings, offset, 1000) : short
  return { name, address, size, fileOffset, fileSize, flags: cursor.u32() }
}

function base64(text: string): number {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return [...text].reduce((value, digit) => value * 64 + digits.indexOf(digit), 0)
}

/** The contents of a section in the file, without padding. */
export const sectionBytes = ({ source }: PeFile, { fileOffset, fileSize, size }: PeSection): ByteSource =>
  partOf(source, fileOffset, size > 0 ? Math.min(size, fileSize) : fileSize)

/** Up to `length` bytes at an address: fewer at the end of its section, none where the file has no data for it. */
export function readAt(file: PeFile, address: number, length: number): Uint8Array {
  const section = file.sections.find((s) => address >= s.address && address < s.address + s.fileSize)
  if (!section)
    return address < 4096 ? file.source.read(address, Math.min(length, 4096 - address)) : new Uint8Array(0)
  const within = address - section.address
  return file.source.read(section.fileOffset + within, Math.min(length, section.fileSize - within))
}

export const codeSections = ({ sections }: PeFile) =>
  sections.filter(({ flags }) => (flags & executable) !== 0)

/** The text at an address; empty when there is none. */
export function textAtAddress(file: PeFile, address: number): string {
  const bytes = readAt(file, address, 4096)
  const end = bytes.indexOf(0)
  return end < 0 ? '' : decodeText(bytes.subarray(0, end))
}

export interface PeDebugInfo {
  debugId: string
  /** As the linker wrote it, with a folder of the build machine; may be empty. */
  pdbPath: string
}

/** The entry of the debug directory for the PDB; null without an entry of CodeView. */
export function debugInfoOf(file: PeFile): PeDebugInfo | null {
  const { address, size } = file.directories[directory.debug] ?? { address: 0, size: 0 }
  const entries = new ByteCursor(
    address === 0 ? new Uint8Array(0) : readAt(file, address, Math.min(size, 28 * 64)),
  )
  for (; entries.at + 28 <= entries.end; ) {
    const at = entries.at
    entries.at = at + 12
    const type = entries.u32()
    const length = entries.u32()
    entries.at = at + 24
    const offset = entries.u32()
    entries.at = at + 28
    const info = type === 2 ? codeView(file.source.read(offset, Math.min(length, 4096))) : null
    if (info) return info
  }
  return null
}

function codeView(bytes: Uint8Array): PeDebugInfo | null {
  const cursor = new ByteCursor(bytes)
  if (bytes.length < 16) return null
  const signature = cursor.u32()
  const path = (from: number) => {
    const end = bytes.indexOf(0, from)
    return decodeText(bytes.subarray(from, end < 0 ? bytes.length : end))
  }
  if (signature === 0x53445352 && bytes.length >= 24) {
    const guid = cursor.take(16)
    return { debugId: debugIdOfGuid(guid, cursor.u32()), pdbPath: path(24) }
  }
  if (signature !== 0x3031424e) return null
  cursor.skip(4)
  const timestamp = cursor.u32().toString(16).padStart(8, '0').toUpperCase()
  return { debugId: timestamp + cursor.u32().toString(16), pdbPath: path(16) }
}

export const peCodeId = ({ timestamp, imageSize }: PeFile) => codeIdOfPe(timestamp, imageSize)
