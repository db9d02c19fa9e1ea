// Reads the headers of units, and their entries one after another.
import { ByteCursor } from '../byte-cursor.ts'
import type { AbbreviationTable } from './abbreviations.ts'
import type { Dwarf } from './dwarf.ts'
import { Entry } from './entry.ts'
import { type Unit, unitIdAt } from './unit.ts'

const maxHeader = 40

/** All units with a header that can be read, in order. Stops at the first that cannot. */
export function readUnits(dwarf: Dwarf): { units: Unit[]; isComplete: boolean } {
  const units: Unit[] = []
  let at = 0
  while (at + 11 <= dwarf.info.size) {
    const unit = readUnitAt(dwarf, at)
    if (!unit) return { units, isComplete: false }
    if (!unit.isTypes && unit.version >= 2 && unit.version <= 5) units.push(unit)
    at = unit.end
  }
  return { units, isComplete: true }
}

/** The unit with a header at `offset` of `.debug_info`; null when it cannot be read. */
export function readUnitAt(dwarf: Dwarf, offset: number): Unit | null {
  const cursor = new ByteCursor(dwarf.info.read(offset, maxHeader), dwarf.image.littleEndian)
  try {
    let length = cursor.u32()
    const offsetSize = length === 0xffff_ffff ? 8 : 4
    if (offsetSize === 8) length = cursor.u64()
    const end = offset + cursor.at + length
    if (length < 7 || end > dwarf.info.size) return null
    const version = cursor.u16()
    const type = version >= 5 ? cursor.u8() : 1
    const early = version >= 5 ? cursor.u8() : 0
    const abbreviationsAt = cursor.unsigned(offsetSize)
    const addressSize = version >= 5 ? early : cursor.u8()
    const dwoId = type === 4 || type === 5 ? unitIdAt(cursor) : ''
    const isTypes = type === 2 || type === 6
    const entriesAt = offset + cursor.at
    const { base } = dwarf.image
    return emptyUnit({
      offset,
      end,
      entriesAt,
      abbreviationsAt,
      isTypes,
      version,
      addressSize,
      offsetSize,
      base,
      dwoId,
    })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

type Header = Pick<
  Unit,
  | 'offset'
  | 'end'
  | 'entriesAt'
  | 'abbreviationsAt'
  | 'isTypes'
  | 'version'
  | 'addressSize'
  | 'offsetSize'
  | 'base'
  | 'dwoId'
>

const emptyUnit = (header: Header): Unit => ({
  ...header,
  strOffsetsBase: header.version >= 5 ? (header.offsetSize === 8 ? 16 : 8) : 0,
  addrBase: header.version >= 5 ? (header.offsetSize === 8 ? 16 : 8) : 0,
  rangeListsBase: 0,
  rangesBase: 0,
  splitRangesBase: 0,
  lowPc: null,
  lineProgram: null,
  directory: '',
  name: '',
  language: 0,
  dwoName: null,
  isPartial: false,
})

/** The bytes of a unit, at positions that begin with its header; valid until another is made. */
export class UnitReader {
  readonly unit: Unit
  readonly cursor: ByteCursor
  readonly table: AbbreviationTable
  readonly entry = new Entry()

  /** @throws RangeError when the unit or its abbreviations are damaged */
  constructor(dwarf: Dwarf, unit: Unit) {
    this.unit = unit
    this.cursor = new ByteCursor(dwarf.unitBytes(unit), dwarf.image.littleEndian)
    this.table = dwarf.abbreviations.tableAt(unit.abbreviationsAt)
    this.cursor.at = unit.entriesAt - unit.offset
  }

  /** Reads the next entry into `entry`. False for the end of a list of children. */
  next(): boolean {
    const { cursor, unit, entry } = this
    entry.offset = unit.offset + cursor.at
    const code = cursor.uleb()
    if (code === 0) return false
    const abbreviation = this.table.get(code)
    if (!abbreviation) throw new RangeError(`unknown abbreviation ${code}`)
    entry.read(cursor, abbreviation, unit)
    return true
  }
}

/** Fills in the attributes of a unit's first entry. Bases come first: other attributes may need them. */
export function readUnitEntry(dwarf: Dwarf, unit: Unit, entry: Entry): void {
  if (entry.has('strOffsetsBase')) unit.strOffsetsBase = entry.value('strOffsetsBase')
  if (entry.has('addrBase')) unit.addrBase = entry.value('addrBase')
  if (entry.has('rangeListsBase')) unit.rangeListsBase = entry.value('rangeListsBase')
  if (entry.has('rangesBase')) unit.splitRangesBase = entry.value('rangesBase')
  if (entry.has('dwoId')) {
    const cursor = dwarf.cursorAt('info', unit.offset + entry.value('dwoId'), 8)
    unit.dwoId = unitIdAt(cursor)
  }
  if (entry.has('lineProgram')) unit.lineProgram = entry.value('lineProgram')
  if (entry.has('language')) unit.language = entry.value('language')
  if (entry.has('lowPc')) unit.lowPc = dwarf.address(unit, entry.form('lowPc'), entry.value('lowPc'))
  const text = (field: 'name' | 'directory' | 'dwoName') =>
    entry.has(field) ? dwarf.text(unit, entry.form(field), entry.value(field)) : null
  unit.name = text('name') ?? unit.name
  unit.directory = text('directory') ?? unit.directory
  unit.dwoName = text('dwoName')
  unit.isPartial = entry.tag === 0x3c
}

/** Fills in the attributes of a unit's first entry. @throws RangeError when it is damaged */
export function readFirstEntry(dwarf: Dwarf, unit: Unit): void {
  const reader = new UnitReader(dwarf, unit)
  if (reader.next()) readUnitEntry(dwarf, unit, reader.entry)
}
