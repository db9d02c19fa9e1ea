// Headers of PE files, and the names that they have: exports and COFF symbols.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { openDebugFile } from '../../../../shared/debug-files/debug-file.ts'
import { DamagedError } from '../../../../shared/debug-files/module-symbols.ts'
import { readCoffSymbols, readExports } from '../../../../shared/debug-files/pe/exports.ts'
import { FrameState, recordOf } from '../../../../shared/debug-files/pe/frame-state.ts'
import {
  codeSections,
  debugInfoOf,
  type PeFile,
  peCodeId,
  readAt,
  readPe,
  sectionBytes,
  textAtAddress,
} from '../../../../shared/debug-files/pe/pe-file.ts'
import { createAssembler, fromHex } from '../../../support/assembler.ts'

interface Shape {
  machine?: number
  wide?: boolean
  directories?: [address: number, size: number][]
  sections?: { name: string; address?: number; size?: number; flags?: number; bytes?: Uint8Array }[]
  /** Symbols and strings at the end of the file. */
  coff?: { symbols: Uint8Array; strings: Uint8Array }
}

const headerBytes = 0x400

function peBytes({
  machine = 0x8664,
  wide = true,
  directories = [],
  sections = [],
  coff,
}: Shape): Uint8Array {
  const a = createAssembler()
  const contents = sections.map(({ bytes = new Uint8Array(0) }) => bytes)
  const end = headerBytes + contents.reduce((sum, bytes) => sum + bytes.length, 0)
  const optionalBytes = (wide ? 112 : 96) + 8 * directories.length
  a.u8(0x4d, 0x5a).zeros(0x3a).u32(0x80).zeros(0x40)
  a.u32(0x4550)
    .u16(machine, sections.length)
    .u32(0x0123_4567, coff ? end : 0, coff ? coff.symbols.length / 18 : 0)
  a.u16(optionalBytes, 2)
  a.u16(wide ? 0x20b : 0x10b).zeros(22)
  if (wide) a.u64(0x1_4000_0000)
  else a.u32(0, 0x40_0000)
  a.zeros(24)
    .u32(0x5000)
    .zeros(wide ? 48 : 32)
    .u32(directories.length)
  for (const pair of directories) a.u32(...pair)
  let at = headerBytes
  for (const [
    i,
    { name, address = 0x1000, size = contents[i]!.length, flags = 0x6000_0020 },
  ] of sections.entries()) {
    const label = new Uint8Array(8)
    label.set(new TextEncoder().encode(name))
    a.bytes(label).u32(size, address, contents[i]!.length, at).zeros(12).u32(flags)
    at += contents[i]!.length
  }
  a.zeros(headerBytes - a.size)
  for (const bytes of contents) a.bytes(bytes)
  if (coff) a.bytes(coff.symbols).bytes(coff.strings)
  return a.finish()
}

const read = (shape: Shape): PeFile => readPe(sourceOfBytes(peBytes(shape)))
const text = (value: string) => new TextEncoder().encode(value)

