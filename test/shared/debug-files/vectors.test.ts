// Encodings one by one: bytes and the records that they stand for.
import { describe, expect, test } from 'vitest'
import { ByteCursor, zeroBase } from '../../../shared/debug-files/byte-cursor.ts'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { readFrames } from '../../../shared/debug-files/cfi/frame-section.ts'
import { cpuRulesOf } from '../../../shared/debug-files/cfi/register-names.ts'
import { Dwarf } from '../../../shared/debug-files/dwarf/dwarf.ts'
import { readLineTable } from '../../../shared/debug-files/dwarf/line-program.ts'
import type { Unit } from '../../../shared/debug-files/dwarf/unit.ts'
import {
  codeIdOfPe,
  debugIdOfBuildId,
  debugIdOfGuid,
  debugIdOfUuid,
} from '../../../shared/debug-files/identity.ts'
import { compactRules } from '../../../shared/debug-files/macho/compact-unwind.ts'
import { type CfiRecord, ModuleSymbols } from '../../../shared/debug-files/module-symbols.ts'
import { joinPath } from '../../../shared/debug-files/paths.ts'
import { parameterBytes, plainName } from '../../../shared/debug-files/pdb/publics.ts'
import type { PeFile } from '../../../shared/debug-files/pe/pe-file.ts'
import { unwindArm64 } from '../../../shared/debug-files/pe/unwind-arm64.ts'
import { runtimeFunctions, unwindX64 } from '../../../shared/debug-files/pe/unwind-x64.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/\s/g, ''), 'hex'))
const identity = {
  os: 'Linux',
  arch: 'x86_64',
  debugId: null,
  debugFile: 'a',
  codeId: null,
  codeFile: null,
} as const

/** The STACK CFI lines of records. */
function cfiText(records: Iterable<CfiRecord | null>): string[] {
  const module = new ModuleSymbols(identity, 1000)
  for (const record of records) if (record) module.addCfi(record)
  const text = Buffer.concat([...symText(module)]).toString()
  return text.split('\n').filter((line) => line.startsWith('STACK'))
}

describe('identities', () => {
  test.each([
    ['27dc140fe34627de517835b230dfc4f55798b964', '0F14DC2746E3DE27517835B230DFC4F50'],
    ['0102030405060708', '040302010605080700000000000000000'],
  ])('build ID %s is debug ID %s', (buildId, debugId) => {
    expect(debugIdOfBuildId(bytesOf(buildId))).toBe(debugId)
  })

  test('of PE files and Mach-O files', () => {
    const guid = bytesOf('55f1475bd7ca4cda4c4c44205044422e')
    expect(debugIdOfGuid(guid, 1)).toBe('5B47F155CAD7DA4C4C4C44205044422E1')
    expect(debugIdOfGuid(guid, 0x1a)).toBe('5B47F155CAD7DA4C4C4C44205044422E1a')
    expect(codeIdOfPe(0xb1445467, 0x6000)).toBe('B14454676000')
    expect(codeIdOfPe(0x445467, 0x6000)).toBe('004454676000')
    expect(debugIdOfUuid(bytesOf('4C4C445F55553144A1CEFFD51CA1488D'))).toBe(
      '4C4C445F55553144A1CEFFD51CA1488D0',
    )
  })
})

