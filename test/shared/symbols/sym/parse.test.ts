// Parsing symbol files: grammar, tolerance, and lookups.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../../shared/errors.ts'
import { lastAtMost, none } from '../../../../shared/symbols/symdex/columns.ts'
import { parseSymFile, type SymFile } from '../../../../shared/symbols/sym/parse.ts'
import { createPage, findSymbol, stringOf } from '../../../../shared/symbols/symdex/symbol-page.ts'
import { createRandom } from '../../../support/mutate.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const parse = (text: string) => parseSymFile(bytes(text), { strict: true })
const page = (text: string) => {
  const file = parse(text)
  return createPage(file.tables, file.text)
}
const badLines = (text: string) => parseSymFile(bytes(text)).badLines
const data = resolve(import.meta.dirname, '../../../../../shared/data/minidumps')

describe('parseSymFile', () => {
  test('any number of carriage returns may end a line', () => {
    const { info } = parse('MODULE Linux x86 D3096ED481217FD4C16B29CD9BC208BA0 firefox\r\r\n')
    expect(info).toMatchObject({
      os: 'Linux',
      arch: 'x86',
      debugFile: 'firefox',
      debugId: 'D3096ED481217FD4C16B29CD9BC208BA0',
    })
  })

  test('fields may be separated by any number of blanks; names keep their blanks', () => {
    const { tables, text } = parse('FILE  1234  foo  bar.xyz\nFUNC 10 10 0 f\n10 10 7 1234\n')
    expect(findSymbol(createPage(tables, text), 0x10)).toMatchObject({ file: 'foo  bar.xyz', line: 7 })
  })

  test.each([' ', '\t', ' \r', ' \r\r'])('%j at the end of a line belongs to no name or rule', (end) => {
    const lines = [
      'FILE 1 a.c',
      'FUNC 10 10 0 f g',
      '10 10 7 1',
      'PUBLIC 30 0 p',
      'STACK CFI INIT 10 10 .cfa: $rsp',
    ]
    const p = page(`${lines.join(`${end}\n`)}${end}\n`)
    expect(findSymbol(p, 0x10)).toMatchObject({ function: 'f g', file: 'a.c' })
    expect(findSymbol(p, 0x30)).toMatchObject({ function: 'p' })
    expect(stringOf(p, p.tables.rules, 0)).toBe('.cfa: $rsp')
  })

  test.each([63, 64, 65, 128])('a line may be of the first and of the last of %i files', (count) => {
    const files = Array.from({ length: count }, (_, id) => `FILE ${id} ${id}.c`)
    const lines = ['FUNC 10 10 0 f', '10 8 1 0', `18 8 2 ${count - 1}`]
    const p = page(`${[...files, ...lines].join('\n')}\n`)
    expect([0x10, 0x18].map((at) => findSymbol(p, at)?.file)).toEqual(['0.c', `${count - 1}.c`])
  })

  test('a rule without text is one of its own, after 1,024 others', () => {
    const texts = [...Array.from({ length: 1024 }, (_, i) => `.cfa: $rsp ${i} +`), '', '.ra: 1', '']
    const { cfi, rules } = parse(
      texts.map((rule, i) => `STACK CFI INIT ${i.toString(16)} 1 ${rule}\n`).join(''),
    ).tables
    expect(rules.length).toBe(1026)
    expect([...cfi.rule.subarray(1023)]).toEqual([1023, 1024, 1025, 1024])
  })

  test.each([
    ['UTF-8', bytes('FUNC 10 10 0 f\n'), 2 ** 32 - 1, 'A symbol file of 4 GiB or more cannot be read'],
    [
      'UTF-16',
      Uint8Array.of(0xff, 0xfe),
      2 ** 28 + 1,
      'A symbol file in UTF-16 has more than 256 MiB; convert it to UTF-8',
    ],
  ])('a file in %s has a limit', (_, start, length, message) => {
    const ofLength = (value: number) => Object.defineProperty(start.slice(), 'length', { value })
    expect(() => parseSymFile(ofLength(length))).toThrow(new CrashError('limit', message))
    expect(() => parseSymFile(ofLength(length - 1))).not.toThrow()
  })

  // Two blanks make the general parser read a line instead of the one for the usual form.
  test.each([' ', '  '])('every number of a record may be 0 (blanks: "%s")', (blank) => {
    const p = page(
      ['FILE 0 a.c', 'FUNC 0 10 0 f', '0 8 0 0', 'PUBLIC 20 0 p'].join('\n').replaceAll(' ', blank),
    )
    expect(findSymbol(p, 0)).toMatchObject({ function: 'f', base: 0, file: 'a.c', line: 0, parameterSize: 0 })
    expect(findSymbol(p, 0x20)).toMatchObject({ function: 'p', base: 0x20, parameterSize: 0 })
  })

  test('INFO contains code ID, source and generator', () => {
    const text =
      'MODULE windows x86_64 A0 a.pdb\nINFO CODE_ID 5F3C1B a.dll\nINFO URL https://example.org/a.sym\nINFO GENERATOR x 1\n'
    expect(parse(text).info).toMatchObject({
      codeId: '5F3C1B',
      url: 'https://example.org/a.sym',
      generator: 'x 1',
    })
  })

  test('PUBLIC and FUNC may be marked as shared', () => {
    const p = page('PUBLIC m a1 a2 function name\nFUNC m b1 4 5 other\n')
    expect(findSymbol(p, 0xa1)).toMatchObject({ function: 'function name', base: 0xa1, parameterSize: 0xa2 })
    expect(findSymbol(p, 0xb2)).toMatchObject({ function: 'other', parameterSize: 5 })
  })

  test('INLINE has one row for each range', () => {
    const { tables } = parse('FUNC 8b000 1000 0 f\nINLINE 6 642 8 207 8b110 18 8b154 18\n')
    expect(tables.inlines.length).toBe(2)
    expect([...tables.inlines.depth]).toEqual([6, 6])
    expect([...tables.inlines.address]).toEqual([0x8b110, 0x8b154])
    expect([...tables.inlines.callLine]).toEqual([642, 642])
    expect([...tables.inlines.origin]).toEqual([none, none])
  })

  test('the older forms of INLINE and INLINE_ORIGIN are parsed', () => {
    const p = page(
      'INLINE_ORIGIN 2 -1 inner\nINLINE_ORIGIN 3 0 12 monkeys\nFUNC 0 100 0 f\nINLINE 0 9 2 a b 1a 1b\nINLINE 1 8 3 a 2\n',
    )
    expect(findSymbol(p, 0x1c)?.inlines.map((i) => i.function)).toEqual(['inner'])
    expect(findSymbol(p, 0xb)?.inlines.map((i) => i.function)).toEqual(['12 monkeys', 'inner'])
    expect(findSymbol(p, 0xb)).toMatchObject({ file: null, line: 9 })
  })

  test('overlapping lines and functions: the first by address stays', () => {
    const text = [
      'FILE 1 a',
      'FUNC 1000 30 10 some func',
      '1000 10 42 1',
      '1000 10 43 1',
      '1001 10 44 1',
      '1001 5 45 1',
      '1010 10 52 1',
      'FUNC 1000 30 10 some func',
      'FUNC 1001 30 10 some func',
      'FUNC 1001 10 10 some func',
      '',
    ].join('\n')
    const { tables } = parse(text)
    expect(tables.functions.length).toBe(1)
    const from = tables.functions.lineStart[0]!
    expect([...tables.lines.line.slice(from, tables.functions.lineEnd[0])]).toEqual([42, 52])
  })

  test('unordered records are sorted', () => {
    const p = page(
      'FILE 1 a\nFUNC 2000 10 0 second\n2008 8 2 1\n2000 8 1 1\nFUNC 1000 10 0 first\nPUBLIC 40 0 b\nPUBLIC 30 0 a\n',
    )
    expect([0x1000, 0x2008, 0x35, 0x45].map((at) => findSymbol(p, at)?.function)).toEqual([
      'first',
      'second',
      'a',
      'b',
    ])
    expect([findSymbol(p, 0x2000)?.line, findSymbol(p, 0x2008)?.line]).toEqual([1, 2])
  })

  test('a function has only its own inlined functions', () => {
    const p = page(
      [
        'FILE 0 a.c',
        'INLINE_ORIGIN 0 first',
        'INLINE_ORIGIN 1 deep',
        'INLINE_ORIGIN 2 second',
        'FUNC 100 10 0 f',
        'INLINE 0 1 0 0 100 10',
        'INLINE 1 2 0 1 100 10',
        '100 10 3 0',
        'FUNC 200 10 0 g',
        'INLINE 0 4 0 2 200 10',
        '200 10 5 0',
        'FUNC 300 10 0 h',
        '300 10 6 0',
      ].join('\n'),
    )
    const inlinesAt = (address: number) => findSymbol(p, address)?.inlines.map((i) => i.function)
    expect([0x100, 0x200, 0x300].map(inlinesAt)).toEqual([['deep', 'first'], ['second'], []])
  })

  test('unordered inlined functions are sorted by depth and address, at any depth', () => {
    const depths = Array.from({ length: 70 }, (_, i) => 69 - i)
    for (const deep of [depths.slice(-3), depths]) {
      const lines = deep.flatMap((d) => [`INLINE ${d} ${d} 0 ${d} 20 10`, `INLINE ${d} ${d} 0 ${d} 10 10`])
      const origins = deep.map((d) => `INLINE_ORIGIN ${d} depth${d}`)
      const p = page([...origins, 'FUNC 10 20 0 f', ...lines, ''].join('\n'))
      for (const at of [0x10, 0x2f])
        expect(findSymbol(p, at)?.inlines.map((i) => i.function)).toEqual(deep.map((d) => `depth${d}`))
    }
  })

  test('file numbers may have any size', () => {
    expect(findSymbol(page('FILE 4294967295 a\nFUNC 0 10 0 f\n0 10 3 4294967295\n'), 4)?.file).toBe('a')
  })

  test('the later of two FILE records with one number counts', () => {
    expect(findSymbol(page('FILE 1 old\nFILE 1 new\nFUNC 0 10 0 f\n0 10 3 1\n'), 4)?.file).toBe('new')
  })

  test('growing tables lose nothing', () => {
    const count = 3000
    const ids = Array.from({ length: count }, (_, i) => i)
    const text = [
      ...ids.map((i) => `FILE ${i} file${i}`),
      ...ids.map((i) => `INLINE_ORIGIN ${i} origin${i}`),
      ...ids.map((i) => {
        const at = (i * 16).toString(16)
        return `FUNC ${at} 10 0 func${i}\nINLINE 0 ${i} ${i} ${i} ${at} 8\n${at} 10 ${i + 1} ${i}\nSTACK CFI INIT ${at} 10 .cfa: ${i}`
      }),
      '',
    ].join('\n')
    const p = page(text)
    for (const i of ids) {
      expect(findSymbol(p, i * 16)).toMatchObject({
        function: `func${i}`,
        file: `file${i}`,
        line: i,
        inlines: [{ function: `origin${i}`, file: `file${i}`, line: i + 1 }],
      })
    }
    expect(p.tables.rules.length).toBe(count)
  })

  test('records are parsed the same in their usual form and in any other', () => {
    const hex = fc.integer({ min: 0, max: 0xffffffff }).map((value) => value.toString(16))
    const number = fc
      .oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(999999999, 4294967295))
      .map(String)
    const rules = fc.constantFrom('.cfa: $rsp 8 + .ra: .cfa -8 + ^', '.cfa: $rsp 16 +', '', 'x')
    const record = fc.oneof(
      fc.tuple(hex, hex).map(([at, size]) => `FUNC ${at} ${size} 0 f`),
      fc.tuple(hex, hex, number, number).map((fields) => fields.join(' ')),
      fc
        .tuple(number, number, fc.oneof(number, fc.constant('-1')), number, fc.array(hex, { maxLength: 5 }))
        .map(([depth, line, file, origin, ranges]) =>
          ['INLINE', depth, line, file, origin, ...ranges].join(' '),
        ),
      fc.tuple(hex, hex, rules).map(([at, size, rule]) => `STACK CFI INIT ${at} ${size} ${rule}`),
      fc.tuple(hex, rules).map(([at, rule]) => `STACK CFI ${at} ${rule}`),
      fc.constantFrom('PUBLIC 10 0 p', 'FILE 1 a', 'INLINE_ORIGIN 2 b', '-1', 'STACK CFI', 'INLINE', ''),
    )
    const withoutPlaces = ({ tables, badLines: bad }: SymFile) =>
      JSON.stringify([bad, tables], (key, value) =>
        ArrayBuffer.isView(value) ? (key === 'text' ? null : [...(value as Uint32Array)]) : value,
      )
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        const usual = parseSymFile(bytes(records.map((line) => `${line}\n`).join('')))
        const other = parseSymFile(bytes(records.map((line) => `${line}\r\n`).join('')))
        expect(withoutPlaces(other)).toBe(withoutPlaces(usual))
      }),
      { numRuns: 500, seed: 3 },
    )
  })

  test('rows in any order are sorted by address, stably', () => {
    const random = createRandom(5)
    const functions = Array.from({ length: 4000 }, (_, i) => ({
      at: Math.floor(random() * 3000) * 16,
      line: i,
    }))
    const text = functions
      .map(({ at, line }) => `FUNC ${at.toString(16)} 10 ${line.toString(16)} f\n`)
      .join('')
    const { tables } = parseSymFile(bytes(text))
    const first = new Map<number, number>()
    for (const { at, line } of functions) if (!first.has(at)) first.set(at, line)
    const expected = [...first].sort(([a], [b]) => a - b)
    expect([...tables.functions.address]).toEqual(expected.map(([at]) => at))
    expect([...tables.functions.parameterSize]).toEqual(expected.map(([, line]) => line))
  })

  test('STACK WIN records whose flag does not match their kind are skipped', () => {
    const records = [
      '0 4d93e 5e 2 0 0 0 0 0 0 1',
      '0 5d93e 5e 2 0 0 0 0 0 1 prog string',
      '1 6d93e 5e 2 0 0 0 0 0 0 1',
      '2 7d93e 5e 2 0 0 0 0 0 0 1',
      '4 8d93e 5e 2 0 0 0 0 0 1 prog string',
      '4 9d93e 5e 2 0 0 0 0 0 0 1',
      '5 ad93e 5e 2 0 0 0 0 0 0 1',
      '6 bd93e 5e 2 0 0 0 0 0 0 1',
    ]
    const { tables } = parse(records.map((record) => `STACK WIN ${record}\n`).join(''))
    expect([...tables.fpo.address, ...tables.fpo.allocatesBase]).toEqual([0x4d93e, 1])
    expect([...tables.frameData.address]).toEqual([0x8d93e])
  })

  test('a line beyond the address space is skipped and its function stays', () => {
    const { tables, badLines: bad } = parseSymFile(bytes('FUNC 1 2 3 x\nffffffffffffffff 2 0 0\n'))
    expect([tables.functions.length, tables.lines.length, bad]).toEqual([1, 0, 0])
  })

  test('equal unwind rules are stored once', () => {
    const { tables } = parse(
      'STACK CFI INIT 0 10 .cfa: $rsp 8 +\nSTACK CFI 1 .cfa: $rsp 16 +\nSTACK CFI INIT 10 10 .cfa: $rsp 8 +\n',
    )
    expect([...tables.cfi.rule, ...tables.deltas.rule]).toEqual([0, 0, 1])
    const many = Array.from({ length: 6000 }, (_, i) => `STACK CFI INIT ${i.toString(16)} 1 ${i % 3000}\n`)
    expect(parse(many.join('')).tables.rules.length).toBe(3000)
  })

  test('changes of unwind rules are sorted by address', () => {
    const { tables } = parse('STACK CFI INIT 0 10 a\nSTACK CFI 8 b\nSTACK CFI 4 c\n')
    expect([...tables.deltas.address]).toEqual([4, 8])
  })

  const rejected = [
    ['', 'nothing'],
    ['FUNC 1000\n', 'a FUNC without size'],
    ['FUNC xx 1 2 foo\n', 'a FUNC with a bad address'],
    ['FUNC 1 2 -5 f\n', 'a negative parameter size'],
    ['FUNC 1z 2 3 f\n', 'a number with a letter'],
    ['FUNC 1 123456789 3 f\n', 'a size of more than eight digits'],
    ['FUNC 0 10 0 f\n1 2 -1 4\n', 'a negative line'],
    ['FUNC 0 10 0 f\n1 2 4294967296 4\n', 'a line of more than 32 bits'],
    ['1 2 3 4\n', 'a line without function'],
    ['PUBLIC 10 0 f\n1 2 3 4\n', 'a line after a PUBLIC'],
    ['FILE -2 f\n', 'a negative file number'],
    ['FILE x foo.c\n', 'an invalid file number'],
    ['FILE\n', 'a truncated FILE'],
    ['MODULE Linux x86 xyz foo\n', 'a module id that is not a number'],
    ['FILE 1 a\nMODULE Linux x86 A0 foo\n', 'a late MODULE'],
    ['this is nonsense\n', 'nonsense'],
    ['STACK CFI 10 .cfa: 8\n', 'a STACK CFI without INIT'],
    ['INLINE 0 1 2 3 10 5\n', 'an INLINE without function'],
  ]
  for (const [text, what] of rejected) {
    test(`strictly, ${what} is an error`, () => {
      expect(() => parse(text!)).toThrow(expect.objectContaining({ code: 'bad-symbols' }))
    })
  }

  test('otherwise bad lines are skipped and counted, and the function continues', () => {
    const text = 'FILE 1 a\nFUNC 0 20 0 f\nnonsense\n0 10 5 1\nzzz\n10 10 6 1'
    expect(badLines(text)).toBe(2)
    const file = parseSymFile(bytes(text))
    expect(findSymbol(createPage(file.tables, file.text), 0x10)?.line).toBe(6)
  })
})

