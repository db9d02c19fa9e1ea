// STACK WIN records: programs and sizes, the evaluator's table of cases.
import { describe, expect, test } from 'vitest'
import { evaluateWin, type WinRecord, type WinScope } from '../../../shared/unwind/stack-win.ts'

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
})
