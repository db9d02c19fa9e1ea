// What a PDB has of each object file: procedures, lines and inlined calls; and names of inlined functions.
import { describe, expect, test } from 'vitest'
import { inlineRows } from '../../../../shared/debug-files/pdb/inline-rows.ts'
import { readLines, rowsWithin } from '../../../../shared/debug-files/pdb/lines.ts'
import { readProcedures } from '../../../../shared/debug-files/pdb/module-stream.ts'
import { TypeNames } from '../../../../shared/debug-files/pdb/type-names.ts'
import { type Assembler, fromHex } from '../../../support/assembler.ts'
import { assembled, msfOf, record } from '../../../support/synth-pdb.ts'

const textBytes = (text: string) => new TextEncoder().encode(text)

describe('annotations of an inlined call', () => {
  test.each<[string, string, string[]]>([
    ['a place', '03 05', ['1005-1040 7 3']],
    ['a place with a length', '03 05 04 08', ['1005-100d 7 3']],
    ['the place behind a length', '03 05 04 08 03 02', ['1005-100d 7 3', '100f-1040 7 3']],
    ['a length twice', '03 05 04 08 04 02', ['1005-100d 7 3']],
    ['a length before any place', '04 08 03 02', ['100a-1040 7 3']],
    ['places up to the next', '03 05 06 02 03 05', ['1005-100a 7 3', '100a-1040 8 3']],
    ['lines back', '06 03 03 05', ['1005-1040 6 3']],
    ['a file', '05 09 03 05', ['1005-1040 7 9']],
    ['an offset', '01 10 03 05', ['1015-1040 7 3']],
    ['a base', '02 10 03 05', ['1015-1040 7 3']],
    ['both', '0b 45', ['1005-1040 9 3']],
    ['both, back', '0b 35', ['1005-1040 6 3']],
    ['a length and a place', '0c 08 05', ['1005-100d 7 3']],
    ['a length behind the next place', '03 05 04 20 01 07 03 01', ['1005-1008 7 3', '1008-1040 7 3']],
    ['a length beyond the end', '03 05 04 80 ff', ['1005-1040 7 3']],
    ['a place beyond the end', '03 40', []],
    ['columns and others', '07 01 08 01 09 01 0a 01 0d 01 03 05', ['1005-1040 7 3']],
    ['an unknown operation', '03 05 0e 03 05', ['1005-1040 7 3']],
    ['the end', '03 05 00 03 05', ['1005-1040 7 3']],
    ['a number of two bytes', '02 81 00 01 8f 00 03 05', []],
    ['a small number of two bytes', '03 80 05', ['1005-1040 7 3']],
    ['a number of four bytes', '03 c0 00 00 05', ['1005-1040 7 3']],
    ['a large number of four bytes', '05 c1 02 03 04 03 05', ['1005-1040 7 16909060']],
    ['a number of an unknown size', '03 05 03 e0 00 00 05', ['1005-1040 7 3']],
    ['a number that is cut', '03 05 03 c0 00', ['1005-1040 7 3']],
    ['nothing', '', []],
    ['equal places', '03 05 03 00', ['1005-1040 7 3']],
  ])('%s', (_, hex, rows) => {
    const found = inlineRows(fromHex(hex), { start: 0x1000, end: 0x1040, file: 3, line: 7 })
    expect(found.map((r) => `${r.start.toString(16)}-${r.end.toString(16)} ${r.line} ${r.file}`)).toEqual(
      rows,
    )
  })
})

