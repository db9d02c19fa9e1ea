// STACK WIN records: programs and sizes, the evaluator's table of cases.
import { describe, expect, test } from 'vitest'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { createPage } from '../../../shared/symbols/symdex/symbol-page.ts'
import { literal, operate, wordOfValue } from '../../../shared/unwind/postfix.ts'
import { evaluateWin, type WinRecord, type WinScope, winRecordAt } from '../../../shared/unwind/stack-win.ts'

const record = (program: string): WinRecord => ({ parameters: 0, savedRegisters: 0, locals: 0, program })

function scope(
  registers: Record<string, number>,
  memory: Record<number, number> = {},
  more: Partial<WinScope> = {},
): WinScope {
  return {
    register: (name) => registers[name] ?? null,
    read: (address) => memory[address] ?? null,
    grandCalleeParameters: 0,
    isContextFrame: true,
    ...more,
  }
}

const registers = { ebp: 16, esp: 1600 }
const memory = { 16: 99, 20: 77 }

const programs: [name: string, program: string, result: Record<string, number> | null][] = [
  [
    'the usual prologue',
    '$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =',
    { eip: 77, ebp: 99, esp: 24 },
  ],
  ['an empty program', '', { esp: 1600, ebp: 16 }],
  ['undefined registers', '$esp .undef = $ebp .undef =', {}],
  ['nested assignments', '$esp $T0 $T0 2 = = $ebp 3 =', { esp: 2, ebp: 3 }],
  ['an equals sign glued to the next token', '$esp 1 =$ebp 2 =', { esp: 1, ebp: 2 }],
  ['remaining values', '$esp 1 = $ebp 2 = 3 4 5 $esp $eax', { esp: 1, ebp: 2 }],
  ['division is unsigned', '$ebp -4 2 / =', { esp: 1600, ebp: 0x7fff_fffe }],
  [
    'sum, product, alignment',
    '$ebx 2 2 + = $esi 9 6 * = $edi 36 8 @ =',
    { esp: 1600, ebp: 16, ebx: 4, esi: 54, edi: 32 },
  ],
  ['no memory there', '$esp 2000 ^ =', null],
  ['an unknown variable', '$esp $kitties =', null],
  ['an undefined variable after assignment', '$esp .undef = $ebp $esp =', null],
  ['assignment to a number', '0 2 =', null],
  ['assignment of a variable to a number', '0 $esp =', null],
  ['names without dollar sign', 'esp 2 = ebp 3 =', null],
  ['a number of more than 32 bits', '$esp 4294967296 =', null],
  ['division by zero', '$esp 1 0 / =', null],
]