describe('the headers', () => {
  test.each([
    [0x14c, false, 'x86'],
    [0x8664, true, 'x86_64'],
    [0x1c4, false, 'arm'],
    [0xaa64, true, 'arm64'],
    [0xa641, true, 'arm64'],
    [0x1234, false, null],
  ])('of the processor %i, wide: %s, are of %s', (machine, wide, arch) => {
    const file = read({
      machine,
      wide,
      directories: [
        [1, 2],
        [3, 4],
      ],
    })
    expect(file).toMatchObject({ arch, timestamp: 0x0123_4567, imageSize: 0x5000, addressSize: wide ? 8 : 4 })
    expect(file.base).toEqual(wide ? { high: 1, low: 0x4000_0000 } : { high: 0, low: 0x40_0000 })
    expect(file.directories).toEqual([
      { address: 1, size: 2 },
      { address: 3, size: 4 },
    ])
    expect([file.symbolsAt, file.symbolCount, peCodeId(file)]).toEqual([0, 0, '012345675000'])
  })

  test('have at most sixteen directories', () => {
    const directories = Array.from({ length: 17 }, (_, i): [number, number] => [i, i])
    expect(read({ directories }).directories).toHaveLength(16)
  })

  test('have sections, of which names may be elsewhere', () => {
    const strings = text('....first\0second\0')
    const coff = { symbols: new Uint8Array(0), strings }
    const names = ['.text', '.12345678', '/4', `//${'A'.repeat(5)}K`, `//${'A'.repeat(4)}BA`, '/x', '/'].map(
      (name) => name.slice(0, 8),
    )
    const sections = names.map((name) => ({ name, flags: 1 }))
    const found = read({ sections, coff: { ...coff, symbols: new Uint8Array(18) } })
    expect(found.sections.map(({ name }) => name)).toEqual([
      '.text',
      '.1234567',
      'first',
      'second',
      '',
      '/x',
      '/',
    ])
    expect(read({ sections }).sections[2]!.name).toBe('/4')
    expect(found.sections[0]).toEqual({
      name: '.text',
      address: 0x1000,
      size: 0,
      fileOffset: 0x400,
      fileSize: 0,
      flags: 1,
    })
  })

  test.each<[string, Uint8Array, string]>([
    [
      'of DOS',
      text(`MZ${' '.repeat(200)}`).fill(0, 0x3c, 0x40),
      'a program for DOS or 16-bit Windows, not a PE file',
    ],
    ['cut', peBytes({}).subarray(0, 0x90), 'its headers are cut or damaged'],
    ['of another processor', peBytes({ machine: 1 }), 'for a processor that is not supported'],
  ])('%s are refused', (_, bytes, message) => {
    expect(() => openDebugFile('a.exe', sourceOfBytes(bytes))).toThrow(new DamagedError(message))
  })
})

describe('addresses', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
  const file = read({
    sections: [
      { name: '.text', address: 0x2000, bytes },
      { name: '.data', address: 0x3000, bytes, size: 10, flags: 1 },
    ],
  })

  test.each<[number, number, string]>([
    [0x2000, 3, '010203'],
    [0x200f, 3, '10'],
    [0x2010, 3, ''],
    [0x1fff, 3, ''],
    [0, 2, '4d5a'],
    [0xfff, 8, ''],
    [0x1000, 8, ''],
  ])('%i with %i bytes has %j', (address, length, hex) => {
    expect(Buffer.from(readAt(file, address, length)).toString('hex')).toBe(hex)
  })

  test('of headers are in the first page only', () => {
    const large = { ...file, source: sourceOfBytes(new Uint8Array(8192)) }
    expect([readAt(large, 4090, 100).length, readAt(large, 4095, 1).length]).toEqual([6, 1])
  })

  test('of sections have code, and padding', () => {
    expect(codeSections(file).map(({ name }) => name)).toEqual(['.text'])
    expect(file.sections.map((section) => sectionBytes(file, section).size)).toEqual([16, 10])
    expect(sectionBytes(file, { ...file.sections[0]!, size: 0 }).size).toBe(16)
  })

  test('have texts', () => {
    const named = read({ sections: [{ name: '.rdata', address: 0x2000, bytes: text('name\0rest') }] })
    expect([0x2000, 0x2002, 0x2005, 0x9000].map((at) => textAtAddress(named, at))).toEqual([
      'name',
      'me',
      '',
      '',
    ])
  })
})

describe('the debug directory', () => {
  const guid = '0102030405060708090a0b0c0d0e0f10'
  const rsds = `52534453 ${guid} 1a000000 ${Buffer.from('C:\\out\\a.pdb\0').toString('hex')}`
  const nb10 = `4e423130 00000000 0df0ad0b 0b000000 ${Buffer.from('b.pdb').toString('hex')}`
  const info = (entries: [type: number, hex: string][], size?: number) => {
    const a = createAssembler()
    const contents = entries.map(([, hex]) => fromHex(hex))
    let at = headerBytes + 28 * entries.length
    for (const [i, [type]] of entries.entries()) {
      a.zeros(12).u32(type, contents[i]!.length, 0, at)
      at += contents[i]!.length
    }
    for (const bytes of contents) a.bytes(bytes)
    const directories = Array.from({ length: 7 }, (_, i): [number, number] =>
      i === 6 ? [0x1000, size ?? 28 * entries.length] : [0, 0],
    )
    return debugInfoOf(read({ directories, sections: [{ name: '.rdata', bytes: a.finish() }] }))
  }
  const newest = { debugId: '0403020106050807090A0B0C0D0E0F101a', pdbPath: 'C:\\out\\a.pdb' }

  test.each<[string, [number, string][], ReturnType<typeof debugInfoOf>]>([
    ['an entry', [[2, rsds]], newest],
    [
      'another entry before',
      [
        [13, rsds],
        [2, rsds],
      ],
      newest,
    ],
    ['an old entry', [[2, nb10]], { debugId: '0BADF00Db', pdbPath: 'b.pdb' }],
    ['an unknown mark', [[2, nb10.replace('3130', '3131')]], null],
    ['an entry without a path', [[2, rsds.slice(0, 50)]], { ...newest, pdbPath: '' }],
    ['an entry that is cut', [[2, rsds.slice(0, 48)]], null],
    ['an old entry without a path', [[2, nb10.slice(0, 35)]], { debugId: '0BADF00Db', pdbPath: '' }],
    ['an old entry that is cut', [[2, nb10.slice(0, 33)]], null],
    ['another kind', [[4, rsds]], null],
    ['nothing', [], null],
  ])('with %s', (_, entries, expected) => {
    expect(info(entries)).toEqual(expected)
  })

  test('has whole entries', () => {
    expect(info([[2, rsds]], 27)).toBeNull()
    expect(debugInfoOf(read({}))).toBeNull()
  })
})

