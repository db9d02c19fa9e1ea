// Lookups by address, at every edge of the records.
import { describe, expect, test } from 'vitest'
import { parseSymFile } from '../../../../shared/symbols/sym/parse.ts'
import {
  createPage,
  findFunctionName,
  findNearSymbol,
  findSymbol,
  rowCovering,
  stringOf,
} from '../../../../shared/symbols/symdex/symbol-page.ts'
import {
  addRow,
  bytesOfTables,
  createColumns,
  lastAtMost,
  none,
} from '../../../../shared/symbols/symdex/columns.ts'
import { corruptTable, isCorrupt, tableOfSymFile } from '../../../../shared/symbols/symdex/symbol-table.ts'

const parsed = (...lines: string[]) =>
  parseSymFile(new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')))
const pageOf = (...lines: string[]) => {
  const { tables, text } = parsed(...lines)
  return createPage(tables, text)
}

const page = pageOf(
  'FILE 0 a.c',
  'FILE 1 b.h',
  'INLINE_ORIGIN 0 inner',
  'INLINE_ORIGIN 1 outer',
  'FUNC 100 40 8 f',
  'INLINE 0 7 0 1 110 10',
  'INLINE 1 9 1 0 114 4',
  '100 8 1 0',
  '110 10 2 1',
  '130 8 3 0',
  'FUNC 200 10 4 g',
  'PUBLIC 80 c p',
  'PUBLIC 180 0 q',
  'STACK WIN 4 100 10 0 0 14 0 0 0 1 x',
  'STACK WIN 0 110 10 0 0 18 0 0 0 0 1',
)

describe('a symbol', () => {
  const shown = (address: number) => {
    const info = findSymbol(page, address)
    if (!info) return null
    const { function: name, base, parameterSize, file, line, lineBase, inlines } = info
    const calls = inlines.map((call) => `${call.function} ${call.file}:${call.line}`)
    return [`${name} ${base} ${parameterSize}`, `${file}:${line} ${lineBase}`, ...calls]
  }
  test.each([
    [0x7f, null],
    [0x80, ['p 128 12', 'null:null null']],
    [0xff, ['p 128 12', 'null:null null']],
    [0x100, ['f 256 20', 'a.c:1 256']],
    [0x107, ['f 256 20', 'a.c:1 256']],
    [0x108, ['f 256 20', 'null:null null']],
    [0x10f, ['f 256 20', 'null:null null']],
    [0x110, ['f 256 24', 'a.c:7 272', 'outer b.h:2']],
    [0x113, ['f 256 24', 'a.c:7 272', 'outer b.h:2']],
    [0x114, ['f 256 24', 'a.c:7 272', 'inner b.h:2', 'outer b.h:9']],
    [0x117, ['f 256 24', 'a.c:7 272', 'inner b.h:2', 'outer b.h:9']],
    [0x118, ['f 256 24', 'a.c:7 272', 'outer b.h:2']],
    [0x11f, ['f 256 24', 'a.c:7 272', 'outer b.h:2']],
    [0x120, ['f 256 8', 'null:null null']],
    [0x130, ['f 256 8', 'a.c:3 304']],
    [0x137, ['f 256 8', 'a.c:3 304']],
    [0x138, ['f 256 8', 'null:null null']],
    [0x13f, ['f 256 8', 'null:null null']],
    [0x140, null],
    [0x17f, null],
    [0x180, ['q 384 0', 'null:null null']],
    [0x200, ['g 512 4', 'null:null null']],
    [0x210, null],
  ])('at %i is %j', (address, expected) => {
    expect(shown(address)).toEqual(expected)
    expect(findFunctionName(page, address)).toBe(expected === null ? null : expected[0]!.split(' ')[0])
  })

  test.each([
    [0x7f, null, undefined, undefined],
    [0x80, null, null, 0],
    [0x100, 0x40, 1, 0],
    [0x108, 0x40, 1, 0],
    [0x10f, 0x40, 1, 0],
    [0x110, 0x40, 7, 1],
    [0x114, 0x40, 7, 2],
    [0x120, 0x40, 7, 1],
    [0x12f, 0x40, 7, 1],
    [0x138, 0x40, 3, 0],
    [0x200, 0x10, null, 0],
  ])('near %i is in a function of %j bytes, on line %j', (address, size, line, inlines) => {
    const found = findNearSymbol(page, address)
    expect([found?.size ?? null, found?.line, found?.inlines.length]).toEqual([size, line, inlines])
  })

  test('of lines without a file, and of inlined calls without a line or a name', () => {
    const other = pageOf(
      'FUNC 100 10 0 f',
      'INLINE 0 7 5 9 108 8',
      '100 8 1 5',
      'FUNC 200 10 0 g',
      'INLINE_ORIGIN 0 i',
      'INLINE 0 3 4 0 200 8',
    )
    expect(findSymbol(other, 0x100)).toMatchObject({ file: null, line: null, lineBase: null })
    expect(findSymbol(other, 0x108)).toMatchObject({ file: null, line: 7, inlines: [] })
    const late = pageOf('INLINE_ORIGIN 0 i', 'FUNC 200 10 0 g', 'INLINE 0 3 4 0 200 8', '200 8 0 0')
    expect(findSymbol(late, 0x200)).toMatchObject({
      line: 3,
      inlines: [{ function: 'i', file: null, line: null }],
    })
  })
})

test('a public symbol ends where a function starts, also at its own address', () => {
  const shared = pageOf('PUBLIC 100 0 p', 'FUNC 100 10 0 f')
  expect([0xff, 0x100, 0x10f, 0x110].map((address) => findFunctionName(shared, address))).toEqual([
    null,
    'f',
    'f',
    null,
  ])
})

test('the first line of a page may be that of an inlined call', () => {
  const first = pageOf(
    'FILE 0 a.c',
    'INLINE_ORIGIN 0 i',
    'FUNC 100 10 0 f',
    'INLINE 0 7 0 0 100 8',
    '100 8 3 0',
  )
  expect(findSymbol(first, 0x100)?.inlines).toEqual([{ function: 'i', file: 'a.c', line: 3 }])
})

describe('texts of a page', () => {
  test('are decoded once, and may be empty', () => {
    const { functions, files } = page.tables
    expect([stringOf(page, functions, 0), stringOf(page, functions, 0), stringOf(page, files, 1)]).toEqual([
      'f',
      'f',
      'b.h',
    ])
    expect(stringOf(page, files, none)).toBeNull()
    const empty = pageOf('FILE 0 ', 'FILE 1 a')
    expect([0, 1].map((row) => stringOf(empty, empty.tables.files, row))).toEqual(['', 'a'])
  })
})

describe('columns', () => {
  test('are searched between two rows', () => {
    const column = Uint32Array.of(1, 3, 3, 7, 9)
    const at = (value: number) => lastAtMost(column, 1, 4, value)
    expect([0, 2, 3, 6, 7, 9].map(at)).toEqual([0, 0, 2, 2, 3, 3])
    const table = { address: Uint32Array.of(10, 20), size: Uint32Array.of(5, 5), length: 2 }
    expect([9, 10, 14, 15, 20, 24, 25].map((address) => rowCovering(table, address))).toEqual([
      -1, 0, 0, -1, 1, 1, -1,
    ])
    expect([
      rowCovering(table, 10, 1, 2),
      rowCovering(table, 20, 0, 1),
      rowCovering(table, 20, 1, 2),
    ]).toEqual([-1, -1, 1])
  })

  test('grow by doubling, at least to sixteen rows', () => {
    const table = createColumns(['a'], 1)
    const capacities: number[] = []
    for (let row = 0; row < 33; row++) {
      const added = addRow(table, 'a')
      table.a[added] = row
      if (table.a.length !== capacities.at(-1)) capacities.push(table.a.length)
    }
    expect([capacities, [...table.a.subarray(0, 33)]]).toEqual([
      [1, 16, 32, 64],
      Array.from({ length: 33 }, (_, i) => i),
    ])
  })
})

describe('a table of a symbol file', () => {
  test('counts its text and its columns', async () => {
    const file = parsed('FUNC 100 40 8 f')
    const table = tableOfSymFile(file)
    expect(table.bytes()).toBe(file.text.length + bytesOfTables(file.tables))
    expect(bytesOfTables(file.tables)).toBeGreaterThanOrEqual(9 * 4)
    expect(table).toMatchObject({ corrupt: false, badLines: 0, problem: null })
    expect(table.page(5)).toBe(table.page(0x100))
    const visits: unknown[] = []
    await table.visit([1, 2], (found, addresses) => visits.push([found === table.page(0), addresses]))
    expect(visits).toEqual([[true, [1, 2]]])
  })

  test.each<[string[], boolean, string | null]>([
    [[], true, 'it has no valid record'],
    [['nonsense'], true, 'it has no valid record'],
    [['nonsense', 'FILE 0 a'], false, null],
    [['MODULE Linux x86 A a'], false, null],
  ])('%j is corrupt: %s', (lines, corrupt, problem) => {
    const file = parsed(...lines)
    expect(isCorrupt(file)).toBe(corrupt)
    expect(tableOfSymFile(file)).toMatchObject({
      corrupt,
      problem,
      badLines: lines[0] === 'nonsense' ? 1 : 0,
    })
  })

  test('that cannot be used has no page', async () => {
    const table = corruptTable('it is damaged', 'https://example.org/a.sym')
    expect(table).toMatchObject({ corrupt: true, problem: 'it is damaged', badLines: 1 })
    expect([table.info.url, table.bytes(), table.page(0), corruptTable('x').info.url]).toEqual([
      'https://example.org/a.sym',
      0,
      null,
      null,
    ])
    const visits: unknown[] = []
    await table.visit([1], (...visit) => visits.push(visit))
    expect(visits).toEqual([[null, [1]]])
  })
})
