// The order of records in symbol files, and functions that only symbol tables know.
import { describe, expect, test } from 'vitest'
import { addCodeSymbols, type CodeSymbol, SymbolIndex } from '../../../shared/debug-files/code-symbols.ts'
import {
  describeModule,
  type ModuleIdentity,
  ModuleSymbols,
} from '../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../shared/debug-files/sym-text.ts'

const identity: ModuleIdentity = {
  ...{ os: 'Linux', arch: 'x86_64', debugId: 'A0', debugFile: 'a', codeId: 'B', codeFile: null },
}
const moduleWith = (change: Partial<ModuleIdentity> = {}) => new ModuleSymbols({ ...identity, ...change }, 0)
const linesOf = (module: ModuleSymbols, options = {}) =>
  Buffer.concat([...symText(module, options)])
    .toString()
    .trimEnd()
    .split('\n')

describe('a symbol file', () => {
  test.each<[Partial<ModuleIdentity>, string[]]>([
    [{}, ['MODULE Linux x86_64 A0 a', 'INFO CODE_ID B']],
    [{ codeId: null }, ['MODULE Linux x86_64 A0 a']],
    [{ codeFile: 'a.exe' }, ['MODULE Linux x86_64 A0 a', 'INFO CODE_ID B a.exe']],
    [{ debugId: null }, [`MODULE Linux x86_64 ${'0'.repeat(33)} a`, 'INFO CODE_ID B']],
  ])('of %j begins with %j', (change, lines) => {
    expect(linesOf(moduleWith(change))).toEqual(lines)
  })

  test('states what it lacks where that is wanted', () => {
    const module = moduleWith()
    expect(linesOf(module, { statesLacking: true })).toHaveLength(2)
    module.lacks = 'program'
    expect(linesOf(module, { statesLacking: true })[2]).toBe('INFO LACKS program')
    expect(linesOf(module)).toHaveLength(2)
  })

  test('has all records in order, the first of those that start at one address', () => {
    const module = moduleWith()
    const file = module.files.numberOf('a.c')
    module.addFunction({ start: 0x200, size: 0x10, name: 'later', parameterSize: 12 })
    module.addLine({ start: 0x200, size: 8, line: 7, file })
    module.addLine({ start: 0x208, size: 8, line: 6, file: module.files.numberOf('b.c') })
    module.addFunction({ start: 0x100, size: 0x40, name: 'early' })
    module.addInline({
      depth: 0,
      callLine: 5,
      callFile: file,
      origin: module.originOf('i'),
      ranges: [0x100, 4, 0x110, 8],
    })
    module.addInline({
      depth: 1,
      callLine: 6,
      callFile: file,
      origin: module.originOf('j'),
      ranges: [0x100, 2],
    })
    module.addFunction({ start: 0x100, size: 0x80, name: 'again' })
    module.addFunction({ start: 0x140, size: 0x10, name: 'touching' })
    const publics: [number, string, number?][] = [
      [0x150, 'end'],
      [0x14f, 'inside'],
      [0xff, 'before', 8],
      [0x100, 'start'],
      [0x250, 'z'],
      [0x250, 'y'],
      [0x210, 'gap'],
    ]
    for (const [address, name, parameterSize] of publics)
      module.publics.push({ address, name, ...(parameterSize ? { parameterSize } : {}) })
    module.win.push('4 1 2')
    for (const start of [0x300, 0x100, 0x300])
      module.addCfi({ start, size: module.cfi.rows + 1, initial: [['.cfa', 'sp']], changes: [] })
    expect(linesOf(module).slice(2)).toEqual([
      ...['FILE 0 a.c', 'FILE 1 b.c', 'INLINE_ORIGIN 0 i', 'INLINE_ORIGIN 1 j'],
      ...['FUNC 100 40 0 early', 'INLINE 0 5 0 0 100 4 110 8', 'INLINE 1 6 0 1 100 2'],
      'FUNC 140 10 0 touching',
      ...['FUNC 200 10 c later', '200 8 7 0', '208 8 6 1'],
      ...['PUBLIC ff 8 before', 'PUBLIC 150 0 end', 'PUBLIC 210 0 gap', 'PUBLIC 250 0 z'],
      'STACK WIN 4 1 2',
      ...['STACK CFI INIT 100 2 .cfa: sp', 'STACK CFI INIT 300 1 .cfa: sp'],
    ])
    module.warn('w')
    expect(describeModule(module)).toBe(
      '4 functions, 2 lines, 2 inlined calls, 7 public symbols, 4 unwind records; w',
    )
  })

  test('comes in pieces of at least 256 KiB', () => {
    const module = moduleWith()
    for (let i = 0; i < 200; i++) module.publics.push({ address: i, name: 'x'.repeat(4000) })
    const sizes = [...symText(module)].map(({ length }) => length)
    expect(sizes.slice(0, -1).every((size) => size >= 256 * 1024 && size < 262_144 + 4100)).toBe(true)
    expect([sizes.length, linesOf(module).length]).toEqual([4, 202])
  })

  test('of exactly 256 KiB is one piece', () => {
    const module = moduleWith()
    const header = linesOf(module).join('\n').length + 1
    const sizes = () => [...symText(module)].map(({ length }) => length)
    module.win.push('x'.repeat(256 * 1024 - header - 'STACK WIN \n'.length))
    expect(sizes()).toEqual([256 * 1024])
    module.win.push('y')
    expect(sizes()).toEqual([256 * 1024, 'STACK WIN y\n'.length])
  })
})

