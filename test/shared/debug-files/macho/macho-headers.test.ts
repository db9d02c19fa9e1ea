// Mach-O files: fat ones, load commands, symbols, and pages of compact unwind information.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { openDebugFile } from '../../../../shared/debug-files/debug-file.ts'
import { compactEntries, compactRules } from '../../../../shared/debug-files/macho/compact-unwind.ts'
import {
  contentOf,
  isFat,
  isMach,
  type MachFile,
  readMach,
  sectionNamed,
  slicesOf,
} from '../../../../shared/debug-files/macho/macho-file.ts'
import { readMachSymbols } from '../../../../shared/debug-files/macho/macho-symbols.ts'
import { DamagedError } from '../../../../shared/debug-files/module-symbols.ts'
import { type Assembler, createAssembler, fromHex } from '../../../support/assembler.ts'

const fixed = (text: string) => {
  const bytes = new Uint8Array(16)
  bytes.set(new TextEncoder().encode(text).subarray(0, 16))
  return bytes
}

interface Shape {
  big?: boolean
  bits?: 32 | 64
  cpu?: number
  subtype?: number
  base?: number
  sections?: {
    segment?: string
    name: string
    address?: number
    size?: number
    offset?: number
    flags?: number
  }[]
  commands?: ((a: Assembler) => void)[]
  /** Of the commands, in the header. */
  count?: number
}

function machBytes({
  big = false,
  bits = 64,
  cpu = 0x0100_0007,
  subtype = 3,
  base = 0x1_0000,
  sections = [],
  commands = [],
  count,
}: Shape) {
  const a = createAssembler(!big)
  const is64 = bits === 64
  const word = (to: Assembler, ...values: number[]) => (is64 ? to.u64(...values) : to.u32(...values))
  const inner = createAssembler(!big)
  const command = (kind: number, write: (a: Assembler) => void) => {
    const body = createAssembler(!big)
    write(body)
    inner.u32(kind, body.size + 8).bytes(body.finish())
  }
  const segment = (name: string, list: NonNullable<Shape['sections']>) =>
    command(is64 ? 0x19 : 1, (b) => {
      b.bytes(fixed(name))
      word(b, base, 0x1000, 0, 0x1000)
      b.u32(7, 5, list.length, 0)
      for (const {
        segment = name,
        name: section,
        address = 0,
        size = 16,
        offset = 0x100,
        flags = 0,
      } of list) {
        b.bytes(fixed(section)).bytes(fixed(segment))
        word(b, base + address, size)
        b.u32(offset, 2, 0, 0, flags).zeros(is64 ? 12 : 8)
      }
    })
  segment('__TEXT', sections)
  for (const write of commands) write(inner)
  const bytes = inner.finish()
  a.u32(
    is64 ? 0xfeedfacf : 0xfeedface,
    cpu,
    0x8000_0000 + subtype,
    2,
    count ?? 1 + commands.length,
    bytes.length,
    0,
  )
  if (is64) a.u32(0)
  return a.bytes(bytes).finish()
}

const read = (shape: Shape): MachFile => readMach(sourceOfBytes(machBytes(shape)))

