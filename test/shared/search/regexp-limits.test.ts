// Regular expressions at their limits, and the texts at the edges of their classes.
import { describe, expect, test } from 'vitest'
import { parseRegexp, printRe2, regexpTest } from '../../../shared/search/regexp.ts'

const nested = (levels: number) => `${'('.repeat(levels)}a${')'.repeat(levels)}`
/** 1001 steps and one of the sequence. */
const thousand = 'a{1000}'

test.each([
  ['characters', 'a'.repeat(2000), 'a'.repeat(2001), 'too long at position 2000'],
  [
    'characters of two UTF-16 code units',
    '\u{1f600}'.repeat(1000),
    '\u{1f600}'.repeat(2001),
    'too long at position 2000',
  ],
  ['open groups', nested(49), nested(50), 'too many groups at position 50'],
  ['a count', 'a{1000}', 'a{1001}', 'counts above 1000 at position 1'],
  ['a least count', 'a{1000,}', 'a{1001,}', 'counts above 1000 at position 1'],
  ['a greatest count', 'a{0,1000}', 'a{0,1001}', 'counts above 1000 at position 1'],
  ['nested counts', '(a{10}){100}', '(a{10}){101}', 'counts above 1000 at position 7'],
  ['counts of a part', '(a|ba{10}){100}', '(a|ba{10}){101}', 'counts above 1000 at position 10'],
  ['repeats of one part', `a${'?'.repeat(10)}`, `a${'?'.repeat(11)}`, 'too many repeats at position 11'],
  [
    'characters after expanding counts',
    `${thousand.repeat(4)}a{990}`,
    `${thousand.repeat(4)}a{991}`,
    'counts are too large at position 0',
  ],
  [
    'characters after expanding counts without an end',
    `${thousand.repeat(4)}a{989,}`,
    `${thousand.repeat(4)}a{990,}`,
    'counts are too large at position 0',
  ],
  ['a range of counts', 'a{3,3}', 'a{3,2}', 'invalid count at position 1'],
  ['a range of characters', '[b-b]', '[b-a]', 'invalid range at position 1'],
])('%s at the limit are accepted, and refused beyond it', (_, accepted, refused, message) => {
  expect(() => regexpTest(parseRegexp(accepted).tree)).not.toThrow()
  expect(() => parseRegexp(refused)).toThrow(message)
})

test('groups beside each other may be any number', () => {
  expect(regexpTest(parseRegexp('(a)'.repeat(100)).tree)('a'.repeat(100))).toBe(true)
})

describe('an expression finds', () => {
  test.each([
    ['\\d', '09', '/:aA'],
    ['\\D', '/:aA', '09'],
    ['\\w', '09AZ_az', '/:@[^`{é'],
    ['\\W', '/:@[^`{é', '09AZ_az'],
    ['\\s', '\t\n\r ', '\u000b\u000c\u001f!\u00a0'],
    ['\\S', '\u000b\u000c\u001f!\u00a0', '\t\n\r '],
    ['[b-d]', 'bcd', 'ae'],
    ['[^b-d]', 'ae', 'bcd'],
    ['[d-fb-e]', 'bcdef', 'ag'],
    ['[b-fc-d]', 'bcdef', 'ag'],
    ['[-b]', '-b', 'ac'],
    ['[b-]', '-b', 'ac'],
    ['[a\\]]', 'a]', '\\['],
    ['[b^]', 'b^', 'a'],
  ])('with %s one of %j and none of %j', (source, found, others) => {
    const matches = regexpTest(parseRegexp(source).tree)
    expect([...found].filter((text) => !matches(text))).toEqual([])
    expect([...others].filter(matches)).toEqual([])
  })

  test.each([
    ['a{2}', ['aa'], ['a', 'aaa']],
    ['a{2,}', ['aa', 'aaa', 'aaaa'], ['', 'a']],
    ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['a{0}', [''], ['a']],
    ['a{0,1}', ['', 'a'], ['aa']],
    ['a+', ['a', 'aa'], ['']],
    ['a*', ['', 'a', 'aa'], ['b']],
    ['a?', ['', 'a'], ['aa']],
    ['()', [''], ['a', '()']],
  ])('with %s all of %j and none of %j', (source, found, others) => {
    expect([...found, ...others].filter(regexpTest(parseRegexp(source).tree))).toEqual(found)
  })
})

test.each([
  ['[a-cd-f]', '[\\x{61}-\\x{66}]'],
  ['[d-fa-b]', '[\\x{61}-\\x{62}\\x{64}-\\x{66}]'],
  ['[^a-fb-c]', '[^\\x{61}-\\x{66}]'],
  ['a{2}', '(?:a){2}'],
  ['a{2,}', '(?:a){2,}'],
  ['a{2,4}', '(?:a){2,4}'],
  ['@', '(?:.){0,}'],
  ['a.|"|"', '(?:(?:a)(?:.))|(?:\\x{7c})'],
])('for RE2, %s is %s', (source, printed) => expect(printRe2(parseRegexp(source).tree)).toBe(printed))
