// Call frame information one encoding and one instruction at a time.
import { describe, expect, test } from 'vitest'
import { readFrameAt } from '../../../../shared/debug-files/cfi/frame-section.ts'
import { fromHex } from '../../../support/assembler.ts'
import { framesOf, type Shape, sectionOf } from './frame-sections.ts'

describe('a description', () => {
  test.each<[Shape, string[]]>([
    [{ fde: '0020000000000000 0001000000000000' }, ['2000 100 .cfa: $rsp 8 + .ra: $rip']],
    [
      { fde: '0020000000000000 0001000000000000', version: 3, fields: '01 78 10' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 0001000000000000', version: 3, fields: '01 78 9000' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 0001000000000000', version: 1, fields: '01 78 90' },
      ['2000 100 .cfa: $rsp 8 + .ra: .undef'],
    ],
    [
      { fde: '0020000000000000 0001000000000000', version: 4, fields: '08 00 01 78 10' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '00200000 00010000', version: 4, fields: '04 00 01 78 10' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [{ fde: '0020000000000000 0001000000000000', version: 4, fields: '02 00 01 78 10' }, ['damaged']],
    [{ fde: '0020000000000000 0001000000000000', isEh: false }, ['2000 100 .cfa: $rsp 8 + .ra: $rip']],
    [
      { fde: '0020000000000000 0001000000000000', isEh: false, wide: true },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [{ fde: '0020000000000000 0001000000000000', wide: true }, ['2000 100 .cfa: $rsp 8 + .ra: $rip']],
    [{ fde: '0000000000002000 0000000000000100', big: true }, ['2000 100 .cfa: $rsp 8 + .ra: $rip']],
    [
      { fde: '0000000000002000 0000000000000100', big: true, isEh: false, wide: true },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 0001000000000000', augmentation: 'eh', fields: '0000000000000000 01 78 10' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [{ fde: '0020000000000000 0001000000000000', augmentation: 'x' }, ['damaged']],
    [
      { fde: '0020000000000000 000100000000000000', augmentation: 'z', fields: '01 78 10 00' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 000100000000000002 ffff', augmentation: 'z', fields: '01 78 10 00' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 000100000000000005 ffff', augmentation: 'z', fields: '01 78 10 00' },
      ['damaged'],
    ],
    [
      { fde: '0020000000000000 000100000000000000', augmentation: 'zL', fields: '01 78 10 01 1b' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      {
        fde: '0020000000000000 000100000000000000',
        augmentation: 'zPR',
        fields: '01 78 10 06 03 11223344 00',
      },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '00200000 00010000 00', augmentation: 'zPR', fields: '01 78 10 06 03 11223344 03' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '00200000 00010000 00', augmentation: 'zSBGR', fields: '01 78 10 01 03' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 000100000000000000', augmentation: 'zXR', fields: '01 78 10 02 03 03' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { fde: '0020000000000000 000100000000000000', augmentation: 'zS', fields: '01 78 10 00' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 00', base: 16, fde: '0020000000000000 000100000000000000' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 01', base: 16, fde: '8040 800200' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 02', base: 16, fde: '0020 000100' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 03', base: 16, fde: '00200000 0001000000' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 04', base: 16, fde: '0020000000000000 000100000000000000' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 09', base: 16, fde: '80c000 800200' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 0a', base: 16, fde: '0020 000100' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 0b', base: 16, fde: '00200000 0001000000' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 0c', base: 16, fde: '0020000000000000 000100000000000000' },
      ['1ff0 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 10', base: 16, fde: '0020000000000000 000100000000000000' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 11', base: 16, fde: '8040 800200' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 12', base: 16, fde: '0020 000100' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 13', base: 16, fde: '00200000 0001000000' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 14', base: 16, fde: '0020000000000000 000100000000000000' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 19', base: 16, fde: '80c000 800200' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 1a', base: 16, fde: '0020 000100' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 1b', base: 16, fde: '00200000 0001000000' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 1c', base: 16, fde: '0020000000000000 000100000000000000' },
      ['301c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 1b', fde: 'f0ffffff 00010000 00' },
      ['100c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 1a', fde: 'f0ff 0001 00' },
      ['100c 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 0a', fde: 'f0ff 0001 00' },
      ['-10 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      {
        augmentation: 'zR',
        fields: '01 78 10 01 30',
        dataAddress: 1280,
        fde: '0020000000000000 000100000000000000',
      },
      ['2500 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 30', fde: '0020000000000000 000100000000000000' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 3b', dataAddress: 1280, fde: '00200000 00010000 00' },
      ['2500 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 50', fde: '000000000020000000000000 000100000000000000' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 ff', fde: '0020000000000000 000100000000000000' },
      ['damaged'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 05', fde: '0020000000000000 000100000000000000' },
      ['damaged'],
    ],
    [
      { augmentation: 'zR', fields: '01 78 10 01 20', fde: '0020000000000000 000100000000000000' },
      ['2000 100 .cfa: $rsp 8 + .ra: $rip'],
    ],
    [{ augmentation: 'zR', fields: '01 78 10 01 1b', fde: '00200000 00000000 00' }, []],
    [{ augmentation: 'zR', fields: '01 78 10 01 1b', fde: '00200000 ffffffff 00' }, []],
    [
      { augmentation: 'zR', fields: '01 78 10 01 13', fde: '00200000 ffffffff 00' },
      ['301c ffffffff .cfa: $rsp 8 + .ra: $rip'],
    ],
    [{ arch: 'x86', fields: '01 7c 08', fde: '00200000 00010000' }, ['2000 100 .cfa: $edi 8 + .ra: $eip']],
    [
      { arch: 'x86', augmentation: 'zR', fields: '01 7c 08 01 1b', fde: '00f0ffff 00010000 00' },
      ['1c 100 .cfa: $edi 8 + .ra: $eip'],
    ],
    [
      {
        arch: 'x86',
        augmentation: 'zR',
        fields: '01 7c 08 01 1b',
        fde: '00f0ff7f 00010000 00',
        address: 2415919104,
      },
      ['ffff01c 100 .cfa: $edi 8 + .ra: $eip'],
    ],
    [
      { arch: 'x86', augmentation: 'zR', fields: '01 7c 08 01 1b', fde: '00200000 ffffffff 00' },
      ['301c ffffffff .cfa: $edi 8 + .ra: $eip'],
    ],
    [
      { arch: 'x86', augmentation: 'zR', fields: '01 7c 08 01 00', fde: '00200000 ffffffff 00' },
      ['2000 ffffffff .cfa: $edi 8 + .ra: $eip'],
    ],
    [{ fde: 'adde000000000000 0001000000000000' }, []],
    [{ fde: '0020000000000000 0000000000000000' }, []],
    [{ fde: '0020' }, ['damaged']],
    [
      { arch: 'arm64', fields: '04 78 1e', fde: '0020000000000000 00010000000000002d' },
      ['2000 100 .cfa: x7 8 + .ra: x30'],
    ],
    [
      { arch: 'arm64', fields: '04 78 1e', fde: '0020000000000000 000100000000000041 1d02' },
      ['2000 4 .cfa: x7 8 + .ra: x30'],
    ],
    [{ arch: 'mips', fields: '01 7c 1f', fde: '00200000 00010000' }, ['2000 100 .cfa: $a3 8 + .ra: $ra']],
    [
      { fde: '0020000000000000 0001000000000000', fields: '01 78 11' },
      ['2000 100 .cfa: $rsp 8 + .ra: .undef'],
    ],
    [
      { fde: '0020000000000000 0001000000000000', fields: '01 78 20' },
      ['2000 100 .cfa: $rsp 8 + .ra: .undef'],
    ],
  ])('as in %j', (shape, lines) => {
    const { section, at } = sectionOf(shape)
    expect(framesOf(section)).toEqual(lines)
    const alone = readFrameAt(section, at)
    expect(alone === null ? [] : [alone.start.toString(16)]).toEqual(
      lines.filter((line) => line !== 'damaged').map((line) => line.split(' ')[0]),
    )
    expect(readFrameAt(section, 0)).toBeNull()
  })

  test.each([-1, Number.NaN, 1000])('is not at %d', (offset) => {
    const { section } = sectionOf({ fde: '0020000000000000 0001000000000000' })
    expect(readFrameAt(section, offset)).toBeNull()
  })

  test('is not read where the section ends before it', () => {
    const { section, at } = sectionOf({ fde: '0020000000000000 0001000000000000' })
    const cut = (length: number) => framesOf({ ...section, bytes: section.bytes.subarray(0, length) })
    expect(cut(section.bytes.length)).toHaveLength(1)
    for (const length of [section.bytes.length - 1, at + 7, at + 4, at + 3, at, 3, 0])
      expect(cut(length)).toEqual([])
  })

  test('that refers to no entry is damaged', () => {
    const { section, at } = sectionOf({ fde: '0020000000000000 0001000000000000' })
    for (const id of [1, at, at + 400]) {
      const bytes = section.bytes.slice()
      new DataView(bytes.buffer).setUint32(at + 4, id, true)
      expect(framesOf({ ...section, bytes })).toEqual(['damaged'])
    }
  })

  test.each<[string, string, string[]]>([
    ['an empty record', '00000000', []],
    ['a description of four bytes', '04000000 00000000', ['damaged']],
    ['an entry of eight bytes', 'ffffffff 0800000000000000 ffffffffffffffff', []],
    ['a description of eight bytes', 'ffffffff 0800000000000000 0000000000000000', ['damaged']],
  ])('may stand before %s', (_, hex, lines) => {
    const { section } = sectionOf({ fde: '0020000000000000 0001000000000000', isEh: false })
    const bytes = Buffer.concat([section.bytes, fromHex(hex)])
    expect(framesOf({ ...section, bytes }).slice(1)).toEqual(lines)
  })

  test('that refers to an empty record is damaged', () => {
    const { section } = sectionOf({})
    // Behind the empty record are bytes of an entry.
    const description = '14000000 14000000 0020000000000000 0001000000000000'
    const bytes = fromHex(`00000000 08000000 01000178 10000000 ${description}`)
    expect(framesOf({ ...section, bytes })).toEqual(['damaged', 'damaged'])
  })

  test('shares the instructions of an entry with others as long as these cost no more than the section allows', () => {
    const [nops, count] = [10_120, 192]
    const fde = '0020000000000000 0001000000000000'
    const { section, at } = sectionOf({ initial: `0c0708${'00'.repeat(nops)}`, fde, isEh: false })
    const description = section.bytes.subarray(at)
    const copies = (n: number) =>
      Buffer.concat([section.bytes.subarray(0, at), ...Array.from({ length: n }, () => description)])
    expect(count * (nops + 3)).toBe(1_000_000 + 64 * copies(count).length)
    const damaged = (n: number) => framesOf({ ...section, bytes: copies(n) }).indexOf('damaged')
    expect([damaged(count), damaged(count + 1)]).toEqual([-1, count])
  })

  test('has at most 20,000 rows', () => {
    const rows = (count: number) => {
      const fde = `0020000000000000 0000010000000000 ${'410e10410e08'.repeat(count / 2)}`
      return framesOf(sectionOf({ fde }).section)
    }
    expect([rows(19_998), rows(20_002)].map(({ length }) => length)).toEqual([19_999, 20_000])
  })

  test('remembers at most 64 rows', () => {
    const lines = (count: number) => {
      const fde = `0020000000000000 0001000000000000 41 0e10 ${'0a'.repeat(count)} 41 0e20`
      return framesOf(sectionOf({ fde }).section)
    }
    expect([lines(64), lines(65)].map(({ length }) => length)).toEqual([3, 1])
  })
})

describe('the instructions', () => {
  const initial = '2000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^'
  test.each<[string, string[]]>([
    ['', []],
    ['00', []],
    ['42 0e10', ['2002 .cfa: $rsp 16 +']],
    ['42 8303', ['2002 $rbx: .cfa -24 + ^']],
    ['42 0300010e10', []],
    ['42 020a 0e10', ['200c .cfa: $rsp 16 +']],
    ['04000000010e10', []],
    ['0104200000000000000e10', ['2004 .cfa: $rsp 16 +']],
    ['01 1020000000000000 0e10', ['2010 .cfa: $rsp 16 +']],
    ['01 ff1f000000000000 0e10', []],
    ['41 050303', ['2001 $rbx: .cfa -24 + ^']],
    ['41 050303 41 c3', ['2001 $rbx: .cfa -24 + ^', '2002 $rbx: $rbx']],
    ['41 050303 41 0603', ['2001 $rbx: .cfa -24 + ^', '2002 $rbx: $rbx']],
    ['41 050303 41 c3 0e20', ['2001 $rbx: .cfa -24 + ^', '2002 .cfa: $rsp 32 + $rbx: $rbx']],
    ['410703', []],
    ['41830341 0803', ['2001 $rbx: .cfa -24 + ^', '2002 $rbx: $rbx']],
    ['410903 06', ['2001 $rbx: $rbp']],
    ['41 0903 11', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 0e10 0a 41 0e20 41 0b', ['2001 .cfa: $rsp 16 +', '2002 .cfa: $rsp 32 +', '2003 .cfa: $rsp 16 +']],
    ['41 0b', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 0c0610', ['2001 .cfa: $rbp 16 +']],
    ['41 0c1110', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 0c1210', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 0d06', ['2001 .cfa: $rbp 8 +']],
    ['41 0e00', ['2001 .cfa: $rsp']],
    ['41 0d0641 0e20', ['2001 .cfa: $rbp 8 +', '2002 .cfa: $rbp 32 +']],
    ['41 0f 02 7610', ['2001 .cfa: $rbp 16 +']],
    ['41 0f 02 7610 41 0e20', ['2000 2 .cfa: $rsp 8 + .ra: .cfa -8 + ^', '2001 .cfa: $rbp 16 +']],
    ['41 0f02761041 0d07', ['2001 .cfa: $rbp 16 +', '2002 .cfa: $rsp 8 +']],
    ['41 0f 01 ff', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 10 03 02 7610', ['2001 $rbx: $rbp 16 + ^']],
    ['41 16 03 02 7610', ['2001 $rbx: $rbp 16 +']],
    ['41 10 30 02 7610', []],
    ['41 16 03 01 ff', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 11 03 7d', ['2001 $rbx: .cfa 24 + ^']],
    ['41 110303', ['2001 $rbx: .cfa -24 + ^']],
    ['41 120778', ['2001 .cfa: $rsp 64 +']],
    ['41 1378', ['2001 .cfa: $rsp 64 +']],
    ['41 140303', ['2001 $rbx: .cfa -24 +']],
    ['41 15037d', ['2001 $rbx: .cfa 24 +']],
    ['41 2e10 0e10', ['2001 .cfa: $rsp 16 +']],
    ['41 2c', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 2d', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 2f0302', ['2001 $rbx: .cfa 16 + ^']],
    ['41 30', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 3f', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['41 13 78 41 1379', ['2001 .cfa: $rsp 64 +', '2002 .cfa: $rsp 56 +']],
    ['40 0e10', ['2000 100 .cfa: $rsp 16 + .ra: .cfa -8 + ^']],
    ['41 0703 41 0803', []],
    ['41 0710', ['2001 .ra: .undef']],
    ['41 0810', ['2001 .ra: $rip']],
    ['41 9001 41 07 10', ['2002 .ra: .undef']],
    ['41 9002', ['2001 .ra: .cfa -16 + ^']],
    ['41 9103', []],
    ['41 0711 41 c6', []],
    ['41 0908 11 41 0e10', ['2000 1 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['42 04 00010000 0e10', []],
    ['04 00010000 0e10', []],
    ['04 ff000000 0e10', ['20ff .cfa: $rsp 16 +']],
    ['42 0e10 3f', ['2000 2 .cfa: $rsp 8 + .ra: .cfa -8 + ^']],
    ['3f', []],
  ])('%s', (instructions, changes) => {
    const fde = `0020000000000000 0001000000000000 ${instructions}`
    const lines = framesOf(sectionOf({ fde, initial: '0c0708 9001' }).section)
    const [first, ...rest] = lines
    expect(first === initial ? rest : lines).toEqual(changes)
  })

  test('may be for a return address beyond the registers', () => {
    const fde = '0020000000000000 0001000000000000 41 052003 051105 41 051103'
    expect(framesOf(sectionOf({ fde, fields: '01 78 20' }).section)).toEqual([
      '2000 100 .cfa: $rsp 8 + .ra: .undef',
      '2001 .ra: .cfa -24 + ^',
    ])
  })

  test('go back to the rules of the entry', () => {
    const fde = '0020000000000000 0001000000000000 41 8305 41 c3 41 0703 41 0603'
    expect(framesOf(sectionOf({ fde, initial: '0c0708 9001 8302' }).section)).toEqual([
      '2000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^ $rbx: .cfa -16 + ^',
      '2001 $rbx: .cfa -40 + ^',
      '2002 $rbx: .cfa -16 + ^',
      '2003 $rbx: $rbx',
      '2004 $rbx: .cfa -16 + ^',
    ])
  })

  test.each<[string, string[]]>([
    ['', []],
    ['0c0708', ['2000 100 .cfa: $rsp 8 + .ra: $rip']],
    ['0c0708 41', []],
    ['0c0708 3f', []],
    ['0c0708 830241', []],
  ])('of an entry: %j', (instructions, lines) => {
    const fde = '0020000000000000 0001000000000000'
    expect(framesOf(sectionOf({ fde, initial: instructions }).section)).toEqual(lines)
  })
})