describe('line numbers', () => {
  const part = (kind: number, write: (a: Assembler) => void) => (a: Assembler) => {
    const bytes = assembled(write)
    a.u32(kind, bytes.length)
      .bytes(bytes)
      .zeros(-bytes.length & 3)
  }
  const read = (...parts: ((a: Assembler) => void)[]) => readLines(assembled(...parts))
  const block = (offset: number, size: number, rows: [number, number][], more = 0) =>
    part(0xf2, (a) => {
      a.u32(offset).u16(1, 0).u32(size)
      a.u32(24, rows.length, 12 + 8 * rows.length + more)
      for (const [at, line] of rows) a.u32(at, line)
      a.zeros(more)
    })

  test('reach to the next, or to the end of the block', () => {
    const { rows } = read(
      block(0x40, 0x10, [
        [0, 5],
        [8, 0x8000_0006],
      ]),
      block(
        0x20,
        0x10,
        [
          [8, 2],
          [0, 1],
          [4, 0xfeefee],
          [6, 0xf00f00],
        ],
        8,
      ),
      part(0xf3, (a) => a.u8(1)),
    )
    expect([...rows.keys()]).toEqual([1])
    expect(rows.get(1)!.map(({ start, end, line, file }) => [start, end, line, file])).toEqual([
      [0x20, 0x24, 1, 24],
      [0x24, 0x26, 0, 24],
      [0x26, 0x28, 0, 24],
      [0x28, 0x30, 2, 24],
      [0x40, 0x48, 5, 24],
      [0x48, 0x50, 6, 24],
    ])
  })

  test('of a place twice: the last counts', () => {
    const { rows } = read(
      block(0, 8, [
        [0, 1],
        [0, 2],
        [8, 3],
      ]),
    )
    expect(rows.get(1)).toEqual([{ start: 0, end: 8, line: 2, file: 24 }])
  })

  test.each([
    ['no rows', 0, [[0, 8, 7]]],
    ['a row that is missing', 1, []],
  ])('of a part that ends with the head of %s', (_, count, expected) => {
    const { rows } = read(part(0xf2, (a) => a.u32(0).u16(1, 0).u32(8, 24, 1, 20, 0, 7, 32, count, 12)))
    expect(rows.get(1)!.map(({ start, end, line }) => [start, end, line])).toEqual(expected)
  })

  test('stay where a part is cut, and those of others, too', () => {
    const cut = part(0xf2, (a) => a.u32(0).u16(1, 0).u32(8, 24, 2, 28, 0, 7))
    const { rows, inlinees } = read(
      cut,
      part(0xf6, (a) => a.u32(0, 1, 2, 3)),
    )
    expect([rows.get(1), inlinees.size]).toEqual([[], 1])
  })

  test('have names of files, and the lines where inlined functions begin', () => {
    const { fileName, inlinees } = read(
      part(0xf4, (a) =>
        a
          .u32(100)
          .u8(2, 1)
          .zeros(2)
          .u32(200)
          .u8(5, 1)
          .zeros(5 + 1)
          .u32(300)
          .u8(0, 1),
      ),
      part(0xf6, (a) => a.u32(0, 1, 2, 3, 4, 5, 6)),
      part(0xf6, (a) => a.u32(1, 11, 12, 13, 2, 0, 0, 14, 15, 16, 0)),
    )
    expect([0, 8, 20, 1].map(fileName)).toEqual([100, 200, 300, undefined])
    expect([...inlinees]).toEqual([
      [1, { file: 2, line: 3 }],
      [4, { file: 5, line: 6 }],
      [11, { file: 12, line: 13 }],
      [14, { file: 15, line: 16 }],
    ])
  })

  test('within a range are clipped', () => {
    const row = (start: number, end: number) => ({ start, end, line: start, file: 0 })
    const all = [row(0, 10), row(10, 20), row(30, 40)]
    const within = (start: number, end: number) =>
      rowsWithin(all, start, end).map((r) => [r.start, r.end, r.line])
    expect(within(5, 15)).toEqual([
      [5, 10, 0],
      [10, 15, 10],
    ])
    expect(within(10, 30)).toEqual([[10, 20, 10]])
    expect(within(20, 31)).toEqual([[30, 31, 30]])
    expect(within(40, 50)).toEqual([])
  })
})

