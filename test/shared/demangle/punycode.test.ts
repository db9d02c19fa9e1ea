// Identifiers in Punycode: samples of RFC 3492, and what is not valid.
import { expect, test } from 'vitest'
import { decodePunycode } from '../../../shared/demangle/punycode.ts'

const digits = 'abcdefghijklmnopqrstuvwxyz0123456789'

test.each([
  ['', '', ''],
  ['abc', '', 'abc'],
  ['Bcher', 'kva', 'Bücher'],
  ['', 'ihqwcrb4cv8a8dqg056pqjye', '他们为什么不说中文'],
  ['3B', 'ww4c5e180e575a65lsy2b', '3年B組金八先生'],
  ['', 'wda233no053a', 'ÿ€😀'],
  ['', '9caa', 'éé'],
  ['aa', 'bjab', 'aéaé'],
  ['abc', '981sf0x', '\uf954abc\uffee'],
  ['', 'a', '\u0080'],
  ['', 'ba', '\u0081'],
  ['', 'hb9b', '\ud7ff'],
  ['', '0y0c', '\ue000'],
  ['', 'dn32g', '\u{10ffff}'],
])('%j with %j is %j', (basic, encoded, text) => {
  expect(decodePunycode(basic, encoded, digits)).toBe(text)
})

test.each([
  ['a surrogate', 'ib9b'],
  ['the last surrogate', 'zy0c'],
  ['a number above all characters', 'en32g'],
  ['a number of more than 32 bits', '9999999999'],
  ['another digit', 'kv_'],
  ['an upper-case digit', 'kvA'],
  ['no end', 'kv'],
  ['no end of the first number', '9'],
])('%s is not valid', (_, encoded) => {
  expect(decodePunycode('', encoded, digits)).toBeNull()
})

test('digits have the order that the caller gives', () => {
  expect(decodePunycode('Bcher', 'KVA', digits.toUpperCase())).toBe('Bücher')
})