describe('.eh_frame', () => {
  const cie = '1400000000000000017a5200017810011b0c070890010000'
  const fde = '240000001c00000020efffff40000000000e10460e184a0f0b770880003f1a3b2a33242200000000'
  const frames = (hex: string, address: number) =>
    cfiText(
      readFrames(
        {
          bytes: bytesOf(hex),
          address,
          isEh: true,
          littleEndian: true,
          base: zeroBase,
          cpu: cpuRulesOf('x86_64')!,
          isCode: () => true,
        },
        () => expect.fail('damaged'),
      ),
    )

  test('the entries of a PLT are arithmetic on the program counter', () => {
    expect(frames(cie + fde, 0x20e0)).toEqual([
      'STACK CFI INIT 1020 40 .cfa: $rsp 16 + .ra: .cfa -8 + ^',
      'STACK CFI 1026 .cfa: $rsp 24 +',
      'STACK CFI 1030 .cfa: $rsp 8 + $rip 16 % 5 + 16 / 8 * +',
    ])
  })

  test('an undefined return address ends the stack', () => {
    const end = '1400000000000000017a5200017810011b0c070890010710'
    expect(frames(end + '140000001c00000020efffff4000000000000000000000000000'.slice(0, 48), 0x20e0)).toEqual(
      ['STACK CFI INIT 1020 40 .cfa: $rsp 8 + .ra: .undef'],
    )
  })

  test('an epilogue of GCC that leaves a realigned stack does not read through the popped frame pointer', () => {
    const realigned =
      '280000001c00000040f3ffffee00000000450c0a005c1006027600420f0376780602bd0c0a00490c07080000'
    expect(frames(cie + realigned, 0x20e0)).toEqual([
      'STACK CFI INIT 1440 ee .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI 1445 .cfa: $r10',
      'STACK CFI 1461 $rbp: $rbp ^',
      'STACK CFI 1463 .cfa: $rbp -8 + ^',
      'STACK CFI 1520 .cfa: $r10 $rbp: $rbp',
      'STACK CFI 1529 .cfa: $rsp 8 +',
    ])
  })

  test('lengths of zero between the frames of two object files are skipped', () => {
    expect(frames(`${cie}00000000${fde.replace('1c000000', '20000000')}`, 0x20e0 - 4 + 4)).toHaveLength(3)
  })
})

/** A PE file whose addresses are offsets in `parts`. */
function peWith(arch: 'x86_64' | 'arm64', parts: Record<number, string>, entries: readonly number[]): PeFile {
  const image = new Uint8Array(0x4000)
  for (const [address, hex] of Object.entries(parts)) image.set(bytesOf(hex), Number(address))
  const table = new DataView(image.buffer, 0x3000)
  for (const [i, value] of entries.entries()) table.setUint32(4 * i, value, true)
  const directories = Array.from({ length: 16 }, (_, i) =>
    i === 3 ? { address: 0x3000, size: 4 * entries.length } : { address: 0, size: 0 },
  )
  const sections = [
    { name: '.text', address: 0, size: 0x4000, fileOffset: 0, fileSize: 0x4000, flags: 0x2000_0000 },
  ]
  const source = sourceOfBytes(image)
  return {
    source,
    arch,
    addressSize: 8,
    base: zeroBase,
    timestamp: 0,
    imageSize: 0,
    sections,
    directories,
    symbolsAt: 0,
    symbolCount: 0,
  }
}