describe('procedures', () => {
  const procedure =
    (kind: number, name: string, at = 0x10) =>
    (a: Assembler) =>
      record(a, kind, (b) =>
        b
          .zeros(12)
          .u32(0x20)
          .zeros(12)
          .u32(at)
          .u16(1)
          .u8(0)
          .bytes(textBytes(`${name}\0`)),
      )
  const site =
    (inlinee: number, annotations = '0305', kind = 0x114d) =>
    (a: Assembler) =>
      record(a, kind, (b) => {
        b.zeros(8).u32(inlinee)
        if (kind === 0x115d) b.u32(9)
        b.bytes(fromHex(annotations))
      })
  const plain = (kind: number) => (a: Assembler) => record(a, kind, () => undefined)
  const [block, end, siteEnd, idEnd] = [plain(0x1103), plain(0x0006), plain(0x114e), plain(0x114f)] as const
  const read = (...records: ((a: Assembler) => void)[]) =>
    readProcedures(assembled((a) => a.u32(4), ...records))
  const shown = (...records: ((a: Assembler) => void)[]) =>
    read(...records).map(({ section, offset, size, name, sites, parent }) => [
      `${section}:${offset.toString(16)}+${size.toString(16)} ${name}${parent ? `<${parent.section}:${parent.offset}` : ''}`,
      ...sites.map(
        (s) => `${s.depth} ${s.parent} ${s.inlinee} ${Buffer.from(s.annotations).toString('hex')}`,
      ),
    ])

  test.each([0x110f, 0x1110, 0x1146, 0x1147, 0x1155, 0x1156])('of the kind %i', (kind) => {
    expect(shown(procedure(kind, 'f'))).toEqual([['1:10+20 f']])
  })

  test('may be thunks, and code that was split off', () => {
    const thunk = (a: Assembler) =>
      record(a, 0x1102, (b) => b.zeros(12).u32(0x30).u16(1, 5).u8(0).bytes(textBytes('thunk\0')))
    const separated = (a: Assembler) =>
      record(a, 0x1132, (b) => b.zeros(8).u32(6).zeros(4).u32(0x40, 7).u16(1, 2))
    expect(shown(thunk, end, separated, end, plain(0x9999))).toEqual([['1:30+5 thunk'], ['1:40+6 <2:7']])
  })

  test('have inlined calls, in each other and in blocks', () => {
    const records = [
      procedure(0x1110, 'f'),
      site(1),
      block,
      site(2, '0306', 0x115d),
      siteEnd,
      end,
      site(3),
      siteEnd,
      siteEnd,
      site(4),
      siteEnd,
      idEnd,
    ]
    expect(shown(...records, site(5), procedure(0x1110, 'g'), site(6))).toEqual([
      ['1:10+20 f', '0 -1 1 0305', '1 0 2 0306', '1 0 3 0305', '0 -1 4 0305'],
      ['1:10+20 g', '0 -1 6 0305'],
    ])
  })

  test('end where a record is cut, or nested too deeply', () => {
    expect(shown(procedure(0x1110, 'f'), (a) => a.u16(50, 0x1110))).toEqual([['1:10+20 f']])
    const blocks = (count: number) => Array.from({ length: count }, () => block)
    expect(shown(...blocks(999), procedure(0x1110, 'f'))).toHaveLength(1)
    expect(shown(...blocks(1000), procedure(0x1110, 'f'))).toHaveLength(0)
  })
})

