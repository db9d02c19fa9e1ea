// The texts of C++ types, composed of parts as the grammars do.
import { describe, expect, test } from 'vitest'
import {
  arrayOf,
  compose,
  flattened,
  functionOf,
  listOf,
  type Part,
  packOf,
  plain,
  pointerTo,
  qualified,
  referenceTo,
  simple,
  textOf,
} from '../../../shared/demangle/part.ts'

const int = plain('int')
const run = functionOf(plain('void'), '(int)')
const row = arrayOf(int, '5')

test.each<[Part, string]>([
  [int, 'int'],
  [simple('x'), 'x'],
  [pointerTo(int, '*'), 'int*'],
  [pointerTo(pointerTo(int, '*'), '*'), 'int**'],
  [pointerTo(int, 'A::*'), 'int A::*'],
  [pointerTo(run, '*'), 'void (*)(int)'],
  [pointerTo(pointerTo(run, '*'), '*'), 'void (**)(int)'],
  [pointerTo(run, 'A::*'), 'void (A::*)(int)'],
  [pointerTo(pointerTo(run, '*'), 'A::*'), 'void (* A::*)(int)'],
  [functionOf(pointerTo(run, '*'), '(char)'), 'void (*(char))(int)'],
  [pointerTo(functionOf(pointerTo(run, '*'), '(char)'), '*'), 'void (*(*)(char))(int)'],
  [row, 'int [5]'],
  [arrayOf(row, '3'), 'int [3][5]'],
  [pointerTo(row, '*'), 'int (*) [5]'],
  [arrayOf(pointerTo(run, '*'), '2'), 'void (* [2])(int)'],
  [pointerTo(arrayOf(pointerTo(int, '*'), '2'), '*'), 'int* (*) [2]'],
  [qualified(int, ' const'), 'int const'],
  [qualified(qualified(int, ' const'), ' const'), 'int const'],
  [qualified(qualified(int, ' const'), ' volatile'), 'int const volatile'],
  [qualified(run, ' const'), 'void (int) const'],
  [qualified(referenceTo(int, '&'), ' const'), 'int&'],
  [qualified(referenceTo(int, '&'), ' volatile'), 'int&'],
  [qualified(referenceTo(int, '&'), ' restrict'), 'int& restrict'],
  [referenceTo(int, '&'), 'int&'],
  [referenceTo(int, '&&'), 'int&&'],
  [referenceTo(referenceTo(int, '&'), '&&'), 'int&'],
  [referenceTo(referenceTo(int, '&'), '&'), 'int&'],
  [referenceTo(referenceTo(int, '&&'), '&'), 'int&'],
  [referenceTo(referenceTo(int, '&&'), '&&'), 'int&&'],
  [referenceTo(run, '&'), 'void (&)(int)'],
  [packOf([int, plain('char')]), 'int, char'],
  [listOf([int, listOf([plain('char'), int])]), 'int, char, int'],
  [pointerTo(packOf([int, packOf([plain('char')])]), '*'), 'int*, char*'],
  [qualified(packOf([int, run]), ' const'), 'int const, void (int) const'],
  [arrayOf(packOf([int]), '5'), 'int [5]'],
  [referenceTo(packOf([int, run]), '&'), 'int&, void (&)(int)'],
])('%# is %s', (part, text) => {
  expect(textOf(part)).toBe(text)
})

describe('parts', () => {
  const join = (parts: readonly Part[]) => plain(parts.map(textOf).join('+'))
  const composed = (parts: readonly Part[]) => {
    const counts: number[] = []
    const text = textOf(compose(parts, (elements) => counts.push(elements), join))
    return { text, counts }
  }

  test('are composed as one without packs', () => {
    expect(composed([int, plain('x')])).toEqual({ text: 'int+x', counts: [1] })
  })

  test('are composed element by element, up to the shortest pack', () => {
    const pack = packOf([plain('a'), plain('b'), plain('c')])
    expect(composed([pack, int, packOf([plain('x'), plain('y')])])).toEqual({
      text: 'a+int+x, b+int+y',
      counts: [3, 1, 1],
    })
    expect(composed([packOf([])])).toEqual({ text: '', counts: [1] })
  })

  test('are flattened where there are lists', () => {
    const flat = [int, plain('x')]
    expect(flattened(flat)).toBe(flat)
    expect(flattened([int, listOf([plain('a'), listOf([plain('b')])])]).map(textOf)).toEqual([
      ...['int', 'a', 'b'],
    ])
  })

  test('that are simple are marked', () => {
    expect([simple('x').simple, plain('x').simple, pointerTo(simple('x'), '*').simple]).toEqual([
      true,
      false,
      false,
    ])
  })
})
