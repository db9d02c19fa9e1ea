import { describe, expect, test } from 'vitest'
import {
  boxFloat,
  compareCodePoints,
  firstCodePoints,
  firstLines,
  integerOf,
  longerThan,
  parseInteger,
  quote,
  reprOf,
  strip,
  strOf,
  truthy,
} from '../../../../shared/signature/python-compat/python.ts'
import { needsExactReader, readJson } from '../../../../shared/signature/python-compat/json.ts'

describe('strOf', () => {
  test.each<[unknown, string]>([
    ['a', 'a'],
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [5, '5'],
    [-0.5, '-0.5'],
    [boxFloat(1), '1.0'],
    [boxFloat(-0), '-0.0'],
    [boxFloat(1e16), '1e+16'],
    [boxFloat(1e15), '1000000000000000.0'],
    [boxFloat(1.5e300), '1.5e+300'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e-7, '1e-07'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [12345678901234567890n, '12345678901234567890'],
    [[1, 'a', null, [true]], "[1, 'a', None, [True]]"],
    [{ a: 1, 'b"': "it's" }, "{'a': 1, 'b\"': \"it's\"}"],
  ])('%#', (value, text) => {
    expect(strOf(value)).toBe(text)
  })

  test.each([
    ['a', "'a'"],
    ["it's", '"it\'s"'],
    ['\'"', "'\\'\"'"],
    ['a\\b\n\t\r', "'a\\\\b\\n\\t\\r'"],
    ['\0\x7f\x85', "'\\x00\\x7f\\x85'"],
    ['é\u2028\ud800', "'é\\u2028\\ud800'"],
    ['\u{e000}\u{10ffff}', "'\\ue000\\U0010ffff'"],
    ['a b\u00a0', "'a b\\xa0'"],
  ])('quote %j', (text, quoted) => {
    expect(quote(text)).toBe(quoted)
    expect(reprOf(text)).toBe(quoted)
  })
})

describe('the text of a float', () => {
  test.each([
    [9999999999999998, '9999999999999998.0'],
    [1e16, '1e+16'],
    [1.5e16, '1.5e+16'],
    [1e100, '1e+100'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [0.00009999, '9.999e-05'],
    [5e-324, '5e-324'],
    [-1e-10, '-1e-10'],
    [123.456, '123.456'],
    [-7, '-7.0'],
    [Number.POSITIVE_INFINITY, 'inf'],
  ])('%d is %s', (value, text) => {
    expect(strOf(boxFloat(value))).toBe(text)
  })
})

describe('truthy', () => {
  test.each<[unknown, boolean]>([
    [null, false],
    [undefined, false],
    ['', false],
    [0, false],
    [boxFloat(0), false],
    [[], false],
    [{}, false],
    [false, false],
    [Number.NaN, true],
    ['0', true],
    [[0], true],
    [{ a: 0 }, true],
    [boxFloat(1), true],
  ])('%# has the text of Python', (value, expected) => {
    expect(truthy(value)).toBe(expected)
  })
})

describe('integers', () => {
  test.each<[unknown, bigint]>([
    [5, 5n],
    [1.9, 1n],
    [-1.9, -1n],
    [true, 1n],
    [' 12\n', 12n],
    ['1_000', 1000n],
    ['+7', 7n],
    ['-7', -7n],
    ['٣٤', 34n],
    ['𝟘𝟡', 9n],
    [boxFloat(1e20), 100000000000000000000n],
  ])('%# is read', (value, expected) => {
    expect(integerOf(value)).toBe(expected)
  })

  test.each<[unknown, string, string]>([
    ['', 'value', "invalid literal for int() with base 10: ''"],
    ['1__0', 'value', "invalid literal for int() with base 10: '1__0'"],
    ['_1', 'value', "invalid literal for int() with base 10: '_1'"],
    [Number.NaN, 'value', 'cannot convert float NaN to integer'],
    [Number.POSITIVE_INFINITY, 'overflow', 'cannot convert float infinity to integer'],
    [[], 'type', "int() argument must be a string, a bytes-like object or a real number, not 'list'"],
    [
      '9'.repeat(4301),
      'value',
      'Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use sys.set_int_max_str_digits() to increase the limit',
    ],
  ])('%# fails', (value, kind, message) => {
    expect(() => integerOf(value)).toThrow(expect.objectContaining({ kind, message }))
  })

  test.each([
    ['0x1f', 31n],
    ['0X_1f', 31n],
    ['1F', 31n],
    ['-0x10', -16n],
    [' 40 ', 64n],
  ])('base 16, %#', (text, expected) => {
    expect(parseInteger(text, 16)).toBe(expected)
  })

  test.each(['0x', 'zz', '0x 1', '1_', ''])('base 16 refuses %j', (text) => {
    expect(() => parseInteger(text, 16)).toThrow('base 16')
  })
})

describe('texts', () => {
  test('strip removes the same white space as Python', () => {
    expect(strip('\x1c\x85\u2029 a \x1f\u3000')).toBe('a')
    expect(strip('\ufeffa')).toBe('\ufeffa')
  })

  test('strip removes these characters and no others', () => {
    const spaces = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter(
      (c) => strip(c) === '',
    )
    expect(spaces.map((c) => c.charCodeAt(0).toString(16)).join(' ')).toBe(
      '9 a b c d 1c 1d 1e 1f 20 85 a0 1680 2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 200a 2028 2029 202f 205f 3000',
    )
    expect([strip('  a b  '), strip('   '), strip('')]).toEqual(['a b', '', ''])
  })

  test.each<[string, string[]]>([
    ['', []],
    ['\n', ['']],
    ['a\r\nb', ['a', 'b']],
    ['a\x1cb\x85c', ['a', 'b']],
    ['a\n', ['a']],
    ['\n\n', ['', '']],
    ['a\u2028', ['a']],
  ])('firstLines of %j', (text, lines) => {
    expect(firstLines(text, 2)).toEqual(lines)
  })

  test('are counted in code points', () => {
    expect(firstCodePoints('\u{1f600}a\u{1f600}b', 2)).toBe('\u{1f600}a')
    expect(firstCodePoints('\uffff\u{10000}ab', 1)).toBe('\uffff')
    expect(firstCodePoints('\uffff\u{10000}ab', 2)).toBe('\uffff\u{10000}')
    expect([longerThan('ab', 2), longerThan('abc', 2)]).toEqual([false, true])
    expect(longerThan('\u{1f600}'.repeat(255), 255)).toBe(false)
    expect(longerThan('\u{1f600}'.repeat(256), 255)).toBe(true)
  })

  test('are sorted by code point', () => {
    const texts = ['z\u{1f600}', 'z\uffff', 'z', '\u{1f600}a', '\u{1f600}', '\ue000', '\u{1f601}', '\ud83d']
    const expected = [...texts].sort((a, b) => {
      const [x, y] = [[...a], [...b]].map((t) =>
        t.map((c) => c.codePointAt(0)!.toString(16).padStart(6, '0')).join(''),
      )
      return x! < y! ? -1 : 1
    })
    expect(texts.sort(compareCodePoints)).toEqual(expected)
    const edges = ['\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{103ff}', '\u{10400}', '\u{10ffff}']
    expect(edges.toReversed().sort(compareCodePoints)).toEqual(edges)
    for (const [i, a] of edges.entries())
      for (const [j, b] of edges.entries()) expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(i - j))
  })
})

describe('readJson', () => {
  test.each<[string, unknown]>([
    [' {"a": [1, -2.5, true, null, "\\u00e9\\n\\ud83d\\ude00"]} ', { a: [1, -2.5, true, null, 'é\n😀'] }],
    ['[NaN]', [Number.NaN]],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['123456789012345678901', 123456789012345678901n],
    ['{"a":1,"a":2}', { a: 2 }],
    ['[]', []],
    ['{}', {}],
  ])('%# is read', (text, value) => {
    expect(readJson(text)).toEqual(value)
  })

  test('distinguishes floats from integers', () => {
    expect((readJson('[1, 1.0, 1e2]') as unknown[]).map(strOf)).toEqual(['1', '1.0', '100.0'])
  })

  test('keeps __proto__ a plain name', () => {
    expect(Object.keys(readJson('{"__proto__": 1}') as object)).toEqual(['__proto__'])
  })

  test.each([
    ['', 'Expecting value: line 1 column 1 (char 0)'],
    ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ['{"a":1,}', 'Expecting property name enclosed in double quotes: line 1 column 8 (char 7)'],
    ['[1 2]', "Expecting ',' delimiter: line 1 column 4 (char 3)"],
    ['{} x', 'Extra data: line 1 column 4 (char 3)'],
    ['"a', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)'],
    ['"\\u12"', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
    ['"a\nb"', 'Invalid control character at: line 1 column 3 (char 2)'],
    ['{"a":\n\n ]', 'Expecting value: line 3 column 2 (char 8)'],
    ['"😀" x', 'Extra data: line 1 column 5 (char 4)'],
    ['\ufeff1', 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)'],
    [
      '['.repeat(100_000),
      'maximum recursion depth exceeded while decoding a JSON array from a unicode string',
    ],
    ['9'.repeat(4301), 'Exceeds the limit (4300 digits)'],
  ])('%j fails', (text, message) => {
    expect(() => readJson(text)).toThrow(message)
  })

  test.each([
    ['{"line":1}', false],
    ['{"line":1.0}', true],
    ['{"line": 1e3}', true],
    ['[1,12345678901234567]', true],
    ['[NaN]', true],
    ['1.5', true],
    ['{"function":"a1.0"}', false],
  ])('is needed for %s: %s', (text, needed) => {
    expect(needsExactReader(text)).toBe(needed)
  })
})
