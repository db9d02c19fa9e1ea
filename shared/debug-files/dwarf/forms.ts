// Attribute forms of DWARF 2 to 5 (DWARF 5 §7.5.6) and the GNU extensions.
import type { ByteCursor, ImageBase } from '../byte-cursor.ts'

/** How a unit encodes its data. */
export interface UnitEncoding {
  version: number
  addressSize: number
  /** 4, or 8 in the 64-bit format. */
  offsetSize: 4 | 8
  base: ImageBase
}

export const form = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx4: 0x28,
  addrx1: 0x29,
  addrx4: 0x2c,
  gnuAddrIndex: 0x1f01,
  gnuStrIndex: 0x1f02,
  gnuRefAlt: 0x1f20,
  gnuStrpAlt: 0x1f21,
} as const

/** Sizes of forms with a fixed size; those of an offset are -1, of an address -2. */
const fixedSizes = new Map<number, number>([
  [form.addr, -2],
  [form.data1, 1],
  [form.data2, 2],
  [form.data4, 4],
  [form.data8, 8],
  [form.data16, 16],
  [form.flag, 1],
  [form.flagPresent, 0],
  [form.implicitConst, 0],
  [form.strp, -1],
  [form.lineStrp, -1],
  [form.strpSup, -1],
  [form.secOffset, -1],
  [form.gnuStrpAlt, -1],
  [form.gnuRefAlt, -1],
  [form.ref1, 1],
  [form.ref2, 2],
  [form.ref4, 4],
  [form.ref8, 8],
  [form.refSup4, 4],
  [form.refSup8, 8],
  [form.refSig8, 8],
  [form.strx1, 1],
  [0x26, 2],
  [0x27, 3],
  [form.strx4, 4],
  [form.addrx1, 1],
  [0x2a, 2],
  [0x2b, 3],
  [form.addrx4, 4],
])

/** Forms of one LEB128 number. */
const lebForms: ReadonlySet<number> = new Set([
  form.sdata,
  form.udata,
  form.refUdata,
  form.strx,
  form.addrx,
  form.loclistx,
  form.rnglistx,
  form.gnuAddrIndex,
  form.gnuStrIndex,
])

/** The number of bytes of a form in a unit, or -1 when it depends on the data. */
export function sizeOfForm(code: number, { version, addressSize, offsetSize }: UnitEncoding): number {
  if (code === form.refAddr) return version === 2 ? addressSize : offsetSize
  const size = fixedSizes.get(code)
  if (size === undefined) return -1
  return size === -1 ? offsetSize : size === -2 ? addressSize : size
}

/** Moves behind the value. @throws RangeError when the form is unknown or the data ends */
export function skipForm(cursor: ByteCursor, code: number, unit: UnitEncoding): void {
  const size = sizeOfForm(code, unit)
  if (size >= 0) {
    cursor.skip(size)
    return
  }
  if (lebForms.has(code)) {
    cursor.uleb()
    return
  }
  switch (code) {
    case form.string:
      cursor.nulTerminated()
      return
    case form.block1:
      cursor.skip(cursor.u8())
      return
    case form.block2:
      cursor.skip(cursor.u16())
      return
    case form.block4:
      cursor.skip(cursor.u32())
      return
    case form.block:
    case form.exprloc:
      cursor.skip(cursor.uleb())
      return
    case form.indirect:
      skipForm(cursor, cursor.uleb(), unit)
      return
    default:
      throw new RangeError(`unknown form 0x${code.toString(16)}`)
  }
}

/**
 * The value as a number: addresses relative to the base, references, indexes and offsets unchanged; of a block or a
 * text the position of its first byte.
 */
export function readForm(cursor: ByteCursor, code: number, unit: UnitEncoding): number {
  switch (code) {
    case form.addr:
      return cursor.address(unit.addressSize, unit.base)
    case form.sdata:
      return cursor.sleb()
    case form.flagPresent:
      return 1
    case 0x27:
    case 0x2b:
      return cursor.u24()
    default:
      return lebForms.has(code) ? cursor.uleb() : readSized(cursor, code, unit)
  }
}

function readSized(cursor: ByteCursor, code: number, unit: UnitEncoding): number {
  const size = sizeOfForm(code, unit)
  if (size === 1 || size === 2 || size === 4 || size === 8) return cursor.unsigned(size)
  const at = cursor.at
  skipForm(cursor, code, unit)
  return at
}