describe('evaluateWin', () => {
  for (const [name, program, result] of programs) {
    test(`program: ${name}`, () => {
      const found = evaluateWin(record(program), scope(registers, memory))
      expect(found && Object.fromEntries(found)).toEqual(result)
    })
  }

  test('sizes and search start are variables', () => {
    const sized = {
      parameters: 1,
      savedRegisters: 4,
      locals: 8,
      program: '$esi .raSearch = $edi .cbParams = $ebx .cbCalleeParams = $eip .cbLocals .cbSavedRegs + =',
    }
    const found = evaluateWin(sized, scope(registers, memory, { grandCalleeParameters: 12 }))
    expect(Object.fromEntries(found!)).toEqual({ esp: 1600, ebp: 16, esi: 1624, edi: 1, ebx: 12, eip: 12 })
  })

  test('a program that aligns searches from the base pointer', () => {
    const found = evaluateWin(record('$esi .raSearchStart = $T1 16 8 @ ='), scope(registers, memory))
    expect(found?.get('esi')).toBe(20)
  })

  test('a return address left over from the call is skipped in the innermost frame only', () => {
    const fpo: WinRecord = { parameters: 0, savedRegisters: 0, locals: 0, allocatesBase: false }
    const at = { esp: 0, ebp: 5, eip: 0xabcd1234 }
    const stack = { 0: 0xabcd1234, 4: 0xabcd5678 }
    expect(Object.fromEntries(evaluateWin(fpo, scope(at, stack))!)).toEqual({
      eip: 0xabcd5678,
      esp: 8,
      ebp: 5,
    })
    const caller = evaluateWin(fpo, scope(at, stack, { isContextFrame: false }))
    expect(caller?.get('eip')).toBe(0xabcd1234)
  })

  test('a record with a saved base pointer reads it from below the saved registers', () => {
    const fpo: WinRecord = { parameters: 0, savedRegisters: 8, locals: 4, allocatesBase: true }
    const found = evaluateWin(fpo, scope({ esp: 0, eip: 1 }, { 0: 500, 12: 700 }))
    expect(Object.fromEntries(found!)).toEqual({ eip: 700, esp: 16, ebp: 500 })
  })

  const fpo = (more: Partial<WinRecord> = {}): WinRecord => ({
    parameters: 0,
    savedRegisters: 8,
    locals: 4,
    allocatesBase: false,
    ...more,
  })
  test.each<
    [
      string,
      WinRecord,
      Record<string, number>,
      Record<number, number>,
      Partial<WinScope>,
      Record<string, number> | null,
    ]
  >([
    ['a program without a stack pointer', record(''), { ebp: 1 }, {}, {}, null],
    ['a program without a frame pointer', record(''), { esp: 1 }, {}, {}, null],
    ['a program with ebx', record(''), { esp: 1, ebp: 2, ebx: 3 }, {}, {}, { esp: 1, ebp: 2, ebx: 3 }],
    [
      'a search at the last address',
      record('$eip .raSearch ='),
      { esp: 0xffff_ffff, ebp: 2 },
      {},
      {},
      { eip: 0xffff_ffff, esp: 0xffff_ffff, ebp: 2 },
    ],
    ['a search behind it', record(''), { esp: 0xffff_ffff, ebp: 2 }, {}, { grandCalleeParameters: 1 }, null],
    ['an aligning search behind it', record('@'), { esp: 0, ebp: 0xffff_fffc }, {}, {}, null],
    ['sizes without a stack pointer', fpo(), { eip: 1, ebp: 2 }, { 12: 7 }, {}, null],
    ['sizes without an instruction', fpo(), { esp: 0, ebp: 2 }, { 12: 7 }, {}, null],
    ['sizes without a frame pointer', fpo(), { esp: 0, eip: 1 }, { 12: 7 }, {}, null],
    ['sizes', fpo(), { esp: 0, eip: 1, ebp: 2 }, { 12: 7 }, {}, { eip: 7, esp: 16, ebp: 2 }],
    [
      'sizes with ebx',
      fpo(),
      { esp: 0, eip: 1, ebp: 2, ebx: 3 },
      { 12: 7 },
      {},
      { eip: 7, esp: 16, ebp: 2, ebx: 3 },
    ],
    [
      'sizes and parameters',
      fpo(),
      { esp: 0, eip: 1, ebp: 2 },
      { 32: 7 },
      { grandCalleeParameters: 20 },
      { eip: 7, esp: 36, ebp: 2 },
    ],
    ['sizes outside of the stack', fpo(), { esp: 0, eip: 1, ebp: 2 }, {}, {}, null],
    [
      'a return address left over, and none behind it',
      fpo(),
      { esp: 0, eip: 7, ebp: 2 },
      { 12: 7 },
      {},
      null,
    ],
    [
      'a saved base pointer outside of the stack',
      fpo({ allocatesBase: true }),
      { esp: 0, eip: 1, ebp: 2 },
      { 12: 7 },
      {},
      null,
    ],
    [
      'a saved base pointer below parameters',
      fpo({ allocatesBase: true }),
      { esp: 0, eip: 1, ebp: 2 },
      { 16: 7, 4: 9 },
      { grandCalleeParameters: 4 },
      { eip: 7, esp: 20, ebp: 9 },
    ],
  ])('with %s', (_, used, at, stack, more, result) => {
    const found = evaluateWin(used, scope(at, stack, more))
    expect(found && Object.fromEntries(found)).toEqual(result)
  })

  test('uses the record that covers an address, a program before sizes', () => {
    const text =
      'STACK WIN 4 100 10 0 0 1 2 3 0 1 $eip 1 =\nSTACK WIN 0 108 10 0 0 4 5 6 0 0 1\nSTACK WIN 0 200 10 0 0 7 8 9 0 0 0\n'
    const { tables, text: bytes } = parseSymFile(new TextEncoder().encode(text), { strict: true })
    const page = createPage(tables, bytes)
    const program = { parameters: 1, savedRegisters: 2, locals: 3, program: '$eip 1 =' }
    const base = { parameters: 4, savedRegisters: 5, locals: 6, allocatesBase: true }
    expect([0xff, 0x100, 0x10f, 0x110, 0x117, 0x118].map((address) => winRecordAt(page, address))).toEqual([
      null,
      program,
      program,
      base,
      base,
      null,
    ])
    expect(winRecordAt(page, 0x200)).toMatchObject({ allocatesBase: false })
  })
})