describe('exports', () => {
  const exported = (change: (view: DataView) => void = () => undefined, isPresent = true) => {
    const a = createAssembler()
    a.zeros(20).u32(3, 4, 0x1028, 0x1034, 0x1044)
    a.u32(0x2000, 0x2fff, 0x1010)
    a.u32(0x1050, 0x1052, 0x1054, 0x1056)
    a.u16(0, 1, 2, 9).zeros(4)
    a.bytes(text('a\0b\0c\0d\0'))
    const bytes = a.finish()
    change(new DataView(bytes.buffer))
    const file = read({
      directories: [[isPresent ? 0x1000 : 0, bytes.length]],
      sections: [
        { name: '.edata', address: 0x1000, bytes, flags: 1 },
        { name: '.text', address: 0x2000, size: 0x1000 },
      ],
    })
    return readExports(file).map(({ address, size, name }) => `${address.toString(16)}+${size} ${name}`)
  }

  test('have names, and are not those of other libraries, or data', () => {
    expect(exported()).toEqual(['2000+0 a', '2fff+0 b'])
    expect(exported((view) => view.setUint32(0x2c, 0x3000, true))).toEqual(['2000+0 a'])
    expect(exported((view) => view.setUint32(0x2c, 0x1fff, true))).toEqual(['2000+0 a'])
    expect(exported((view) => view.setUint32(0x34, 0x1051, true))).toEqual(['2fff+0 b'])
    expect(exported((view) => view.setUint32(24, 1, true))).toEqual(['2000+0 a'])
    expect(exported((view) => view.setUint32(20, 1, true))).toEqual(['2000+0 a'])
    expect(exported((view) => view.setUint16(0x4a, 0, true))).toEqual(['2000+0 a', '2fff+0 b', '2000+0 d'])
    expect(exported(undefined, false)).toEqual([])
    expect(readExports(read({}))).toEqual([])
  })

  test('are those of other libraries from the start to the end of the directory, in code too', () => {
    const a = createAssembler().zeros(20).u32(4, 4, 0x1028, 0x1038, 0x1048)
    a.u32(0x1000, 0x1057, 0x1058, 0xfff)
    a.u32(0x1050, 0x1052, 0x1054, 0x1056)
    a.u16(0, 1, 2, 3).bytes(text('a\0b\0c\0d\0'))
    const bytes = Buffer.concat([new Uint8Array(0x10), a.finish(), new Uint8Array(0x10)])
    const directories: Shape['directories'] = [[0x1000, a.size]]
    const file = read({ directories, sections: [{ name: '.text', address: 0xff0, bytes }] })
    expect(readExports(file).map(({ address, name }) => [address, name])).toEqual([
      [0x1058, 'c'],
      [0xfff, 'd'],
    ])
  })
})

