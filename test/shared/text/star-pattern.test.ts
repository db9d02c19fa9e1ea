// Patterns in which `*` is any text.
import { expect, test } from 'vitest'
import { starMatcher } from '../../../shared/text/star-pattern.ts'

test.each<[string, string[], string[]]>([
  ['a', ['a'], ['', 'ab', 'ba']],
  ['', [''], ['a']],
  ['*', ['', 'a'], []],
  ['a*', ['a', 'ab'], ['', 'ba']],
  ['*a', ['a', 'ba'], ['', 'ab']],
  ['a*a', ['aa', 'aba'], ['a', 'ab']],
  ['a*b*c', ['abc', 'axbxc', 'abbc'], ['ac', 'acb', 'abxcx', 'xabc']],
  ['*b*b*', ['bb', 'abab'], ['b', 'ab']],
  // The middle part must not overlap the ends.
  ['ab*bc*cd', ['abbccd', 'abxbcxcd'], ['abccd', 'abcd', 'abbcd']],
])('%s matches %j, and not %j', (pattern, matching, others) => {
  const matches = starMatcher([pattern])
  expect(matching.filter((text) => !matches(text))).toEqual([])
  expect(others.filter(matches)).toEqual([])
})

test('one of several patterns is enough, and none matches nothing', () => {
  expect(['a', 'bx', 'c'].map(starMatcher(['a', 'b*']))).toEqual([true, true, false])
  expect(starMatcher([])('')).toBe(false)
})
