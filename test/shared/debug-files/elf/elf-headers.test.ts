// ELF files of both classes and byte orders: headers, notes, links, and symbol tables.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { groupModules, openDebugFile, readModule } from '../../../../shared/debug-files/debug-file.ts'
import { buildIdOf, identifierOf } from '../../../../shared/debug-files/elf/build-id.ts'
import { crc32Of, debugLinkOf } from '../../../../shared/debug-files/elf/debug-link.ts'
import {
  codeRanges,
  contentOf,
  type ElfFile,
  readElf,
  sectionNamed,
  sonameOf,
} from '../../../../shared/debug-files/elf/elf-file.ts'
import { elfImage, sectionContent } from '../../../../shared/debug-files/elf/elf-image.ts'
import { readElfSymbols } from '../../../../shared/debug-files/elf/elf-symbols.ts'
import { supplementIdsOf, supplementLinkOf } from '../../../../shared/debug-files/elf/supplement-link.ts'
import { helperKindOf } from '../../../../shared/debug-files/helper-files.ts'
import { DamagedError } from '../../../../shared/debug-files/module-symbols.ts'
import { type Assembler, createAssembler, fromHex } from '../../../support/assembler.ts'

interface Section {
  name: string
  type?: number
  flags?: number
  address?: number
  bytes?: Uint8Array | string
  link?: number
}

interface Shape {
  bits?: 32 | 64
  big?: boolean
  type?: number
  machine?: number
  segments?: {
    type?: number
    flags?: number
    offset?: number
    address?: number
    size?: number
    align?: number
  }[]
  /** After the empty first one; the list of names is the last. */
  sections?: Section[]
  /** Counts and the number of names are in the first section. */
  isLarge?: boolean
}

type Word = (...values: number[]) => void

function elfBytes({
  bits = 64,
  big = false,
  type = 2,
  machine = 62,
  segments = [],
  sections = [],
  isLarge = false,
}: Shape): Uint8Array {
  const a = createAssembler(!big)
  const is64 = bits === 64
  const word =
    (to: Assembler): Word =>
    (...values) =>
      void (is64 ? to.u64(...values) : to.u32(...values))
  const all: Section[] = [{ name: '', type: 0, bytes: '' }, ...sections]
  const names = ['', ...sections.map(({ name }) => name), '.shstrtab']
  all.push({ name: '.shstrtab', type: 3, bytes: new TextEncoder().encode(`${names.join('\0')}\0`) })
  const headBytes = is64 ? 64 : 52
  const segmentBytes = is64 ? 56 : 32
  const sectionBytes = is64 ? 64 : 40
  let at = headBytes + segmentBytes * segments.length
  const contents = all.map(({ bytes = '' }) => (typeof bytes === 'string' ? fromHex(bytes) : bytes))
  const places = contents.map((bytes) => {
    const place = at
    at += bytes.length
    return place
  })
  const sectionsAt = sections.length > 0 ? at : 0
  a.u8(0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, big ? 2 : 1, 1)
    .zeros(9)
    .u16(type, machine)
    .u32(1)
  word(a)(0x1000, segments.length > 0 ? headBytes : 0, sectionsAt)
  a.u32(0).u16(headBytes, segmentBytes, segments.length)
  a.u16(sectionBytes, isLarge ? 0 : all.length, isLarge ? 0xffff : all.length - 1)
  for (const { type = 1, flags = 5, offset = 0, address = 0, size = 0x100, align = 4 } of segments) {
    a.u32(type)
    if (is64) a.u32(flags)
    word(a)(offset, address, address, size, size + 1)
    if (!is64) a.u32(flags)
    word(a)(align)
  }
  for (const bytes of contents) a.bytes(bytes)
  let nameAt = 0
  for (const [i, { name, type = 1, flags = 0, address = 0, link = 0 }] of all.entries()) {
    a.u32(nameAt, type)
    const size = i === 0 && isLarge ? all.length : contents[i]!.length
    word(a)(flags, address, places[i]!, size)
    a.u32(i === 0 && isLarge ? all.length - 1 : link, 7)
    word(a)(4, 24)
    nameAt += name.length + 1
  }
  return a.finish()
}

