// The parts of a PDB one by one: its container, public symbols, frame data, and code that was moved.
import { describe, expect, test } from 'vitest'
import { type ByteSource, emptySource, sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { DamagedError } from '../../../../shared/debug-files/module-symbols.ts'
import { AddressMap } from '../../../../shared/debug-files/pdb/address-map.ts'
import { readFrameData } from '../../../../shared/debug-files/pdb/frame-data.ts'
import { isMsf, otherPdbFormat } from '../../../../shared/debug-files/pdb/msf.ts'
import { type PdbFile, readPdb } from '../../../../shared/debug-files/pdb/pdb-file.ts'
import { parameterBytes, plainName, readPublics } from '../../../../shared/debug-files/pdb/publics.ts'
import type { Assembler } from '../../../support/assembler.ts'
import { assembled, blockSize, magic, msfOf, pdbOf, record } from '../../../support/synth-pdb.ts'

const textBytes = (text: string) => new TextEncoder().encode(text)
const numbered = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251)

describe('the info stream', () => {
  /** An age of 7, a GUID, and no named streams. */
  const info = assembled((a) => a.u32(0, 0, 7).bytes(numbered(16)).u32(0, 0, 0, 0, 0))
  const read = (stream: Uint8Array | null) => readPdb(sourceOfBytes(pdbOf([null, stream, null, null])))

  test('alone identifies a PDB', () => {
    const pdb = read(info)
    expect([pdb.debugId, pdb.arch, pdb.readModules(), pdb.symbols]).toEqual([
      '030201000504070608090A0B0C0D0E0F7',
      null,
      [],
      emptySource,
    ])
  })

  test.each([
    [64, 'x86_64'],
    [63, null],
  ])('is joined by a header of the program of %i bytes: for %s', (size, arch) => {
    const dbi = assembled((a) => a.zeros(58).u16(0x8664).zeros(4)).subarray(0, size)
    expect(readPdb(sourceOfBytes(pdbOf([null, info, null, dbi]))).arch).toBe(arch)
  })

  test.each([
    ['an absent one', null, new DamagedError('the PDB has no info stream')],
    ['an empty one', new Uint8Array(0), new DamagedError('the PDB has no info stream')],
    ['one that is cut', info.subarray(0, info.length - 1), RangeError],
  ])('with %s is refused', (_, stream, error) => {
    expect(() => read(stream)).toThrow(error)
  })
})

describe('the container', () => {
  test('has streams of any size, read from any place', () => {
    const sizes = [3, 512, 513, 2000]
    const msf = msfOf([...sizes.map(numbered), null, numbered(700)])
    expect(msf.count).toBe(6)
    for (const [i, size] of [...sizes, 0, 700].entries()) {
      const stream = msf.stream(i)
      expect(stream.size).toBe(size)
      const all = numbered(size)
      for (const [offset, length] of [
        [0, 3000],
        [1, 2],
        [510, 4],
        [511, 1],
        [512, 10],
        [size - 1, 5],
        [size, 1],
        [-1, 5],
      ] as const)
        expect(Buffer.from(stream.read(offset, length))).toEqual(
          Buffer.from(offset < 0 ? [] : all.subarray(offset, offset + length)),
        )
    }
    expect(msf.stream(6)).toBe(emptySource)
    expect(msf.stream(4)).toBe(emptySource)
  })

  const put = (at: number, value: number) => (bytes: Uint8Array) =>
    new DataView(bytes.buffer).setUint32(at, value, true)

  test.each<[string, (bytes: Uint8Array) => void, Error]>([
    ['another mark', put(0, 0), new DamagedError('not a PDB')],
    ['blocks that are too small', put(32, 511), new DamagedError('its directory has no valid size')],
    ['a directory that is too small', put(44, 3), new DamagedError('its directory has no valid size')],
    [
      'a directory that is too large',
      put(44, (256 << 20) + 1),
      new DamagedError('its directory has no valid size'),
    ],
    ['a directory beyond its map', put(44, 256 << 20), new RangeError('a list is longer than its data')],
  ])('with %s is refused', (_, change, error) => {
    expect(() => msfOf([numbered(3)], change)).toThrow(error)
  })

  test('may have no streams', () => {
    const msf = msfOf([])
    expect([msf.count, msf.stream(0)]).toEqual([0, emptySource])
  })

  test('with more streams than its directory holds is refused', () => {
    const count = (value: number) => () => msfOf([numbered(3)], put(2 * blockSize, value))
    expect(count(4)).toThrow(new DamagedError('its directory has no valid size'))
    expect(count(3)).toThrow(new RangeError('a list is longer than its data'))
    expect(count(1)).not.toThrow()
  })

  test.each([
    ['BSJB', 'a portable PDB of .NET, which describes no native code'],
    ['Microsoft MSFZ Container', 'a compressed PDB (MSFZ): convert it with its own tools first'],
    ['Microsoft C/C++ program database 2.00\r\n', 'a PDB of Visual C++ 6 or older'],
    ['Microsoft C/C++ MSF 7.00\r\n', null],
  ])('%j is %j', (head, format) => {
    expect(otherPdbFormat(textBytes(head))).toBe(format)
    expect(isMsf(textBytes(head))).toBe(false)
  })

  test('is known by its mark', () => {
    expect([isMsf(magic), isMsf(magic.subarray(1)), isMsf(magic.subarray(0, 31))]).toEqual([
      true,
      false,
      false,
    ])
  })
})

