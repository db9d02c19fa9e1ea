// STACK CFI rules: the evaluator's table of cases.
import { describe, expect, test } from 'vitest'
import { createPage } from '../../../shared/symbols/symdex/symbol-page.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { cfiRowAt, cfiRulesAt, evaluateCfi } from '../../../shared/unwind/cfi.ts'
import type { Word } from '../../../shared/unwind/word.ts'

interface Case {
  name: string
  size?: 4 | 8
  registers?: Record<string, Word>
  memory?: Record<number, Word>
  init: string
  deltas?: string[]
  cfa?: Word
  ra?: Word
  others?: Record<string, Word | null>
}

/** Address 0x1000 with all deltas applied. */
function evaluate({ size = 8, registers = { rsp: 32, esp: 32 }, memory = {}, init, deltas = [] }: Case) {
  const lines = [
    `STACK CFI INIT 1000 100 ${init}`,
    ...deltas.map((rules, i) => `STACK CFI 100${i + 1} ${rules}`),
  ]
  const file = parseSymFile(new TextEncoder().encode(`${lines.join('\n')}\n`), { strict: true })
  const page = createPage(file.tables, file.text)
  return evaluateCfi(cfiRulesAt(page, cfiRowAt(page, 0x1080), 0x1080), {
    wordSize: size,
    register: (name) => registers[name] ?? null,
    read: (address) => memory[Number(address)] ?? null,
  })
}

const max32 = 0xffff_ffff
const good: Case[] = [
  {
    name: 'later rules replace earlier ones',
    memory: { 40: 7, 48: 9 },
    init: '.cfa: $rsp 8 + .ra: .cfa -8 + ^',
    deltas: ['.cfa: $rsp 16 + $rax: .cfa -16 + ^', '.cfa: $rsp 24 +'],
    cfa: 56,
    ra: 9,
    others: { rax: 7 },
  },
  { name: 'sums wrap at 32 bits', size: 4, init: '.cfa: 1 2 + .ra: -4 0 +', cfa: 3, ra: 0xffff_fffc },
  { name: 'sums wrap at 64 bits', init: '.cfa: 1 2 + .ra: -4 0 +', cfa: 3, ra: 0xffff_ffff_ffff_fffcn },
  { name: 'difference', size: 4, init: '.cfa: 5 3 - .ra: -4 2 -', cfa: 2, ra: 0xffff_fffa },
  { name: 'product', size: 4, init: '.cfa: 5 3 * .ra: -4 2 *', cfa: 15, ra: 0xffff_fff8 },
  {
    name: 'product of 64 bits',
    init: '.cfa: 4294967296 4294967297 * .ra: -4 2 *',
    cfa: 0x1_0000_0000,
    ra: 2n ** 64n - 8n,
  },
  { name: 'quotient is unsigned', size: 4, init: '.cfa: 5 3 / .ra: -1 2 /', cfa: 1, ra: 0x7fff_ffff },
  { name: 'remainder is unsigned', size: 4, init: '.cfa: 5 3 % .ra: -1 2 %', cfa: 2, ra: 1 },
  { name: 'alignment', size: 4, init: '.cfa: 8 16 @ .ra: 161 8 @', cfa: 0, ra: 160 },
  {
    name: 'a register whose rule fails is unknown',
    init: '.cfa: 8 .ra: 12 $rax: .undef $rbx: 1 .undef +',
    cfa: 8,
    ra: 12,
    others: { rax: null, rbx: null },
  },
  {
    name: 'two registers in one token are one unknown name',
    init: '.cfa: 8 .ra: 12 $rax:$rbx: 8',
    cfa: 8,
    ra: 12,
  },
  {
    name: 'of equal registers the last one applies',
    init: '.cfa: 1 .cfa: 2 .ra: 3 .ra: 4 $rax: 5 $rax: 6',
    cfa: 2,
    ra: 4,
    others: { rax: 6 },
  },
  {
    name: 'rules may use the frame address',
    init: '.cfa: 7 .ra: .cfa 1 + $rax: .cfa 2 -',
    cfa: 7,
    ra: 8,
    others: { rax: 5 },
  },
  {
    name: 'rules read the registers of the callee',
    registers: { x11: 1600 },
    init: '.cfa: 8 .ra: 12 x11: 16 x12: x11 .cfa +',
    cfa: 8,
    ra: 12,
    others: { x11: 16, x12: 1608 },
  },
  {
    name: 'register names may follow any dollar sign',
    registers: { rsp: 32 },
    init: '.cfa: a$rsp .ra: 4',
    cfa: 32,
    ra: 4,
  },
]

const bad: [what: string, init: string, deltas?: string[]][] = [
  ...['1 +', '^', '1 0 /', '1 0 %', '1 0 @', '1 3 @', '=', '.undef', '2000 ^', '$kitties', '.cfa', '.ra'].map(
    (rule): [string, string] => [`${rule} as the frame address`, `.cfa: ${rule} .ra: 8`],
  ),
  ['no return address', '.cfa: 8'],
  ['no frame address', '.ra: 8'],
  ['no colon', '.cfa 8 16 *'],
  ['an expression before the first register', '.esp 8 16 * .cfa: 16 .ra: 8'],
  ['two remaining values', '.cfa: 8 12 .ra: 8'],
  ['a register without expression at the end', '.cfa: 12 .ra: 8 $rax:'],
  ['a register without expression in the middle', '.cfa: 12 .ra: 8 $rax: $rbx: 8'],
  ['only an equals sign', '='],
  ['an undefined return address', '.cfa: 12 .ra: .undef'],
  ['a return address that uses itself', '.cfa: 12 .ra: .ra'],
  ['a delta without colon', '.cfa: $rsp 8 + .ra: 4', ['.cfa $rsp 16 + $rax: .cfa 16 -']],
]

describe('evaluateCfi', () => {
  for (const c of good) {
    test(c.name, () => {
      const result = evaluate(c)
      expect([result?.cfa, result?.returnAddress]).toEqual([c.cfa, c.ra])
      for (const [name, value] of Object.entries(c.others ?? {}))
        expect(result!.registers.get(name)).toBe(value)
    })
  }

  for (const [what, init, deltas = []] of bad) {
    test(`fails on ${what}`, () => {
      expect(evaluate({ name: what, size: 4, init, deltas })).toBeNull()
    })
  }

  test('a word of 32 bits is the largest', () => {
    expect(evaluate({ name: '', size: 4, init: `.cfa: ${max32} 1 + .ra: ${max32}` })).toMatchObject({
      cfa: 0,
      returnAddress: max32,
    })
  })
})
