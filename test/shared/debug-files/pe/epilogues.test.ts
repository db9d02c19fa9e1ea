// Which instructions of x64 are an epilogue, and the rules at each of them.
import { describe, expect, test } from 'vitest'
import { epilogueRows } from '../../../../shared/debug-files/pe/epilogues-x64.ts'
import { fromHex } from '../../../support/assembler.ts'

const registers = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'
  .split(' ')
  .map((name) => `$${name}`)

const rowsOf = (hex: string, frameRegister = 0) =>
  epilogueRows({ code: fromHex(hex), from: 0, registers, frameRegister }).map(({ offset, rules }) => {
    const shown = rules?.filter(([register]) => register !== '.ra').map((rule) => rule.join(': '))
    return `${offset} ${shown?.join(' ') ?? 'body'}`
  })

describe('an epilogue of x64', () => {
  test.each([
    [
      '4883c428 5b c3',
      [
        '0 .cfa: $rsp 56 + $rbx: .cfa -16 + ^',
        '4 .cfa: $rsp 16 + $rbx: .cfa -16 + ^',
        '5 .cfa: $rsp 8 +',
        '6 body',
      ],
    ],
    ['4881c400010000 c3', ['0 .cfa: $rsp 264 +', '7 .cfa: $rsp 8 +', '8 body']],
    ['90 5d f3c3', ['1 .cfa: $rsp 16 + $rbp: .cfa -16 + ^', '2 .cfa: $rsp 8 +', '4 body']],
    ['59 c20800', ['0 .cfa: $rsp 16 +', '1 .cfa: $rsp 8 +', '4 body']],
    ['5e ff2500000000', ['0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^', '1 .cfa: $rsp 8 +', '7 body']],
    ['5e 48ffe0', ['0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^', '1 .cfa: $rsp 8 +', '4 body']],
    ['5e e900010000', ['0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^', '1 .cfa: $rsp 8 +', '6 body']],
  ])('%s', (hex, rows) => {
    expect(rowsOf(hex)).toEqual(rows)
  })

  test('may take the stack pointer from the frame register, and from no other', () => {
    const rows = [
      '0 .cfa: $rbp 32 + $rbp: .cfa -16 + ^',
      '4 .cfa: $rsp 16 + $rbp: .cfa -16 + ^',
      '5 .cfa: $rsp 8 +',
      '6 body',
    ]
    expect(rowsOf('488d6510 5d c3', 5)).toEqual(rows)
    expect(rowsOf('498d6510 415d c3', 13)[0]).toBe('0 .cfa: $r13 32 + $r13: .cfa -16 + ^')
    expect(rowsOf('488d6510 5d c3')[0]).toMatch(/^4 /)
  })

  test.each([
    ['4883c428 4883c410 c3', 0, '4 .cfa: $rsp 24 +'],
    ['4883c428 488d6510 c3', 5, '4 .cfa: $rbp 24 +'],
    ['5b 4883c410 c3', 0, '1 .cfa: $rsp 24 +'],
    ['5b 488d6510 c3', 5, '1 .cfa: $rbp 24 +'],
    [`${'58'.repeat(20)} c3`, 0, '1 .cfa: $rsp 160 +'],
  ])('%s begins where only pops follow', (hex, frameRegister, first) => {
    expect(rowsOf(hex, frameRegister)[0]).toBe(first)
  })

  test.each([
    ['488da5f8ffff07 c3', '0 .cfa: $rbp 134217728 +'],
    ['488da5f0ffff07 c3', '0 .cfa: $rbp 134217720 +'],
    ['488da500000008 c3', undefined],
    ['488da5010000f8 c3', '0 .cfa: $rbp -134217719 +'],
    ['488da5000000f8 c3', undefined],
    ['488d2510000000 c3', undefined],
    ['488de5 c3', undefined],
    ['488d6410 c3', undefined],
    ['488d5510 c3', undefined],
    ['4881c4000100ff c3', '0 .cfa: $rsp -16776952 +'],
    ['4883c4f0 c3', '0 .cfa: $rsp -8 +'],
    ['4158 c3', '0 .cfa: $rsp 16 +'],
    ['415f c3', '0 .cfa: $rsp 16 + $r15: .cfa -16 + ^'],
    ['58 c3', '0 .cfa: $rsp 16 +'],
    ['5f c3', '0 .cfa: $rsp 16 + $rdi: .cfa -16 + ^'],
    ['5e eb00', '0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^'],
    ['5e e900000000', '0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^'],
    ['5e ebfc', '0 .cfa: $rsp 16 + $rsi: .cfa -16 + ^'],
  ])('%s begins with %s', (hex, first) => {
    expect(rowsOf(hex, 5)[0]).toBe(first)
  })

  test.each([
    'e9f0ffffff 90',
    'ff2500000000',
    '48ffe0',
    '5e ebfd',
    '5e ebff 90',
    '4157 c3',
    '4160 c3',
    '90 c3',
    '5b 90 c3',
    '5b e9faffffff 90',
    '4883c428 90',
  ])('is not %s', (hex) => {
    expect(rowsOf(hex)).toEqual([])
  })

  test('costs little where every byte may be one', () => {
    const code = new Uint8Array(200_000).fill(0x5b)
    code[code.length - 1] = 0xc3
    const rows = epilogueRows({ code, from: 0, registers, frameRegister: 0 })
    expect(rows.length).toBeLessThan(30)
  })
})
