// The index of a DWARF package (`.dwp`): version 2 of GNU's split DWARF 4, and version 5 (DWARF 5 §7.3.5).
import { ByteCursor } from '../byte-cursor.ts'
import type { ByteSource } from '../byte-source.ts'
import { unitIdAt } from './unit.ts'

/** Where the parts of a unit begin in the sections of the package; 0 for an absent part. */
export interface Contribution {
  info: number
  abbrev: number
  strOffsets: number
  rangeLists: number
}

const column = { info: 1, abbrev: 3, strOffsets: 6, rangeLists: 8 } as const
const headerBytes = 16
const maxColumns = 16
/** Version 2 numbers other sections from here. */
const version5 = 5

/**
 * The units in `.debug_cu_index`, by ID. Type units, which have an index of their own, hold no code.
 * @throws RangeError when the index is damaged
 */
export function readPackageIndex(section: ByteSource, littleEndian: boolean): Map<string, Contribution> {
  const cursor = new ByteCursor(section.read(0, section.size), littleEndian)
  const found = new Map<string, Contribution>()
  // Two bytes in version 5, four in version 2.
  const version = cursor.u16() || cursor.u16()
  if (version !== 2 && version !== version5) throw new RangeError(`an index of version ${version}`)
  cursor.at = 4
  const [columns, units, slots] = [cursor.u32(), cursor.u32(), cursor.u32()]
  const rowsAt = headerBytes + 8 * slots
  const columnsAt = rowsAt + 4 * slots
  const offsetsAt = columnsAt + 4 * columns
  if (columns > maxColumns || offsetsAt + 8 * columns * units > cursor.end)
    throw new RangeError('the index is cut')
  cursor.at = columnsAt
  const names = Array.from({ length: columns }, () => cursor.u32())
  const offset = (row: number, id: number) => {
    const at = names.indexOf(id)
    if (at < 0) return 0
    cursor.at = offsetsAt + 4 * ((row - 1) * columns + at)
    return cursor.u32()
  }
  for (let slot = 0; slot < slots; slot++) {
    cursor.at = rowsAt + 4 * slot
    const row = cursor.u32()
    if (row === 0 || row > units) continue
    cursor.at = headerBytes + 8 * slot
    const id = unitIdAt(cursor)
    found.set(id, {
      info: offset(row, column.info),
      abbrev: offset(row, column.abbrev),
      strOffsets: offset(row, column.strOffsets),
      rangeLists: version === version5 ? offset(row, column.rangeLists) : 0,
    })
  }
  return found
}
