// `.eh_frame` (Linux Standard Base Core §10.6) and `.debug_frame` (DWARF 5 §6.4.1).
import { ByteCursor, type ImageBase } from '../byte-cursor.ts'
import type { CfiRecord } from '../module-symbols.ts'
import { type FrameEntry, FrameProgram } from './frame-rows.ts'
import type { CpuRules } from './register-names.ts'

export interface FrameSection {
  bytes: Uint8Array
  /** Address of the section, relative to the base of the image. */
  address: number
  /** `.eh_frame`, not `.debug_frame`. */
  isEh: boolean
  littleEndian: boolean
  base: ImageBase
  cpu: CpuRules
  /** What addresses with the encoding `datarel` are relative to. */
  dataAddress?: number
  /** Whether code of this module is at an address: rules of removed functions remain. */
  isCode(address: number): boolean
}

interface Entry extends FrameEntry {
  instructions: number
  end: number
  hasAugmentation: boolean
}

interface RecordHeader {
  start: number
  end: number
  /** Position of the number that distinguishes CIE and FDE. */
  idAt: number
  id: number
}

/** All bits of eight bytes, as `u64` reads them. */
const wideEntryId = 2 ** 64

/** All frame descriptions, in the order of the section. `onDamage` is called for each that cannot be read. */
export function* readFrames(section: FrameSection, onDamage: () => void): Generator<CfiRecord> {
  const reader = new FrameReader(section)
  for (const header of reader.headers()) {
    if (reader.isEntry(header)) continue
    const record = reader.tryRead(header)
    if (record === 'damaged') onDamage()
    else if (record) yield record
  }
}

/** The record of the frame description at an offset of the section; null without one. For compact unwind information. */
export function readFrameAt(section: FrameSection, offset: number): CfiRecord | null {
  const reader = new FrameReader(section)
  const header = reader.headerAt(offset)
  if (!header || reader.isEntry(header)) return null
  const record = reader.tryRead(header)
  return record === 'damaged' ? null : record
}

class FrameReader {
  private readonly section: FrameSection
  private readonly cursor: ByteCursor
  private readonly entries = new Map<number, Entry | null>()
  /** Bytes of instructions that are still executed: many descriptions may share the instructions of one entry. */
  private budget: number

  constructor(section: FrameSection) {
    this.section = section
    this.cursor = new ByteCursor(section.bytes, section.littleEndian)
    this.budget = 1_000_000 + 64 * section.bytes.length
  }

  /** Lengths of zero, which end the frames of one object file, may stand between others. */
  *headers(): Generator<RecordHeader> {
    for (let header = this.headerAt(0); header; header = this.headerAt(header.end))
      if (header.idAt < header.end) yield header
  }

  headerAt(start: number): RecordHeader | null {
    const { cursor, section } = this
    if (!(start >= 0 && start + 4 <= cursor.end)) return null
    cursor.at = start
    let length = cursor.u32()
    const isWide = length === 0xffff_ffff
    if (isWide && cursor.at + 8 > cursor.end) return null
    if (isWide) length = cursor.u64()
    const idAt = cursor.at
    const end = idAt + length
    if (end > cursor.end) return null
    if (length < 4) return { start, end, idAt: end, id: 0 }
    const id = isWide && !section.isEh ? (length < 8 ? 0 : cursor.u64()) : cursor.u32()
    return { start, end, idAt, id }
  }

  isEntry({ id }: RecordHeader): boolean {
    return this.section.isEh ? id === 0 : id === 0xffff_ffff || id === wideEntryId
  }

  tryRead(header: RecordHeader): CfiRecord | null | 'damaged' {
    try {
      return this.read(header)
    } catch (error) {
      if (error instanceof RangeError) return 'damaged'
      throw error
    }
  }

  private read(header: RecordHeader): CfiRecord | null | 'damaged' {
    const { section, cursor } = this
    const entry = this.entryAt(section.isEh ? header.idAt - header.id : header.id)
    if (!entry) return 'damaged'
    cursor.at = header.idAt + (section.isEh || header.start + 4 === header.idAt ? 4 : 8)
    const start = this.pointer(entry.encoding, entry.addressSize)
    const size = this.pointer(entry.encoding & 0x0f, entry.addressSize, true)
    if (entry.hasAugmentation) cursor.skip(cursor.uleb())
    if (cursor.at > header.end) return 'damaged'
    if (start === null || size === null || size <= 0 || !section.isCode(start)) return null
    this.budget -= entry.end - entry.instructions
    if (this.budget < 0) return 'damaged'
    const program = new FrameProgram(entry, section.cpu, { start, size, base: section.base })
    const from = cursor.at
    cursor.at = entry.instructions
    const initialIsComplete = program.run(cursor, entry.end)
    program.endInitial()
    cursor.at = from
    return program.finish(initialIsComplete && program.run(cursor, header.end))
  }

