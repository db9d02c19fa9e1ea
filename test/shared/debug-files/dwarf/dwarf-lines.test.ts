// Line number programs, instruction by instruction, and the rows and paths that they give.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { Dwarf } from '../../../../shared/debug-files/dwarf/dwarf.ts'
import { readLineTable } from '../../../../shared/debug-files/dwarf/line-program.ts'
import { LineRows } from '../../../../shared/debug-files/dwarf/line-rows.ts'
import type { Unit } from '../../../../shared/debug-files/dwarf/unit.ts'
import { type Assembler, createAssembler, fromHex } from '../../../support/assembler.ts'

interface Program {
  version?: number
  wide?: boolean
  minInstruction?: number
  lineBase?: number
  lineRange?: number
  opcodeBase?: number
  /** After the counts of operands: directories and files. */
  names?: string
  program: string
  /** Fewer bytes than the header states. */
  cut?: number
}

const operandCounts = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
const oldNames = '00 612e6300 00 00 00 00'
const newNames = '01 01 08 02 2f7700 696e6300 02 01 08 02 0b 02 612e6300 00 622e6300 01'

function sectionOf({ version = 4, wide = false, cut = 0, program, ...rest }: Program): Uint8Array {
  const { minInstruction = 1, lineBase = -3, lineRange = 12, opcodeBase = 13 } = rest
  const after = createAssembler()
  after.u8(minInstruction)
  if (version >= 4) after.u8(1)
  after.u8(1, lineBase & 0xff, lineRange, opcodeBase)
  after.u8(...Array.from({ length: Math.max(0, opcodeBase - 1) }, (_, i) => operandCounts[i] ?? 2))
  after.bytes(fromHex(rest.names ?? (version >= 5 ? newNames : oldNames)))
  const header = after.finish()
  const body = createAssembler()
  const offset = (a: Assembler, value: number) => (wide ? a.u64(value) : a.u32(value))
  body.u16(version)
  if (version >= 5) body.u8(8, 0)
  offset(body, header.length).bytes(header).bytes(fromHex(program))
  const bytes = body.finish()
  const a = createAssembler()
  if (wide) a.u32(0xffff_ffff)
  offset(a, bytes.length).bytes(bytes)
  return a.finish().subarray(0, a.size - cut)
}

function tableOf(program: Program, isCode = (_: number) => true) {
  const sections: Record<string, Uint8Array> = {
    line: sectionOf(program),
    line_str: new TextEncoder().encode('name.c\0'),
  }
  const image = {
    ...{ littleEndian: true, base: { high: 0, low: 0x1000 }, arch: 'x86_64', isCode },
    addressSize: 8,
    debugSection: (name: string) => (name in sections ? sourceOfBytes(sections[name]!) : null),
  } as const
  const unit = {
    ...{ version: 4, addressSize: 8, offsetSize: 4, base: image.base, lineProgram: 0, directory: '/src' },
    offset: 0,
  } as unknown as Unit
  return readLineTable(new Dwarf(image, () => undefined), unit)
}

function rowsOf(program: Program, isCode?: (address: number) => boolean): string[] {
  const rows: string[] = []
  tableOf(program, isCode)!.rows.forRange(-1e9, 1e9, (start, end, line, file) =>
    rows.push(`${start}-${end} ${line} ${file}`),
  )
  return rows
}

const start = '00 09 02 0020000000000000'
const end = '02 10 00 01 01'

