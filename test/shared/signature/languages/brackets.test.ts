// Brackets in function names: what is replaced, and what is outside of them.
import { expect, test } from 'vitest'
import {
  indexOutside,
  replaceBrackets,
  splitOutside,
} from '../../../../shared/signature/languages/brackets.ts'

test.each([
  ['plain', 'plain'],
  ['a<b>c', 'a{b after a}c'],
  ['<b>', '{b after }'],
  ['a<b<c>>d<e>', 'a{b<c> after a}d{e after a<b<c>>d}'],
  ['a<b->c>d', 'a{b->c after a}d'],
  ['a<b', 'a{b after a}'],
  ['a<', 'a{ after a}'],
  ['a>b', 'a>b'],
  ['a(b)<c>', 'a(b){c after a(b)}'],
])('outermost brackets of %s are replaced: %s', (text, expected) => {
  expect(replaceBrackets(text, '<', (inside, before) => `{${inside} after ${before}}`)).toBe(expected)
})

test.each(['()', '<>', '[]', '{}'])('brackets of the kind %s are replaced alone', (kind) => {
  const text = '(a) <b> [c] {d}'
  const open = kind[0] as '(' | '<' | '[' | '{'
  const at = text.indexOf(open)
  expect(replaceBrackets(text, open, () => 'x')).toBe(`${text.slice(0, at)}x${text.slice(at + 3)}`)
})

test.each<[string, string, number, number]>([
  ['abc', 'b', 0, 1],
  ['abc', 'a', 0, 0],
  ['abc', 'a', 1, -1],
  ['(b)b', 'b', 0, 3],
  ['<b>b', 'b', 0, 3],
  ['[b]b', 'b', 0, 3],
  ['{b}b', 'b', 0, 3],
  ['<(b)b>b', 'b', 0, 6],
  ['<->b>b', 'b', 0, 5],
  [')b', 'b', 0, 1],
  [']}>)(b)', 'b', 0, -1],
  ['a::b', '::', 0, 1],
  ['(a)(', '(', 0, 0],
  ['', 'a', 0, -1],
])('in %s, %s from %i is outside brackets at %i', (text, wanted, start, at) => {
  expect(indexOutside(text, wanted, start)).toBe(at)
})

test.each([
  ['a, b', ['a', 'b']],
  ['a<b, c>, d(e, f)', ['a<b, c>', 'd(e, f)']],
  ['a', ['a']],
  [', a, ', ['', 'a', '']],
])('%s has the parts %j', (text, parts) => {
  expect(splitOutside(text, ', ')).toEqual(parts)
})