describe('findSymbol', () => {
  const nested = [
    ...['FILE 4 file4', 'FILE 7 file7', 'FILE 8 file8', 'FILE 15 file15'],
    ...['INLINE_ORIGIN 12 mid', 'INLINE_ORIGIN 13 in1', 'INLINE_ORIGIN 14 in2'],
    'FUNC 1000 30 10 outer func',
    'INLINE 0 60 15 12 1000 20',
    'INLINE 1 12 4 13 1000 10',
    'INLINE 1 17 4 14 1010 10',
    ...['1000 10 42 7', '1010 10 52 8', '1020 10 62 15', ''],
  ].join('\n')

  const cases: [number, { file: string; line: number; base: number }, [string, string, number][]][] = [
    [
      0x1000,
      { file: 'file15', line: 60, base: 0x1000 },
      [
        ['in1', 'file7', 42],
        ['mid', 'file4', 12],
      ],
    ],
    [
      0x1010,
      { file: 'file15', line: 60, base: 0x1000 },
      [
        ['in2', 'file8', 52],
        ['mid', 'file4', 17],
      ],
    ],
    [0x1020, { file: 'file15', line: 62, base: 0x1020 }, []],
  ]
  for (const [address, own, inlines] of cases) {
    test(`inlined functions at ${address.toString(16)}, innermost first`, () => {
      const found = findSymbol(page(nested), address)!
      expect(found).toMatchObject({
        function: 'outer func',
        file: own.file,
        line: own.line,
        lineBase: own.base,
      })
      expect(found.inlines).toEqual(inlines.map(([name, file, line]) => ({ function: name, file, line })))
    })
  }

  test('a PUBLIC is not used when a FUNC starts after it', () => {
    const p = page('PUBLIC 800 0 public\nFUNC 1000 10 0 func\nPUBLIC 1020 0 after\n')
    expect(
      [0x7ff, 0x800, 0xfff, 0x1008, 0x1010, 0x1020].map((at) => findSymbol(p, at)?.function ?? null),
    ).toEqual([null, 'public', 'public', 'func', null, 'after'])
  })

  test('of PUBLIC records at one address the last by name is used', () => {
    expect(findSymbol(page('PUBLIC 10 0 b\nPUBLIC 10 0 c\nPUBLIC 10 0 a\n'), 0x10)?.function).toBe('c')
  })

  test('the parameter size of a Windows frame record is preferred to that of the function', () => {
    const text = 'FUNC 1000 10 1 f\nSTACK WIN 0 1000 8 0 0 2 0 0 0 0 0\nSTACK WIN 4 1000 4 0 0 3 0 0 0 1 x\n'
    expect([0x1000, 0x1004, 0x1008].map((at) => findSymbol(page(text), at)?.parameterSize)).toEqual([3, 2, 1])
  })
})