const header = (a: Assembler, size: number, address: number, flags: number) =>
  a.zeros(8).u32(size, address).zeros(20).u32(flags)
const sections = assembled((a) => {
  header(a, 0x1000, 0x1000, 0x6000_0020)
  header(a, 0x1000, 0x3000, 0x4000_0040)
})
const omap = (...pairs: [number, number][]) => sourceOfBytes(assembled((a) => a.u32(...pairs.flat())))

describe('addresses', () => {
  test('count sections from 1', () => {
    const map = new AddressMap(sections, emptySource)
    expect([0, 1, 2, 3].map((section) => map.isCode(section))).toEqual([false, true, false, false])
    expect([0, 1, 2, 3].map((section) => map.address(section, 5))).toEqual([null, 0x1005, 0x3005, null])
    expect([0, 1, 2, 3].map((section) => map.original(section, 5))).toEqual([null, 0x1005, 0x3005, null])
    expect(map.ranges(0x1000, 8)).toEqual([{ start: 0x1000, size: 8, original: 0x1000 }])
    expect(new AddressMap(sections.subarray(0, 79), emptySource).original(2, 0)).toBeNull()
  })

  test('of a program that was rearranged are moved, or removed', () => {
    const map = new AddressMap(
      sections,
      omap([0x1000, 0x5000], [0x1010, 0], [0x1020, 0x4000], [0x1030, 0x4010]),
    )
    const found = [0xfff, 0x1000, 0x100f, 0x1010, 0x101f, 0x1020, 0x1035].map((at) => map.mapped(at))
    expect(found).toEqual([null, 0x5000, 0x500f, null, null, 0x4000, 0x4015])
    expect([map.address(1, 0), map.original(1, 0)]).toEqual([0x5000, 0x1000])
    const part = (start: number, size: number, original: number) => ({ start, size, original })
    expect(map.ranges(0x1000, 0x10)).toEqual([part(0x5000, 0x10, 0x1000)])
    expect(map.ranges(0x1008, 0x30)).toEqual([part(0x5008, 8, 0x1008), part(0x4000, 0x18, 0x1020)])
    expect(map.ranges(0x1010, 0x10)).toEqual([])
    expect(map.ranges(0xff0, 0x18)).toEqual([part(0x5000, 8, 0x1000)])
    expect(map.ranges(0x1040, 8)).toEqual([part(0x4020, 8, 0x1040)])
    expect(map.ranges(0x1000, 0)).toEqual([])
  })

  test('that the table has twice are moved by their last pair', () => {
    const map = new AddressMap(sections, omap([0x1000, 0x5000], [0x1010, 0x6000], [0x1010, 0x7000]))
    expect(map.ranges(0x1000, 0x20)).toEqual([
      { start: 0x5000, size: 0x10, original: 0x1000 },
      { start: 0x7000, size: 0x10, original: 0x1010 },
    ])
  })

  test('that are apart in the image are not one part', () => {
    const map = new AddressMap(sections, omap([0x1000, 0x5000], [0x1010, 0x5011], [0x1020, 0x5021]))
    expect(map.ranges(0x1000, 0x30)).toEqual([
      { start: 0x5000, size: 0x10, original: 0x1000 },
      { start: 0x5011, size: 0x20, original: 0x1010 },
    ])
  })
})

const pdbWith = (
  parts: Partial<Record<'symbols' | 'names' | 'frameData' | 'oldFrameData', Uint8Array | ByteSource>>,
  map = emptySource,
) =>
  ({
    ...{ symbols: emptySource, names: emptySource, frameData: emptySource, oldFrameData: emptySource },
    ...Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [
        name,
        part instanceof Uint8Array ? sourceOfBytes(part) : part,
      ]),
    ),
    addresses: new AddressMap(sections, map),
  }) as unknown as PdbFile

