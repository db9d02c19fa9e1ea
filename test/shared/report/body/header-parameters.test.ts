import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeExtended,
  decodePercent,
  parameter,
  readParameters,
} from '../../../../shared/report/body/header-parameters.ts'

describe('parameters of a header value', () => {
  const cases: [value: string, name: string, expected: string | undefined][] = [
    ['text/plain; charset=utf-8', 'charset', 'utf-8'],
    ['text/plain;CHARSET = "utf-8" ; x=y', 'charset', 'utf-8'],
    ['text/plain', 'charset', undefined],
    ['form-data; name="a;b=c"; b=d', 'b', 'd'],
    ['form-data; name="a\\"b\\\\c\\d"', 'name', 'a"b\\c\\d'],
    ['form-data; filename="C:\\dumps\\new.dmp"', 'filename', 'C:\\dumps\\new.dmp'],
    ['form-data; name=a; name=b', 'name', 'a'],
    ['form-data; name="unclosed; other=x', 'name', '"unclosed'],
    ['form-data; name="unclosed; other=x', 'other', 'x'],
    ['form-data; ;; =x; name; name=a', 'name', 'a'],
    ['form-data;\tname=\t a b \t', 'name', 'a b'],
    ['form-data; name=', 'name', ''],
    ['form-data; name=""', 'name', ''],
    ['; constructor=x', 'constructor', 'x'],
    ['form-data', 'constructor', undefined],
  ]
  test.each(cases)('%s: %s', (value, name, expected) => expect(parameter(value, name)).toBe(expected))

  test.each(['; ', '; a', '; a=', '; a="', ';a="\\";', '; a=\\"', ' ', '"', '; =', ';a ='])(
    'are read in linear time when the value repeats %j',
    (unit) => {
      expect(readParameters(unit.repeat(500_000)).size).toBeLessThanOrEqual(1)
    },
  )
})

describe('a parameter with its charset', () => {
  const cases: [text: string, expected: string | undefined][] = [
    ["UTF-8''na%C3%AFve%20file", 'naïve file'],
    ["utf-8'en'%e2%82%ac%20rates", '€ rates'],
    ["ISO-8859-1''%A3%20rates", '£ rates'],
    ["utf-8''plain", 'plain'],
    ["utf-8''a%2541", 'a%41'],
    ["utf-8''%ff", undefined],
    ["utf-8''100%", undefined],
    ["utf-16''a", undefined],
    ["constructor''a", undefined],
    ['plain', undefined],
    ['', undefined],
  ]
  test.each(cases)('%s', (text, expected) => expect(decodeExtended(text)).toBe(expected))
})

describe('percent-encoded names', () => {
  const cases: [text: string, expected: string][] = [
    ['a%22b%25c', 'a"b%c'],
    ['%e2%82%ac%F0%9F%98%80', '€😀'],
    ['100%', '100%'],
    ['%4', '%4'],
    ['%zz%41', '%zzA'],
    ['bad%ff', 'bad%ff'],
    ['%e0%a4%a', '%e0%a4%a'],
    ['%c0%af', '%c0%af'],
    ['%ed%a0%80', '%ed%a0%80'],
    ['%f4%90%80%80', '%f4%90%80%80'],
    ['€%E2%82%AC', '€€'],
  ]
  test.each(cases)('%s', (text, expected) => expect(decodePercent(text)).toBe(expected))

  const sequences: [bytes: string, expected: string | undefined][] = [
    ['%7f', '\u007f'],
    ['%c2%80', '\u0080'],
    ['%c1%bf', undefined],
    ['%df%bf', '\u07ff'],
    ['%e0%a0%80', '\u0800'],
    ['%e0%9f%bf', undefined],
    ['%ed%9f%bf', '\ud7ff'],
    ['%ed%a0%80', undefined],
    ['%ed%bf%bf', undefined],
    ['%ee%80%80', '\ue000'],
    ['%ef%bf%bf', '\uffff'],
    ['%f0%90%80%80', '\u{10000}'],
    ['%f0%8f%bf%bf', undefined],
    ['%f4%8f%bf%bf', '\u{10ffff}'],
    ['%f4%90%80%80', undefined],
    ['%f8%80%80%80', undefined],
    ['%80', undefined],
    ['%bf', undefined],
    ['%c2', undefined],
    ['%c2%7f', undefined],
    ['%c2%c0', undefined],
  ]
  test.each(sequences)('at the limits of UTF-8: %s', (text, expected) => {
    expect(decodePercent(text)).toBe(expected ?? text)
  })

  test('are unchanged by encodeURIComponent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const wellFormed = text.toWellFormed()
        expect(decodePercent(encodeURIComponent(wellFormed))).toBe(wellFormed)
        expect(decodeExtended(`utf-8''${encodeURIComponent(wellFormed)}`)).toBe(wellFormed)
      }),
      { seed: 3, numRuns: 500 },
    )
  })

  test.each(['%e0%a4%a', '%ff', '%', '%4', '%%41', '%e0%a4'])(
    'take linear time when they repeat %s',
    (unit) => {
      const text = unit.repeat(1_000_000)
      expect(decodePercent(text).length).toBeGreaterThan(0)
    },
  )
})

test.each([
  ['\b', undefined],
  ['\t', '1'],
  ['\r', '1'],
  ['\u000e', undefined],
  ['\u001f', undefined],
  [' ', '1'],
  ['!', undefined],
])('the character %j around the name of a parameter leaves it %j', (space, value) => {
  expect(parameter(`form-data;${space}a${space}=1`, 'a')).toBe(value)
})