describe.skipIf(!existsSync(data))('files of other projects (skipped where they are missing)', () => {
  const read = (path: string) => new Uint8Array(readFileSync(`${data}/${path}`))
  const lookups = (path: string) => {
    const file = parseSymFile(read(path))
    const p = createPage(file.tables, file.text)
    return {
      file,
      name: (at: number) => findSymbol(p, at)?.function ?? null,
      find: (at: number) => findSymbol(p, at),
    }
  }

  test('test_app.sym: counts, and names at known addresses', () => {
    const { file, name, find } = lookups(
      'breakpad/symbols/test_app.pdb/5A9832E5287241C1838ED98914E9B7FF1/test_app.sym',
    )
    const { files, publics, functions, frameData, fpo } = file.tables
    expect([files, publics, functions, frameData, fpo].map((t) => t.length)).toEqual([
      6661, 5, 1065, 1556, 259,
    ])
    const nearestPublic = (at: number) => {
      const row = lastAtMost(publics.address, 0, publics.length, at)
      return stringOf(createPage(file.tables, file.text), publics, row)
    }
    expect([0x9b07, 0x142e7, 0x23b06].map(nearestPublic)).toEqual([
      '_NLG_Return',
      '_NLG_Return',
      '__from_strstr_to_strchr',
    ])
    expect([0x1000, 0x1012, 0x1013].map(name)).toEqual(['vswprintf', 'vswprintf', null])
    expect(find(0x1010)?.line).toBe(51)
    expect(file.badLines).toBe(0)
  })

  test('Windows line ends change nothing', () => {
    const path = 'breakpad/symbols/test_app.pdb/5A9832E5287241C1838ED98914E9B7FF1/test_app.sym'
    const text = new TextDecoder().decode(read(path)).replaceAll('\r', '')
    const count = (t: string) => Object.values(parseSymFile(bytes(t)).tables).map((table) => table.length)
    expect(count(text.replaceAll('\n', '\r\n'))).toEqual(count(text))
  })

  test('module1.out and module2.out: functions, lines and limits of PUBLIC', () => {
    const two = lookups('breakpad/symbol-cases/module2.out')
    expect(two.find(0x2181)).toMatchObject({ function: 'Function2_2', file: 'file2_2.cc', line: 21 })
    expect([0x216f, 0x219f, 0x21a0].map(two.name)).toEqual(['Public2_1', null, 'Public2_2'])
    const one = lookups('breakpad/symbol-cases/module1.out')
    expect([one.name(0x2900), one.name(0x800)]).toEqual(['PublicSymbol', null])
  })

  test('the older and the newer form of INLINE records give the same functions', () => {
    const names = ['old', 'new'].map((form) => {
      const folder = 'breakpad/symbols/linux_inline/BBA6FA10B8AAB33D00000000000000000'
      const { find } = lookups(`${folder}/linux_inline.${form}.sym`)
      return [0x15b30, 0x161c0, 0x15b83].map((at) => find(at)?.inlines.map((i) => i.function))
    })
    expect(names[0]).toEqual(names[1])
  })
})
