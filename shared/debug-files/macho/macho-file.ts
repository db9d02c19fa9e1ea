// Mach-O files, also fat ones (mach-o/loader.h, mach-o/fat.h, mach-o/nlist.h of Apple's cctools).
import { ByteCursor, type ImageBase } from '../byte-cursor.ts'
import { type ByteSource, decodeText, partOf } from '../byte-source.ts'
import { DamagedError } from '../module-symbols.ts'

export interface MachSection {
  segment: string
  name: string
  /** Relative to the base of the image. */
  address: number
  size: number
  offset: number
  flags: number
}

export interface MachFile {
  source: ByteSource
  littleEndian: boolean
  addressSize: 4 | 8
  /** As in MODULE records; null for processors that symbol files do not name. */
  arch: string | null
  /** 16 bytes. */
  uuid: Uint8Array | null
  base: ImageBase
  /** In the order of the file: symbols refer to them by number. */
  sections: MachSection[]
  symbols: { at: number; count: number; namesAt: number; namesSize: number } | null
  functionStarts: { at: number; size: number } | null
}

const command = { segment: 1, symbols: 2, segment64: 0x19, uuid: 0x1b, functionStarts: 0x26 } as const
const maxCommandBytes = 16 << 20
const maxSlices = 32
const maxSections = 1024

/** Java classes have the first number too; their next number is higher than any count of slices. */
export function isFat(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return (
    head.length >= 8 && [0xcafebabe, 0xcafebabf].includes(view.getUint32(0)) && view.getUint32(4) <= maxSlices
  )
}

export function isMach(head: Uint8Array): boolean {
  if (head.length < 4) return false
  const magic = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0)
  return [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe].includes(magic)
}

/** The files for each processor in a fat file; a thin file is the only one. */
export function slicesOf(source: ByteSource): ByteSource[] {
  const head = source.read(0, 8 + 32 * maxSlices)
  if (!isFat(head)) return [source]
  const cursor = new ByteCursor(head, false)
  const isWide = cursor.u32() === 0xcafebabf
  const count = cursor.u32()
  return Array.from({ length: count }, () => {
    cursor.skip(8)
    const offset = isWide ? cursor.u64() : cursor.u32()
    const size = isWide ? cursor.u64() : cursor.u32()
    cursor.skip(isWide ? 8 : 4)
    return partOf(source, offset, size)
  })
}

/** @throws DamagedError, RangeError when the headers cannot be read */
export function readMach(source: ByteSource): MachFile {
  const head = source.read(0, 32)
  if (!isMach(head)) throw new DamagedError('not a Mach-O file')
  const littleEndian = head[3] === 0xfe
  const cursor = new ByteCursor(head, littleEndian)
  const addressSize = cursor.u32() === 0xfeedfacf ? 8 : 4
  const cpu = cursor.u32()
  const subtype = cursor.u32() & 0xff_ffff
  cursor.skip(4)
  const count = cursor.u32()
  const size = cursor.u32()
  const bytes = source.read(addressSize === 8 ? 32 : 28, Math.min(size, maxCommandBytes))
  const commands = [...commandsOf(new ByteCursor(bytes, littleEndian), count)]
  const base = baseOf(commands, littleEndian)
  const file: MachFile = {
    ...{ source, littleEndian, addressSize, base, arch: archOf(cpu, subtype), uuid: null },
    ...{ sections: [], symbols: null, functionStarts: null },
  }
  for (const { kind, data } of commands) readCommand(file, kind, new ByteCursor(data, littleEndian))
  return file
}

function archOf(cpu: number, subtype: number): string | null {
  switch (cpu) {
    case 7:
      return 'x86'
    case 12:
      return 'arm'
    case 18:
      return 'ppc'
    case 0x0100_0007:
      return subtype === 8 ? 'x86_64h' : 'x86_64'
    case 0x0100_000c:
      return subtype === 2 ? 'arm64e' : 'arm64'
    case 0x0100_0012:
      return 'ppc64'
    default:
      return null
  }
}

interface Command {
  kind: number
  /** After kind and size. */
  data: Uint8Array
}

function* commandsOf(cursor: ByteCursor, count: number): Generator<Command> {
  for (let i = 0; i < count && cursor.at + 8 <= cursor.end; i++) {
    const kind = cursor.u32()
    const size = cursor.u32()
    if (size < 8 || cursor.at - 8 + size > cursor.end) return
    yield { kind, data: cursor.take(size - 8) }
  }
}

/** The address of `__TEXT`. */
function baseOf(commands: readonly Command[], littleEndian: boolean): ImageBase {
  for (const { kind, data } of commands) {
    if (kind !== command.segment && kind !== command.segment64) continue
    const cursor = new ByteCursor(data, littleEndian)
    if (fixedText(cursor) !== '__TEXT') continue
    if (kind === command.segment) return { high: 0, low: cursor.u32() }
    const [first, second] = [cursor.u32(), cursor.u32()]
    return littleEndian ? { high: second, low: first } : { high: first, low: second }
  }
  return { high: 0, low: 0 }
}

/** Sixteen bytes. */
function fixedText(cursor: ByteCursor): string {
  const bytes = cursor.take(16)
  const end = bytes.indexOf(0)
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end))
}

function readCommand(file: MachFile, kind: number, cursor: ByteCursor): void {
  switch (kind) {
    case command.segment:
    case command.segment64:
      for (const section of readSections(file, cursor))
        if (file.sections.length < maxSections) file.sections.push(section)
      return
    case command.symbols:
      file.symbols = { at: cursor.u32(), count: cursor.u32(), namesAt: cursor.u32(), namesSize: cursor.u32() }
      return
    case command.uuid:
      file.uuid = cursor.take(16)
      return
    case command.functionStarts:
      file.functionStarts = { at: cursor.u32(), size: cursor.u32() }
  }
}

function* readSections({ addressSize, base }: MachFile, cursor: ByteCursor): Generator<MachSection> {
  cursor.skip(16 + 4 * addressSize + 8)
  const count = cursor.u32()
  cursor.skip(4)
  for (let i = 0; i < count; i++) {
    const name = fixedText(cursor)
    const segment = fixedText(cursor)
    const address = cursor.address(addressSize, base)
    const size = cursor.unsigned(addressSize)
    const offset = cursor.u32()
    cursor.skip(12)
    const flags = cursor.u32()
    cursor.skip(addressSize === 8 ? 12 : 8)
    yield { segment, name, address, size, offset, flags }
  }
}

/** Sections with instructions. */
export const isCodeSection = ({ flags }: MachSection) => (flags & 0x8000_0400) !== 0

/** The contents of a section; empty in a dSYM for sections that only the binary has. */
export function contentOf({ source }: MachFile, { offset, size, flags }: MachSection): ByteSource {
  return partOf(source, offset, offset === 0 || (flags & 0xff) === 1 ? 0 : size)
}

export const sectionNamed = ({ sections }: MachFile, name: string) =>
  sections.find((section) => section.name === name)