describe('the headers', () => {
  test.each([
    [7, 3, 'x86'],
    [12, 9, 'arm'],
    [18, 0, 'ppc'],
    [0x0100_0007, 3, 'x86_64'],
    [0x0100_0007, 8, 'x86_64h'],
    [0x0100_000c, 0, 'arm64'],
    [0x0100_000c, 2, 'arm64e'],
    [0x0100_0012, 0, 'ppc64'],
    [1, 0, null],
  ])('of the processor %i, %i are of %s', (cpu, subtype, arch) => {
    expect(read({ cpu, subtype }).arch).toBe(arch)
  })

  test.each([
    { big: false, bits: 64 },
    { big: true, bits: 64 },
    { big: false, bits: 32 },
    { big: true, bits: 32 },
  ] as const)('of %j have sections and tables', (layout) => {
    const file = read({
      ...layout,
      sections: [
        { name: '__text', address: 0x20, flags: 0x8000_0400 },
        { name: '__sixteen_letters', offset: 0 },
        { name: '__bss', flags: 1 },
      ],
      commands: [
        (a) => a.u32(2, 24, 1, 2, 3, 4),
        (a) => a.u32(0x1b, 24).bytes(fromHex('000102030405060708090a0b0c0d0e0f')),
        (a) => a.u32(0x26, 16, 5, 6),
        (a) => a.u32(0x99, 8),
      ],
    })
    expect(file).toMatchObject({
      ...{ littleEndian: !layout.big, addressSize: layout.bits / 8, base: { high: 0, low: 0x1_0000 } },
      ...{ symbols: { at: 1, count: 2, namesAt: 3, namesSize: 4 }, functionStarts: { at: 5, size: 6 } },
    })
    expect(Buffer.from(file.uuid!).toString('hex')).toBe('000102030405060708090a0b0c0d0e0f')
    expect(file.sections.map(({ segment, name, address }) => `${segment} ${name} ${address}`)).toEqual([
      '__TEXT __text 32',
      '__TEXT __sixteen_letter 0',
      '__TEXT __bss 0',
    ])
    expect(file.sections[0]).toMatchObject({ size: 16, offset: 0x100, flags: 0x8000_0400 })
    expect(file.sections.map((section) => contentOf(file, section).size > 0)).toEqual([true, false, false])
    expect(sectionNamed(file, '__bss')).toBe(file.sections[2])
  })

  test('have commands up to their number, and up to one that is damaged', () => {
    const uuid = (a: Assembler) => a.u32(0x1b, 24).zeros(16)
    const starts = (a: Assembler) => a.u32(0x26, 16, 5, 6)
    expect(read({ commands: [uuid, starts], count: 2 })).toMatchObject({
      uuid: expect.anything(),
      functionStarts: null,
    })
    expect(read({ commands: [(a) => a.u32(0x99, 7), starts] }).functionStarts).toBeNull()
    expect(read({ commands: [starts, (a) => a.u32(0x1b, 25).zeros(16)] })).toMatchObject({
      uuid: null,
      functionStarts: { at: 5 },
    })
    expect(read({ commands: [(a) => a.u32(0x1b, 24).zeros(16)] }).uuid).toHaveLength(16)
    expect(read({ commands: [(a) => a.u32(0x99, 8), starts] }).functionStarts).toEqual({ at: 5, size: 6 })
  })

  test('are damaged where a command has no data, also the last one', () => {
    for (const more of [[], [(a: Assembler) => a.u32(0x99, 8)]])
      expect(() => read({ commands: [(a) => a.u32(0x1b, 8), ...more] })).toThrow(RangeError)
  })

  test('have at most 1024 sections', () => {
    const sections = Array.from({ length: 1025 }, () => ({ name: 'a' }))
    expect(read({ sections }).sections).toHaveLength(1024)
  })

  test('have the base of __TEXT, or none', () => {
    expect(read({ base: 0x1_2345_6789 }).base).toEqual({ high: 1, low: 0x2345_6789 })
    const other = machBytes({})
    other[40] = 0x58
    expect(readMach(sourceOfBytes(other)).base).toEqual({ high: 0, low: 0 })
  })

  test.each([
    ['feedface', true],
    ['feedfacf', true],
    ['cefaedfe', true],
    ['cffaedfe', true],
    ['cafebabe', false],
    ['feedfa', false],
  ])('begin with %s: %s', (hex, expected) => {
    expect(isMach(fromHex(hex))).toBe(expected)
  })

  test('are refused when they are cut, or of another processor', () => {
    const opened = (bytes: Uint8Array) => () => openDebugFile('a', sourceOfBytes(bytes))
    expect(opened(machBytes({}).subarray(0, 20))).toThrow(new DamagedError('its headers are cut or damaged'))
    expect(opened(machBytes({ cpu: 1 }))).toThrow(new DamagedError('for a processor that is not supported'))
    expect(() => readMach(sourceOfBytes(new Uint8Array(64)))).toThrow(new DamagedError('not a Mach-O file'))
  })
})

describe('a fat file', () => {
  test.each([
    ['cafebabe 00000002', true],
    ['cafebabf 00000020', true],
    ['cafebabe 00000021', false],
    ['cafebabe 000000', false],
    ['feedface 00000002', false],
  ])('begins with %s: %s', (hex, expected) => {
    expect(isFat(fromHex(hex))).toBe(expected)
  })

  test('has parts', () => {
    const sizes = (hex: string) =>
      slicesOf(sourceOfBytes(Buffer.concat([fromHex(hex), new Uint8Array(100)]))).map(({ size }) => size)
    expect(
      sizes(
        'cafebabe 00000002 0000000000000000 00000030 00000005 00000000 0000000000000000 00000030 00000007 00000000',
      ),
    ).toEqual([5, 7])
    expect(
      sizes('cafebabf 00000001 0000000000000000 0000000000000020 0000000000000009 00000000 00000000'),
    ).toEqual([9])
    expect(sizes('feedface')).toEqual([104])
  })
})

