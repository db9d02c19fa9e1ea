// A symdex gives the same results as its symbol file, whole or by range, and detects damage.
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import { findSymbol } from '../../../../shared/symbols/symdex/symbol-page.ts'
import { type SymbolTable, tableOfSymFile } from '../../../../shared/symbols/symdex/symbol-table.ts'
import { inflatePage } from '../../../../shared/symbols/sources/symdex-cache.node.ts'
import { isIntact, tableOfSymdex, tableOfSymdexRanges } from '../../../../shared/symbols/symdex/table.ts'
import { buildSymdex } from '../../../../shared/symbols/symdex/writer.ts'
import { cfiRowAt, cfiRulesAt } from '../../../../shared/unwind/cfi.ts'
import { winRecordAt } from '../../../../shared/unwind/stack-win.ts'

const read = (text: string) => parseSymFile(new TextEncoder().encode(text))
const build = (text: string) => buildSymdex(read(text), (bytes) => deflateRawSync(bytes))

/** All symbols of a table at an address. */
function answer(table: SymbolTable, address: number): string {
  const page = table.page(address)
  if (page === undefined) throw new Error('The page was not loaded')
  if (page === null) return 'null'
  const cfi = cfiRowAt(page, address)
  const rules = cfi < 0 ? null : cfiRulesAt(page, cfi, address)
  const big = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  const win = winRecordAt(page, address)
  return JSON.stringify([findSymbol(page, address), rules && [...rules], win], big)
}

/** A missing page equals a page without symbols. */
const nothing = JSON.stringify([null, null, null])
const same = (text: string) => (text === 'null' ? nothing : text)

const address = fc.integer({ min: 0, max: 0x4000 }).map((value) => value.toString(16))
const size = fc.integer({ min: 0, max: 0x200 }).map((value) => value.toString(16))
const small = fc.integer({ min: 0, max: 5 })
const record = fc.oneof(
  fc.tuple(small, fc.constantFrom('a.c', 'b.c')).map(([id, name]) => `FILE ${id} ${name}`),
  fc.tuple(small, fc.constantFrom('inner', 'outer')).map(([id, name]) => `INLINE_ORIGIN ${id} ${name}`),
  fc.tuple(address, size, small).map(([at, s, n]) => `FUNC ${at} ${s} ${n} func${n}`),
  fc.tuple(address, size, small, small).map(([at, s, line, file]) => `${at} ${s} ${line} ${file}`),
  fc
    .tuple(small, small, small, small, address, size)
    .map(([d, l, f, o, at, s]) => `INLINE ${d} ${l} ${f} ${o} ${at} ${s}`),
  fc.tuple(address, small).map(([at, n]) => `PUBLIC ${at} ${n} public${n}`),
  fc.tuple(address, size, small).map(([at, s, n]) => `STACK CFI INIT ${at} ${s} .cfa: ${n} .ra: 4`),
  fc.tuple(address, small).map(([at, n]) => `STACK CFI ${at} .cfa: $rsp ${n} +`),
  fc.tuple(address, size, small).map(([at, s, n]) => `STACK WIN 4 ${at} ${s} 0 0 ${n} 1 2 0 1 prog ${n}`),
  fc.tuple(address, size, small).map(([at, s, n]) => `STACK WIN 0 ${at} ${s} 0 0 ${n} 1 2 0 0 ${n}`),
)

/** More than one page: functions with long names. */
function largeFile(functions: number): string {
  const lines = ['MODULE Linux x86_64 AB0 large', 'FILE 0 a.c', 'FILE 1 b.c', 'PUBLIC 10 0 before']
  for (let i = 0; i < functions; i++) {
    const at = 0x1000 + i * 0x100
    lines.push(`FUNC ${at.toString(16)} 80 0 function_${i}_${'x'.repeat(i % 97)}`)
    lines.push(`${at.toString(16)} 40 ${i} ${i % 2}`, `${(at + 0x40).toString(16)} 40 ${i + 1} 0`)
    lines.push(`PUBLIC ${(at + 0x90).toString(16)} 0 public_${i}`)
    lines.push(`STACK CFI INIT ${at.toString(16)} 80 .cfa: $rsp ${i % 13} + .ra: .cfa -8 + ^`)
  }
  return `${lines.join('\n')}\n`
}