describe('public symbols', () => {
  const symbol =
    (offset: number, section: number, name: string, kind = 0x110e) =>
    (a: Assembler) =>
      record(a, kind, (b) => b.u32(2).u32(offset).u16(section).bytes(textBytes(name)))
  const publics = (...symbols: ((a: Assembler) => void)[]) =>
    readPublics(pdbWith({ symbols: assembled(...symbols) }))

  test('are those in code with a name, by address', () => {
    const found = publics(
      symbol(9, 1, 'second\0'),
      symbol(1, 1, 'first\0xyz'),
      symbol(2, 2, 'data\0'),
      symbol(3, 1, 'other\0', 0x110f),
      symbol(4, 1, '\0'),
      symbol(5, 1, ''),
      symbol(6, 1, 'cut'),
      ...['??_C@x', '__real@1', '__xmm@1', '__ymm@1', '__zmm@1'].map((name) => symbol(7, 1, `${name}\0`)),
      symbol(8, 1, '?__real@1\0'),
    )
    expect(found.map(({ address, name }) => `${address.toString(16)} ${name}`)).toEqual([
      '1001 first',
      '1006 cut',
      '1008 ?__real@1',
      '1009 second',
    ])
  })

  test('are read in pieces, up to damage', () => {
    const filler = (a: Assembler) => record(a, 0x1234, (b) => b.zeros(60_001))
    const symbols = [...Array.from({ length: 40 }, () => filler), symbol(1, 1, 'last\0')]
    expect(publics(...symbols)).toEqual([{ address: 0x1001, name: 'last' }])
    expect(publics(symbol(1, 1, 'a\0'), (a) => a.u16(500, 0x110e), symbol(2, 1, 'b\0'))).toHaveLength(1)
  })

  test.each([
    ['_f@8', 8, 'f'],
    ['_f@', null, 'f@'],
    ['@f@4', 0, 'f'],
    ['@f@12', 4, 'f'],
    ['f@@24', 24, 'f'],
    ['__f', null, '_f'],
    ['_1', null, '_1'],
    ['f', null, 'f'],
    ['@x@y@4', null, '@x@y@4'],
    ['?f@@4', null, '?f@@4'],
  ])('%s has %d bytes of parameters, and is %s', (name, bytes, plain) => {
    expect([parameterBytes(name), plainName(name)]).toEqual([bytes, plain])
  })
})

describe('frame data', () => {
  const entry = (a: Assembler, start: number, program: number) =>
    a.u32(start, 0x20, 1, 2, 3, program).u16(4, 5).u32(0)
  const names = textBytes('$eip . =\0 \0')

  test('of both kinds are STACK WIN records', () => {
    const frameData = assembled((a) => {
      entry(a, 0x1000, 0)
      entry(a, 0x1000, 0)
      entry(a, 0x1100, 9)
      entry(a, 0x1200, 0).zeros(31)
    })
    const oldFrameData = assembled((a) => {
      a.u32(0x1300, 0x30, 3).u16(2).u8(7, 0x15)
      a.u32(0x1400, 0x30, 3).u16(2).u8(7, 0x02).zeros(15)
    })
    expect(readFrameData(pdbWith({ names, frameData, oldFrameData }))).toEqual([
      { start: 0x1000, size: 0x20, parameterBytes: 2, text: '4 1000 20 4 0 2 5 1 3 1 $eip . =' },
      { start: 0x1200, size: 0x20, parameterBytes: 2, text: '4 1200 20 4 0 2 5 1 3 1 $eip . =' },
      { start: 0x1300, size: 0x30, parameterBytes: 8, text: '0 1300 30 7 0 8 14 c 0 0 1' },
      { start: 0x1400, size: 0x30, parameterBytes: 8, text: '0 1400 30 7 0 8 8 c 0 0 0' },
    ])
  })

  test('that end with their stream are whole', () => {
    const frameData = assembled((a) => entry(a, 0x1000, 0))
    const oldFrameData = assembled((a) => a.u32(0x1300, 0x30, 3).u16(2).u8(7, 0x15))
    const starts = (parts: Parameters<typeof pdbWith>[0]) =>
      readFrameData(pdbWith({ names, ...parts })).map(({ start }) => start)
    expect(starts({ frameData, oldFrameData })).toEqual([0x1000, 0x1300])
    expect(starts({ frameData: frameData.subarray(0, 31) })).toEqual([])
    expect(starts({ oldFrameData: oldFrameData.subarray(0, 15) })).toEqual([])
  })

  test('of removed code are omitted', () => {
    const frameData = assembled((a) => entry(a, 0x1000, 0))
    const oldFrameData = assembled((a) => a.u32(0x1000, 0x30, 3).u16(2).u8(7, 0))
    const map = omap([0x1000, 0])
    expect(readFrameData(pdbWith({ names, frameData, oldFrameData }, map))).toEqual([])
  })
})