describe('COFF symbols', () => {
  const strings = text('\0\0\0\0a name that is long\0')
  const symbol = (
    label: Uint8Array | string,
    { value = 8, section = 1, type = 0x20, auxiliary = 0 } = {},
  ) => {
    const name = new Uint8Array(8)
    name.set(typeof label === 'string' ? text(label) : label)
    const a = createAssembler().bytes(name).u32(value).u16(section, type).u8(2, auxiliary)
    return a.zeros(18 * auxiliary).finish()
  }
  const sections = [
    { name: '.text', address: 0x1000 },
    { name: '.data', address: 0x2000, flags: 1 },
  ]
  const found = (machine: number, ...symbols: Uint8Array[]) =>
    readCoffSymbols(read({ machine, sections, coff: { symbols: Buffer.concat(symbols), strings } })).map(
      ({ address, size, name }) => `${address.toString(16)}+${size} ${name}`,
    )

  test('are functions in code', () => {
    const symbols = [
      symbol('_first', { auxiliary: 1 }),
      symbol('exactly8', { value: 9 }),
      symbol(fromHex('00000000 04000000')),
      symbol('variable', { type: 0 }),
      symbol('data', { section: 2 }),
      symbol('none', { section: 0 }),
      symbol('beyond', { section: 3 }),
      symbol(''),
      symbol(fromHex('0041424344454647')),
      symbol('last', { value: 0 }),
    ]
    const rest = ['1009+0 exactly8', '1008+0 a name that is long', '1000+0 last']
    expect(found(0x8664, ...symbols)).toEqual(['1008+0 _first', ...rest])
    expect(found(0x14c, ...symbols)).toEqual(['1008+0 first', ...rest])
    expect(readCoffSymbols(read({ sections }))).toEqual([])
  })
})

describe('the state of a frame', () => {
  test('gives rules from where the stack pointer is', () => {
    const state = new FrameState('$rsp')
    expect(state.rules(8, null)).toEqual([
      ['.cfa', '$rsp 8 +'],
      ['.ra', '.cfa -8 + ^'],
    ])
    state.save('$rbx')
    state.release(8)
    state.save('$rsi', 16)
    state.saveAt('$rdi', '$rbp', 24)
    state.saveAt('$r12', '$rbp', 0)
    expect(state.rules(8, null)).toEqual([
      ['.cfa', '$rsp 16 +'],
      ['.ra', '.cfa -8 + ^'],
      ['$rbx', '.cfa -16 + ^'],
      ['$rsi', '.cfa 8 + ^'],
      ['$rdi', '$rbp 24 + ^'],
      ['$r12', '$rbp ^'],
    ])
    state.setPointer('$rbp', 32)
    state.release(40)
    expect(state.rules(8, null).slice(0, 2)).toEqual([
      ['.cfa', '$rbp 16 +'],
      ['.ra', '.cfa -8 + ^'],
    ])
  })

  test('has the return address in a register, or where that is saved', () => {
    const state = new FrameState('sp')
    expect(state.rules(0, 'x30')).toEqual([
      ['.cfa', 'sp'],
      ['.ra', 'x30'],
    ])
    state.save('x30', 8)
    state.release(16)
    expect(state.rules(0, 'x30')).toEqual([
      ['.cfa', 'sp 16 +'],
      ['.ra', '.cfa -8 + ^'],
    ])
  })

  test('has a machine frame behind an error code', () => {
    const state = new FrameState('$rsp')
    state.save('$rax')
    state.release(8)
    state.machine(8)
    expect(state.rules(8, null)).toEqual([
      ['.cfa', '$rsp 40 + ^'],
      ['.ra', '$rsp 16 + ^'],
      ['$rax', '$rsp ^'],
    ])
  })

  test('gives records of what changes', () => {
    const row = (offset: number, ...rules: [string, string][]) => ({ offset, rules })
    const record = recordOf(0x100, 10, [
      row(0, ['.cfa', 'a']),
      row(2, ['.cfa', 'skipped']),
      row(2, ['.cfa', 'b'], ['$rbx', 'c']),
      row(4, ['.cfa', 'b'], ['$rbx', 'c']),
      row(9, ['.cfa', 'b']),
      row(10, ['.cfa', 'end']),
    ])
    expect(record).toEqual({
      ...{ start: 0x100, size: 10, initial: [['.cfa', 'a']] },
      changes: [
        {
          address: 0x102,
          rules: [
            ['.cfa', 'b'],
            ['$rbx', 'c'],
          ],
        },
        { address: 0x109, rules: [['$rbx', '$rbx']] },
      ],
    })
    expect(recordOf(0, 4, [])).toEqual({ start: 0, size: 4, initial: [], changes: [] })
  })
})
