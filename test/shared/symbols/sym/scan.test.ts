// The cursor over a symbol file reads nothing beyond its end, though the bytes continue.
import { expect, test } from 'vitest'
import {
  countFields,
  scanDecimal,
  scanHex,
  scanLineEnd,
  scanRest,
  scanWord,
} from '../../../../shared/symbols/sym/scan.ts'

type Read = (scan: { bytes: Uint8Array; at: number; end: number }) => number | boolean

/** What `read` gives within the text, which `|` ends, and where the cursor is then. */
function scanned(read: Read, text: string) {
  const bytes = new TextEncoder().encode(text.replace('|', ''))
  const scan = { bytes, at: 0, end: text.indexOf('|') }
  return [read(scan), scan.at]
}

const hex: Read = (scan) => scanHex(scan, 8)
const word: Read = (scan) => scanWord(scan, new TextEncoder().encode('FUNC '))

test.each<[string, Read, string, number | boolean, number]>([
  ['hexadecimal digits', hex, '12|3', 0x12, 2],
  ['eight hexadecimal digits', hex, '12345678 |', 0x12345678, 9],
  ['the digits 0 and f', hex, '0f|', 15, 2],
  ['the blanks after a number', hex, '1  | 2', 1, 3],
  ['no blank after a number', hex, '1| 2', 1, 1],
  ['a number before another character beyond the end', hex, '1|x', 1, 1],
  ['decimal digits', scanDecimal, '12|3', 12, 2],
  ['the digits 0 and 9', scanDecimal, '09|', 9, 2],
  ['the largest number', scanDecimal, '4294967295|', 0xffffffff, 10],
  ['ten digits', scanDecimal, '0000000001|', 1, 10],
  ['a line end', scanLineEnd, ' \t\r\n|', true, 4],
  ['the end as that of a line', scanLineEnd, ' |x', true, 2],
  ['the end before another blank', scanLineEnd, ' | ', true, 2],
  ['the fields of a line', countFields, 'a bc|\n', 2, 0],
  ['no field beyond the end', countFields, 'a |b', 1, 0],
  ['no field on the next line', countFields, 'a\nb|', 1, 0],
  ['the rest of a line', scanRest, 'abc \n|', 3, 5],
  ['the rest before the end', scanRest, 'abc|d', 3, 4],
  ['the rest of only blanks', scanRest, ' \t|', 0, 3],
  ['a word at the end', word, 'FUNC |', true, 5],
  ['the blanks after a word', word, 'FUNC  | ', true, 6],
  ['no word that ends beyond the end', word, 'FUNC| ', false, 0],
  ['no other word', word, 'FUNX |', false, 0],
])('%s', (_, read, text, value, at) => {
  expect(scanned(read, text)).toEqual([value, at])
})

test.each<[string, Read, string]>([
  ['nine hexadecimal digits', hex, '000000001|'],
  ['no digit', hex, '|1'],
  ['another character after a number', hex, '1x|'],
  ['the letter after f', hex, 'g|'],
  ['more than 32 bits', scanDecimal, '4294967296|'],
  ['eleven decimal digits', scanDecimal, '00000000001|'],
  ['no decimal digit', scanDecimal, '|1'],
  ['the character before 0', scanDecimal, '/|'],
  ['the character after 9', scanDecimal, ':|'],
])('%s is not a number', (_, read, text) => {
  expect(scanned(read, text)[0]).toBe(-1)
})

// Up to 64 bytes are searched one by one.
test.each([63, 64, 65, 200])('the rest of %i bytes ends at its line end, or at the end', (length) => {
  const rest = 'x'.repeat(length)
  expect(scanned(scanRest, `${rest}\nnext\n|`)).toEqual([length, length + 1])
  expect(scanned(scanRest, `${rest}|`)).toEqual([length, length + 1])
})
