// Forms of attributes, references, address ranges and indexes of packages.
import { describe, expect, test } from 'vitest'
import { Abbreviations } from '../../../../shared/debug-files/dwarf/abbreviations.ts'
import { ByteCursor, zeroBase } from '../../../../shared/debug-files/byte-cursor.ts'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { Dwarf } from '../../../../shared/debug-files/dwarf/dwarf.ts'
import { Entry } from '../../../../shared/debug-files/dwarf/entry.ts'
import {
  readForm,
  sizeOfForm,
  skipForm,
  type UnitEncoding,
} from '../../../../shared/debug-files/dwarf/forms.ts'
import { readPackageIndex } from '../../../../shared/debug-files/dwarf/package-index.ts'
import { rangesOf } from '../../../../shared/debug-files/dwarf/ranges.ts'
import {
  referenceTarget,
  supplementStart,
  type Unit,
  unitIdAt,
} from '../../../../shared/debug-files/dwarf/unit.ts'
import { createAssembler, fromHex } from '../../../support/assembler.ts'

const encoding: UnitEncoding = { version: 5, addressSize: 8, offsetSize: 4, base: { high: 0, low: 0x10 } }
const wide: UnitEncoding = { ...encoding, addressSize: 4, offsetSize: 8 }
const bytes = fromHex('02 81 82 83 84 85 06 00 08 09 0a 0b 0c 0d 0e 0f 00')