describe('arithmetic of programs', () => {
  test.each<[string, unknown]>([
    ['0', 0],
    ['+5', 5],
    ['-5', -5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['9223372036854775808', null],
    ['-9223372036854775808', -(2n ** 63n)],
    ['-9223372036854775809', null],
    ['00000000000000000001', 1],
    ['000000000000000000001', null],
    ['', null],
    ['+', null],
    ['1a', null],
    ['a1', null],
    ['0x1', null],
  ])('%j is the number %s', (token, value) => {
    expect(literal(token)).toBe(value)
  })

  test.each<[number | bigint, number, number | bigint]>([
    [5, 5, 5],
    [-1, 0xffff_ffff, 2n ** 64n - 1n],
    [2 ** 32, 0, 2 ** 32],
    [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1],
    [-(2 ** 32) - 1, 0xffff_ffff, 2n ** 64n - 2n ** 32n - 1n],
    [2n ** 64n + 5n, 5, 5],
    [-1n, 0xffff_ffff, 2n ** 64n - 1n],
    [2n ** 53n - 1n, 0xffff_ffff, Number.MAX_SAFE_INTEGER],
    [2n ** 53n, 0, 2n ** 53n],
  ])('%s is the word %s, or %s of 64 bits', (value, narrow, wide) => {
    expect([wordOfValue(value, 4), wordOfValue(value, 8)]).toEqual([narrow, wide])
  })

  test.each<[number | bigint, string, number | bigint, 4 | 8, number | bigint | null]>([
    [2, '+', 3, 8, 5],
    [2 ** 53 - 1, '+', 1, 8, 2n ** 53n],
    [2n ** 64n - 1n, '+', 2, 8, 1n],
    [2, '-', 3, 8, -1],
    [0n, '-', 1, 8, 2n ** 64n - 1n],
    [3, '*', 4, 8, 12],
    [2 ** 40, '*', 2 ** 40, 8, 0n],
    [2 ** 40, '*', 2 ** 20, 8, 2n ** 60n],
    [-1, '/', 2, 4, 0x7fff_ffff],
    [-1, '/', 2, 8, 2n ** 63n - 1n],
    [7, '/', 2, 8, 3],
    [7, '/', 0, 8, null],
    [-1, '%', 16, 8, 15n],
    [7, '%', 4, 8, 3],
    [7, '%', 0, 8, null],
    [27, '@', 8, 8, 24n],
    [27, '@', 1, 8, 27n],
    [27, '@', 6, 8, null],
    [27, '@', 0, 8, null],
    [27, '=', 6, 8, null],
  ])('%s %s %s of %i bytes is %s', (a, operator, b, size, result) => {
    expect(operate(operator, a, b, size)).toBe(result)
  })
})