describe('unwind information of x64', () => {
  const unwind = (parts: Record<number, string>, ...entry: number[]) => {
    const file = peWith('x86_64', parts, entry)
    return cfiText([...runtimeFunctions(file)].map((f) => unwindX64(file, f, () => undefined)))
  }

  test('has a row for each instruction of a prologue', () => {
    expect(unwind({ 8192: '01080500084204300350027001600000' }, 0x1910, 0x1976, 0x2000)).toEqual([
      'STACK CFI INIT 1910 66 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI 1911 .cfa: $rsp 16 + $rsi: .cfa -16 + ^',
      'STACK CFI 1912 .cfa: $rsp 24 + $rdi: .cfa -24 + ^',
      'STACK CFI 1913 .cfa: $rsp 32 + $rbp: .cfa -32 + ^',
      'STACK CFI 1914 .cfa: $rsp 40 + $rbx: .cfa -40 + ^',
      'STACK CFI 1918 .cfa: $rsp 80 +',
    ])
  })

  test('counts from the frame register once it is set', () => {
    expect(unwind({ 8192: '010604050603030202600150' }, 0x1770, 0x1832, 0x2000)).toEqual([
      'STACK CFI INIT 1770 c2 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI 1771 .cfa: $rsp 16 + $rbp: .cfa -16 + ^',
      'STACK CFI 1772 .cfa: $rsp 24 + $rsi: .cfa -24 + ^',
      'STACK CFI 1773 .cfa: $rsp 32 +',
      'STACK CFI 1776 .cfa: $rbp 32 +',
    ])
  })

  test('a continued entry begins with the rules of the one before', () => {
    const parts = {
      8192: '0105020005820130',
      8448: '210a04000a68020005640800 00100000 2f100000 00200000',
    }
    expect(unwind(parts, 0x100f, 0x1029, 0x2100)).toEqual([
      'STACK CFI INIT 100f 1a .cfa: $rsp 88 + .ra: .cfa -8 + ^ $rbx: .cfa -16 + ^',
      'STACK CFI 1014 $rsi: .cfa -24 + ^',
    ])
  })

  test('a machine frame has the return address and the stack pointer of the caller', () => {
    expect(unwind({ 8192: '010a04250a0305520150001a' }, 0x102f, 0x1041, 0x2000)).toEqual([
      'STACK CFI INIT 102f 12 .cfa: $rsp 32 + ^ .ra: $rsp 8 + ^',
      'STACK CFI 1030 .cfa: $rsp 40 + ^ .ra: $rsp 16 + ^ $rbp: $rsp ^',
      'STACK CFI 1034 .cfa: $rsp 88 + ^ .ra: $rsp 64 + ^ $rbp: $rsp 48 + ^',
      'STACK CFI 1039 .cfa: $rbp 56 + ^ .ra: $rbp 32 + ^ $rbp: $rbp 16 + ^',
    ])
  })

  test.each([
    [32, 1],
    [33, 0],
  ])('of %i entries, each of which continues the next, has %i records', (count, records) => {
    const word = (value: number) =>
      `${value
        .toString(16)
        .padStart(4, '0')
        .replace(/(..)(..)/, '$2$1')}0000`
    const infos = Array.from({ length: count }, (_, i): [number, string] => [
      0x2000 + 16 * i,
      i === count - 1
        ? '01000000'
        : `21000000 ${word(0x1000)} ${word(0x1100)} ${word(0x2000 + 16 * (i + 1))}`,
    ])
    expect(unwind(Object.fromEntries(infos), 0x1000, 0x1100, 0x2000)).toHaveLength(records)
  })

  test.each([
    ['an unknown version', '07080500084204300350027001600000'],
    ['an unknown code', '01080100080b'],
    ['a code that is cut', '0108010008010000'],
    ['a circle of continued entries', '21000000 00100000 2f100000 00200000'],
  ])('%s has no rules', (_, hex) => {
    expect(unwind({ 8192: hex }, 0x1000, 0x1100, 0x2000)).toEqual([])
  })
})

describe('unwind information of arm64', () => {
  const unwind = (parts: Record<number, string>, ...entry: number[]) =>
    cfiText(unwindArm64(peWith('arm64', parts, entry), () => expect.fail('damaged')))

  test('in one word describes prologue and epilogue', () => {
    expect(unwind({}, 0x1050, 0x01220079)).toEqual([
      'STACK CFI INIT 1050 78 .cfa: sp .ra: x30',
      'STACK CFI 1054 .cfa: sp 32 + x19: .cfa -32 + ^ x20: .cfa -24 + ^',
      'STACK CFI 1058 .ra: .cfa -16 + ^',
      'STACK CFI 10c0 .ra: x30',
      'STACK CFI 10c4 .cfa: sp x19: x19 x20: x20',
    ])
  })

  test('with codes has a row for each instruction', () => {
    expect(unwind({ 8192: '2d002010e20141d403e4e3e3' }, 0x171c, 0x2000)).toEqual([
      'STACK CFI INIT 171c b4 .cfa: sp .ra: x30',
      'STACK CFI 1720 .cfa: sp 32 + x19: .cfa -32 + ^',
      'STACK CFI 1724 .ra: .cfa -16 + ^ x29: .cfa -24 + ^',
      'STACK CFI 1728 .cfa: x29 24 +',
      'STACK CFI 17c4 .cfa: sp 32 +',
      'STACK CFI 17c8 .ra: x30 x29: x29',
      'STACK CFI 17cc .cfa: sp x19: x19',
    ])
    expect(unwind({ 8192: '1300401007000000d2c1d401e4e3e3e3' }, 0x14b4, 0x2000)).toEqual([
      'STACK CFI INIT 14b4 4c .cfa: sp .ra: x30',
      'STACK CFI 14b8 .cfa: sp 16 + x19: .cfa -16 + ^',
      'STACK CFI 14bc .ra: .cfa -8 + ^',
      'STACK CFI 14d4 .ra: x30',
      'STACK CFI 14d8 .cfa: sp x19: x19',
      'STACK CFI 14dc .cfa: sp 16 + .ra: .cfa -8 + ^ x19: .cfa -16 + ^',
    ])
  })
})