const read = (shape: Shape): ElfFile => readElf(sourceOfBytes(elfBytes(shape)))

const layouts = [
  { bits: 64, big: false },
  { bits: 64, big: true },
  { bits: 32, big: false },
  { bits: 32, big: true },
] as const

describe.each(layouts)('a file of %j', (layout) => {
  test('has its segments and sections, relative to the first loaded page', () => {
    const file = read({
      ...layout,
      segments: [
        { type: 4, address: 0x9000 },
        { offset: 5, address: 0x40_1234, align: 0x1000 },
        { address: 0x50_0000, flags: 6 },
      ],
      sections: [{ name: '.text', flags: 6, address: 0x40_2000, bytes: '0102', link: 3 }],
    })
    expect(file).toMatchObject({
      littleEndian: !layout.big,
      addressSize: layout.bits / 8,
      type: 2,
      arch: 'x86_64',
    })
    expect(file.base).toEqual({ high: 0, low: 0x40_1000 })
    expect(file.segments).toEqual([
      {
        type: 4,
        flags: 5,
        offset: 0,
        address: 0x9000 - 0x40_1000,
        fileSize: 0x100,
        memorySize: 0x101,
        align: 4,
      },
      { type: 1, flags: 5, offset: 5, address: 0x234, fileSize: 0x100, memorySize: 0x101, align: 0x1000 },
      { type: 1, flags: 6, offset: 0, address: 0xf_f000, fileSize: 0x100, memorySize: 0x101, align: 4 },
    ])
    expect(file.sections.map(({ name }) => name)).toEqual(['', '.text', '.shstrtab'])
    const text = sectionNamed(file, '.text')!
    expect(text).toMatchObject({ type: 1, flags: 6, address: 0x1000, size: 2, link: 3, entrySize: 24 })
    expect(contentOf(file, text).read(0, 9)).toEqual(fromHex('0102'))
    expect(contentOf(file, { ...text, type: 8 }).size).toBe(0)
  })

  test('may have its counts in the first section', () => {
    const file = read({ ...layout, isLarge: true, sections: [{ name: '.text' }] })
    expect(file.sections.map(({ name }) => name)).toEqual(['', '.text', '.shstrtab'])
  })

  test('has no section without headers, and a base of zero without a loaded segment', () => {
    const file = read({ ...layout, segments: [{ type: 4, address: 0x9000 }] })
    expect([file.sections, file.base]).toEqual([[], { high: 0, low: 0 }])
  })

  test('has the functions of its symbol table, by address and binding', () => {
    const symbols = createAssembler(!layout.big)
    const names: string[] = ['']
    let nameAt = 1
    const symbol = (name: string, { address = 0x10, size = 4, info = 0x12, section = 1 }) => {
      if (layout.bits === 64) symbols.u32(nameAt).u8(info, 0).u16(section).u64(address, size)
      else symbols.u32(nameAt, address, size).u8(info, 0).u16(section)
      names.push(name)
      nameAt += new TextEncoder().encode(name).length + 1
    }
    symbol('local', { info: 0x02 })
    symbol('weak', { info: 0x22 })
    symbol('global@@VERS_1', {})
    symbol('indirect', { address: 8, info: 0x1a })
    symbol('object', { info: 0x11 })
    symbol('undefined', { section: 0 })
    symbol('absolute', { section: 0xfff1 })
    symbol('reserved', { section: 0xff00 })
    symbol('last', { section: 0xfeff, address: 0x20 })
    symbol('nowhere', { address: 0 })
    symbol('.Llabel', {})
    symbol('$x', {})
    symbol('$d.1', {})
    symbol('$dx', { address: 0x30 })
    symbol('', {})
    const bytes = symbols.finish()
    const table = (type: number, size: number): Section[] => [
      { name: '.symtab', type, bytes: bytes.subarray(0, size), link: 2 },
      { name: '.strtab', type: 3, bytes: new TextEncoder().encode(`${names.join('\0')}\0`) },
    ]
    const shown = (shape: Shape) =>
      readElfSymbols(read({ ...layout, ...shape })).map(
        ({ address, size, name }) => `${address}+${size} ${name}`,
      )
    const all = ['8+4 indirect', '16+4 global', '16+4 weak', '16+4 local', '32+4 last', '48+4 $dx']
    expect(shown({ sections: table(2, bytes.length) })).toEqual(all)
    expect(shown({ sections: table(11, bytes.length) })).toEqual(all)
    expect(shown({ sections: table(3, bytes.length) })).toEqual([])
    expect(shown({ sections: table(2, bytes.length / 15) })).toEqual(['16+4 local'])
    expect(shown({ sections: table(2, bytes.length / 15 - 1) })).toEqual([])
    expect(
      shown({
        sections: [{ name: '.symtab', type: 2, bytes: '' }, ...table(11, bytes.length)].with(1, {
          ...table(11, bytes.length)[0]!,
          link: 3,
        }),
      }),
    ).toEqual(all)
    const thumb = createAssembler(!layout.big)
    if (layout.bits === 32) {
      thumb.u32(1, 0x11, 4).u8(0x12, 0).u16(1)
      const sections = [{ ...table(2, 0)[0]!, bytes: thumb.finish() }, table(2, 0)[1]!]
      expect(shown({ machine: 40, sections })).toEqual(['16+4 local'])
      expect(shown({ machine: 3, sections })).toEqual(['17+4 local'])
    }
  })

  test('has the name that its dynamic section states', () => {
    const tags = (...pairs: [number, number][]) => {
      const a = createAssembler(!layout.big)
      for (const pair of pairs) void (layout.bits === 64 ? a.u64(...pair) : a.u32(...pair))
      return a.finish()
    }
    const soname = (bytes: Uint8Array, link = 2) =>
      sonameOf(
        read({
          ...layout,
          sections: [
            { name: '.dynamic', type: 6, bytes, link },
            { name: '.dynstr', bytes: new TextEncoder().encode('\0lib.so.1\0') },
          ],
        }),
      )
    expect(soname(tags([1, 5], [14, 1], [0, 0]))).toBe('lib.so.1')
    expect(soname(tags([14, 1]))).toBe('lib.so.1')
    expect(soname(tags([1, 5], [0, 0], [14, 1]))).toBeNull()
    expect(soname(tags([14, 0]))).toBeNull()
    expect(soname(tags([14, 1]).subarray(1))).toBeNull()
    expect(soname(tags([14, 1]), 9)).toBeNull()
    expect(sonameOf(read({ ...layout, sections: [{ name: '.text' }] }))).toBeNull()
  })

  test('has a build ID in a note', () => {
    const note = (name: string, type: number, id: string, align = 4) => {
      const a = createAssembler(!layout.big)
      const description = fromHex(id)
      a.u32(name.length, description.length, type).bytes(new TextEncoder().encode(name))
      a.zeros(-a.size & (align - 1)).bytes(description)
      return a.zeros(-a.size & (align - 1)).finish()
    }
    const ids = (bytes: Uint8Array, fields: Partial<Section> = {}) =>
      buildIdOf(read({ ...layout, sections: [{ name: '.note', type: 7, bytes, ...fields }] }))
    const gnu = note('GNU\0', 3, '0102030405')
    // The mark is read as a number.
    const mark = layout.big ? note('\0UNG', 3, '0102030405') : gnu
    expect(ids(mark)).toEqual(fromHex('0102030405'))
    expect(ids(Buffer.concat([note('xy\0', 3, '0908'), note('abcde\0', 3, '09'), mark]))).toEqual(
      fromHex('0102030405'),
    )
    expect(ids(mark, { type: 1 })).toBeNull()
    expect(ids(note(layout.big ? '\0UNG' : 'GNU\0', 1, '01'))).toBeNull()
    expect(ids(note(layout.big ? '\0UNG' : 'GNU\0', 3, ''))).toBeNull()
    expect(ids(note(layout.big ? '\0UNG' : 'GNU\0', 3, '01'.repeat(64)))).toHaveLength(64)
    expect(ids(note(layout.big ? '\0UNG' : 'GNU\0', 3, '01'.repeat(65)))).toBeNull()
    expect(ids(note('XNU\0', 3, '01'))).toBeNull()
    expect(ids(mark.subarray(0, mark.length - 4))).toBeNull()
    expect(ids(mark.subarray(0, 11))).toBeNull()
    const wide = Buffer.concat([
      note('abcde\0', 3, '09', 8),
      note(layout.big ? '\0UNG' : 'GNU\0', 3, '0807', 8),
    ])
    const segments = [{ type: 4, offset: layout.bits === 64 ? 120 : 84, size: wide.length, align: 8 }]
    const shape: Shape = { ...layout, segments, sections: [{ name: '.x', bytes: wide }] }
    expect(buildIdOf(read(shape))).toEqual(fromHex('0807'))
    expect(buildIdOf(read({ ...shape, segments: [{ ...segments[0]!, align: 4 }] }))).toBeNull()
    expect(buildIdOf(read({ ...shape, segments: [{ ...segments[0]!, type: 5 }] }))).toBeNull()
  })
})

