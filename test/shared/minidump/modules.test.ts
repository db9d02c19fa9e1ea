// Lists of modules, by synthetic dumps.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { fromHex } from '../../support/assembler.ts'
import { createSynthMinidump, elfBuildId, pdb20, pdb70 } from '../../support/synth-minidump.ts'
import type { SynthDump, SynthModule } from '../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))
const orders = [
  ['little', true],
  ['big', false],
] as const

describe('readMinidump: modules', () => {
  const ids = (module: Partial<SynthModule>, os: 'windows' | 'linux' | 'mac', littleEndian = true) => {
    const base = { base: 0x1_0000_0000n, size: 0x4000, name: '/x/y.so', ...module }
    const [found] = read({ littleEndian, system: { os }, modules: [base] }).modules.list
    return [found!.debugFile, found!.debugId, found!.codeId]
  }
  const guid = (a: number, b: number, c: number, rest: string) => [a, b, c, fromHex(rest)] as const
  test.each(orders)('%s endian: PDB 7.0, PDB 2.0', (_, littleEndian) => {
    const seven = pdb70(guid(0xabcd1234, 0xf00d, 0xbeef, '0102030405060708'), 1, 'c:\\foo\\file.pdb')
    const stamp = { timestamp: 0xb1054d2a, size: 0xada542bd }
    expect(ids({ codeView: seven, ...stamp }, 'windows', littleEndian)).toEqual([
      'c:\\foo\\file.pdb',
      'ABCD1234F00DBEEF01020304050607081',
      'b1054d2aada542bd',
    ])
    expect(ids({ codeView: pdb20(0xabcd1234, 1, 'old.pdb'), ...stamp }, 'windows', littleEndian)).toEqual([
      'old.pdb',
      'ABCD12341',
      'b1054d2aada542bd',
    ])
  })

  const long = '000102030405060708090a0b0c0d0e0f1011121314151617'
  test.each([
    ['ELF, 24 bytes', elfBuildId(fromHex(long)), ['/x/y.so', '030201000504070608090A0B0C0D0E0F0', long]],
    [
      'ELF, 8 bytes',
      elfBuildId(fromHex('0001020304050607')),
      ['/x/y.so', '030201000504070600000000000000000', '0001020304050607'],
    ],
    ['ELF of zeros', elfBuildId(new Uint8Array(20)), ['/x/y.so', null, null]],
    ['none', undefined, [null, null, null]],
  ])('Linux: %s', (_, codeView, expected) => {
    expect(ids(codeView ? { codeView } : {}, 'linux')).toEqual(expected)
  })

  test('macOS: the GUID is the code ID; Windows without CodeView: time stamp and size', () => {
    const uuid = pdb70(guid(0xaabbccdd, 0xeeff, 0x0011, '2233445566778899'), 0, 'XUL')
    expect(ids({ codeView: uuid }, 'mac')).toEqual([
      'XUL',
      'AABBCCDDEEFF001122334455667788990',
      'aabbccddeeff00112233445566778899',
    ])
    expect(ids({ timestamp: 0xb1054d2a, size: 0x4000 }, 'windows')).toEqual([null, null, 'b1054d2a4000'])
    const zero = pdb70(guid(0, 0, 0, '0000000000000000'), 5, 'x.pdb')
    expect(ids({ codeView: zero }, 'windows')[1]).toBeNull()
  })

  test('versions are split into halves on Windows and macOS, whole words elsewhere', () => {
    const version = [0x0001_0002, 0x0003_0004, 5, 6] as const
    const of = (os: 'windows' | 'linux') =>
      read({ system: { os }, modules: [{ base: 1, size: 1, name: 'm', version }] }).modules.list[0]!.version
    expect([of('windows'), of('linux')]).toEqual(['1.2.3.4', '65538.196612.5.6'])
  })

  test('of overlapping modules the first is found, all stay in the list', () => {
    const rows = [
      [0x1_0000_0000n, 0x4000],
      [0x1_0000_0000n, 0x4000],
      [0x1_0000_0001n, 0x4000],
      [0x1_0000_0001n, 0x3000],
      [0x1_0000_4000n, 0x4000],
    ] as const
    const { modules } = read({ modules: rows.map(([base, size], i) => ({ base, size, name: `m${i}` })) })
    expect(modules.list.length).toBe(5)
    expect(modules.at(0x1_0000_1000n)).toBe(modules.list[0])
    expect(modules.at(0x1_0000_5000n)).toBe(modules.list[4])
    expect(modules.indexAtPair(1, 0x5000)).toBe(4)
    expect([0xffff_ffffn, 0x1_0000_8000n].map((address) => modules.at(address))).toEqual([null, null])
  })

  test('one bad module affects only itself, a bad name or CodeView record only that', () => {
    const broken = pdb70(guid(1, 2, 3, '0102030405060708'), 1, 'cut')
    const bytes = createSynthMinidump({
      modules: [
        { base: 0x1000, size: 0, name: 'empty' },
        { base: 0xffff_ffff_ffff_f000n, size: 0x2000, name: 'past the end' },
        { base: 0x2000, size: 0x1000, name: 'dangling', codeView: broken },
        { base: 0x4000, size: 0x1000, name: 'good', codeView: elfBuildId([1]) },
      ],
    })
    const view = new DataView(bytes.buffer)
    const list = view.getUint32(32 + 8, true) + 4
    view.setUint32(list + 2 * 108 + 20, 0x7fff_ffff, true)
    view.setUint32(list + 2 * 108 + 76, 10, true)
    const dump = readMinidump(bytes)
    expect(dump.modules.list.map((m) => [m.base, m.codeFile, m.debugId])).toEqual([
      [0x2000n, '', null],
      [0x4000n, 'good', '00000001'.padEnd(33, '0')],
    ])
    expect(dump.issues.length).toBe(4)
  })

  test.each(orders)('%s endian: unloaded modules', (_, littleEndian) => {
    const { unloadedModules } = read({
      littleEndian,
      unloadedModules: [
        { base: 1n << 40n, size: 0x1000, name: 'gone.dll', timestamp: 0xb1054d2a },
        { base: 5, size: 0, name: 'empty' },
      ],
    })
    expect(unloadedModules).toMatchObject([{ base: 1n << 40n, codeFile: 'gone.dll', codeId: 'b1054d2a1000' }])
  })
})

test.each([
  [0, 0],
  [1, 1],
  [16, 1],
  [17, 0],
])('of modules 16 bytes before the last address, one of %i bytes: %i is listed', (size, count) => {
  const module = { base: 0xffff_ffff_ffff_ffefn, size, name: 'm' }
  expect(read({ modules: [module] }).modules.list).toHaveLength(count)
  expect(read({ unloadedModules: [module] }).unloadedModules).toHaveLength(count)
})