describe('symdex', () => {
  test('gives the same results as the text of any symbol file', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 0x4400 }), { minLength: 40 }),
        (records, at) => {
          const text = `${records.join('\n')}\n`
          const fromText = tableOfSymFile(read(text))
          const fromIndex = tableOfSymdex(build(text), inflatePage)
          for (const a of at) expect(same(answer(fromIndex, a))).toBe(same(answer(fromText, a)))
        },
      ),
      { numRuns: 200, seed: 7 },
    )
  })

  test('empty names do not include the following ones', () => {
    const text = 'FILE 0 \nFILE 1 a.c\nFUNC 10 10 0 \n10 8 1 0\n18 8 2 1\nFUNC 20 10 0 f\n'
    const table = tableOfSymdex(build(text), inflatePage)
    for (const at of [0x10, 0x18, 0x20]) {
      expect(answer(table, at)).toBe(answer(tableOfSymFile(read(text)), at))
    }
  })

  test('gives the same results across many pages, whole and by range', async () => {
    const text = largeFile(6000)
    const symdex = build(text)
    const whole = tableOfSymdex(symdex, inflatePage)
    const ranges = await tableOfSymdexRanges(async (offset, length) =>
      symdex.subarray(offset, offset + length),
    )
    const fromText = tableOfSymFile(read(text))
    for (let i = 0; i < 3000; i++) {
      const at = (i * 0x95f) % (0x1000 + 6000 * 0x100)
      await ranges.load(at)
      expect([answer(whole, at), answer(ranges, at)].map(same)).toEqual([
        same(answer(fromText, at)),
        same(answer(fromText, at)),
      ])
    }
  })

  test('a PUBLIC is the nearest symbol also on the page after its own', () => {
    const rows = Array.from({ length: 4000 }, (_, i) => {
      const at = 0x100 + i * 0x10
      return `STACK CFI INIT ${at.toString(16)} 10 .cfa: $rsp ${i} + .ra: .cfa -8 + ^`
    })
    const text = `PUBLIC 10 0 far\n${rows.join('\n')}\n`
    const table = tableOfSymdex(build(text), inflatePage)
    for (const at of [0x20, 0x104, 0xf904]) {
      expect(answer(table, at)).toBe(answer(tableOfSymFile(read(text)), at))
      expect(answer(table, at)).toContain('"far"')
    }
  })

  test('a lookup by range reads the root once and one page', async () => {
    const symdex = build(largeFile(6000))
    const reads: number[] = []
    const table = await tableOfSymdexRanges(async (offset, length) => {
      reads.push(length)
      return symdex.subarray(offset, offset + length)
    })
    await table.load(0x9010)
    await table.load(0x9020)
    expect(answer(table, 0x9020)).toContain('function_128_')
    expect(reads).toHaveLength(2)
    expect(reads[1]).toBeLessThan(64 * 1024)
  })

  test('keeps the MODULE and INFO records', () => {
    const table = tableOfSymdex(
      build('MODULE Linux x86_64 AB0 name\nINFO URL http://x/\nnonsense\nPUBLIC 1 0 f\n'),
      inflatePage,
    )
    expect(table.info).toMatchObject({ debugFile: 'name', debugId: 'AB0', url: 'http://x/' })
    expect([table.badLines, table.corrupt]).toEqual([1, false])
    expect(tableOfSymdex(build('nonsense\n'), inflatePage).corrupt).toBe(true)
  })

  test('a file of another version, or with a damaged root, is rejected', () => {
    const symdex = build(largeFile(10))
    for (const at of [0, 8, 12, 16, 20, 70, 100]) {
      const damaged = symdex.slice()
      damaged[at]! ^= 0x40
      expect(() => tableOfSymdex(damaged, inflatePage)).toThrow(
        expect.objectContaining({ code: 'bad-symbols' }),
      )
    }
    expect(() => tableOfSymdex(symdex.subarray(0, symdex.length - 1), inflatePage)).toThrow('truncated')
  })

  test('a damaged page is detected, and has no symbols', () => {
    const symdex = build(largeFile(10))
    expect(isIntact(symdex)).toBe(true)
    const damaged = symdex.slice()
    damaged[symdex.length - 10]! ^= 1
    expect(isIntact(damaged)).toBe(false)
    expect(tableOfSymdex(damaged, inflatePage).page(0x1000)).toBeNull()
  })
})