describe('symbols', () => {
  test.each([true, false])('of 64 bits: %s are functions with sizes', (is64) => {
    const names = '\0_first\0second\0_third\0_\0'
    const a = createAssembler()
    const symbol = (nameAt: number, type: number, section: number, address: number) => {
      a.u32(nameAt).u8(type, section).u16(0)
      if (is64) a.u64(0x1_0000 + address)
      else a.u32(0x1_0000 + address)
    }
    symbol(1, 0x0e, 1, 0x20)
    symbol(15, 0x0e, 1, 0x60)
    symbol(1, 0x0e, 2, 0x90)
    symbol(1, 0x01, 1, 0x25)
    symbol(1, 0x64, 1, 0x25)
    symbol(0, 0x0e, 1, 0x25)
    symbol(22, 0x0e, 1, 0x25)
    symbol(8, 0x0f, 1, 0x30)
    const table = a.finish()
    const shape: Shape = {
      bits: is64 ? 64 : 32,
      sections: [
        { name: '__text', address: 0x20, size: 0x50, flags: 0x400 },
        { name: '__data', address: 0x80 },
      ],
      commands: [
        (b) => b.u32(2, 24, 0x400, table.length / (is64 ? 16 : 12), 0x500, names.length),
        (b) => b.u32(0x26, 16, 0x600, 4),
      ],
    }
    const symbols = (starts: string, extra: Partial<Shape> = {}) => {
      const bytes = new Uint8Array(0x700)
      bytes.set(machBytes({ ...shape, ...extra }))
      bytes.set(table, 0x400)
      bytes.set(new TextEncoder().encode(names), 0x500)
      bytes.set(fromHex(starts), 0x600)
      const found = readMachSymbols(readMach(sourceOfBytes(bytes)))
      return [
        ...found.symbols.map(({ address, size, name }) => `${address}+${size} ${name}`),
        found.hasObjectFiles,
      ]
    }
    expect(symbols('00')).toEqual(['32+16 first', '48+48 second', '96+16 third', false])
    expect(symbols('2814 0100')).toEqual(['32+8 first', '48+12 second', '96+16 third', false])
    expect(symbols('28148080')).toEqual(['32+8 first', '48+12 second', '96+16 third', false])
    expect(symbols('00', { commands: [] })).toEqual([false])
    table[(is64 ? 16 : 12) * 4 + 4] = 0x66
    expect(symbols('00').at(-1)).toBe(true)
  })
})

test('symbols reach to the end of their own section, also where another one touches it', () => {
  const table = createAssembler().u32(0).u8(0x0f, 2).u16(0).u64(0x1_0030).finish()
  const sections = [0x20, 0x30].map((address) => ({ name: `at${address}`, address, flags: 0x400 }))
  const bytes = new Uint8Array(0x310)
  bytes.set(machBytes({ sections, commands: [(a) => a.u32(2, 24, 0x300, 1, 0x2f0, 2)] }))
  bytes.set(fromHex('6600'), 0x2f0)
  bytes.set(table, 0x300)
  const file = readMach(sourceOfBytes(bytes))
  expect(readMachSymbols(file).symbols).toEqual([{ address: 0x30, size: 0x10, name: 'f' }])
})

