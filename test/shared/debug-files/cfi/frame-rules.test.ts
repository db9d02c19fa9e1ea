// Expressions of call frame information, records inside others, and names of registers.
import { describe, expect, test } from 'vitest'
import { expressionOf } from '../../../../shared/debug-files/cfi/expressions.ts'
import { withoutOverlaps } from '../../../../shared/debug-files/cfi/nested-records.ts'
import { appleI386, cpuRulesOf } from '../../../../shared/debug-files/cfi/register-names.ts'
import type { CfiRecord, RuleList } from '../../../../shared/debug-files/module-symbols.ts'
import { fromHex } from '../../../support/assembler.ts'

const text = (rules: RuleList) => rules.map((rule) => rule.join(': ')).join(' ')

describe('an expression', () => {
  const x64 = cpuRulesOf('x86_64')!

  test.each<[string, string | undefined, string | null]>([
    ['30', undefined, '0'],
    ['4f', undefined, '31'],
    ['7000', undefined, '$rax'],
    ['7608', undefined, '$rbp 8 +'],
    ['7678', undefined, '$rbp -8 +'],
    ['8000', undefined, '$rip'],
    ['8100', undefined, null],
    ['0805', undefined, '5'],
    ['09fb', undefined, '-5'],
    ['0a0102', undefined, '513'],
    ['0bfeff', undefined, '-2'],
    ['0c01000080', undefined, '2147483649'],
    ['0dffffffff', undefined, '-1'],
    ['0e0100000001000000', undefined, '4294967297'],
    ['0fffffffffffffffff', undefined, '-1'],
    ['10ff01', undefined, '255'],
    ['117f', undefined, '-1'],
    ['06', undefined, null],
    ['760006', undefined, '$rbp ^'],
    ['06', '.cfa', '.cfa ^'],
    ['12', undefined, null],
    ['760012 1c', undefined, '$rbp $rbp -'],
    ['13', undefined, null],
    ['7600 7700 13', undefined, '$rbp'],
    ['7600771022', undefined, '$rbp $rsp 16 + +'],
    ['760077101e', undefined, '$rbp $rsp 16 + *'],
    ['760077101c', undefined, '$rbp $rsp 16 + -'],
    ['76001c', undefined, null],
    ['2308', undefined, null],
    ['76002308', undefined, '$rbp 8 +'],
    ['921008', undefined, '$rip 8 +'],
    ['920600', undefined, '$rbp'],
    ['92117f', undefined, null],
    ['96', undefined, null],
    ['760096', undefined, '$rbp'],
    ['5000', undefined, null],
    ['50', undefined, null],
    ['760013', undefined, null],
    ['770880003f1a3b2a332422', undefined, '$rsp 8 + $rip 16 % 5 + 16 / 8 * +'],
    ['770880003f1a3f2a332422', undefined, '$rsp 8 + $rip 16 % 1 + 16 / 8 * +'],
    ['770880003f1a302a332422', undefined, '$rsp 8 + $rip 16 % 16 + 16 / 8 * +'],
    ['770880003f1a3b2a332423', undefined, null],
    ['2f', undefined, null],
    ['90', undefined, null],
    ['6f', undefined, null],
    ['07', undefined, null],
    ['1b', undefined, null],
    ['', '.cfa', '.cfa'],
    ['', undefined, null],
    ['7708 06 23 10', '.cfa', '$rsp 8 + ^ 16 +'],
  ])('%s on %s is %s', (hex, start, expected) => {
    expect(expressionOf(fromHex(hex), x64, start)).toBe(expected)
  })

  test('names all 32 registers that have an operation', () => {
    const arm64 = cpuRulesOf('arm64')!
    expect(['7000', '8f00', '8f08'].map((hex) => expressionOf(fromHex(hex), arm64))).toEqual([
      'x0',
      'sp',
      'sp 8 +',
    ])
  })

  test.each(['70', '08'])('%s is cut', (hex) => {
    expect(() => expressionOf(fromHex(hex), x64)).toThrow(RangeError)
  })

  test('has at most a thousand characters', () => {
    const sum = (terms: number, last: string) =>
      expressionOf(fromHex(`4f${'2301'.repeat(terms)}${last}`), x64)
    expect(sum(248, '2364')).toHaveLength(2 + 248 * 4 + 6)
    expect(sum(249, '2301')).toBeNull()
  })

  test('of a PLT is for 64 bits only', () => {
    expect(expressionOf(fromHex('770880003f1a3b2a332422'), cpuRulesOf('arm')!)).toBeNull()
  })
})

