import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMatcher } from '../../../../shared/signature/patterns/matcher.ts'
import { literalPattern, parsePattern } from '../../../../shared/signature/patterns/pattern.ts'
import { PatternError } from '../../../../shared/signature/patterns/pattern-check.ts'

const matches = (pattern: string, text: string) => createMatcher([parsePattern(pattern)]).match(text) >= 0

describe('parsePattern', () => {
  test.each<[string, string, boolean]>([
    ['send', 'sendFoo', true],
    ['send', 'xsend', false],
    ['.*free', 'Foo::freeze', true],
    ['.*free', 'a\nfree', false],
    ['JS::Call$', 'JS::Call', true],
    ['JS::Call$', 'JS::Call\n', true],
    ['JS::Call$', 'JS::Call\n\n', false],
    ['JS::Call$', 'JS::CallFoo', false],
    ['a\\Z', 'a\n', false],
    ['@0x[0-9a-fA-F]{2,}', '@0x5e', true],
    ['@0x[0-9a-fA-F]{2,}', '@0x5', false],
    ['libc\\.so(\\.\\d+)?$', 'libc.so.6', true],
    ['libc\\.so(\\.\\d+)?$', 'libc.so.٣', true],
    ['\\w+', 'é', true],
    ['\\s', '\x1c', true],
    ['\\s', '\ufeff', false],
    ['{virtual override thunk}', '{virtual override thunk}', true],
    ['<T>::log::{{closure}}', '<T>::log::{{closure}}x', true],
    ['[-+]\\[NSException raise(:format:(arguments:)?)?\\]', '+[NSException raise:format:]', true],
    ['\\<name omitted\\>', '<name omitted>', true],
    ['(Nt|Zw)?WaitFor(Ex)?', 'ZwWaitFor', true],
    ['x{2,3}y', 'xxxy', true],
    ['x{2,3}y', 'xxxxy', false],
    ['x{,2}y', 'y', true],
    ['x{}', 'x{}', true],
    ['[^a]b', '\u{1f600}b', true],
    ['[]a]+$', ']a]', true],
    ['(?:a|b)*?c', 'ababc', true],
    ['(?P<n>a)b', 'ab', true],
    ['\\x61\\u0062\\n', 'ab\n', true],
    ['', 'anything', true],
  ])('%s on %j is %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test.each([
    ['a(', 'unterminated group'],
    ['a)', 'unbalanced parenthesis'],
    ['[a', 'unterminated character set'],
    ['*a', 'nothing to repeat'],
    ['a**', 'multiple repeat'],
    ['[b-a]', 'bad character range'],
    ['x{3,1}', 'min repeat greater than max repeat'],
    ['\\q', 'bad escape'],
    ['a\\', 'bad escape'],
    ['\\xZZ', 'incomplete escape'],
    ['(?=a)', 'linear time'],
    ['(?<!a)b', 'linear time'],
    ['(a)\\1', 'linear time'],
    ['(?i)a', 'unknown extension'],
    ['\\bfoo', 'not supported'],
    ['a$b', 'must be last'],
    ['a^', 'must be first'],
    ['(?P<n>a)(?P<n>b)', 'named twice'],
    ['(a+)+$', 'exponential cost'],
    ['(a*)*b', 'exponential cost'],
    ['(a|b+)*c', 'exponential cost'],
    ['.*a.{14}b', 'states'],
    ['a{2000}', 'above 1000'],
    ['((a{100}){100}){2}', 'expands'],
    ['('.repeat(51) + ')'.repeat(51), 'more than 50 open groups'],
    ['a{1001}', 'repeat count above 1000 at position'],
    ['a{1001,}', 'repeat count above 1000 at position'],
    ['a{0,1001}', 'repeat count above 1000 at position'],
    ['a{1}{2}', 'multiple repeat'],
    ['((a+)+){2}', 'exponential cost'],
    ['(x(a+)+)?', 'exponential cost'],
    ['(b|(a+)+)', 'exponential cost'],
    ['((a+){2})*', 'exponential cost'],
    ['(a+b?)+', 'exponential cost'],
    ['(b*a+)+', 'exponential cost'],
    ['(a+|b)+', 'exponential cost'],
    ['(a+(b?)(c|))+', 'exponential cost'],
    ['(a+(b{0,3}))+', 'exponential cost'],
    ['(a+((b?){2}))+', 'exponential cost'],
    ['(a$)b', 'an end anchor must be last'],
    ['(a$|b)c', 'an end anchor must be last'],
    ['(a\\Z)*', 'an end anchor must be last'],
    ['(^a)*', 'a start anchor must be first'],
    ['b(^a|c)', 'a start anchor must be first'],
    ['a{999}a{999}a{999}a{999}a{999}b', 'the pattern expands to more than 5000 steps; use smaller counts'],
    ['a+x{498}', 'the pattern needs more than 500 states; simplify it'],
    ['.*a.{8}b', 'the pattern needs more than 500 states; simplify it'],
  ])('refuses %s', (pattern, why) => {
    expect(() => parsePattern(pattern)).toThrow(PatternError)
    expect(() => parsePattern(pattern)).toThrow(why)
  })

  test.each([
    '('.repeat(50) + ')'.repeat(50),
    'a{1000}',
    'a{999}a{999}a{999}a{999}a{999}',
    'a{0,1000}',
    '((a+){0})*',
    '(a+b)+',
    '(a+(b|c))+',
    '(a{2})+',
    '(a+){2}',
    '^a',
    '(^a|b)c',
    '(a|b$)',
    'a(b$)',
    '.*a.{7}b',
    'a+x{497}',
    '()^a',
    'a$()',
  ])('takes %s', (pattern) => {
    expect(() => parsePattern(pattern)).not.toThrow()
  })

  test.each([
    ['[b-d]', 'bcd', 'ae'],
    ['[b-b]', 'b', 'ac'],
    ['[^b-d]', 'ae', 'bcd'],
    ['[b-]', 'b-', 'c'],
    ['\\x7f', '\x7f', '~\x80'],
    ['\\x80', '\x80', '\x7f\x81'],
    ['[\\x7e-\\x80]', '~\x7f\x80', '}\x81'],
    ['[\\x7e-\\x81]', '~\x7f\x80\x81', '}\x82'],
    ['[\\101]', 'A', '1B'],
    ['\\0', '\0', '0'],
    ['[\\7]', '\x07', '7'],
    ['[\\1]', '\x01', '1'],
    ['\\d', '09٣', '/:a'],
    ['\\D', '/:a', '09٣'],
    ['\\w', 'azAZ09_é', '-/:@[`{'],
    ['\\W', '-/:@[`{', 'azAZ09_é'],
    ['\\s', ' \t\n\v\f\r\x1c\x1f\x85\u3000', '\x08\x0e\x1b!\ufeff'],
    ['\\S', '\x08\x0e\x1b!\ufeff', ' \t\n\v\f\r\x1c\x1f\x85\u3000'],
    ['\\a|\\f|\\v', '\x07\f\v', 'afv'],
    ['\\U0010ffff', '\u{10ffff}', '\u{10fffe}'],
    ['\\uffff', '\uffff', '\u{10000}\ufffe'],
  ])('%s matches each of %j and none of %j', (pattern, found, others) => {
    const matcher = createMatcher([parsePattern(pattern)])
    expect([...found].filter((c) => matcher.match(c) < 0)).toEqual([])
    expect([...others].filter((c) => matcher.match(c) >= 0)).toEqual([])
  })

  test.each(['\uffff', '\u{10000}', '\ud800', '\x80', '\x7f'])('%j is one character', (c) => {
    expect(matches('.a$', `${c}a`)).toBe(true)
    expect(matches('..a$', `${c}a`)).toBe(false)
    expect(matches('[^b]a$', `${c}a`)).toBe(true)
  })

  test.each([
    ['\\U00110000', 'incomplete escape'],
    ['\\x4', 'incomplete escape'],
    ['\\u123', 'incomplete escape'],
    ['\\9', 'linear time'],
    ['[\\9]', 'bad escape'],
    ['[\\8]', 'bad escape'],
    ['[\\d-a]', 'bad character range'],
    ['$*', 'nothing to repeat'],
    ['^+', 'nothing to repeat'],
    ['\\Z?', 'nothing to repeat'],
    ['a++', 'possessive'],
  ])('%s is refused', (pattern, why) => {
    expect(() => parsePattern(pattern)).toThrow(why)
  })

  test("agrees with the platform's engine on patterns that both support", () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(?:ab|a)', '\\.', 'é')
    const count = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,2}')
    const pattern = fc
      .array(fc.tuple(atom, count), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map(([a, c]) => a + c).join(''))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é', 'x'), maxLength: 12 })
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(matches(source, subject)).toBe(new RegExp(`^(?:${source})`, 'u').test(subject))
      }),
      { seed: 4, numRuns: 2000 },
    )
  })
})