describe('names', () => {
  test('of sections have fewer than 1000 bytes', () => {
    const names = [999, 1000, 1].map((length) => 'x'.repeat(length))
    const { sections } = read({ sections: names.map((name) => ({ name })) })
    expect(sections.map(({ name }) => name.length)).toEqual([0, 999, 0, 1, '.shstrtab'.length])
  })

  test('of symbols have at most 64 KiB', () => {
    const longest = 64 * 1024
    const symbols = createAssembler()
    for (const nameAt of [0, longest + 1, 2 * longest + 3])
      symbols.u32(nameAt).u8(0x12, 0).u16(1).u64(0x10, 4)
    const names = [longest, longest + 1, 1].map((length) => `${'x'.repeat(length)}\0`).join('')
    const sections = [
      { name: '.symtab', type: 2, bytes: symbols.finish(), link: 2 },
      { name: '.strtab', type: 3, bytes: new TextEncoder().encode(names) },
    ]
    expect(readElfSymbols(read({ sections })).map(({ name }) => name.length)).toEqual([longest, 1])
  })

  test('of sections with code, from the base of the file, stand for symbols', async () => {
    const code = { flags: 6, bytes: '01' }
    const bytes = elfBytes({
      segments: [{ address: 0x1000 }],
      sections: [
        { name: '.text', address: 0x1000, ...code },
        { name: '.below', address: 0xfff, ...code },
        { name: '.fini', address: 0x1800, ...code },
      ],
    })
    const [files] = groupModules(openDebugFile('app', sourceOfBytes(bytes)))
    expect((await readModule(files!)).publics).toEqual([
      { address: 0, name: '<.text ELF section in app>' },
      { address: 0x800, name: '<.fini ELF section in app>' },
    ])
  })
})

