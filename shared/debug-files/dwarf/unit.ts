// Units of `.debug_info` (DWARF 5 §7.5.1).
import type { ImageBase } from '../byte-cursor.ts'
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
  /** GNU's split DWARF 4 only: added to the range offsets of functions. */
  rangesBase: number
  /** Relative to the base of the image; null without one. */
  lowPc: number | null
  lineProgram: number | null
  directory: string
  name: string
  language: number
  /** Name of the file that holds the entries, when this unit is only a skeleton. */
  dwoName: string | null
  isPartial: boolean
}

/** Where a reference points in `.debug_info`; null for one into another file or by signature. */
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
    default:
      return null
  }
}