describe('compact unwind information', () => {
  const leaf = '.cfa: $rsp 8 + .ra: .cfa -8 + ^'
  test.each([
    [
      'x86_64',
      0x010558d1,
      '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^ $rbx: .cfa -56 + ^ $r12: .cfa -48 + ^ $r13: .cfa -40 + ^ $r14: .cfa -32 + ^ $r15: .cfa -24 + ^',
    ],
    [
      'x86_64',
      0x01040b11,
      '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^ $rbx: .cfa -48 + ^ $r12: .cfa -40 + ^ $r14: .cfa -32 + ^ $r15: .cfa -24 + ^',
    ],
    ['x86_64', 0x02040802, '.cfa: $rsp 32 + .ra: .cfa -8 + ^ $rbx: .cfa -24 + ^ $r14: .cfa -16 + ^'],
    [
      'x86_64',
      0x021e1800,
      '.cfa: $rsp 240 + .ra: .cfa -8 + ^ $rbx: .cfa -56 + ^ $r12: .cfa -48 + ^ $r13: .cfa -40 + ^ $r14: .cfa -32 + ^ $r15: .cfa -24 + ^ $rbp: .cfa -16 + ^',
    ],
    ['x86_64', 0x03032000, '.cfa: $rsp 4104 + .ra: .cfa -8 + ^'],
    ['x86_64', 0, leaf],
    ['arm64', 0x02000000, '.cfa: sp .ra: x30'],
    [
      'arm64',
      0x04000003,
      '.cfa: x29 16 + .ra: .cfa -8 + ^ x29: .cfa -16 + ^ x19: .cfa -24 + ^ x20: .cfa -32 + ^ x21: .cfa -40 + ^ x22: .cfa -48 + ^',
    ],
    ['arm64', 0x02234010, '.cfa: sp 9024 + .ra: x30 x27: .cfa -8 + ^ x28: .cfa -16 + ^'],
  ])('%s %i', (arch, encoding, text) => {
    const found = compactRules(
      arch,
      { start: 0x1000, end: 0x1100, encoding },
      { codeAt: (at) => (at === 0x1003 ? 0x1000 : null) },
    )
    const rules = found && 'rules' in found ? found.rules : []
    expect(rules.map(([register, rule]) => `${register}: ${rule}`).join(' ')).toBe(text)
  })

  test('refers to a frame description', () => {
    expect(
      compactRules('x86_64', { start: 0, end: 1, encoding: 0x04000018 }, { codeAt: () => null }),
    ).toEqual({ frameAt: 0x18 })
  })
})