describe('compact unwind information', () => {
  const entries = (write: (a: Assembler) => void) => {
    const a = createAssembler()
    write(a)
    return [...compactEntries(a.finish(), true)].map(
      ({ start, end, encoding }) => `${start}-${end} ${encoding}`,
    )
  }
  const head = (a: Assembler, version: number, pages: [number, number][]) => {
    a.u32(version, 28, 2, 0, 0, 36, pages.length).u32(101, 102)
    for (const [start, at] of pages) a.u32(start, at, 0)
  }

  test('has regular pages', () => {
    const page = (version: number) => (a: Assembler) => {
      head(a, version, [
        [16, 60],
        [64, 0],
      ])
      a.u32(2).u16(8, 3).u32(16, 1, 32, 2, 48, 3)
    }
    expect(entries(page(1))).toEqual(['16-32 1', '32-48 2', '48-64 3'])
    expect(entries(page(2))).toEqual([])
  })

  test('has the last of entries that start at one address', () => {
    const page = (a: Assembler) => {
      head(a, 1, [
        [16, 60],
        [64, 0],
      ])
      a.u32(2).u16(8, 3).u32(16, 1, 16, 2, 48, 3)
    }
    expect(entries(page)).toEqual(['16-48 2', '48-64 3'])
  })

  test('has compressed pages, with common encodings and their own', () => {
    const found = entries((a) => {
      head(a, 1, [
        [16, 72],
        [40, 0],
        [64, 0],
      ])
      a.u32(3).u16(12, 4, 28, 1).u32(0, 0x0100_0004, 0x0200_0008, 0x0200_0008).u32(103)
    })
    expect(found).toEqual(['16-20 101', '20-24 102', '24-64 103'])
  })

  test('has no entry on other pages, or behind the last one', () => {
    const found = entries((a) => {
      head(a, 1, [
        [16, 60],
        [64, 0],
      ])
      a.u32(4).u16(8, 1).u32(16, 1)
    })
    expect(found).toEqual([])
    expect(entries((a) => head(a, 1, []))).toEqual([])
  })

  const text = (arch: string, encoding: number) => {
    const found = compactRules(
      arch,
      { start: 0x1000, end: 0x1100, encoding },
      { codeAt: (at) => (at === 0x1003 ? 0x100 : null) },
    )
    return found && ('rules' in found ? found.rules.map((rule) => rule.join(': ')).join(' ') : found)
  }
  const leaf64 = '.cfa: $rsp 8 + .ra: .cfa -8 + ^'
  test.each<[string, number, ReturnType<typeof text>]>([
    ['arm64', 0, '.cfa: sp .ra: x30'],
    ['arm64', 0x0000_0001, '.cfa: sp .ra: x30'],
    ['arm64', 0x0100_0000, null],
    ['arm64', 0x0300_0123, { frameAt: 0x123 }],
    ['arm64', 0x0500_0000, null],
    ['arm64e', 0x0200_1000, '.cfa: sp 16 + .ra: x30'],
    ['arm64', 0x0400_0000, '.cfa: x29 16 + .ra: .cfa -8 + ^ x29: .cfa -16 + ^'],
    [
      'arm64',
      0x0200_2005,
      '.cfa: sp 32 + .ra: x30 x19: .cfa -8 + ^ x20: .cfa -16 + ^ x23: .cfa -24 + ^ x24: .cfa -32 + ^',
    ],
    ['arm64', 0x0200_0020, '.cfa: sp .ra: x30'],
    ['x86_64', 0x0000_0001, leaf64],
    ['x86_64h', 0x0400_0123, { frameAt: 0x123 }],
    ['x86_64', 0x0500_0000, null],
    ['x86_64', 0x0303_0000, '.cfa: $rsp 256 + .ra: .cfa -8 + ^'],
    ['x86_64', 0x0303_4000, '.cfa: $rsp 272 + .ra: .cfa -8 + ^'],
    ['x86_64', 0x0304_0000, null],
    ['x86_64', 0x0202_1c00, null],
    [
      'x86_64',
      0x0207_1800,
      '.cfa: $rsp 56 + .ra: .cfa -8 + ^ $rbx: .cfa -56 + ^ $r12: .cfa -48 + ^ $r13: .cfa -40 + ^ $r14: .cfa -32 + ^ $r15: .cfa -24 + ^ $rbp: .cfa -16 + ^',
    ],
    ['x86_64', 0x0202_0401, '.cfa: $rsp 16 + .ra: .cfa -8 + ^ $r12: .cfa -16 + ^'],
    ['x86_64', 0x0102_0007, '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^'],
    ['x86_64', 0x0100_7000, '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^'],
    ['x86_64', 0x0100_6000, '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^ $rbp: .cfa 16 + ^'],
    ['x86', 0, '.cfa: $esp 4 + .ra: .cfa -4 + ^'],
    [
      'x86',
      0x0102_0009,
      '.cfa: $ebp 8 + .ra: .cfa -4 + ^ $ebp: .cfa -8 + ^ $ebx: .cfa -16 + ^ $ebx: .cfa -12 + ^',
    ],
    [
      'x86',
      0x0205_1400 + 719,
      '.cfa: $esp 20 + .ra: .cfa -4 + ^ $ebp: .cfa -24 + ^ $esi: .cfa -20 + ^ $edi: .cfa -16 + ^ $edx: .cfa -12 + ^ $ecx: .cfa -8 + ^',
    ],
    ['ppc', 0, null],
  ])('%s %i', (arch, encoding, rules) => {
    expect(text(arch, encoding)).toEqual(rules)
  })
})