describe('an instruction', () => {
  // The program sets the address to 4096 before it, and ends the sequence 16 behind the last address.
  test.each<[string, string, string[]]>([
    ['copy', '01', ['4096-4112 1 1']],
    ['advance_pc', '01 02 05 03 01 01', ['4096-4101 1 1', '4101-4117 2 1']],
    ['advance_line', '03 09 01', ['4096-4112 10 1']],
    ['advance_line back', '03 09 03 7d 01', ['4096-4112 7 1']],
    ['advance_line below zero', '03 70 01', []],
    ['set_file', '04 07 01', ['4096-4112 1 7']],
    ['set_column', '05 07 01', ['4096-4112 1 1']],
    ['negate_stmt', '06 01', ['4096-4112 1 1']],
    ['set_basic_block', '07 01', ['4096-4112 1 1']],
    ['const_add_pc', '01 08 03 01 01', ['4096-4116 1 1', '4116-4132 2 1']],
    ['fixed_advance_pc', '01 09 0201 03 01 01', ['4096-4354 1 1', '4354-4370 2 1']],
    ['set_prologue_end', '0a 01', ['4096-4112 1 1']],
    ['set_epilogue_begin', '0b 01', ['4096-4112 1 1']],
    ['set_isa', '0c 81 01 01', ['4096-4112 1 1']],
    ['special 13', '0d', []],
    ['special 16', '10', ['4096-4112 1 1']],
    ['special 24', '18', ['4096-4112 9 1']],
    ['special 25', '01 19', ['4096-4097 1 1']],
    ['special 255', '01 ff', ['4096-4116 1 1']],
    ['special 251', '01 fb', ['4096-4115 1 1', '4115-4131 8 1']],
    ['an address of 4 bytes', '00 05 02 40200000 01', ['4160-4176 1 1']],
    ['an address of 2 bytes', '00 03 02 4020 01', ['4160-4176 1 1']],
    ['an address of 3 bytes', '00 04 02 402000 01', ['4096-4112 1 1']],
    ['define_file', '00 08 03 7a2e6300 00 00 00 04 02 01', ['4096-4112 1 2']],
    ['set_discriminator', '00 02 04 05 01', ['4096-4112 1 1']],
    ['an unknown extended instruction', '00 03 80 01 02 01', ['4096-4112 1 1']],
    ['an empty extended instruction', '00 00 01', ['4096-4112 1 1']],
  ])('%s', (_, program, rows) => {
    expect(rowsOf({ program: `${start} ${program} ${end}` })).toEqual(rows)
  })

  test('ends a sequence: the next one begins with the first file and line', () => {
    const program = `${start} 04 02 03 08 01 ${end} 00 09 02 0030000000000000 01 ${end}`
    expect(rowsOf({ program })).toEqual(['4096-4112 9 2', '8192-8208 1 1'])
  })

  test('ends a sequence: those before may have higher addresses', () => {
    const program = `00 09 02 0030000000000000 01 ${end} ${start} 01 ${end}`
    expect(rowsOf({ program })).toEqual(['4096-4112 1 1', '8192-8208 1 1'])
  })

  test.each<[string, Partial<Program>, string, string[]]>([
    ['a larger unit of addresses', { minInstruction: 4 }, '01 08 21', ['4096-4180 1 1', '4180-4244 6 1']],
    ['fewer standard instructions', { opcodeBase: 10 }, '01 0d', ['4096-4112 1 1']],
    ['more standard instructions', { opcodeBase: 15 }, '0d 81 01 05 0e 01 02 01', ['4096-4112 1 1']],
    ['no line range', { lineRange: 0 }, '01 08 02 10 03 01 01', ['4096-4112 1 1', '4112-4128 2 1']],
    ['version 2', { version: 2 }, '01', ['4096-4112 1 1']],
    ['version 3', { version: 3 }, '01', ['4096-4112 1 1']],
    ['version 5', { version: 5 }, '01', ['4096-4112 1 1']],
    ['the 64-bit format', { wide: true }, '01', ['4096-4112 1 1']],
    ['the 64-bit format of version 5', { wide: true, version: 5 }, '01', ['4096-4112 1 1']],
  ])('with %s', (_, header, program, rows) => {
    expect(rowsOf({ ...header, program: `${start} ${program} ${end}` })).toEqual(rows)
  })

  test.each<[string, Partial<Program>, string]>([
    ['a special one without a line range', { lineRange: 0 }, '0f'],
    ['one that is cut', {}, '00 60 04 00'],
    ['the end of the data', { cut: 1 }, ''],
  ])('that is %s ends the program', (_, header, program) => {
    const first = `${start} 01 ${end}`
    const second = `00 09 02 0030000000000000 01 ${program} ${end}`
    expect(rowsOf({ ...header, program: `${first} ${second}` })).toEqual(['4096-4112 1 1'])
  })
})