  private entryAt(offset: number): Entry | null {
    let entry = this.entries.get(offset)
    if (entry === undefined) {
      const header = this.headerAt(offset)
      entry = header && this.isEntry(header) && header.idAt < header.end ? this.readEntry(header) : null
      this.entries.set(offset, entry)
    }
    return entry
  }

  private readEntry(header: RecordHeader): Entry | null {
    const { cursor, section } = this
    cursor.at = header.idAt + (section.isEh || header.start + 4 === header.idAt ? 4 : 8)
    const version = cursor.u8()
    const augmentation = String.fromCharCode(...cursor.nulTerminated())
    let addressSize: number = section.cpu.addressSize
    if (augmentation.startsWith('eh')) cursor.skip(addressSize)
    if (version >= 4) {
      addressSize = cursor.u8()
      cursor.skip(1)
    }
    const entry: Entry = {
      codeAlignment: cursor.uleb(),
      dataAlignment: cursor.sleb(),
      returnRegister: version === 1 ? cursor.u8() : cursor.uleb(),
      addressSize,
      encoding: 0,
      isSignalFrame: augmentation.includes('S'),
      instructions: 0,
      end: header.end,
      hasAugmentation: augmentation.startsWith('z'),
    }
    if (!this.readAugmentation(augmentation, entry)) return null
    entry.instructions = cursor.at
    return cursor.at <= header.end && [4, 8].includes(addressSize) ? entry : null
  }

  private readAugmentation(augmentation: string, entry: Entry): boolean {
    const { cursor } = this
    if (!entry.hasAugmentation) return augmentation === '' || augmentation === 'eh'
    const length = cursor.uleb()
    const end = cursor.at + length
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') entry.encoding = cursor.u8()
      else if (letter === 'L') cursor.u8()
      else if (letter === 'P') this.pointer(cursor.u8(), entry.addressSize)
      else if (!'SBG'.includes(letter)) break
    }
    const isWhole = cursor.at <= end
    cursor.at = end
    return isWhole
  }

  /** A pointer in its encoding, relative to the base of the image; null for `omit`. A `length` has no base. */
  private pointer(encoding: number, addressSize: number, isLength = false): number | null {
    const { cursor, section } = this
    if (encoding === 0xff) return null
    const application = encoding & 0x70
    if (application === 0x50) cursor.at += -(section.address + cursor.at) & (addressSize - 1)
    const field = section.address + cursor.at
    const value = this.encoded(encoding & 0x0f, addressSize, isLength || application === 0x10)
    const origin = application === 0x10 ? field : application === 0x30 ? (section.dataAddress ?? 0) : 0
    const sum = value + origin
    return addressSize === 4 ? wrap32(sum, isLength) : sum
  }

  private encoded(format: number, addressSize: number, isRelative: boolean): number {
    const { cursor, section } = this
    const base = isRelative ? { high: 0, low: 0 } : section.base
    switch (format) {
      case 0x00:
        return isRelative ? signedWord(cursor, addressSize) : cursor.address(addressSize, base)
      case 0x01:
        return cursor.uleb() - base.low
      case 0x02:
        return cursor.u16() - base.low
      case 0x03:
        return cursor.address(4, base)
      case 0x04:
        return isRelative ? cursor.i64() : cursor.address(8, base)
      case 0x09:
        return cursor.sleb() - base.low
      case 0x0a:
        return ((cursor.u16() << 16) >> 16) - base.low
      case 0x0b:
        return cursor.i32() - base.low
      case 0x0c:
        return isRelative ? cursor.i64() : cursor.address(8, base)
      default:
        throw new RangeError('unknown pointer encoding')
    }
  }
}

const signedWord = (cursor: ByteCursor, size: number) => (size === 8 ? cursor.i64() : cursor.i32())

/** Addresses of 32-bit processors wrap around. */
const wrap32 = (value: number, isLength: boolean) =>
  isLength ? value >>> 0 : value >= 0 ? value % 0x1_0000_0000 : value