describe('processors', () => {
  test.each([
    [3, 32, 'x86'],
    [8, 32, 'mips'],
    [8, 64, 'mips64'],
    [20, 32, 'ppc'],
    [21, 64, 'ppc64'],
    [40, 32, 'arm'],
    [62, 64, 'x86_64'],
    [183, 64, 'arm64'],
    [243, 64, 'riscv64'],
    [2, 32, null],
  ] as const)('number %i with %i bits is %s', (machine, bits, arch) => {
    expect(read({ machine, bits }).arch).toBe(arch)
  })
})

describe('code', () => {
  test('is in executable sections, or in segments', () => {
    const sections: Section[] = [
      { name: '.data', flags: 3, bytes: '01' },
      { name: '.text', flags: 6, address: 0x10, bytes: '0102' },
      { name: '.empty', flags: 6 },
    ]
    const segments = [{ flags: 5 }, { flags: 6 }, { type: 4, flags: 5 }]
    const shown = (shape: Shape) =>
      codeRanges(read(shape)).map(({ name, address, size }) => `${name}@${address}+${size}`)
    expect(shown({ sections, segments })).toEqual(['.text@16+2'])
    expect(shown({ sections: sections.slice(0, 1), segments })).toEqual(['@0+257'])
  })

  test('identifies a file without a build ID', () => {
    const text = (bytes: Uint8Array, type = 1) =>
      identifierOf(read({ sections: [{ name: '.text', type, bytes }] }))
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i)
    expect(text(bytes)).toEqual(Uint8Array.from({ length: 16 }, () => 16))
    expect(text(bytes.subarray(0, 15))).toEqual(new Uint8Array(16))
    expect(text(new Uint8Array(0))).toBeNull()
    expect(text(bytes, 8)).toBeNull()
    expect(text(Uint8Array.from({ length: 5000 }, (_, i) => (i === 4096 ? 1 : 0)))).toEqual(
      new Uint8Array(16),
    )
    expect(identifierOf(read({ sections: [{ name: '.init', bytes }] }))).toBeNull()
  })
})

