// Damaged symbol files, unwind programs and symdexes: a result or a CrashError, in time bounded by their size.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { parseSymFile } from '../../../shared/symbols/sym/parse.ts'
import { findSymbol } from '../../../shared/symbols/symdex/symbol-page.ts'
import { type SymbolTable, tableOfSymFile } from '../../../shared/symbols/symdex/symbol-table.ts'
import { deflatePage, inflatePage } from '../../../shared/symbols/sources/symdex-cache.node.ts'
import { checksumOf } from '../../../shared/symbols/symdex/format.ts'
import { decodePage } from '../../../shared/symbols/symdex/page.ts'
import { tableOfSymdex } from '../../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../../shared/symbols/symdex/writer.ts'
import { cfiRowAt, cfiRulesAt, evaluateCfi, parseCfiRules } from '../../../shared/unwind/cfi.ts'
import { evaluateWin, winRecordAt } from '../../../shared/unwind/stack-win.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

const seed = [
  'MODULE Linux x86_64 D3096ED481217FD4C16B29CD9BC208BA0 firefox',
  'INFO CODE_ID D3096ED4 firefox',
  'FILE 0 /a/b.c',
  'FILE 1 hg:hg.example.org/repo:c.cpp:1',
  'INLINE_ORIGIN 0 inner',
  'INLINE_ORIGIN 1 outer',
  'FUNC m 1000 40 8 first',
  'INLINE 0 12 0 1 1000 20 1030 8',
  'INLINE 1 7 1 0 1008 8',
  '1000 10 1 0',
  '1010 30 2 1',
  'FUNC 1040 20 0 second',
  '1040 20 9 1',
  'PUBLIC 2000 4 third',
  'STACK CFI INIT 1000 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
  'STACK CFI 1004 .cfa: $rsp 16 + $rbp: .cfa -16 + ^',
  'STACK CFI 1010 .cfa: $rbp 16 @',
  'STACK WIN 4 1040 20 1 1 4 8 10 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =',
  'STACK WIN 0 2000 20 1 1 4 8 10 0 0 1',
  '',
].join('\n')
const seedBytes = new TextEncoder().encode(seed)

/** Looks up everything at many addresses; returns the number of results. */
function useAll(table: SymbolTable): number {
  let answers = 0
  const memory = (address: number | bigint) => (Number(address) % 3 ? 0x1234 : null)
  for (const address of [0, 0x1000, 0x1008, 0x1010, 0x103f, 0x1040, 0x1fff, 0x2000, 0x2010, 0xffff_fffe]) {
    const page = table.page(address)
    if (!page) continue
    if (findSymbol(page, address)) answers++
    const row = cfiRowAt(page, address)
    if (row >= 0) {
      const scope = { wordSize: 8 as const, register: () => 0x8000, read: memory }
      if (evaluateCfi(cfiRulesAt(page, row, address), scope)) answers++
    }
    const record = winRecordAt(page, address)
    const scope = { register: () => 0x8000, read: memory, grandCalleeParameters: 4, isContextFrame: true }
    if (record && evaluateWin(record, scope)) answers++
  }
  return answers
}

describe('damaged symbols', () => {
  test('the seed itself has results', () => {
    expect(useAll(tableOfSymFile(parseSymFile(seedBytes)))).toBe(10)
  })

  test('any text is a symbol file, possibly with bad lines', () => {
    const random = createRandom(11)
    let bytes: Uint8Array = seedBytes
    for (let i = 0; i < 4000; i++) {
      bytes = i % 40 === 0 ? seedBytes : mutate(bytes, random)
      const file = parseSymFile(bytes)
      expect(file.badLines).toBeLessThanOrEqual(bytes.length + 1)
      useAll(tableOfSymFile(file))
    }
  })

  test('a damaged file and its symdex give the same results', () => {
    const random = createRandom(12)
    let bytes: Uint8Array = seedBytes
    for (let i = 0; i < 600; i++) {
      bytes = i % 20 === 0 ? seedBytes : mutate(bytes, random)
      const file = parseSymFile(bytes)
      const index = tableOfSymdex(buildSymdex(file, deflatePage), inflatePage)
      expect(useAll(index)).toBe(useAll(tableOfSymFile(file)))
    }
  })

  test('a damaged symdex is rejected or works', () => {
    const whole = buildSymdex(parseSymFile(seedBytes), deflatePage)
    const random = createRandom(13)
    let refused = 0
    for (let i = 0; i < 3000; i++) {
      try {
        useAll(tableOfSymdex(mutate(whole, random), inflatePage))
      } catch (error) {
        if (!isCrashError(error)) throw error
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })

  test('a damaged page with a valid checksum is rejected or valid', () => {
    const raw: Uint8Array[] = []
    buildSymdex(parseSymFile(seedBytes), (page) => {
      raw.push(page.slice())
      return page.slice()
    })
    const random = createRandom(14)
    let bytes = raw[0]!
    expect(checksumOf(bytes)).toBeGreaterThan(0)
    for (let i = 0; i < 4000; i++) {
      bytes = i % 30 === 0 ? raw[0]! : mutate(bytes, random)
      try {
        const page = decodePage(bytes)
        useAll({ ...tableOfSymFile(parseSymFile(seedBytes)), page: () => page })
      } catch (error) {
        if (!isCrashError(error)) throw error
      }
    }
  })

  test('a huge file with one bad pattern takes proportional time', () => {
    const lines = 'FUNC 1000 10 0 f\n1000 10 1 0\n'.repeat(50_000)
    const { tables } = parseSymFile(new TextEncoder().encode(lines))
    expect(tables.functions.length).toBe(1)
  })
})

describe('unwind programs', () => {
  const token = fc.oneof(
    fc.constantFrom(
      '+',
      '-',
      '*',
      '/',
      '%',
      '@',
      '^',
      '=',
      '.cfa',
      '.ra',
      '.undef',
      '$rsp',
      'rsp',
      '$T0',
      '.cfa:',
      '.ra:',
      '$rax:',
    ),
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
    fc.string({ maxLength: 5 }),
  )
  const program = fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join(' '))

  test('any rules yield words of the right size, or nothing', () => {
    fc.assert(
      fc.property(program, fc.constantFrom(4 as const, 8 as const), (text, wordSize) => {
        const scope = { wordSize, register: () => 77, read: () => 2 ** 31 }
        const result = evaluateCfi(parseCfiRules(`.cfa: 1 .ra: 2 ${text}`), scope)
        for (const word of result ? [result.cfa, result.returnAddress, ...result.registers.values()] : []) {
          if (word !== null) expect(word >= 0 && BigInt(word) < 2n ** BigInt(wordSize * 8)).toBe(true)
        }
      }),
      { numRuns: 3000, seed: 5 },
    )
  })

  test('any Windows program yields words of 32 bits, or nothing', () => {
    fc.assert(
      fc.property(program, (text) => {
        const record = { parameters: 1, savedRegisters: 2, locals: 3, program: text }
        const scope = { register: () => 64, read: () => 9, grandCalleeParameters: 0, isContextFrame: false }
        for (const value of evaluateWin(record, scope)?.values() ?? []) {
          expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true)
        }
      }),
      { numRuns: 3000, seed: 6 },
    )
  })
})
