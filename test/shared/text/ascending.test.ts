// The usual order of values.
import { describe, expect, test } from 'vitest'
import { ascending } from '../../../shared/text/ascending.ts'

describe('the usual order', () => {
  test.each([
    ['a', 'b', -1],
    ['b', 'a', 1],
    ['a', 'a', 0],
    ['', 'a', -1],
    ['10', '9', -1],
    // U+FF61 is below U+1F600, but above its first UTF-16 unit.
    ['\u{ff61}', '\u{1f600}', 1],
    [9, 10, -1],
    [10, 9, 1],
    [10, 10, 0],
    [2n, 1n, 1],
    [1n, 2, -1],
    [false, true, -1],
  ])('compares %s with %s: %i', (a, b, order) => {
    expect(ascending<string | number | bigint | boolean>(a, b)).toBe(order)
  })
})