describe('links', () => {
  const link = (hex: string) => debugLinkOf(read({ sections: [{ name: '.gnu_debuglink', bytes: hex }] }))
  test.each([
    ['6100 0000 04030201', { name: 'a', crc: 0x01020304 }],
    ['616200 00 04030201', { name: 'ab', crc: 0x01020304 }],
    ['61626300 04030201', { name: 'abc', crc: 0x01020304 }],
    ['6162636400000000 04030201', { name: 'abcd', crc: 0x01020304 }],
    ['6100 0000 040302', null],
    ['00 000000 04030201', null],
    ['61616161', null],
  ])('to a debug file: %s', (hex, expected) => {
    expect(link(hex)).toEqual(expected)
  })

  test('have checksums of whole files', () => {
    expect(crc32Of(sourceOfBytes(new TextEncoder().encode('123456789')))).toBe(0xcbf4_3926)
    const long = new Uint8Array((1 << 20) + 1).fill(0x61)
    expect(crc32Of(sourceOfBytes(long))).not.toBe(crc32Of(sourceOfBytes(long.subarray(1))))
    expect(crc32Of(sourceOfBytes(new Uint8Array(0)))).toBe(0)
  })

  const alt = (name: string, bytes: string) => read({ sections: [{ name, bytes }] })
  test('to a supplement', () => {
    expect(supplementLinkOf(alt('.gnu_debugaltlink', '612f6200 0aff'))).toEqual({ name: 'a/b', id: '0aff' })
    expect(supplementLinkOf(alt('.debug_sup', '0500 00 6100 02 0aff 77'))).toEqual({ name: 'a', id: '0aff' })
    expect(supplementLinkOf(alt('.debug_sup', '0500 01 6100 02 0aff'))).toBeNull()
    expect(supplementLinkOf(alt('.text', ''))).toBeNull()
    expect(() => supplementLinkOf(alt('.gnu_debugaltlink', '61'))).toThrow(RangeError)
    expect(supplementIdsOf(alt('.debug_sup', '0500 01 00 02 0aff'))).toEqual(['0aff'])
    expect(supplementIdsOf(alt('.debug_sup', '0500 00 00 02 0aff'))).toEqual([])
    expect(supplementIdsOf(alt('.text', ''))).toEqual([])
  })
})

