// Regular expressions and wildcards: both engines find the same texts.
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase, rowsOf } from '../../../batch/lake/duckdb.ts'
import { compareScalars, compareText } from '../../../shared/search/order.ts'
import { parseRegexp, printRe2, RegexpError, regexpTest } from '../../../shared/search/regexp.ts'
import { nullColumn, type Segment } from '../../../shared/search/segment.ts'
import { anchored, wildcardParts, wildcardRe2, wildcardTest } from '../../../shared/search/wildcard.ts'
import { itemsOf, wordsOf } from '../../../shared/search/words.ts'
import { anyText } from './arbitrary.ts'

let database: Database
beforeAll(async () => {
  database = await openDatabase({ memory: '200MB', spillDir: '', threads: 1 })
})
afterAll(() => database.close())

/** Of the texts, those that RE2 matches as a whole. */
async function foundByRe2(pattern: string, texts: readonly string[]): Promise<boolean[]> {
  const sql = "SELECT regexp_full_match(text, $pattern, 's') AS found FROM (SELECT unnest($texts) AS text)"
  const rows = await rowsOf<{ found: boolean }>(database.connection, sql, { pattern, texts })
  return rows.map((row) => row.found)
}

const leaf = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '[a-c_]',
  '\\.',
  '\\*',
  '"a.b"',
  '"|"',
  '@',
  '\\d',
  '\\W',
  '\\s',
  '()',
  'é',
  '\u{1f600}',
  ']',
  '}',
  '^',
  '$',
  ';',
  '[^\u{1f600}]',
  '[\\]\\-]',
  '-',
)
const anyPattern = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '{0}'))
      .map(([a, count]) => `(${a})${count}`),
  ),
})).node
const matched = fc.oneof(anyText, fc.string({ unit: fc.constantFrom(...'ab.c1_ \n'), maxLength: 8 }))