describe('a form', () => {
  // Size, value, and bytes read, of 32-bit and 64-bit units.
  test.each<[string, number, [number, number, number], [number, number, number]]>([
    ['addr', 0x01, [8, 0x0006_8584_8382_8102 - 0x10, 8], [4, 0x83828102 - 0x10, 4]],
    ['block2', 0x03, [-1, 0, 2 + 0x8102], [-1, 0, 2 + 0x8102]],
    ['data2', 0x05, [2, 0x8102, 2], [2, 0x8102, 2]],
    ['data4', 0x06, [4, 0x83828102, 4], [4, 0x83828102, 4]],
    ['data8', 0x07, [8, 0x0006_8584_8382_8102, 8], [8, 0x0006_8584_8382_8102, 8]],
    ['string', 0x08, [-1, 0, 8], [-1, 0, 8]],
    ['block', 0x09, [-1, 0, 3], [-1, 0, 3]],
    ['block1', 0x0a, [-1, 0, 3], [-1, 0, 3]],
    ['data1', 0x0b, [1, 2, 1], [1, 2, 1]],
    ['flag', 0x0c, [1, 2, 1], [1, 2, 1]],
    ['sdata', 0x0d, [-1, 2, 1], [-1, 2, 1]],
    ['strp', 0x0e, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['udata', 0x0f, [-1, 2, 1], [-1, 2, 1]],
    ['ref_addr', 0x10, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['ref1', 0x11, [1, 2, 1], [1, 2, 1]],
    ['ref2', 0x12, [2, 0x8102, 2], [2, 0x8102, 2]],
    ['ref4', 0x13, [4, 0x83828102, 4], [4, 0x83828102, 4]],
    ['ref8', 0x14, [8, 0x0006_8584_8382_8102, 8], [8, 0x0006_8584_8382_8102, 8]],
    ['ref_udata', 0x15, [-1, 2, 1], [-1, 2, 1]],
    ['sec_offset', 0x17, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['exprloc', 0x18, [-1, 0, 3], [-1, 0, 3]],
    ['flag_present', 0x19, [0, 1, 0], [0, 1, 0]],
    ['strx', 0x1a, [-1, 2, 1], [-1, 2, 1]],
    ['addrx', 0x1b, [-1, 2, 1], [-1, 2, 1]],
    ['ref_sup4', 0x1c, [4, 0x83828102, 4], [4, 0x83828102, 4]],
    ['strp_sup', 0x1d, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['data16', 0x1e, [16, 0, 16], [16, 0, 16]],
    ['line_strp', 0x1f, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['ref_sig8', 0x20, [8, 0x0006_8584_8382_8102, 8], [8, 0x0006_8584_8382_8102, 8]],
    ['implicit_const', 0x21, [0, 0, 0], [0, 0, 0]],
    ['loclistx', 0x22, [-1, 2, 1], [-1, 2, 1]],
    ['rnglistx', 0x23, [-1, 2, 1], [-1, 2, 1]],
    ['ref_sup8', 0x24, [8, 0x0006_8584_8382_8102, 8], [8, 0x0006_8584_8382_8102, 8]],
    ['strx1', 0x25, [1, 2, 1], [1, 2, 1]],
    ['strx2', 0x26, [2, 0x8102, 2], [2, 0x8102, 2]],
    ['strx3', 0x27, [3, 0x828102, 3], [3, 0x828102, 3]],
    ['strx4', 0x28, [4, 0x83828102, 4], [4, 0x83828102, 4]],
    ['addrx1', 0x29, [1, 2, 1], [1, 2, 1]],
    ['addrx2', 0x2a, [2, 0x8102, 2], [2, 0x8102, 2]],
    ['addrx3', 0x2b, [3, 0x828102, 3], [3, 0x828102, 3]],
    ['addrx4', 0x2c, [4, 0x83828102, 4], [4, 0x83828102, 4]],
    ['GNU_addr_index', 0x1f01, [-1, 2, 1], [-1, 2, 1]],
    ['GNU_str_index', 0x1f02, [-1, 2, 1], [-1, 2, 1]],
    ['GNU_ref_alt', 0x1f20, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
    ['GNU_strp_alt', 0x1f21, [4, 0x83828102, 4], [8, 0x0006_8584_8382_8102, 8]],
  ])('%s has its size and value', (_, code, ...expected) => {
    for (const [i, unit] of [encoding, wide].entries()) {
      const [size, value, length] = expected[i]!
      expect(sizeOfForm(code, unit)).toBe(size)
      const data = length <= 17 ? bytes : Uint8Array.from({ length }, (_, at) => bytes[at] ?? 0)
      const [read, skip] = [new ByteCursor(data), new ByteCursor(data)]
      expect([readForm(read, code, unit), read.at]).toEqual([value, length])
      skipForm(skip, code, unit)
      expect(skip.at).toBe(length)
      if (length === 0) continue
      expect(() => skipForm(new ByteCursor(data.subarray(0, length - 1)), code, unit)).toThrow(RangeError)
    }
  })

  test('ref_addr has the size of an address in version 2 only', () => {
    const sizes = [2, 3].map((version) => sizeOfForm(0x10, { ...encoding, version }))
    expect(sizes).toEqual([8, 4])
  })

  test('of a block with four bytes of length, or behind another form, is skipped', () => {
    const block = new ByteCursor(fromHex('02000000 aabb cc'))
    skipForm(block, 0x04, encoding)
    expect(block.at).toBe(6)
    const indirect = new ByteCursor(fromHex('05 aabb cc'))
    skipForm(indirect, 0x16, encoding)
    expect(indirect.at).toBe(3)
  })

  test.each([0x02, 0x2d, 0x1f22])('%i is unknown', (code) => {
    const expected = new RangeError(`unknown form 0x${code.toString(16)}`)
    expect(() => skipForm(new ByteCursor(bytes), code, encoding)).toThrow(expected)
  })
})

const unitWith = (fields: Partial<Unit>): Unit =>
  ({ ...encoding, offset: 0x100, base: zeroBase, lowPc: null, rangesBase: 0, ...fields }) as Unit

describe('a reference', () => {
  test.each([
    [0x11, 5, 0x105],
    [0x12, 5, 0x105],
    [0x13, 5, 0x105],
    [0x14, 5, 0x105],
    [0x15, 5, 0x105],
    [0x10, 5, 5],
    [0x1c, 5, supplementStart + 5],
    [0x24, 5, supplementStart + 5],
    [0x24, supplementStart, null],
    [0x1f20, 5, supplementStart + 5],
    [0x20, 5, null],
  ])('of the form %i to %i is to %d', (code, value, target) => {
    expect(referenceTarget(unitWith({}), code, value)).toBe(target)
  })

  test('by ID reads eight bytes in the order of the file', () => {
    const id = fromHex('0102030405060708')
    expect(unitIdAt(new ByteCursor(id))).toBe('0807060504030201')
    expect(unitIdAt(new ByteCursor(id, false))).toBe('0102030405060708')
  })
})

function dwarfOf(
  sections: Readonly<Record<string, string>>,
  spend: (work: number) => void = () => undefined,
) {
  const image = {
    ...{ littleEndian: true, base: { high: 0, low: 0 }, arch: 'x86_64' },
    addressSize: 8,
    isCode: () => true,
    debugSection: (name: string) => (name in sections ? sourceOfBytes(fromHex(sections[name]!)) : null),
  } as const
  return new Dwarf(image, spend)
}

/** An entry of a function with these attributes: number, form, and data. */
function entryWith(attributes: readonly (readonly [number, number, string])[], unit: UnitEncoding): Entry {
  const entry = new Entry()
  const abbreviation = {
    ...{ tag: 0x2e, hasChildren: false, plan: null },
    attributes: attributes.map(([attribute]) => attribute),
    forms: attributes.map(([, code]) => code),
    constants: attributes.map(() => 0),
  }
  entry.read(new ByteCursor(fromHex(attributes.map(([, , hex]) => hex).join(''))), abbreviation, unit)
  return entry
}

describe('address ranges', () => {
  const addresses = '1000000000000000 2000000000000000 3000000000000000'
  const sections = { addr: addresses }
  const low = [0x11, 0x01, '0010000000000000'] as const

  test.each<[string, (readonly [number, number, string])[], number[]]>([
    ['an end', [low, [0x12, 0x01, '2010000000000000']], [0x1000, 0x1020]],
    ['a length', [low, [0x12, 0x0b, '20']], [0x1000, 0x1020]],
    ['a length of zero', [low, [0x12, 0x0b, '00']], []],
    ['an end at the start', [low, [0x12, 0x01, '0010000000000000']], []],
    ['no start', [[0x12, 0x0b, '20']], []],
    ['no end', [low], []],
    [
      'an index',
      [
        [0x11, 0x1b, '01'],
        [0x12, 0x0b, '20'],
      ],
      [0x20, 0x40],
    ],
    [
      'an index of one byte',
      [
        [0x11, 0x29, '01'],
        [0x12, 0x0b, '20'],
      ],
      [0x20, 0x40],
    ],
    [
      'an index of two bytes',
      [
        [0x11, 0x2a, '0100'],
        [0x12, 0x0b, '20'],
      ],
      [0x20, 0x40],
    ],
    [
      'an index of four bytes',
      [
        [0x11, 0x2c, '01000000'],
        [0x12, 0x0b, '20'],
      ],
      [0x20, 0x40],
    ],
    [
      'an index of GNU',
      [
        [0x11, 0x1f01, '01'],
        [0x12, 0x1f01, '02'],
      ],
      [0x20, 0x30],
    ],
    [
      'an index outside',
      [
        [0x11, 0x1b, '03'],
        [0x12, 0x0b, '20'],
      ],
      [],
    ],
    [
      'a start in another form',
      [
        [0x11, 0x0b, '10'],
        [0x12, 0x0b, '20'],
      ],
      [],
    ],
  ])('with %s', (_, attributes, ranges) => {
    const unit = unitWith({ addrBase: 0 })
    expect(rangesOf(dwarfOf(sections), unit, entryWith(attributes, unit))).toEqual(ranges)
  })

  const list = (hex: string, fields: Partial<Unit> = {}) => {
    const unit = unitWith({ addrBase: 0, lowPc: 0x1000, ...fields })
    const entry = entryWith([[0x55, 0x17, '01000000']], unit)
    return rangesOf(dwarfOf({ ...sections, rnglists: `ff${hex}`, ranges: `ff${hex}` }), unit, entry)
  }

  test.each<[string, string, number[]]>([
    ['nothing', '00', []],
    ['a base by index', '01 01 04 01 02 00', [0x21, 0x22]],
    ['a base by an index outside', '01 07 04 01 02 00', [0x1001, 0x1002]],
    ['two indexes', '02 00 02 00', [0x10, 0x30]],
    ['an index outside', '02 00 03 02 00 01 00', [0x10, 0x20]],
    ['an index and a length', '03 01 05 00', [0x20, 0x25]],
    ['an index outside and a length', '03 03 05 00', []],
    ['offsets', '04 01 81 01 04 05 05 00', [0x1001, 0x1081]],
    ['a base', '05 0050000000000000 04 01 02 00', [0x5001, 0x5002]],
    ['addresses', '06 0050000000000000 1050000000000000 00', [0x5000, 0x5010]],
    ['an address and a length', '07 0050000000000000 10 00', [0x5000, 0x5010]],
    ['an unknown kind', '04 01 02 08 04 05 06 00', [0x1001, 0x1002]],
    ['no end', '04 01 02 04 05', [0x1001, 0x1002]],
  ])('in a list with %s', (_, hex, ranges) => {
    expect(list(hex)).toEqual(ranges)
  })

  test.each<[string, string, number[]]>([
    ['offsets', '0100000000000000 0200000000000000 00000000000000000000000000000000 ff', [0x1001, 0x1002]],
    [
      'a base',
      'ffffffffffffffff 0050000000000000 0100000000000000 0200000000000000 00000000000000000000000000000000',
      [0x5001, 0x5002],
    ],
    ['equal offsets', '0100000000000000 0100000000000000 00000000000000000000000000000000', []],
    [
      'an offset of zero',
      '0000000000000000 0200000000000000 00000000000000000000000000000000',
      [0x1000, 0x1002],
    ],
    ['no end', '0100000000000000 0200000000000000 01', [0x1001, 0x1002]],
  ])('in an old list with %s', (_, hex, ranges) => {
    expect(list(hex, { version: 4 })).toEqual(ranges)
    expect(list(`ff${hex}`, { version: 4, rangesBase: 1 })).toEqual(ranges)
  })

  test('in an old list of 32-bit addresses', () => {
    const hex = 'ffffffff 00500000 01000000 02000000 0000000000000000'
    expect(list(hex, { version: 4, addressSize: 4 })).toEqual([0x5001, 0x5002])
  })

  test('without a base are relative to the image, and those of a kernel are exact', () => {
    const unit = unitWith({ version: 4, base: { high: 0xffff_ffff, low: 0x8000_0000 } })
    const dwarf = dwarfOf({ ranges: 'fbffff80ffffffff fdffff80ffffffff 00000000000000000000000000000000' })
    Object.assign(dwarf.image, { base: unit.base })
    const entry = entryWith([[0x55, 0x17, '00000000']], unit)
    expect(rangesOf(dwarf, unit, entry)).toEqual([0xff_fffb, 0xff_fffd])
  })

  test('by an index of a list', () => {
    const unit = unitWith({ addrBase: 0, lowPc: 0x1000, rangeListsBase: 4 })
    const dwarf = dwarfOf({ rnglists: 'ffffffff 08000000 0b000000 040102 00 040304 00' })
    const at = (index: string) => rangesOf(dwarf, unit, entryWith([[0x55, 0x23, index]], unit))
    expect([at('00'), at('01'), at('40')]).toEqual([[0x1001, 0x1002], [], []])
  })

  test('over the end of a piece of the section, and at most 10,000', () => {
    const spent: number[] = []
    const unit = unitWith({ lowPc: 0x1000 })
    const dwarf = dwarfOf({ rnglists: `${'040102'.repeat(10_500)}00` }, (work) => spent.push(work))
    const found = rangesOf(dwarf, unit, entryWith([[0x55, 0x17, '00000000']], unit))
    expect(found.length).toBeGreaterThanOrEqual(20_000)
    expect(found.length).toBeLessThan(2 * 10_500 + 2)
    expect(found.every((value, i) => value === 0x1001 + (i % 2))).toBe(true)
    expect(spent).toHaveLength(found.length / 2)
  })

  test('are 10,000 where a piece of the section ends with so many', () => {
    // A piece has 4096 bytes: 1250 ranges.
    const piece = `${'040102'.repeat(904)}${'04810002'.repeat(346)}`
    const unit = unitWith({ lowPc: 0x1000 })
    const dwarf = dwarfOf({ rnglists: `${piece.repeat(9)}00` })
    expect(rangesOf(dwarf, unit, entryWith([[0x55, 0x17, '00000000']], unit))).toHaveLength(2 * 10_000)
  })
})

describe('abbreviations', () => {
  const tables = (hex: string) => {
    const spent: number[] = []
    const spend = (work: number) => spent.push(work)
    return { spent, list: new Abbreviations(sourceOfBytes(fromHex(hex)), { littleEndian: true, spend }) }
  }

  test('have attributes with forms and constants', () => {
    const { list } = tables(
      'ff 01 2e 01 03 08 49 21 7f 00 00 0000 02 11 00 00 00 00'.replace('0000 02', '02'),
    )
    const table = list.tableAt(1)
    expect([...table]).toEqual([
      [
        1,
        {
          tag: 0x2e,
          hasChildren: true,
          attributes: [3, 0x49],
          forms: [8, 0x21],
          constants: [0, -1],
          plan: null,
        },
      ],
      [2, { tag: 0x11, hasChildren: false, attributes: [], forms: [], constants: [], plan: null }],
    ])
    expect(list.tableAt(1)).toBe(table)
  })

  test('that are cut are damaged', () => {
    expect(() => tables('01 2e 01 03').list.tableAt(0)).toThrow(RangeError)
  })

  test('of many kilobytes are read whole, and cost what is read', () => {
    const { list, spent } = tables(`${'01 2e 01 03 08 00 00'.repeat(1000)}00`)
    expect(list.tableAt(0).size).toBe(1)
    expect(spent).toEqual([64, 109])
  })

  test('of the last 256 offsets are kept', () => {
    const { list, spent } = tables('00'.repeat(300))
    for (let i = 0; i < 256; i++) list.tableAt(i)
    list.tableAt(0)
    expect(spent).toHaveLength(256)
    list.tableAt(256)
    list.tableAt(1)
    expect(spent).toHaveLength(257)
    list.tableAt(0)
    expect(spent).toHaveLength(258)
  })
})

describe('the index of a package', () => {
  function indexOf(version: number, columns: readonly number[]) {
    const a = createAssembler()
    if (version === 5) a.u16(5, 0)
    else a.u32(version)
    a.u32(columns.length, 2, 4)
    a.u64(0, 0x1111, 0x2222, 0).u32(0, 2, 1, 3)
    a.u32(...columns)
    for (const row of [1, 2]) a.u32(...columns.map((_, i) => 100 * row + i))
    return a
  }
  const read = (bytes: Uint8Array) => readPackageIndex(sourceOfBytes(bytes), true)
  const ids = { first: '0000000000001111', second: '0000000000002222' }
  /** Sizes follow the offsets. */
  const sized = (version: number, columns: number[]) =>
    indexOf(version, columns)
      .zeros(8 * columns.length)
      .finish()

  test.each([
    [5, [1, 3, 6, 8], { info: 0, abbrev: 1, strOffsets: 2, rangeLists: 3 }],
    [2, [1, 3, 6, 8], { info: 0, abbrev: 1, strOffsets: 2 }],
    [5, [8, 1], { info: 1, rangeLists: 0 }],
    [2, [6, 5], { strOffsets: 0 }],
  ])('of version %i with the sections %j', (version, columns, at) => {
    const row = (base: number) => ({
      ...{ info: 0, abbrev: 0, strOffsets: 0, rangeLists: 0 },
      ...Object.fromEntries(Object.entries(at).map(([name, i]) => [name, base + i])),
    })
    expect([...read(sized(version, columns))]).toEqual([
      [ids.first, row(200)],
      [ids.second, row(100)],
    ])
  })

  test.each([1, 3, 4, 6])('of version %i is refused', (version) => {
    expect(() => read(sized(version, [1]))).toThrow(new RangeError(`an index of version ${version}`))
  })

  test('of at most sixteen sections is read whole, or refused', () => {
    const columns = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
    expect(read(sized(5, columns(16))).size).toBe(2)
    expect(() => read(sized(5, columns(17)))).toThrow(new RangeError('the index is cut'))
    const bytes = sized(5, [1])
    expect(() => read(bytes.subarray(0, bytes.length - 1))).toThrow(new RangeError('the index is cut'))
  })
})