describe('createMatcher', () => {
  test('returns which pattern of a list matched', () => {
    const matcher = createMatcher([
      literalPattern('foo', false),
      literalPattern('foobar', true),
      parsePattern('b.*z'),
    ])
    expect(['foob', 'foobar', 'bz', 'bx', ''].map((text) => matcher.match(text))).toEqual([0, 0, 2, -1, -1])
  })

  test('returns the first of the patterns that match at the same place', () => {
    const patterns = ['ab', 'a.', 'a$', 'a\\Z', 'abc'].map((pattern) => parsePattern(pattern))
    const indexOf = (text: string, list = patterns) => createMatcher(list).match(text)
    expect(['ab', 'ax', 'a', 'a\n', 'b'].map((text) => indexOf(text))).toEqual([0, 1, 2, 2, -1])
    expect(['ab', 'abc'].map((text) => indexOf(text, patterns.toReversed()))).toEqual([3, 3])
    expect(indexOf('a', [patterns[3]!, patterns[2]!])).toBe(1)
    expect(indexOf('a\n', [patterns[3]!])).toBe(-1)
  })

  test('of no patterns matches nothing', () => {
    expect(createMatcher([]).match('a')).toBe(-1)
  })

  test('stays correct when the state cache overflows and is cleared', { timeout: 60_000 }, () => {
    const parse = (letter: string, i: number) => parsePattern(`.*${letter}[a-m]{6}${i}z`)
    const patterns = [...'abcdefghijklm'].map(parse)
    const matcher = createMatcher(patterns)
    let text = ''
    for (let i = 0; i < 20_000; i++) text += String.fromCharCode(97 + ((i * i + (i >> 3)) % 13))
    expect(matcher.match(text)).toBe(-1)
    expect(matcher.match(`${text}nabcdefg0z`)).toBe(0)
    expect(matcher.match('xxbabcdef1z')).toBe(1)
  })
})
