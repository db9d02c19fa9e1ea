// The debug sections of one image, and reads from them that units share.
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, emptySource, textAt } from '../byte-source.ts'
import type { Image } from '../image.ts'
import { Abbreviations } from './abbreviations.ts'
import { form } from './forms.ts'
import type { Unit } from './unit.ts'

const maxTexts = 50_000

export interface DwarfFiles {
  supplement?: Image | null
}

export class Dwarf {
  readonly image: Image
  /** Counts work that several units may cause with the same data: see `ModuleSymbols`. */
  readonly spend: (work: number) => void
  readonly info: ByteSource
  readonly abbreviations: Abbreviations
  /** What files share, made by dwz; null without one. */
  readonly supplement: Dwarf | null
  private readonly texts = new Map<string, string>()
  private scratch = new Uint8Array(0)

  constructor(image: Image, spend: (work: number) => void, { supplement = null }: DwarfFiles = {}) {
    this.image = image
    this.supplement = supplement && new Dwarf(supplement, spend)
    this.spend = spend
    this.info = image.debugSection('info') ?? emptySource
    this.abbreviations = new Abbreviations(this.section('abbrev'), {
      littleEndian: image.littleEndian,
      spend,
    })
  }

  section(name: string): ByteSource {
    return this.image.debugSection(name) ?? emptySource
  }

  /** The bytes of a unit, until the next call. */
  unitBytes({ offset, end }: Unit): Uint8Array {
    const { info } = this
    if (!info.readInto) return info.read(offset, end - offset)
    if (this.scratch.length < end - offset) this.scratch = new Uint8Array(2 * (end - offset))
    return info.readInto(this.scratch.subarray(0, end - offset), offset)
  }

  cursorAt(name: string, offset: number, length: number): ByteCursor {
    return new ByteCursor(this.section(name).read(offset, length), this.image.littleEndian)
  }

  /** The text of an attribute; null when it is in a file that is not available. */
  text(unit: Unit, code: number, value: number): string | null {
    switch (code) {
      case form.string:
        return textAt(this.info, unit.offset + value)
      case form.strp:
        return this.sharedText('str', value)
      case form.lineStrp:
        return this.sharedText('line_str', value)
      case form.strx:
      case form.gnuStrIndex:
      case form.strx1:
      case 0x26:
      case 0x27:
      case form.strx4:
        return this.indexedText(unit, value)
      case form.gnuStrpAlt:
      case form.strpSup:
        return this.supplement?.sharedText('str', value) ?? null
      default:
        return null
    }
  }

  private sharedText(section: 'str' | 'line_str', offset: number): string {
    const key = `${section}${offset}`
    let text = this.texts.get(key)
    if (text === undefined) {
      text = textAt(this.section(section), offset)
      if (this.texts.size >= maxTexts) this.texts.clear()
      this.texts.set(key, text)
    }
    return text
  }

  private indexedText(unit: Unit, index: number): string | null {
    const { offsetSize, strOffsetsBase } = unit
    const cursor = this.cursorAt('str_offsets', strOffsetsBase + index * offsetSize, offsetSize)
    return cursor.end < offsetSize ? null : this.sharedText('str', cursor.unsigned(offsetSize))
  }

  /** An address by its index in `.debug_addr`, relative to the base; null outside the section. */
  indexedAddress(unit: Unit, index: number): number | null {
    const { addressSize, addrBase } = unit
    const cursor = this.cursorAt('addr', addrBase + index * addressSize, addressSize)
    return cursor.end < addressSize ? null : cursor.address(addressSize, this.image.base)
  }

  /** The value of an attribute of class address; null when it is not available. */
  address(unit: Unit, code: number, value: number): number | null {
    if (code === form.addr) return value
    const isIndex =
      code === form.addrx || code === form.gnuAddrIndex || (code >= form.addrx1 && code <= form.addrx4)
    return isIndex ? this.indexedAddress(unit, value) : null
  }
}