describe('line programs', () => {
  const program =
    '0005010009020010000000000000140503130505060105030667050c060105013d0622050313050a0601050f5805012f0201000101'
  const old = `5400000003001a0000000101fb0e0d00010101010000000100000100742e63000000000005${'010009020010000000000000140503130505060105030667050c060105013d0622050313050a0601050f5805012f0201000101'}`
  const rowsOf = (hex: string, version: number) => {
    const section = sourceOfBytes(bytesOf(hex))
    const text = sourceOfBytes(new TextEncoder().encode('t.c\0'))
    const image = {
      ...({
        littleEndian: true,
        addressSize: 8,
        base: zeroBase,
        arch: 'x86_64',
        isCode: () => true,
      } as const),
      debugSection: (name: string) => (name === 'line' ? section : name === 'line_str' ? text : null),
    }
    const unit = {
      version,
      addressSize: 8,
      offsetSize: 4,
      base: zeroBase,
      lineProgram: 0,
      directory: '/src',
    } as unknown as Unit
    const table = readLineTable(new Dwarf(image, () => undefined), unit)!
    const rows: string[] = []
    table.rows.forRange(0, 0x2000, (start, end, line) =>
      rows.push(`${start.toString(16)}-${end.toString(16)} ${line}`),
    )
    return { rows, path: table.path(1) }
  }

  test('of version 3: the last of several rows at an address counts', () => {
    expect(rowsOf(old, 3)).toEqual({
      rows: ['1000-1006 4', '1006-1009 5', '1009-100a 6', '100a-1011 9', '1011-1012 10'],
      path: '/src/t.c',
    })
  })

  test('of version 5 count files from 0', () => {
    const header =
      '66000000050008002a000000010101fb0e0d00010101010000000100000101011f010000000002011f020f0205000000000500000000'

    expect(rowsOf(`${header}0501${program.slice(6)}`, 5).rows).toEqual(rowsOf(old, 3).rows)
  })
})

describe('paths', () => {
  test.each([
    [['/src', '.', 'geo.h'], '/src/geo.h'],
    [['/src', '../include', 'a.h'], '/include/a.h'],
    [['src', '../../x', 'a.h'], '../x/a.h'],
    [['/src', '/usr/include', 'stdio.h'], '/usr/include/stdio.h'],
    [['/src//a', '', 'b.c'], '/src/a/b.c'],
    [['C:\\src', 'inc', 'a.h'], 'C:\\src\\inc\\a.h'],
    [['C:\\src', '..\\x', 'a.h'], 'C:\\x\\a.h'],
    [['C:\\src', 'D:/lib', 'a.h'], 'D:/lib/a.h'],
    [['\\\\host\\share', 'a.h'], '\\\\host\\share\\a.h'],
    [['', '', 'a.c'], 'a.c'],
  ])('%j is %s', (parts, path) => {
    expect(joinPath(parts)).toBe(path)
  })
})

describe('decorated names of 32-bit Windows', () => {
  test.each([
    ['_f@8', 8, 'f'],
    ['@f@16', 8, 'f'],
    ['f@@24', 24, 'f'],
    ['_main', null, 'main'],
    ['?f@@YAHH@Z', null, '?f@@YAHH@Z'],
  ])('%s', (name, bytes, plain) => {
    expect(parameterBytes(name)).toBe(bytes)
    expect(plainName(name)).toBe(plain)
  })
})

describe('numbers', () => {
  test.each([
    ['7f', 127, -1],
    ['8001', 128, 128],
    ['ff7e', 16255, -129],
    ['ffffffff0f', 0xffff_ffff, 0xffff_ffff],
    ['80808080 78', 0x78 * 2 ** 28, -0x8000_0000],
    ['ffffffffffffffffff01', 2 ** 64, -1],
  ])('LEB128 %s', (hex, unsigned, signed) => {
    expect(new ByteCursor(bytesOf(hex)).uleb()).toBe(unsigned)
    expect(new ByteCursor(bytesOf(hex)).sleb()).toBe(signed)
  })

  test('addresses of a kernel are exact relative to its base', () => {
    const cursor = new ByteCursor(bytesOf('7856341281ffffff'))
    expect(cursor.address(8, { high: 0xffff_ff80, low: 0xffff_f000 })).toBe(
      2 ** 32 + 0x12345678 - 0xffff_f000,
    )
  })
})