describe('symbols of a table', () => {
  const symbol = (address: number, size: number, name: string): CodeSymbol => ({ address, size, name })

  test('are added outside of functions', () => {
    const module = moduleWith()
    module.addFunction({ start: 0x100, size: 0x20, name: 'f' })
    module.addFunction({ start: 0x110, size: 4, name: 'inner' })
    addCodeSymbols(module, [
      symbol(-1, 4, 'below'),
      symbol(0, 4, 'lowest'),
      symbol(0x80, 0x10, 'a.cold.1'),
      symbol(0x80, 0x10, 'twice'),
      symbol(0x90, 0xff, 'long'),
      symbol(0xff, 0, 'hidden'),
      symbol(0x100, 4, 'start'),
      symbol(0x114, 4, 'inside'),
      symbol(0x11f, 0, 'last'),
      symbol(0x120, 4, '_ZN1a1bEv'),
      symbol(0x200, 0, 'public'),
      symbol(0xffff_ffff, 1, 'highest'),
      symbol(2 ** 32, 0, 'above'),
      symbol(2 ** 32 + 1, 1, 'far above'),
    ])
    expect(linesOf(module).slice(2)).toEqual([
      ...[
        'FUNC 0 4 0 lowest',
        'FUNC 80 10 0 a',
        'FUNC 90 70 0 long',
        'FUNC 100 20 0 f',
        'FUNC 110 4 0 inner',
        'FUNC 120 4 0 a::b()',
      ],
      ...['FUNC ffffffff 1 0 highest', 'PUBLIC 200 0 public'],
    ])
  })

  test.each([
    'f.cold',
    'f.part.0',
    'f.constprop.1',
    'f.isra.0.cold',
    'f.llvm.123',
    'f.lto_priv.0',
    'f.localalias',
    'f.str.1',
  ])('have no mark of a copy: %s', (name) => {
    expect([...new SymbolIndex([symbol(1, 1, name)]).functionsBetween(0, 9)]).toEqual([
      { start: 1, size: 1, name: 'f' },
    ])
  })

  test('are found by address, and between addresses', () => {
    const index = new SymbolIndex([
      symbol(1, 2, 'x'),
      symbol(4, 4, 'plain'),
      symbol(4, 9, '_Z1fv'),
      symbol(8, 0, 'y'),
      symbol(9, 9, 'z'),
    ])
    expect([1, 4, 5].map((address) => index.nameAt(address))).toEqual([null, 'f()', null])
    const between = (start: number, end: number) =>
      [...index.functionsBetween(start, end)].map((f) => `${f.start}+${f.size} ${f.name}`)
    expect(between(0, 100)).toEqual(['1+2 x', '4+4 plain', '9+9 z'])
    expect([between(4, 9), between(5, 10), between(2, 6)]).toEqual([['4+4 plain'], ['9+1 z'], ['4+2 plain']])
  })
})