describe('parts of other files', () => {
  const kind = (type: number, ...sections: Section[]) => helperKindOf(read({ type, sections }))
  const full = { bytes: '0500 01 00 02 0aff' }
  const sup: Section = { name: '.debug_sup', ...full }
  test.each<[number, Section[], string | null]>([
    [2, [{ name: '.debug_cu_index' }], 'dwp'],
    [1, [{ name: '.debug_info.dwo' }], 'dwo'],
    [1, [{ name: '.zdebug_info.dwo' }], 'dwo'],
    [2, [{ name: '.debug_info.dwo' }], null],
    ...['.debug_info', '.zdebug_info', '.debug_str', '.zdebug_str'].map(
      (name): [number, Section[], string] => [1, [{ name }, sup], 'supplement'],
    ),
    [1, [{ name: '.debug_line' }, sup], null],
    [1, [{ name: '.debug_info' }], null],
    [2, [{ name: '.debug_info' }, sup], null],
    [1, [{ name: '.debug_info' }, sup, { name: '.text', flags: 4, bytes: '01' }], null],
  ])('of type %i with %j: %s', (type, sections, expected) => {
    expect(kind(type, ...sections)).toBe(expected)
  })
})

describe('a compressed section', () => {
  const content = (section: Section, shape: Shape = {}) => {
    const file = read({ ...shape, sections: [section] })
    return sectionContent(file, file.sections[1]!)
  }
  test.each([
    ['.zdebug_info', 0, '00'.repeat(12), 'a section .zdebug_* does not start with ZLIB'],
    [
      '.debug_info',
      0x800,
      '03000000 00000000 0100000000000000 0100000000000000 00',
      '.debug_info has an unknown compression',
    ],
    [
      '.debug_info',
      0x800,
      '00000000 00000000 0100000000000000 0100000000000000 00',
      '.debug_info has an unknown compression',
    ],
    [
      '.debug_info',
      0x800,
      '01000000 00000000 0100000000000000 0100000000000000 00',
      'a compressed section cannot be inflated',
    ],
  ])('%s with the flags %i is refused', (name, flags, bytes, message) => {
    expect(() => content({ name, flags, bytes })).toThrow(new DamagedError(message))
  })

  test('is inflated in files of 32 bits, and once', () => {
    const deflated = '789c4b4c4a0600024d0127'
    const file = read({
      bits: 32,
      machine: 3,
      sections: [
        { name: '.debug_str', flags: 0x800, bytes: `01000000 03000000 01000000 ${deflated}` },
        { name: '.debug_line', bytes: '' },
      ],
    })
    const image = elfImage(file, 'x86')
    expect(Buffer.from(image.debugSection('str')!.read(0, 9)).toString()).toBe('abc')
    expect(image.debugSection('str')).toBe(image.debugSection('str'))
    expect([image.debugSection('line'), image.debugSection('info'), image.arch]).toEqual([null, null, 'x86'])
  })
})

describe('an ELF file', () => {
  const opened = (shape: Shape, cut?: number) =>
    openDebugFile('dir/app', sourceOfBytes(elfBytes(shape).subarray(0, cut)))
  test.each<[string, Shape, number | undefined, string]>([
    ['object', { type: 1 }, undefined, 'an object file; give the program or library that is linked from it'],
    ['unknown', { machine: 2 }, undefined, 'for a processor that is not supported'],
    ['cut', {}, 20, 'its headers are cut or damaged'],
  ])('is refused: %s', (_, shape, cut, message) => {
    expect(() => opened(shape, cut)).toThrow(new DamagedError(message))
  })

  test.each<[Shape, boolean]>([
    [{ sections: [{ name: '.text', flags: 6, bytes: '01' }] }, true],
    [{ sections: [{ name: '.text', flags: 6, type: 8, bytes: '01' }] }, false],
    [{ segments: [{}] }, true],
    [{ segments: [{ flags: 4 }] }, false],
  ])('%j is a binary: %s', (shape, isBinary) => {
    expect(opened(shape)[0]).toMatchObject({ isBinary, format: 'ELF', helper: null })
  })
})