describe('regular expressions', () => {
  test('find the same texts with RE2 and in memory', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPattern,
        fc.array(matched, { minLength: 1, maxLength: 8 }),
        async (source, texts) => {
          const { tree } = parseRegexp(source)
          const found = regexpTest(tree)
          expect(await foundByRe2(printRe2(tree), texts)).toEqual(texts.map(found))
        },
      ),
      { numRuns: 1500 },
    )
  })

  test.each([
    ['', '', 'a'],
    ['f.."(bar)"', 'foo(bar)', 'foo'],
    ['a.c', 'a\nc', 'ac'],
    ['a@', 'abc', 'ba'],
    ['[a-c]+', 'cab', 'cad'],
    ['\\d{4}', '2026', '20'],
    ['\\<a\\#', '<a#', 'a'],
    ['.', '\u{1f600}', 'ab'],
    ['(a|b)*c{2,3}', 'abbccc', 'abc'],
    ['a{3}', 'aaa', 'aa'],
  ])('%s matches %s', async (source, yes, no) => {
    const { tree } = parseRegexp(source)
    expect([yes, no].map(regexpTest(tree))).toEqual([true, false])
    expect(await foundByRe2(printRe2(tree), [yes, no])).toEqual([true, false])
  })

  test.each([
    ['a"b', 'unclosed " at position 1'],
    ['a(b', 'unclosed ( at position 1'],
    ['a)', 'unbalanced ) at position 1'],
    ['a[b', 'unclosed [ at position 1'],
    ['[]', 'empty class at position 0'],
    ['[b-a]', 'invalid range at position 1'],
    ['*a', 'nothing to repeat before * at position 0'],
    ['a|', 'nothing to match at position 2'],
    ['é~a', 'unsupported operator ~ (write \\~) at position 1'],
    ['a<1-5>', 'unsupported operator < (write \\<) at position 1'],
    ['a&b', 'unsupported operator & (write \\&) at position 1'],
    ['#', 'unsupported operator # (write \\#) at position 0'],
    ['a{', 'invalid count at position 1'],
    ['a{3,2}', 'invalid count at position 1'],
    ['a{1001}', 'counts above 1000 at position 1'],
    ['(a{100}){100}', 'counts above 1000 at position 8'],
    ['a\\', 'nothing after \\ at position 1'],
    [`${'('.repeat(60)}a`, 'too many groups at position 50'],
    ['a'.repeat(2001), 'too long at position 2000'],
  ])('%s is refused', (source, message) => {
    expect(() => parseRegexp(source)).toThrow(message)
  })

  test('of any text are parsed or refused', () => {
    const text = fc.oneof(anyText, fc.string({ unit: fc.constantFrom(...'ab.*+?{}[]()|\\"@1,-^~') }))
    fc.assert(
      fc.property(text, (source) => {
        try {
          regexpTest(parseRegexp(source).tree)('abc')
        } catch (error) {
          expect(error).toBeInstanceOf(RegexpError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('match in linear time where backtracking would not end', () => {
    const found = regexpTest(parseRegexp('(a+)+(a|a)*(.*.*)*b').tree)
    expect(found('a'.repeat(20_000))).toBe(false)
  })
})

describe('wildcards', () => {
  test('find the same texts with RE2 and in memory', async () => {
    const pattern = fc.string({ unit: fc.constantFrom(...'ab*?\\.é', '\u{1f600}'), maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(pattern, fc.array(matched, { minLength: 1, maxLength: 8 }), async (value, texts) => {
        const parts = wildcardParts(value)
        fc.pre(parts !== null)
        expect(await foundByRe2(wildcardRe2(parts), texts)).toEqual(texts.map(wildcardTest(parts)))
      }),
      { numRuns: 500 },
    )
  })

  test('match in bounded time', () => {
    expect(wildcardTest(wildcardParts(`${'*a'.repeat(100)}b`)!)('a'.repeat(10_000))).toBe(false)
  })

  test.each<[string, string[], string[]]>([
    ['a*', ['a', 'ab', 'a\n'], ['', 'ba']],
    ['*a', ['a', 'ba', 'aa'], ['', 'ab']],
    ['a*b', ['ab', 'axb', 'abb', 'abab'], ['a', 'b', 'aba', 'xab']],
    ['a*b*c', ['abc', 'aabbcc', 'abcbc'], ['acb', 'abcx']],
    ['*ab*ab*', ['abab', 'xabxabx'], ['ab', 'aba', 'abba']],
    ['a?', ['ab', 'a\u{1f600}'], ['a', 'abc']],
    ['?', ['a', '\u{1f600}', '?'], ['', 'ab']],
    ['?*', ['a', 'abc'], ['']],
    ['**', ['', 'a'], []],
    ['\\**', ['*', '*a'], ['', 'a', '\\*']],
    ['\\?*', ['?', '?a'], ['a']],
    ['*\\', ['\\', 'a\\'], ['a']],
  ])('of %s match %j and not %j', (value, found, others) => {
    expect([...found, ...others].filter(wildcardTest(wildcardParts(value)!))).toEqual(found)
  })

  test.each([
    ['equals', 'a?'],
    ['starts', 'a?*'],
    ['ends', '*a?'],
    ['contains', '*a?*'],
  ] as const)('of the operator %s are anchored: %s', (op, expected) => {
    const parts = anchored(op, wildcardParts('a?')!)
    expect(parts.map((part) => (typeof part === 'string' ? part : part.literal)).join('')).toBe(expected)
  })

  test('are those of a value that has some', () => {
    expect([wildcardParts('a\\b'), wildcardParts('')]).toEqual([null, null])
    expect(wildcardRe2(wildcardParts('a.*?')!)).toBe('a\\x{2e}.*.')
  })

  test('are literal after a backslash', () => {
    const found = wildcardTest(wildcardParts('a\\*b*\\\\c:\\d')!)
    expect(['a*bxyz\\c:\\d', 'axb\\c:\\d'].map(found)).toEqual([true, false])
  })
})

describe('words and order', () => {
  test('only A to Z have a case', () => {
    expect(wordsOf('That THAT İ js::fOO_1(bar) é')).toEqual(['that', 'İ', 'js', 'foo_1', 'bar', 'é'])
  })

  test('items are the parts between semicolons', () => {
    expect(itemsOf('b;A;;b')).toEqual(['b', 'A'])
  })

  test('integers are ordered by value', () => {
    expect([2, 9007199254740993n, -1, 9007199254740992].sort(compareScalars)).toEqual([
      -1,
      2,
      9007199254740992,
      9007199254740993n,
    ])
  })

  test('texts are ordered by code points', () => {
    const texts = ['\u{1f600}', '\ufffd', 'ab', 'a', '\ue000', '']
    expect(texts.sort(compareText)).toEqual(['', 'a', 'ab', '\ue000', '\ufffd', '\u{1f600}'])
  })

  test('a column without values has the code of null in every row', () => {
    const segment: Segment = { rows: 2, columns: new Map([['reason', nullColumn(2)]]) }
    expect(segment.columns.get('reason')).toMatchObject({ codes: new Uint8Array([0, 0]) })
  })
})