describe('records inside others', () => {
  const at = (start: number, size: number, name: string, changes: [number, string][] = []): CfiRecord => ({
    start,
    size,
    initial: [['.cfa', name]],
    changes: changes.map(([address, rule]) => ({ address, rules: [['.cfa', rule]] })),
  })
  const shown = (records: readonly CfiRecord[]) =>
    withoutOverlaps(records).map(
      ({ start, size, initial, changes }) =>
        `${start}+${size} ${text(initial)}${changes.map((c) => ` ${c.address} ${text(c.rules)}`).join('')}`,
    )

  test.each<[string, CfiRecord[], string[]]>([
    ['apart', [at(20, 5, 'b'), at(0, 10, 'a')], ['0+10 .cfa: a', '20+5 .cfa: b']],
    ['touching', [at(0, 10, 'a'), at(10, 10, 'b')], ['0+10 .cfa: a', '10+10 .cfa: b']],
    [
      'inside',
      [
        at(0, 30, 'a', [
          [5, 'a5'],
          [12, 'a12'],
          [20, 'a20'],
          [25, 'a25'],
        ]),
        at(10, 10, 'b'),
      ],
      ['0+10 .cfa: a 5 .cfa: a5', '10+10 .cfa: b', '20+10 .cfa: a20 25 .cfa: a25'],
    ],
    [
      'where the rules of the outer one change',
      [at(0, 30, 'a', [[10, 'a10']]), at(10, 10, 'b')],
      ['0+10 .cfa: a', '10+10 .cfa: b', '20+10 .cfa: a10'],
    ],
    ['at its start', [at(0, 5, 'b'), at(0, 30, 'a')], ['0+5 .cfa: b', '5+25 .cfa: a']],
    ['at its end', [at(0, 30, 'a'), at(20, 10, 'b')], ['0+20 .cfa: a', '20+10 .cfa: b']],
    ['beyond its end', [at(0, 30, 'a'), at(20, 20, 'b')], ['0+20 .cfa: a', '20+20 .cfa: b']],
    [
      'in each other',
      [at(0, 40, 'a'), at(10, 20, 'b'), at(15, 5, 'c')],
      ['0+10 .cfa: a', '10+5 .cfa: b', '15+5 .cfa: c', '20+10 .cfa: b', '30+10 .cfa: a'],
    ],
    [
      'one after another inside',
      [at(0, 40, 'a'), at(5, 5, 'b'), at(10, 5, 'c'), at(20, 5, 'd')],
      ['0+5 .cfa: a', '5+5 .cfa: b', '10+5 .cfa: c', '15+5 .cfa: a', '20+5 .cfa: d', '25+15 .cfa: a'],
    ],
  ])('%s', (_, records, lines) => {
    expect(shown(records)).toEqual(lines)
  })
})

describe('registers', () => {
  test.each([
    ['x86_64', 17, '$rdx', '$rip', '$rsp', null, 8],
    ['x86_64h', 17, '$rdx', '$rip', '$rsp', null, 8],
    ['x86', 9, '$ecx', '$eip', '$esp', null, 4],
    ['arm', 16, 'r1', 'pc', 'sp', 'lr', 4],
    ['arm64', 32, 'x1', 'sp', 'sp', 'x30', 8],
    ['arm64e', 32, 'x1', 'sp', 'sp', 'x30', 8],
    ['mips', 32, '$at', '$ra', '$sp', '$ra', 4],
    ['mips64', 32, '$at', '$ra', '$sp', '$ra', 8],
  ])('of %s', (arch, count, second, last, stackPointer, linkRegister, addressSize) => {
    const rules = cpuRulesOf(arch)!
    expect(rules).toMatchObject({ stackPointer, linkRegister, addressSize })
    expect([rules.registers.length, rules.registers[1], rules.registers.at(-1)]).toEqual([
      count,
      second,
      last,
    ])
  })

  test('of other processors are not known, and of i386 differ on macOS', () => {
    expect(cpuRulesOf('ppc')).toBeUndefined()
    expect(appleI386).toEqual({
      ...cpuRulesOf('x86'),
      registers: ['$eax', '$ecx', '$edx', '$ebx', '$ebp', '$esp', '$esi', '$edi', '$eip'],
    })
    expect(cpuRulesOf('x86_64')!.registers.join(' ')).toBe(
      '$rax $rdx $rcx $rbx $rsi $rdi $rbp $rsp $r8 $r9 $r10 $r11 $r12 $r13 $r14 $r15 $rip',
    )
    expect(cpuRulesOf('x86')!.registers.join(' ')).toBe('$eax $ecx $edx $ebx $esp $ebp $esi $edi $eip')
    expect(cpuRulesOf('arm')!.registers.join(' ')).toBe('r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 sp lr pc')
    const numbered = Array.from({ length: 31 }, (_, i) => `x${i}`)
    expect(cpuRulesOf('arm64')!.registers).toEqual([...numbered, 'sp'])
    expect(cpuRulesOf('mips')!.registers.join('')).toBe(
      '$zero$at$v0$v1$a0$a1$a2$a3$t0$t1$t2$t3$t4$t5$t6$t7$s0$s1$s2$s3$s4$s5$s6$s7$t8$t9$k0$k1$gp$sp$fp$ra',
    )
  })
})
