// Units of `.debug_info` (DWARF 5 §7.5.1).
import type { ByteCursor, ImageBase } from '../byte-cursor.ts'
import { form, type UnitEncoding } from './forms.ts'

/** Offsets are in `.debug_info`. */
export interface Unit extends UnitEncoding {
  offset: number
  end: number
  /** Where the first entry is. */
  entriesAt: number
  abbreviationsAt: number
  isTypes: boolean
  base: ImageBase
  /** What indexes and offsets of other sections are relative to. */
  strOffsetsBase: number
  addrBase: number
  rangeListsBase: number
  /** Added to the offsets of ranges: in the file of a split unit of DWARF 4 only. */
  rangesBase: number
  /** What a skeleton of DWARF 4 gives its split unit as `rangesBase`. */
  splitRangesBase: number
  /** Relative to the base of the image; null without one. */
  lowPc: number | null
  lineProgram: number | null
  directory: string
  name: string
  language: number
  /** Name of the file that holds the entries, when this unit is only a skeleton. */
  dwoName: string | null
  /** Of a skeleton and its split unit: 16 hex digits; empty for other units. */
  dwoId: string
  isPartial: boolean
}

/** An ID of 64 bits as 16 hex digits. */
export function unitIdAt(cursor: ByteCursor): string {
  const bytes = cursor.take(8)
  const ordered = cursor.littleEndian ? bytes.toReversed() : bytes
  return Array.from(ordered, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** References into a supplement are offsets in its `.debug_info` from here: no section is as long. */
export const supplementStart = 2 ** 50

/** Where a reference points in `.debug_info`; null for one by signature. */
export function referenceTarget(unit: Unit, code: number, value: number): number | null {
  switch (code) {
    case form.ref1:
    case form.ref2:
    case form.ref4:
    case form.ref8:
    case form.refUdata:
      return unit.offset + value
    case form.refAddr:
      return value
    case form.gnuRefAlt:
    case form.refSup4:
    case form.refSup8:
      return value < supplementStart ? supplementStart + value : null
    default:
      return null
  }
}
