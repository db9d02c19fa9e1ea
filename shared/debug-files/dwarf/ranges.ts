// Address ranges of entries (DWARF 5 §2.17.3, §7.25; DWARF 4 §2.17.3).
import type { ByteCursor } from '../byte-cursor.ts'
import type { Dwarf } from './dwarf.ts'
import type { Entry } from './entry.ts'
import { form } from './forms.ts'
import type { Unit } from './unit.ts'

/** More ranges of one entry are not read. */
const maxRanges = 10_000
const chunkBytes = 4096
const none: readonly number[] = []

/** Pairs of start (inclusive) and end (exclusive), relative to the base of the image; empty ones are skipped. */
export function rangesOf(dwarf: Dwarf, unit: Unit, entry: Entry): readonly number[] {
  if (entry.has('ranges')) return listedRanges(dwarf, unit, entry)
  if (!entry.has('lowPc') || !entry.has('highPc')) return none
  const low = dwarf.address(unit, entry.form('lowPc'), entry.value('lowPc'))
  if (low === null) return none
  const code = entry.form('highPc')
  const absolute = dwarf.address(unit, code, entry.value('highPc'))
  const high = absolute ?? low + entry.value('highPc')
  return high > low ? [low, high] : none
}

function listedRanges(dwarf: Dwarf, unit: Unit, entry: Entry): readonly number[] {
  const code = entry.form('ranges')
  const value = entry.value('ranges')
  if (unit.version >= 5) {
    const offset = code === form.rnglistx ? listOffset(dwarf, unit, value) : value
    return offset === null ? none : new RangeList(dwarf, unit).readNew(offset)
  }
  return new RangeList(dwarf, unit).readOld(value + unit.rangesBase)
}

/** The offset of a list by its index, in the table at the unit's base. */
function listOffset(dwarf: Dwarf, { rangeListsBase, offsetSize }: Unit, index: number): number | null {
  const cursor = dwarf.cursorAt('rnglists', rangeListsBase + index * offsetSize, offsetSize)
  return cursor.end < offsetSize ? null : rangeListsBase + cursor.unsigned(offsetSize)
}

class RangeList {
  private readonly dwarf: Dwarf
  private readonly unit: Unit
  private readonly ranges: number[] = []
  /** What offsets are relative to. */
  private base: number

  constructor(dwarf: Dwarf, unit: Unit) {
    this.dwarf = dwarf
    this.unit = unit
    this.base = unit.lowPc ?? -dwarf.image.base.low - dwarf.image.base.high * 2 ** 32
  }

  readNew(offset: number): readonly number[] {
    return this.read('rnglists', offset, (cursor) => this.newEntry(cursor))
  }

  readOld(offset: number): readonly number[] {
    return this.read('ranges', offset, (cursor) => this.oldEntry(cursor))
  }

  /** Calls `step` until it returns false, with more of the section where an entry is cut. */
  private read(section: string, offset: number, step: (cursor: ByteCursor) => boolean): readonly number[] {
    for (let at = offset; this.ranges.length < 2 * maxRanges; ) {
      const cursor = this.dwarf.cursorAt(section, at, chunkBytes)
      let done = 0
      try {
        do {
          done = cursor.at
        } while (step(cursor))
        return this.ranges
      } catch (error) {
        if (!(error instanceof RangeError) || cursor.end < chunkBytes || done === 0) return this.ranges
      }
      at += done
    }
    return this.ranges
  }

  private add(low: number | null, high: number | null): true {
    this.dwarf.spend(1)
    if (low !== null && high !== null && high > low) this.ranges.push(low, high)
    return true
  }

  private newEntry(cursor: ByteCursor): boolean {
    const { dwarf, unit } = this
    const index = () => dwarf.indexedAddress(unit, cursor.uleb())
    const address = () => cursor.address(unit.addressSize, unit.base)
    switch (cursor.u8()) {
      case 1:
        this.base = index() ?? this.base
        return true
      case 2:
        return this.add(index(), index())
      case 3: {
        const low = index()
        return this.add(low, low === null ? null : low + cursor.uleb())
      }
      case 4:
        return this.add(this.base + cursor.uleb(), this.base + cursor.uleb())
      case 5:
        this.base = address()
        return true
      case 6:
        return this.add(address(), address())
      case 7: {
        const low = address()
        return this.add(low, low + cursor.uleb())
      }
      default:
        return false
    }
  }

  /** Pairs of offsets; the highest address selects a base. */
  private oldEntry(cursor: ByteCursor): boolean {
    const { addressSize, base } = this.unit
    const at = cursor.at
    const low = cursor.unsigned(addressSize)
    const high = cursor.unsigned(addressSize)
    if (low === 0 && high === 0) return false
    cursor.at = at
    const lowAddress = cursor.address(addressSize, base)
    const highAddress = cursor.address(addressSize, base)
    if (low >= 2 ** (8 * addressSize) - 1) {
      this.base = highAddress
      return true
    }
    // Offsets that are whole addresses of a kernel are exact only relative to the base of the image.
    const imageBase = base.high * 2 ** 32 + base.low
    const isExact = high <= Number.MAX_SAFE_INTEGER
    const shift = this.base + imageBase
    return isExact
      ? this.add(this.base + low, this.base + high)
      : this.add(lowAddress + shift, highAddress + shift)
  }
}
