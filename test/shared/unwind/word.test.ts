// Words at the limits of plain numbers and of 64 bits.
import { describe, expect, test } from 'vitest'
import { type Value, wordOfValue } from '../../../shared/unwind/postfix.ts'
import {
  distance,
  hexWord,
  offsetWord,
  type Word,
  wordOf,
  wordOfHalves,
} from '../../../shared/unwind/word.ts'

const exact = Number.MAX_SAFE_INTEGER
const highest = 2n ** 64n - 1n

describe('a word', () => {
  // `toBe` distinguishes a number from a bigint: each value has one form, so that === compares words.
  test.each<[Word, number, Word | null]>([
    [5, -5, 0],
    [5, -6, null],
    [exact - 1, 1, exact],
    [exact, 1, 2n ** 53n],
    [2n ** 53n, -1, exact],
    [2n ** 53n, -2, exact - 1],
    [2n ** 53n, 1, 2n ** 53n + 1n],
    [highest - 1n, 1, highest],
    [highest, 1, null],
  ])('%s + %i is %s', (word, delta, sum) => expect(offsetWord(word, delta)).toBe(sum))

  test.each<[Word, Word, number | null]>([
    [7, 7, 0],
    [7, 8, null],
    [2n ** 53n, exact, 1],
    [exact, 2n ** 53n, null],
    [2n ** 54n, 2n ** 54n, 0],
    [2n ** 54n, 2n ** 54n + 1n, null],
    [2n ** 54n, 2n ** 54n - BigInt(exact), exact],
    [2n ** 54n, 2n ** 53n, null],
  ])('%s - %s is %s', (a, b, difference) => expect(distance(a, b)).toBe(difference))

  test('is a number up to 2^53 - 1, from a bigint and from halves', () => {
    expect(wordOf(BigInt(exact))).toBe(exact)
    expect(wordOf(2n ** 53n)).toBe(2n ** 53n)
    expect(wordOf(2n ** 64n + 3n)).toBe(3)
    expect(wordOfHalves(0x1f_ffff, 0xffff_ffff)).toBe(exact)
    expect(wordOfHalves(0x20_0000, 0)).toBe(2n ** 53n)
  })

  test('has all digits of a register, and more only where it is larger', () => {
    const words = [0, 1, 0xf, 0x1234_5678, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 0x7fff_0123_89ab, exact, 2n ** 53n]
    for (const word of [...words, 2n ** 63n + 5n, highest]) {
      expect(hexWord(word, 8)).toBe(`0x${word.toString(16).padStart(16, '0')}`)
      expect(hexWord(word, 4)).toBe(`0x${word.toString(16).padStart(8, '0')}`)
    }
  })
})

test.each<[Value, 4 | 8, Word]>([
  [2 ** 32 - 1, 4, 2 ** 32 - 1],
  [2 ** 32, 4, 0],
  [-1, 4, 2 ** 32 - 1],
  [-(2 ** 32), 4, 0],
  [2n ** 32n, 4, 0],
  [exact, 8, exact],
  [BigInt(exact), 8, exact],
  [2n ** 53n, 8, 2n ** 53n],
  [-1, 8, highest],
  [2n ** 64n, 8, 0],
])('the value %s of a program, as a word of %i bytes, is %s', (value, size, word) => {
  expect(wordOfValue(value, size)).toBe(word)
})