describe('a table', () => {
  test('is of versions 2 to 5', () => {
    for (const version of [1, 6])
      expect(() => tableOf({ version, program: '' })).toThrow(new RangeError(`unknown version ${version}`))
  })

  test('is not there without a length', () => {
    const bytes = sectionOf({ program: '' })
    expect(tableOf({ program: '', cut: bytes.length - 11 })).toBeNull()
    expect(() => tableOf({ program: '', cut: bytes.length - 12 })).toThrow(RangeError)
  })

  test('omits sequences without code, without addresses, and without rows', () => {
    const sequence = (address: string, rest: string) => `00 09 02 ${address}000000000000 ${rest}`
    const program = [
      sequence('0020', `01 ${end}`),
      sequence('0030', `01 ${end}`),
      sequence('0040', '01 00 01 01'),
      sequence('0050', '02 10 00 01 01'),
    ]
    const isCode = (address: number) => address !== 4096
    expect(rowsOf({ program: program.join(' ') }, isCode)).toEqual(['8192-8208 1 1'])
    expect(tableOf({ program: program.join(' ') }, isCode)!.rows.sequences).toEqual([
      { start: 8192, end: 8208, firstRow: 0, lastRow: 1 },
    ])
  })

  test.each<[string, Program, (string | undefined)[]]>([
    [
      'version 4',
      {
        program: '',
        names:
          '2f7700 696e6300 00 612e6300 00 00 00 622e6300 01 00 00 632e6300 02 00 00 642e6300 09 00 00 00',
      },
      ['', '/src/a.c', '/w/b.c', '/src/inc/c.c', '/src/d.c', ''],
    ],
    ['version 5', { version: 5, program: '' }, ['/w/a.c', '/src/inc/b.c', '']],
    ['define_file', { program: '00 08 03 7a2e6300 00 00 00' }, ['', '/src/a.c', '/src/z.c', '']],
    [
      'version 5 with names elsewhere, and forms that are skipped',
      {
        version: 5,
        program: '',
        names: '01 01 08 01 2f7700 03 01 1f 05 1e 02 0b 01 00000000 000102030405060708090a0b0c0d0e0f 00',
      },
      ['/w/name.c', ''],
    ],
    ['version 5 without any', { version: 5, program: '', names: '00 00 00 00' }, ['', '']],
  ])('of %s has paths', (_, program, paths) => {
    const table = tableOf(program)!
    expect(paths.map((_, i) => table.path(i))).toEqual(paths)
    expect(paths.map((_, i) => table.path(i))).toEqual(paths)
  })

  test('may have as many files as bytes', () => {
    const program: Program = { version: 5, program: '', names: '00 00 00 00' }
    const { length } = sectionOf(program)
    const of = (count: number) => tableOf({ ...program, names: `00 00 00 ${count.toString(16)}` })
    expect(of(length)!.path(length - 1)).toBe('/src')
    expect(() => of(length + 1)).toThrow(new RangeError('more files than bytes'))
  })

  test('with more files than bytes is damaged', () => {
    const names = '00 00 01 01 08 ff 7f'
    expect(() => tableOf({ version: 5, program: '', names })).toThrow(new RangeError('more files than bytes'))
  })
})

describe('rows', () => {
  const rows = (...sequences: [number, ...[number, number, number][]][]) => {
    const list = new LineRows()
    for (const [last, ...added] of sequences) {
      for (const row of added) list.add(...row)
      list.endSequence(last, () => true)
    }
    list.sort()
    return (low: number, high: number) => {
      const found: string[] = []
      list.forRange(low, high, (from, to, line, file) => found.push(`${from}-${to} ${line} ${file}`))
      return found
    }
  }

  test('of one address: the last counts; those that go back are skipped', () => {
    const range = rows([20, [0, 1, 1], [0, 2, 1], [10, 3, 1], [5, 4, 1], [10, 5, 1]])
    expect(range(0, 20)).toEqual(['0-10 2 1', '10-20 5 1'])
  })

  test('are clipped to a range', () => {
    const range = rows([40, [30, 4, 1]], [20, [0, 1, 1], [10, 2, 1]])
    expect(range(0, 40)).toEqual(['0-10 1 1', '10-20 2 1', '30-40 4 1'])
    expect(range(5, 15)).toEqual(['5-10 1 1', '10-15 2 1'])
    expect(range(10, 30)).toEqual(['10-20 2 1'])
    expect(range(20, 31)).toEqual(['30-31 4 1'])
    expect(range(40, 50)).toEqual([])
    expect(range(10, 10)).toEqual([])
  })

  test('that touch are joined where they are of one line and file; lines of 0 are skipped', () => {
    const range = rows([60, [0, 1, 1], [10, 1, 1], [20, 1, 2], [30, 2, 2], [40, 0, 2], [50, 2, 2]])
    expect(range(0, 60)).toEqual(['0-20 1 1', '20-30 1 2', '30-40 2 2', '50-60 2 2'])
    expect(rows([5, [0, 0, 0]])(0, 5)).toEqual([])
  })

  test('of sequences that overlap are given once', () => {
    const range = rows([20, [0, 1, 1]], [30, [10, 2, 1]])
    expect(range(0, 30)).toEqual(['0-20 1 1', '20-30 2 1'])
    expect(rows([20, [0, 1, 1]], [30, [10, 2, 1], [20, 1, 1]])(0, 30)).toEqual(['0-30 1 1'])
  })

  test('make no sequence without a row or without addresses', () => {
    const list = new LineRows()
    list.endSequence(5, () => true)
    list.add(7, 1, 1)
    list.endSequence(7, () => true)
    expect(list.sequences).toEqual([])
    list.add(7, 1, 1)
    list.endSequence(8, () => true)
    list.endSequence(9, () => true)
    expect(list.sequences).toEqual([{ start: 7, end: 8, firstRow: 0, lastRow: 1 }])
  })

  test('are as many as there are', () => {
    const list = new LineRows()
    for (let i = 0; i < 1000; i++) list.add(i, i + 1, i % 7)
    list.endSequence(1000, () => true)
    const found: number[] = []
    list.forRange(0, 1000, (from, _, line, file) => found.push(from + line + file))
    expect(found).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i + 1 + (i % 7)))
    expect(list.count).toBe(1000)
  })
})