describe('names of inlined functions', () => {
  const stream = (records: ((a: Assembler) => void)[], places: [number, number][] = []) => {
    const body = assembled(...records)
    const first = 0x1000
    const head = assembled((a) => {
      a.u32(20040203, 56, first, first + records.length, body.length).u16(5, 0xffff)
      a.zeros(16)
        .u32(0, 8 * places.length)
        .zeros(8)
    })
    return Buffer.concat([head, body])
  }
  const named = (text: string) => textBytes(`${text}\0`)
  const func =
    (scope: number, name: string, kind = 0x1601) =>
    (a: Assembler) =>
      record(a, kind, (b) => b.u32(scope, 0).bytes(named(name)))
  const text = (value: string) => (a: Assembler) => record(a, 0x1605, (b) => b.u32(0).bytes(named(value)))
  const type = (kind: number, skipped: number, size: string, name: string) => (a: Assembler) =>
    record(a, kind, (b) => b.zeros(skipped).bytes(fromHex(size)).bytes(named(name)))
  const types = [
    type(0x1504, 16, '0800', 'Class'),
    type(0x1505, 16, '0080 05', 'Structure'),
    type(0x1506, 8, '0480 00000100', 'Union'),
    type(0x1507, 12, '', 'Enumeration'),
    type(0x1519, 16, '0980 0000000000000000', 'Interface'),
    type(0x1504, 16, '0180 0500', 'Int16'),
    type(0x1504, 16, '0280 0500', 'UInt16'),
    type(0x1504, 16, '0380 05000000', 'Int32'),
    type(0x1504, 16, '0a80 0500000000000000', 'UInt64'),
    type(0x1002, 16, '0800', 'Pointer'),
  ]
  const ids = [
    func(0, 'plain'),
    text('space'),
    func(0x1001, 'inSpace'),
    func(0x1002, 'inFunction'),
    ...types.map((_, i) => func(0x1000 + i, 'member', 0x1602)),
    func(0x1fff, 'nowhere'),
    func(0x1fff, 'nowhere', 0x1602),
    (a: Assembler) => a.u16(4, 0x1601).u16(1),
    func(0, 'last'),
    ...Array.from({ length: 10 }, (_, i) => func(i === 0 ? 0 : 0x1000 + 18 + i - 1, `n${i}`)),
  ]
  const all = (places?: [number, number][]) => {
    const table = assembled((a) => a.u32(...(places ?? []).flat()))
    const msf = msfOf([null, null, stream(types, places), null, stream(ids, places), table])
    const names = new TypeNames(msf)
    return Array.from({ length: ids.length + 3 }, (_, i) => names.functionName(0x0fff + i))
  }
  const nested = (last: number, first = 0) =>
    Array.from({ length: last - first + 1 }, (_, i) => `n${first + i}`).join('::')
  const expected = [
    '',
    'plain',
    '',
    'space::inSpace',
    'space::inSpace::inFunction',
    ...['Class', 'Structure', 'Union', 'Enumeration', 'Interface', 'Int16', 'UInt16', 'Int32', 'UInt64'].map(
      (name) => `${name}::member`,
    ),
    'member',
    'nowhere',
    'nowhere',
    '',
    'last',
    ...Array.from({ length: 10 }, (_, i) => nested(i, Math.max(0, i - 9))),
    '',
    '',
  ]

  test('are found without a table of places', () => {
    expect(all()).toEqual(expected)
  })

  test('are found from places', () => {
    expect(all([[0x1000, 0]])).toEqual(expected)
  })

  const namesOf = (bytes: Uint8Array, places: [number, number][] = []) =>
    new TypeNames(msfOf([null, null, null, null, bytes, assembled((a) => a.u32(...places.flat()))]))
  const empty = (a: Assembler) => record(a, 0x1234, () => undefined)

  test('are found behind records without data, and not behind the last', () => {
    const names = namesOf(stream([empty, func(0, 'f')]))
    expect([0x0fff, 0x1000, 0x1001, 0x1002].map((id) => names.functionName(id))).toEqual(['', '', 'f', ''])
    const more = namesOf(Buffer.concat([stream([func(0, 'f')]), assembled(func(0, 'g'))]))
    expect([0x1000, 0x1001].map((id) => more.functionName(id))).toEqual(['f', ''])
  })

  test.each<[number, [number, number][], string]>([
    [8191, [[0x1000, 0]], 'f'],
    [8192, [[0x1000, 0]], ''],
    [8192, [], 'f'],
    [
      8192,
      [
        [0x1000, 0],
        [0x1001, 4],
      ],
      'f',
    ],
  ])('are found behind %i records from the places %j: %j', (count, places, name) => {
    const records = [...Array.from({ length: count }, () => empty), func(0, 'f')]
    expect(namesOf(stream(records, places), places).functionName(0x1000 + count)).toBe(name)
  })

  test('are empty in a PDB without them', () => {
    expect(new TypeNames(msfOf([null])).functionName(0x1000)).toBe('')
  })
})
